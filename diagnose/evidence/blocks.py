"""The query blocks of a statement: each SELECT, UPDATE or DELETE with its sources, conditions and resolved columns."""

from collections.abc import Iterator
from dataclasses import dataclass, field

from sqlglot import exp

from diagnose.evidence.facts import Column, Schema, Table

BLOCKS = (exp.Select, exp.Update, exp.Delete)


@dataclass(frozen=True, slots=True)
class Source:
    """One item of FROM. ``table`` is None for a derived table, a CTE, and a table that the schema does not know."""

    alias: str
    node: exp.Expr
    table: Table | None = None
    join: exp.Join | None = None  # None: the first one

    @property
    def side(self) -> str:
        """``LEFT``, ``RIGHT`` or empty."""
        return self.join.side.upper() if self.join is not None else ""

    @property
    def inner_query(self) -> exp.Query | None:
        """Of a derived table."""
        return self.node.this if isinstance(self.node, exp.Subquery) else None


@dataclass(frozen=True, slots=True)
class Reference:
    """A column node, resolved. ``outer``: it belongs to a block around the one that names it."""

    source: Source
    table: Table
    column: Column
    outer: bool = False


@dataclass(frozen=True, eq=False)
class Block:
    """One SELECT, UPDATE or DELETE."""

    node: exp.Expr
    parent: "Block | None" = None
    sources: tuple[Source, ...] = ()
    columns: tuple[exp.Column, ...] = field(default=(), repr=False)  # of this block, not of those inside of it

    @property
    def where(self) -> tuple[exp.Expr, ...]:
        """The conjuncts of WHERE, without parentheses around them."""
        found = self.node.args.get("where")
        return tuple(conjuncts(found.this)) if found is not None else ()

    @property
    def joined(self) -> tuple[tuple[Source, tuple[exp.Expr, ...]], ...]:
        """(source, the conjuncts of its ON); those of USING as equalities."""
        return tuple((source, tuple(_on(source, self.sources))) for source in self.sources if source.join is not None)

    @property
    def filters(self) -> tuple[exp.Expr, ...]:
        """The conjuncts of WHERE and of every inner join's ON: all of them hold for every row of the result."""
        inner = [c for source, found in self.joined if not source.side for c in found]
        return (*self.where, *inner)

    def source(self, alias: str) -> Source | None:
        """Of that alias; case does not count."""
        return next((s for s in self.sources if s.alias.casefold() == alias.casefold()), None)

    def resolve(self, node: exp.Expr) -> Reference | None:
        """What a column node stands for; None for other nodes, outputs of derived tables and unknown tables."""
        if not isinstance(node, exp.Column):
            return None
        here: Block | None = self
        while here is not None:
            found = here._own(node)
            if found is not None:
                source, table, column = found
                return Reference(source, table, column, outer=here is not self)
            if here._hides(node):
                return None
            here = here.parent
        return None

    def _own(self, node: exp.Column) -> tuple[Source, Table, Column] | None:
        qualifier, name = node.table.casefold(), node.name
        named = [s for s in self.sources if not qualifier or s.alias.casefold() == qualifier]
        found = [(s, s.table, c) for s in named if s.table is not None and (c := s.table.column(name)) is not None]
        return found[0] if len(found) == 1 else None

    def _hides(self, node: exp.Column) -> bool:
        """Whether the name belongs to this block although it cannot be resolved."""
        qualifier = node.table.casefold()
        return any(
            (qualifier and s.alias.casefold() == qualifier) or (not qualifier and s.table is None) for s in self.sources
        )

    def references(self, node: exp.Expr) -> list[Reference]:
        """The resolved columns inside of ``node``, without those of inner queries."""
        return [r for column in own_columns(node) if (r := self.resolve(column)) is not None]


def conjuncts(node: exp.Expr) -> Iterator[exp.Expr]:
    """The parts of a conjunction, without parentheses around them."""
    node = node.unnest()
    if isinstance(node, exp.And):
        for side in (node.left, node.right):
            yield from conjuncts(side)
    else:
        yield node


def own_columns(node: exp.Expr) -> Iterator[exp.Column]:
    """The columns inside of ``node``, without those of queries in it."""
    for found in node.walk(prune=lambda n: n is not node and isinstance(n, exp.Query)):
        if isinstance(found, exp.Column):
            yield found


def find_blocks(tree: exp.Expr, schema: Schema) -> tuple[Block, ...]:
    """Of a statement, outer first."""
    found: list[Block] = []
    by_node: dict[int, Block] = {}
    for node in tree.walk(bfs=False):
        if isinstance(node, BLOCKS):
            parent = by_node.get(id(_around(node)))
            block = Block(node, parent, tuple(_sources(node, schema)), tuple(_columns_of(node)))
            by_node[id(node)] = block
            found.append(block)
    return tuple(found)


def _around(node: exp.Expr) -> exp.Expr | None:
    """The block that a block stands in."""
    return node.find_ancestor(*BLOCKS)


def _columns_of(block: exp.Expr) -> Iterator[exp.Column]:
    for column in block.find_all(exp.Column):
        if column.find_ancestor(*BLOCKS) is block:
            yield column


def _sources(block: exp.Expr, schema: Schema) -> Iterator[Source]:
    from_ = block.args.get("from_")
    first = from_.this if from_ is not None else block.this if not isinstance(block, exp.Select) else None
    if first is None:
        return
    named = {cte.alias.casefold() for cte in _ctes(block)}
    pending: list[tuple[exp.Expr, exp.Join | None]] = [(first, None)]
    pending += [(join.this, join) for join in block.args.get("joins") or ()]
    while pending:
        node, join = pending.pop(0)
        inner = [(j.this, j) for j in node.args.get("joins") or ()]
        if isinstance(node, exp.Subquery) and isinstance(node.this, exp.Table):  # parentheses around a join
            node = node.this
            inner = [(j.this, j) for j in node.args.get("joins") or ()] + inner
        pending[:0] = inner
        yield Source(node.alias_or_name, node, _table(node, schema, named), join)


def _ctes(block: exp.Expr) -> Iterator[exp.CTE]:
    """Those that a block can name."""
    here: exp.Expr | None = block
    while here is not None:
        with_ = here.args.get("with_")
        if with_ is not None:
            yield from with_.expressions
        here = here.parent


def _table(node: exp.Expr, schema: Schema, ctes: set[str]) -> Table | None:
    if not isinstance(node, exp.Table) or (not node.db and node.name.casefold() in ctes):
        return None
    return schema.table(node.name, node.db)


def _on(source: Source, sources: tuple[Source, ...]) -> Iterator[exp.Expr]:
    assert source.join is not None
    on = source.join.args.get("on")
    if on is not None:
        yield from conjuncts(on)
    before = sources[: sources.index(source)]
    for name in source.join.args.get("using") or ():
        left = next((s for s in before if s.table is None or s.table.column(name.name)), None)
        if left is not None:
            yield exp.EQ(
                this=exp.column(name.name, table=left.alias), expression=exp.column(name.name, table=source.alias)
            )
