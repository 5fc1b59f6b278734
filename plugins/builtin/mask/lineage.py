"""Where the columns of a query come from, and what it does with masked ones on the way.

By an allow-list: what is not known to be harmless to a masked value is refused. A masked column may be selected as it
is, and go into expressions that show nothing of it but their (hidden) result. Whatever lets rows, their order, their
number, an error or the time that it takes depend on it is a question about its value (``MaskRule.compare``).
"""

from collections.abc import Iterable, Iterator, Mapping
from dataclasses import dataclass, field

from sqlglot import exp

from plugins.builtin.mask.flow import ANY, CLEAN, EQUALITY, Flow, Output, Relation, Scope, derived, together
from plugins.builtin.mask.lexing import refused
from plugins.builtin.mask.names import Naming, naming, no_forward
from plugins.builtin.mask.nodes import (
    SELECT_PARTS,
    SET_PARTS,
    SUBQUERY_PARTS,
    TABLE_PARTS,
    all_joins,
    children,
    flat,
    known,
    only,
    passes_through,
)
from plugins.builtin.mask.rules import folded


@dataclass(slots=True)
class Lineage:
    """``tables``: those that are named in the statement, by (schema, name) as written; "" is the selected database.

    ``touched``: masked columns that were named, whatever became of them.
    """

    tables: Mapping[tuple[str, str], Relation]
    touched: set[str] = field(default_factory=set)

    # --- queries ------------------------------------------------------------------------------------------------

    def query(self, node: exp.Expr, outer: Scope, *, joined: bool = False) -> Relation:
        """Its output. ``joined``: whoever asks looks at its joins itself. Raises ``AskwireError``."""
        scope = Scope(outer, dict(outer.ctes))
        if with_ := node.args.get("with_"):
            self._with(with_, scope)
        if isinstance(node, exp.Select):
            return self._select(node, scope)
        if isinstance(node, exp.SetOperation):
            return self._set(node, scope)
        if isinstance(node, exp.Subquery):
            only(node, SUBQUERY_PARTS | ({"joins"} if joined else frozenset()))
            inner = self.query(node.this, scope)
            self._ordered(node, inner, scope)
            return inner
        if isinstance(node, exp.Values):
            return self._values(node, scope)
        raise refused(f"Columns are masked for this account, and {type(node).__name__} cannot be checked")

    def _with(self, with_: exp.With, scope: Scope) -> None:
        if with_.args.get("recursive"):
            no_forward(with_)
        for cte in with_.expressions:
            names = [column.name for column in cte.args["alias"].args.get("columns") or ()]
            key = folded(cte.alias)
            if with_.args.get("recursive") and isinstance(cte.this, exp.SetOperation):
                # What the first part gives is what the others begin with; each round must end as it began.
                known = self.query(cte.this.left, scope).renamed(names)
                scope.ctes[key] = (cte.alias, known)
                again = self.query(cte.this, scope).renamed(names)
                if [o.flow for o in again.outputs] != [o.flow for o in known.outputs]:
                    raise refused("Columns are masked for this account, and a recursion mixes them with others")
            scope.ctes[key] = (cte.alias, self.query(cte.this, scope).renamed(names))

    def _set(self, node: exp.SetOperation, scope: Scope) -> Relation:
        only(node, SET_PARTS)
        left, right = self.query(node.left, scope), self.query(node.right, scope)
        if len(left.outputs) != len(right.outputs):
            raise refused("Columns are masked for this account, and the parts have different numbers of columns")
        both = tuple(
            Output(a.name, _either(a.flow, b.flow), naming=a.naming)
            for a, b in zip(left.outputs, right.outputs, strict=True)
        )
        if node.args.get("distinct") or not isinstance(node, exp.Union):
            together(o.flow for o in both).require(EQUALITY, "compared by UNION, INTERSECT or EXCEPT (UNION ALL can)")
        relation = Relation(both)
        self._ordered(node, relation, scope)
        return relation

    def _values(self, node: exp.Values, scope: Scope) -> Relation:
        only(node, frozenset({"expressions", "alias"}))
        rows = [row.expressions for row in node.expressions]
        flow = together(self.flow(cell, scope) for row in rows for cell in row)
        if flow:
            flow.require(ANY, "put into VALUES")
        return Relation(tuple(Output("", derived(flow), naming=Naming.ANY) for _ in rows[0]) if rows else ())

    def _select(self, node: exp.Select, scope: Scope) -> Relation:
        only(node, SELECT_PARTS)
        for modifier in node.args.get("operation_modifiers") or ():
            if not isinstance(modifier, exp.Var):
                raise refused("Columns are masked for this account, and an option of the SELECT is not known")
        self.sources(node, scope)
        outputs = tuple(output for item in node.expressions for output in self._outputs(item, scope, node))
        scope.aliases = relation = Relation(outputs)
        self.predicate(node.args.get("where"), scope)
        self.predicate(node.args.get("having"), scope, aliases=True)
        self._grouped(node.args.get("group"), relation, scope)
        if distinct := node.args.get("distinct"):
            if distinct.args.get("on"):
                raise refused("Columns are masked for this account, and DISTINCT ON cannot be checked")
            together(o.flow for o in outputs).require(EQUALITY, "compared by DISTINCT")
        for window in node.args.get("windows") or ():
            self._uses(window, scope, ANY, "sorted by", aliases=True)
        self._ordered(node, relation, scope)
        return relation

    def _outputs(self, item: exp.Expr, scope: Scope, node: exp.Select) -> Iterator[Output]:
        inner = item.unalias()
        if isinstance(inner, exp.Star) or (isinstance(inner, exp.Column) and isinstance(inner.this, exp.Star)):
            yield from self._star(inner, scope, node)
            return
        flow = self.flow(inner, scope)
        yield Output(item.alias_or_name, flow, naming=naming(item))

    def _star(self, star: exp.Expr, scope: Scope, node: exp.Select) -> Iterator[Output]:
        if isinstance(star, exp.Star) and any(star.args.values()):
            raise refused("Columns are masked for this account, and an * with more behind it cannot be checked")
        wanted = star.args["table"].name if isinstance(star, exp.Column) and star.args.get("table") else ""
        if not wanted and any(j.args.get("using") or j.args.get("method") for j in all_joins(node)):
            raise refused("Columns are masked for this account: name the columns where a join has USING or is NATURAL")
        for alias, relation in scope.sources:
            if not wanted or folded(alias) == folded(wanted):
                if relation.open is not None:
                    raise refused("Columns are masked for this account, and what * stands for is not known")
                shown = [output for output in relation.outputs if output.visible]
                self._note(together(output.flow for output in shown))
                yield from shown

    # --- FROM ---------------------------------------------------------------------------------------------------

    def sources(self, node: exp.Expr, scope: Scope) -> None:
        """Take FROM and its joins into the scope."""
        if from_ := node.args.get("from_"):
            self._source(from_.this, scope)
        self._join_all(node, scope)

    def _join_all(self, node: exp.Expr, scope: Scope) -> None:
        for join in node.args.get("joins") or ():
            before = list(scope.sources)
            self._source(join.this, scope)
            after = scope.sources[len(before) :]
            if str(join.args.get("method") or "").upper() == "NATURAL":
                self._natural(before, after)
            elif join.args.get("method"):
                raise refused("Columns are masked for this account, and a kind of join is not known")
            for column in join.args.get("using") or ():
                found = [relation.find(column.name) for _, relation in scope.sources]
                together(flow for flow in found if flow).require(EQUALITY, "compared by USING")
            self.predicate(join.args.get("on"), scope)

    def _natural(self, before: Iterable[tuple[str, Relation]], after: Iterable[tuple[str, Relation]]) -> None:
        for _, left in before:
            for _, right in after:
                for output in (*left.outputs, *right.outputs):
                    mine, other = left.find(output.name), right.find(output.name)
                    if mine is not None and other is not None:
                        together((mine, other)).require(EQUALITY, "compared by NATURAL JOIN")

    def _source(self, node: exp.Expr, scope: Scope) -> None:
        if isinstance(node, exp.Table):
            only(node, TABLE_PARTS)
            scope.sources.append((node.alias or node.name, self._table(node, scope)))
            self._join_all(node, scope)
        elif isinstance(node, exp.Subquery) and isinstance(node.this, (exp.Table, exp.Subquery)) and not node.alias:
            only(node, frozenset({"this", "joins"}))
            self._source(node.this, scope)
            self._join_all(node, scope)
        elif isinstance(node, (exp.Subquery, exp.Values)):
            names = [column.name for column in (node.args["alias"].args.get("columns") if node.alias else None) or ()]
            # No name of the tables beside it is known in there, except to LATERAL, which is refused.
            inner = self.query(node, Scope(scope.outer, scope.ctes), joined=True)
            scope.sources.append((node.alias, inner.renamed(names)))
            self._join_all(node, scope)
        else:
            raise refused(f"Columns are masked for this account, and {type(node).__name__} in FROM cannot be checked")

    def _table(self, node: exp.Table, scope: Scope) -> Relation:
        if not isinstance(node.this, exp.Identifier):
            raise refused("Columns are masked for this account, and a function in FROM cannot be checked")
        if not node.db and (cte := scope.table(node.name)) is not None:
            relation = cte
        elif not node.db and node.name.upper() == "DUAL":
            relation = Relation()
        else:
            known = self.tables.get((node.db, node.name))
            if known is None:
                raise refused(f"Columns are masked for this account, and what {node.name[:64]!r} is cannot be told")
            relation = known
        names = node.args["alias"].args.get("columns") if node.alias else None
        return relation.renamed(column.name for column in names or ())

    # --- expressions --------------------------------------------------------------------------------------------

    def flow(self, node: exp.Expr, scope: Scope, *, aliases: bool = False) -> Flow:
        """What goes into a value that is shown. Raises ``AskwireError`` where more than its result tells of it."""
        if isinstance(node, exp.Column):
            flow = scope.resolve(node.name, node.table, node.db, aliases=aliases)
            self._note(flow)
            return flow
        if isinstance(node, (exp.Paren, exp.Alias)):
            return self.flow(node.this, scope, aliases=aliases)
        if isinstance(node, exp.Exists):
            self.query(node.this, scope)
            return CLEAN
        if isinstance(node, exp.Query):
            return together(output.flow for output in self.query(node, scope).outputs)
        known(node)
        inner = together(self.flow(child, scope, aliases=aliases) for child in children(node))
        if not inner:
            return CLEAN
        if not passes_through(node) or (isinstance(node, exp.Coalesce) and node.find(exp.Query)):
            inner.require(ANY, "used in this expression")
        return derived(inner)

    def predicate(self, node: exp.Expr | None, scope: Scope, *, aliases: bool = False) -> None:
        """A condition on rows."""
        if node is not None:
            self._uses(node, scope, ANY, "used in a condition", aliases=aliases)

    def _uses(self, node: exp.Expr, scope: Scope, level: int, what: str, *, aliases: bool) -> None:
        """Everything in there is used: ``=`` of a bare column takes less of a rule than anything else."""
        if isinstance(node, (exp.EQ, exp.NullSafeEQ)) or (isinstance(node, exp.In) and not node.args.get("query")):
            for child in children(node):
                bare = isinstance(child, exp.Column)
                self._uses(
                    child, scope, EQUALITY if bare else level, "compared by =" if bare else what, aliases=aliases
                )
            return
        if isinstance(node, exp.Column):
            flow = scope.resolve(node.name, node.table, node.db, aliases=aliases)
            self._note(flow)
            flow.require(level, what)
        elif isinstance(node, exp.Exists):
            self.query(node.this, scope)
        elif isinstance(node, exp.Query):
            together(output.flow for output in self.query(node, scope).outputs).require(level, what)
        else:
            known(node)
            for child in children(node):
                self._uses(child, scope, level, what, aliases=aliases)

    def _grouped(self, group: exp.Group | None, relation: Relation, scope: Scope) -> None:
        if group is None:
            return
        for item in group.expressions:
            if flow := _numbered(item, relation):
                flow.require(EQUALITY, "grouped by")
            bare = isinstance(item, exp.Column)
            self._uses(item, scope, EQUALITY if bare else ANY, "grouped by", aliases=True)
        for name, value in group.args.items():
            for item in flat(value) if name != "expressions" else ():
                self._uses(item, scope, ANY, "grouped by", aliases=True)

    def _ordered(self, node: exp.Expr, relation: Relation, scope: Scope) -> None:
        order = node.args.get("order")
        for item in order.expressions if order else ():
            if flow := _numbered(item.this, relation):
                flow.require(ANY, "sorted by")
            inner = scope if scope.sources else Scope(scope.outer, scope.ctes, [("", relation)])
            self._uses(item.this, inner, ANY, "sorted by", aliases=True)
        for part in ("limit", "offset"):
            if limit := node.args.get(part):
                self._uses(limit, Scope(None, {}), ANY, "used as a limit", aliases=False)

    def _note(self, flow: Flow) -> None:
        self.touched |= flow.names


def _either(a: Flow, b: Flow) -> Flow:
    """A column of two parts. If they are masked in different ways, or one is not, both ways are hiding."""
    both = together((a, b))
    return both if a.plain is b.plain else derived(both)


def _numbered(item: exp.Expr, relation: Relation) -> Flow:
    """The output that a number in ORDER BY or GROUP BY stands for. An expression around it is no such number."""
    inner = item
    while isinstance(inner, (exp.Paren, exp.Ordered)):
        inner = inner.this
    if isinstance(inner, exp.Literal) and not inner.is_string:
        if not inner.name.isdigit() or not 0 < int(inner.name) <= len(relation.outputs):
            return together(output.flow for output in relation.outputs)
        return relation.outputs[int(inner.name) - 1].flow
    if isinstance(inner, (exp.Placeholder, exp.Parameter)):
        return together(output.flow for output in relation.outputs)
    return CLEAN
