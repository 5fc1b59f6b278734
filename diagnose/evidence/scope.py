"""Which sources of a block a piece of SQL refers to."""

from sqlglot import exp

from diagnose.evidence.blocks import BLOCKS, Block, Source
from diagnose.evidence.evidence import Evidence

UNKNOWN = "?"
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
        self._blocks = {id(found.node): found for found in evidence.blocks}

    @property
    def plain(self) -> bool:
        """Whether every source has an alias of its own and is joined by ON, WHERE or nothing."""
        joins = [source.join for source in self.block.sources if source.join is not None]
        return (
            len(self.sources) == len(self.block.sources)
            and all(join.parent is self.block.node for join in joins)
            and not any(join.args.get("using") or join.method for join in joins)
        )

    def touched(self, node: exp.Expr) -> frozenset[str]:
        """The aliases of the sources that ``node`` refers to; ``UNKNOWN`` among them where a column is not resolved."""
        found = {self._owner(column) for column in node.find_all(exp.Column)}
        if any(star.parent is self.block.node for star in node.find_all(exp.Star)):
            found |= set(self.sources)
        return frozenset(found - {""})

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

    def _owner(self, column: exp.Column) -> str:
        """An alias of this block; empty: it is not of this block; or ``UNKNOWN``."""
        here: Block | None = self._blocks.get(id(column.find_ancestor(*BLOCKS)), self.block)
        while here is not None:
            found = _owner_in(here, column)
            if found is not None:
                return found if here is self.block or found == UNKNOWN else ""
            here = here.parent
        return UNKNOWN


def varies(node: exp.Expr) -> bool:
    """Whether it may give another value for the same row, or do something: random, variables, functions not known."""
    return any(isinstance(found, _VARYING) or not _steady(found) for found in node.walk())


def _steady(node: exp.Expr) -> bool:
    if isinstance(node, exp.Anonymous):
        return node.name.upper() in _STEADY
    return not isinstance(node, exp.Func) or isinstance(node, _STEADY_CLASSES)


def _owner_in(block: Block, column: exp.Column) -> str | None:
    """A folded alias of ``block``; empty: a name in its select list; ``UNKNOWN``; None: look further out."""
    if column.table:
        named = [source for source in block.sources if source.alias.casefold() == column.table.casefold()]
        return None if not named else UNKNOWN if len(named) > 1 else column.table.casefold()
    name = column.name.casefold()
    outputs = [(source.alias.casefold(), _outputs(source)) for source in block.sources]
    owners = [alias for alias, names in outputs if names is not None and name in names]
    if len(owners) > 1 or any(names is None for _, names in outputs):
        return UNKNOWN
    if owners:
        return owners[0]
    selected = block.node.args.get("expressions") or ()
    return "" if any(isinstance(s, exp.Alias) and s.alias.casefold() == name for s in selected) else None


def _outputs(source: Source) -> frozenset[str] | None:
    """The folded names of a source's columns; None where they are not known."""
    if source.table is not None:
        return frozenset(column.name.casefold() for column in source.table.columns)
    if source.inner_query is None or any(selected.is_star for selected in source.inner_query.selects):
        return None
    return frozenset(name.casefold() for name in source.inner_query.named_selects)
