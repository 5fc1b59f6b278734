"""Whose column a name is: exact names in the upstream's case, and the kind of every expression."""

from collections.abc import Iterable
from dataclasses import dataclass, field
from functools import lru_cache

from sqlglot import exp
from sqlglot.errors import SqlglotError

from proxy.upstreams.dialect.infer import infer
from proxy.upstreams.dialect.kinds import BOOL, INT, UNKNOWN, Kind, common, kind_of, kind_of_type
from proxy.upstreams.dialect.schema import SchemaView, Table

Columns = dict[str, tuple[str, Kind]]  # lower-case name -> exact name, kind


@dataclass(slots=True)
class Source:
    """A table in FROM; ``columns`` None where they are not known. ``required``: those that are NOT NULL, lower case."""

    name: str
    columns: Columns | None
    required: frozenset[str] = frozenset()


@dataclass(slots=True)
class Scope:
    """What names mean inside one query."""

    parent: "Scope | None" = None
    sources: list[Source] = field(default_factory=list)
    ctes: dict[str, tuple[str, Columns | None]] = field(default_factory=dict)

    def cte(self, name: str) -> tuple[str, Columns | None] | None:
        found = self.ctes.get(name.lower())
        return found or (self.parent.cte(name) if self.parent else None)

    def is_complete(self) -> bool:
        """The columns of every source are known."""
        return all(source.columns is not None for source in self.sources)

    def find(self, column: str, table: str) -> tuple[Source, str, Kind] | None:
        """The source, the exact name and the kind; outer queries last."""
        for source in self.sources:
            if table and source.name.lower() != table.lower():
                continue
            found = (source.columns or {}).get(column.lower())
            if found:
                return source, *found
            if table and source.columns is None:
                return source, column, UNKNOWN
        return self.parent.find(column, table) if self.parent else None


class Resolver:
    """Walks one statement; changes identifiers in place and sets ``meta["kind"]``."""

    def __init__(self, schema: SchemaView, target: str) -> None:
        self._schema = schema
        self._target = target

    def statement(self, tree: exp.Expr) -> None:
        """SELECT, UNION, INSERT, UPDATE, DELETE, or what holds them."""
        if isinstance(tree, exp.Query):
            self.query(tree, Scope())
        elif isinstance(tree, exp.Update | exp.Delete | exp.Insert):
            self._write(tree)
        else:
            for query in [node for node in tree.iter_expressions() if isinstance(node, exp.Query)]:
                self.query(query, Scope())

    def bare(self, root: exp.Expr) -> None:
        """An expression without tables: the kinds only."""
        self._expression(root, Scope())

    def _write(self, tree: exp.Update | exp.Delete | exp.Insert) -> None:
        scope = Scope()
        self._ctes(tree, scope)
        if isinstance(tree, exp.Insert):
            target = tree.this.this if isinstance(tree.this, exp.Schema) else tree.this
            if isinstance(tree.expression, exp.Query):
                self.query(tree.expression, scope)
            elif isinstance(tree.expression, exp.Expr):
                self._expression(tree.expression, Scope())
            self._sources([target], scope)
            if isinstance(tree.this, exp.Schema):
                self._names(tree.this.expressions, scope)
        else:
            usings = tree.args.get("using") or []
            self._sources([tree.this, *usings] if tree.this else usings, scope)
        for child in tree.iter_expressions():
            if child not in (tree.this, tree.expression) and not isinstance(child, exp.With | exp.Table):
                self._expression(child, scope)

    def query(self, query: exp.Expr, outer: Scope) -> Columns | None:
        """Resolve a query; the columns that it gives, None where they are not known."""
        scope = Scope(outer)
        self._ctes(query, scope)
        if isinstance(query, exp.Subquery):
            columns = self.query(query.this, scope)
            self._rest(query, scope)
            return columns
        if isinstance(query, exp.SetOperation):
            left, right = self.query(query.left, scope), self.query(query.right, scope)
            self._rest(query, scope)
            return _merge(left, right)
        if not isinstance(query, exp.Select):
            self._rest(query, scope)
            return None
        source = query.args.get("from_")
        joins = query.args.get("joins") or []
        self._sources([*([source.this] if source else []), *joins], scope)
        self._rest(query, scope)
        return _given(query, scope)

    def _ctes(self, query: exp.Expr, scope: Scope) -> None:
        with_ = query.args.get("with_")
        if not isinstance(with_, exp.With):
            return
        for cte in with_.expressions:
            names = cte.args["alias"].columns
            if with_.args.get("recursive") and isinstance(cte.this, exp.SetOperation):
                first = _renamed(self.query(cte.this.left.copy(), scope), names)
                scope.ctes[cte.alias.lower()] = cte.alias, first
            columns = self.query(cte.this, scope)
            scope.ctes[cte.alias.lower()] = cte.alias, _renamed(columns, names)

    def _sources(self, nodes: Iterable[exp.Expr], scope: Scope) -> None:
        conditions: list[exp.Expr] = []
        for node in nodes:
            join = node if isinstance(node, exp.Join) else None
            table: exp.Expr = join.this if join is not None else node
            self._source(table, scope)
            if join:
                self._names(join.args.get("using") or [], scope)
                if join.args.get("on"):
                    conditions.append(join.args["on"])
            nested = table.args.get("joins") or []
            self._sources(nested, scope)
        for condition in conditions:
            self._expression(condition, scope)

    def _source(self, node: exp.Expr, scope: Scope) -> None:
        if isinstance(node, exp.Table) and isinstance(node.this, exp.Identifier):
            scope.sources.append(self._table(node, scope))
        elif isinstance(node, exp.Subquery) and isinstance(node.this, exp.Table):  # parentheses around joins
            self._sources([node.this, *(node.args.get("joins") or [])], scope)
        elif isinstance(node, exp.Paren | exp.Tuple):
            self._sources(list(node.iter_expressions()), scope)
        elif isinstance(node, exp.Query):
            inner = Scope(scope.parent if not node.args.get("lateral") else scope, ctes=scope.ctes)
            columns = self.query(node, inner)
            alias = node.args.get("alias")
            names = alias.columns if isinstance(alias, exp.TableAlias) else []
            scope.sources.append(Source(node.alias, _renamed(columns, names)))
        else:
            scope.sources.append(Source(node.alias_or_name, None))

    def _table(self, node: exp.Table, scope: Scope) -> Source:
        cte = None if node.db else scope.cte(node.name)
        if cte:
            node.this.set("this", cte[0])
            node.this.set("quoted", True)
            return Source(node.alias or cte[0], cte[1])
        table = self.find_table(node)
        if table is None:
            return Source(node.alias or node.name, None)
        required = frozenset(each.name.lower() for each in table.columns if each.required)
        return Source(node.alias or node.name, _columns_of(table, self._target), required)

    def find_table(self, node: exp.Table) -> Table | None:
        """Look a table up, and write its name as the upstream does."""
        table = self._schema.table(node.name, node.db or None)
        if table:
            node.set("this", exp.to_identifier(table.name, quoted=True))
            if node.db:
                node.set("db", exp.to_identifier(table.schema or node.db, quoted=True))
        return table

    def _rest(self, query: exp.Expr, scope: Scope) -> None:
        for key, value in query.args.items():
            if key in ("with_", "from_", "joins", "alias") or (key in ("this", "expression") and _is_query(value)):
                continue
            for child in value if isinstance(value, list) else [value]:
                if isinstance(child, exp.Expr):
                    self._expression(child, scope)

    def _names(self, nodes: Iterable[exp.Expr], scope: Scope) -> None:
        for node in nodes:
            if isinstance(node, exp.Identifier | exp.Column):
                found = scope.find(node.name, "")
                if found:
                    _rename(node if isinstance(node, exp.Identifier) else node.this, found[1])

    def _expression(self, root: exp.Expr, scope: Scope) -> None:
        nodes = list(root.walk(bfs=False, prune=_is_query))
        for node in reversed(nodes):
            if not isinstance(node, exp.Expr):
                continue
            if isinstance(node, exp.Query):
                columns = self.query(node, scope)
                kinds = list((columns or {}).values())
                node.meta["kind"] = kinds[0][1] if len(kinds) == 1 else UNKNOWN
            elif isinstance(node, exp.Column):
                self._column(node, scope)
            elif not isinstance(node, exp.Identifier):
                node.meta["kind"] = infer(node)

    def _column(self, node: exp.Column, scope: Scope) -> None:
        if not isinstance(node.this, exp.Identifier):
            return
        found = scope.find(node.name, node.table)
        if found:
            source, name, kind = found
            node.meta["kind"] = kind
            node.meta["required"] = node.name.lower() in source.required
            node.meta["typed"] = node.name
            if kind is not UNKNOWN or name != node.name:
                _rename(node.this, name)
            if node.table and not node.db:
                _rename(node.args["table"], source.name)


def _is_query(node: object) -> bool:
    return isinstance(node, exp.Query)


def _rename(identifier: exp.Identifier, name: str) -> None:
    identifier.set("this", name)
    identifier.set("quoted", True)


def _columns_of(table: Table, target: str) -> Columns:
    return {each.name.lower(): (each.name, kind_of_name(each.type, target)) for each in table.columns}


@lru_cache(maxsize=1024)
def kind_of_name(type_name: str, target: str) -> Kind:
    """The kind of a column from its type as the upstream writes it."""
    upper = type_name.upper().strip()
    if target == "sqlite" and upper.startswith("TINYINT(1)"):
        return kind_of_type(exp.DataType.build("INT"))
    try:
        return kind_of_type(exp.DataType.build(type_name, dialect=target))
    except SqlglotError:  # a type of the user's own, or none
        return UNKNOWN


def _renamed(columns: Columns | None, names: list[exp.Expr]) -> Columns | None:
    if columns is None or not names:
        return columns
    return {name.name.lower(): (name.name, kind) for name, (_, kind) in zip(names, columns.values(), strict=False)}


def _merge(left: Columns | None, right: Columns | None) -> Columns | None:
    if left is None or right is None or len(left) != len(right):
        return left
    pairs = zip(left.items(), right.values(), strict=True)
    return {key: (name, common([kind, other])) for (key, (name, kind)), (_, other) in pairs}


def _given(query: exp.Select, scope: Scope) -> Columns | None:
    given: Columns = {}
    for item in query.expressions:
        if isinstance(item, exp.Star) or (isinstance(item, exp.Column) and isinstance(item.this, exp.Star)):
            wanted = item.table.lower() if isinstance(item, exp.Column) else ""
            sources = [each for each in scope.sources if not wanted or each.name.lower() == wanted]
            if not sources or any(each.columns is None for each in sources):
                return None
            for source in sources:
                given.update(source.columns or {})
        else:
            name = item.alias_or_name or f"\0{len(given)}"
            kind = kind_of(item)
            inner = item.this if isinstance(item, exp.Alias) else item
            # A comparison is a number to whoever reads it; only a column may be the upstream's own truth value.
            given[name.lower()] = name, INT if kind is BOOL and not isinstance(inner, exp.Column) else kind
    return given
