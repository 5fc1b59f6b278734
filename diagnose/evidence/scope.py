"""Which sources of a block a piece of SQL refers to."""

from collections import Counter
from functools import cached_property

from sqlglot import exp

from diagnose.evidence.blocks import Block, Source
from diagnose.evidence.evidence import Evidence

UNKNOWN = "?"
_ELSEWHERE = "-"
MAX_SOURCES = 61  # MySQL and MariaDB join no more; what is proved of a block takes time with the square of them
_VARYING = (exp.Parameter, exp.SessionParameter, exp.PropertyEQ, exp.NextValueFor)
# MySQL's; sqlglot's own list has those of all servers.
AGGREGATES = (
    exp.Count, exp.Sum, exp.Avg, exp.Min, exp.Max, exp.GroupConcat, exp.AnyValue, exp.StddevPop, exp.StddevSamp,
    exp.VariancePop, exp.Variance, exp.BitwiseAndAgg, exp.BitwiseOrAgg, exp.BitwiseXorAgg, exp.JSONObjectAgg,
)  # fmt: skip
# Functions of one value for a row that do nothing else. Any other may be a stored one: sqlglot takes other servers'
# names for built-in ones too.
_STEADY_CLASSES = (
    *AGGREGATES, exp.Connector, exp.Exists, exp.Case, exp.If, exp.Coalesce, exp.Nullif, exp.Cast,
    exp.Greatest, exp.Least,
    exp.Abs, exp.Round, exp.Floor, exp.Ceil, exp.Pow, exp.Sqrt, exp.Sign,
    exp.Lower, exp.Upper, exp.Length, exp.Concat, exp.ConcatWs, exp.Substring, exp.SubstringIndex, exp.Trim, exp.Left,
    exp.Right, exp.Replace, exp.RegexpLike, exp.StrPosition,
    exp.Year, exp.Month, exp.Day, exp.Quarter, exp.Week, exp.DayOfWeek, exp.DayOfMonth, exp.DayOfYear, exp.Hour,
    exp.Minute, exp.Second, exp.Date, exp.TsOrDsToDate, exp.DateAdd, exp.DateSub, exp.DateDiff, exp.Extract,
    exp.TimeToStr, exp.CurrentTimestamp, exp.CurrentDate, exp.TimestampDiff, exp.LastDay,
)  # fmt: skip
_STEADY = frozenset("NOW CURDATE UTC_TIMESTAMP UTC_DATE FIELD ELT INET_ATON INET_NTOA CONNECTION_ID DATABASE".split())


class Scope:
    """One block. Aliases are case-folded; queries inside of the block count where they refer to its sources."""

    def __init__(self, evidence: Evidence, block: Block) -> None:
        self.block = block
        self.sources = {source.alias.casefold(): source for source in block.sources}
        self._all = evidence.blocks
        self._names: dict[int, _Names] = {}  # by the id of a block

    @property
    def clear(self) -> bool:
        """Whether every source has an alias of its own, and there are not too many."""
        return len(self.sources) == len(self.block.sources) <= MAX_SOURCES

    @property
    def plain(self) -> bool:
        """Whether it is ``clear`` and every source is joined by ON, WHERE or nothing."""
        joins = [source.join for source in self.block.sources if source.join is not None]
        return (
            self.clear
            and all(join.parent is self.block.node for join in joins)
            and not any(join.args.get("using") or join.method for join in joins)
        )

    def touched(self, node: exp.Expr) -> frozenset[str]:
        """The aliases of the sources that ``node`` refers to; ``UNKNOWN`` among them where a column is not resolved."""
        found: set[str] = set()
        for part in node.find_all(exp.Column, exp.Star):
            if isinstance(part, exp.Column):
                found.add(self._owners.get(id(part)) or self._owner(part, self.block))
            elif part.parent is self.block.node:
                found |= set(self.sources)
        return frozenset(found - {_ELSEWHERE})

    def uses(self) -> dict[str, list[exp.Column]]:
        """The columns of each alias, and of ``UNKNOWN``, in this block and in the queries inside of it."""
        found: dict[str, list[exp.Column]] = {}
        for block in self._inner():
            for column in block.columns:
                found.setdefault(self._owners[id(column)], []).append(column)
        return found

    @cached_property
    def _owners(self) -> dict[int, str]:
        return {id(column): self._owner(column, block) for block in self._inner() for column in block.columns}

    @cached_property
    def filters(self) -> tuple[exp.Expr, ...]:
        """Those of the block."""
        return self.block.filters

    def _inner(self) -> list[Block]:
        """The block and those inside of it; outer ones come first in the evidence."""
        found = {id(self.block): self.block}
        for block in self._all:
            if id(block.parent) in found:
                found[id(block)] = block
        return list(found.values())

    def name(self, node: exp.Expr) -> str:
        """``alias.column`` of a column of this block's own tables, folded; empty for anything else."""
        found = self.block.resolve(node)
        return "" if found is None or found.outer else f"{found.source.alias}.{found.column.name}".casefold()

    def order(self) -> tuple[str, ...]:
        """What ORDER BY names: ``alias.column`` of each of its parts, empty where a part is anything else."""
        order = self.block.node.args.get("order")
        return tuple(self.name(self._selected(part.this)) for part in order.expressions) if order is not None else ()

    def _selected(self, node: exp.Expr) -> exp.Expr:
        """ORDER BY takes the names of the select list before those of tables."""
        if not isinstance(node, exp.Column) or node.table:
            return node
        selected = self.block.node.args.get("expressions") or ()
        named = [s for s in selected if isinstance(s, exp.Alias) and s.alias.casefold() == node.name.casefold()]
        return named[0].this if named else node

    def _owner(self, column: exp.Column, block: Block) -> str:
        """An alias of this block, for a column that stands in ``block``; ``_ELSEWHERE``; or ``UNKNOWN``."""
        here: Block | None = block
        while here is not None:
            names = self._names.get(id(here)) or self._names.setdefault(id(here), _Names(here))
            found = names.owner(column)
            if found is not None:
                return found if here is self.block or found == UNKNOWN else _ELSEWHERE
            here = here.parent
        return UNKNOWN


class _Names:
    """What columns of a block's sources are called."""

    def __init__(self, block: Block) -> None:
        self._aliases = Counter(source.alias.casefold() for source in block.sources)
        outputs = [(source.alias.casefold(), _outputs(source)) for source in block.sources]
        self._unsure = any(names is None for _, names in outputs)
        self._owners: dict[str, str] = {}
        for alias, names in outputs:
            for name in names or ():
                self._owners[name] = UNKNOWN if name in self._owners else alias
        selected = block.node.args.get("expressions") or ()
        self._selected = {item.alias.casefold() for item in selected if isinstance(item, exp.Alias)}

    def owner(self, column: exp.Column) -> str | None:
        """A folded alias; ``_ELSEWHERE``: a name in the select list; ``UNKNOWN``; None: look further out."""
        alias, name = column.table.casefold(), column.name.casefold()
        if alias:
            return {0: None, 1: alias}.get(self._aliases[alias], UNKNOWN)
        if self._unsure:
            return UNKNOWN
        return self._owners.get(name) or (_ELSEWHERE if name in self._selected else None)


def varies(node: exp.Expr) -> bool:
    """Whether it may give another value for the same row, or do something: random, variables, functions not known."""
    return any(isinstance(found, _VARYING) or not _steady(found) for found in node.walk())


def _steady(node: exp.Expr) -> bool:
    if isinstance(node, exp.Anonymous):
        return node.name.upper() in _STEADY
    return not isinstance(node, exp.Func) or isinstance(node, _STEADY_CLASSES)


def _outputs(source: Source) -> frozenset[str] | None:
    """The folded names of a source's columns; None where they are not known."""
    if source.table is not None:
        return frozenset(column.name.casefold() for column in source.table.columns)
    if source.inner_query is None or any(selected.is_star for selected in source.inner_query.selects):
        return None
    return frozenset(name.casefold() for name in source.inner_query.named_selects)
