"""The tables that a statement names: their columns, and of views where those come from; read over the session."""

import re
import time
from collections.abc import Iterable, Sequence
from dataclasses import dataclass

import sqlglot
from sqlglot import exp
from sqlglot.errors import SqlglotError

from plugins.builtin.mask.flow import Output, Relation, Scope, flow_of
from plugins.builtin.mask.functions import check_functions, has_effects
from plugins.builtin.mask.lexing import refused
from plugins.builtin.mask.lineage import Lineage
from plugins.builtin.mask.rules import Column, Rules, folded
from plugins.transform import SessionFacts
from plugins.upstream import ResultSet, UpstreamError

KEPT_S = 30.0  # what was changed elsewhere is noticed so much later
MAX_VIEWS = 50  # within each other
# Of the server's own schemas only what tells of names is read; the others hold samples of values, or texts of others.
READABLE = frozenset(
    """
    schemata tables columns statistics key_column_usage table_constraints referential_constraints views
    check_constraints
    routines parameters triggers events character_sets collations collation_character_set_applicability engines plugins
    partitions user_privileges schema_privileges table_privileges column_privileges applicable_roles enabled_roles
    files system_variables global_variables session_variables global_status session_status keywords
    st_geometry_columns tablespaces_extensions tables_extensions columns_extensions
    """.split()
)
_PLAIN = re.compile(r"[\w$ -]*", re.A)
_CLOSED = frozenset("mysql performance_schema sys pg_catalog pg_toast ndbinfo innodb".split())


@dataclass(frozen=True, slots=True)
class Table:
    """``protected``: a rule holds for one of its columns, or what it is made of is not known."""

    relation: Relation
    protected: bool


class Catalog:
    """Of one session, so that it holds what the account itself may see."""

    def __init__(self, rules: Rules) -> None:
        self._rules = rules
        self._known: dict[tuple[str, str], tuple[Table, float]] = {}
        self._epoch = -1

    async def tables(self, named: Iterable["Named"], facts: SessionFacts) -> dict[tuple[str, str], Table]:
        """Every table that is named, common table expressions too where a table has their name.

        Raises ``AskwireError`` and ``UpstreamError``: where a table does not exist, the server's own words.
        """
        if self._epoch != facts.epoch or len(self._known) > 10_000:
            self._known.clear()
            self._epoch = facts.epoch
        found: dict[tuple[str, str], Table] = {}
        for each in named:
            key = (each.schema, each.name)
            try:
                found[key] = await self._table(*key, facts)
            except UpstreamError:
                if not each.may_miss:
                    raise
        return found

    async def _table(self, schema: str, name: str, facts: SessionFacts, depth: int = 0) -> Table:
        within = schema or facts.database or ""
        if folded(within) == "information_schema":
            if folded(name) not in READABLE:
                raise refused(f"information_schema.{name} may show values of columns that are masked for this account")
            return Table(Relation(open=(Rules(()), within, name)), protected=False)
        if folded(within) in _CLOSED:
            raise refused(f"{within} may show values of columns that are masked for this account")
        known = self._known.get((within, name))
        if known is None or known[1] < time.monotonic():
            table = await self._read(within, name, facts, depth)
            self._known[within, name] = known = (table, time.monotonic() + KEPT_S)
        return known[0]

    async def _read(self, schema: str, name: str, facts: SessionFacts, depth: int) -> Table:
        columns = await self._columns(schema, name, facts)
        definition = await self._definition(schema, name, facts)
        if definition is not None:
            return await self._view(schema, name, columns, definition, facts, depth)
        outputs = [Output(c.name, flow_of(self._rules, schema, name, c), c.visible) for c in columns]
        return Table(Relation(tuple(outputs)), protected=any(output.flow for output in outputs))

    async def _columns(self, schema: str, name: str, facts: SessionFacts) -> list[Column]:
        # Binary: the session's character set must not turn a name into another. LIMIT: sql_select_limit may be less.
        sql = (
            "SELECT CAST(TABLE_NAME AS BINARY), CAST(COLUMN_NAME AS BINARY), CAST(DATA_TYPE AS BINARY),"
            " CAST(COLUMN_COMMENT AS BINARY), CAST(EXTRA AS BINARY) FROM information_schema.COLUMNS"
            f" WHERE TABLE_SCHEMA = {literal(schema, facts)} AND TABLE_NAME = {literal(name, facts)}"
            " ORDER BY ORDINAL_POSITION LIMIT 100000"
        )
        rows = texts(await facts.query(sql))
        exact = [row for row in rows if row[0] == name] or rows
        if exact:
            return [
                Column(column, kind, comment, visible="invisible" not in extra.lower())
                for _, column, kind, comment, extra in exact
            ]
        # A temporary table is in no catalog of MySQL's.
        shown = texts(await facts.query(f"SHOW FULL COLUMNS FROM {_quoted(schema, facts)}.{_quoted(name, facts)}"))
        return [
            Column(row[0], row[1].split("(")[0], row[8], visible="invisible" not in row[6].lower()) for row in shown
        ]

    async def _definition(self, schema: str, name: str, facts: SessionFacts) -> str | None:
        """A view's query; None for a table. Raises ``AskwireError`` where the account may not see it."""
        where = f"WHERE TABLE_SCHEMA = {literal(schema, facts)} AND TABLE_NAME = {literal(name, facts)}"
        kinds = texts(
            await facts.query(f"SELECT CAST(TABLE_TYPE AS BINARY) FROM information_schema.TABLES {where} LIMIT 100")
        )
        if not any("VIEW" in kind.upper() for (kind,) in kinds):
            return None
        found = await facts.query(
            f"SELECT CAST(VIEW_DEFINITION AS BINARY) FROM information_schema.VIEWS {where} LIMIT 2"
        )
        definitions = [text for (text,) in texts(found) if text]
        if len(definitions) != 1:
            raise refused(f"The view {name} may show masked columns, and this account may not see how it is made")
        return definitions[0]

    async def _view(
        self, schema: str, name: str, columns: list[Column], definition: str, facts: SessionFacts, depth: int
    ) -> Table:
        """Its columns are those of its query, or masked themselves by a rule that names the view."""
        if depth >= MAX_VIEWS:
            raise refused(f"The view {name} is made of too many others to be checked")
        try:
            tree = sqlglot.parse_one(definition, read="mysql")
        except (SqlglotError, RecursionError, ValueError) as error:
            raise refused(f"How the view {name} is made cannot be read") from error
        check_functions(tree)
        if has_effects(tree):
            raise refused(f"The view {name} waits or takes locks, which may tell of columns that are masked")
        ctes = {folded(cte.alias) for cte in tree.find_all(exp.CTE)}
        below: dict[tuple[str, str], Table] = {}
        for node in tree.find_all(exp.Table):
            if not isinstance(node.this, exp.Identifier):
                raise refused(f"How the view {name} is made cannot be checked")
            if node.db or folded(node.name) not in ctes:
                below[node.db, node.name] = await self._below(node.db or schema, node.name, facts, depth + 1)
        own = [flow_of(self._rules, schema, name, column) for column in columns]
        if not any(table.protected for table in below.values()):
            outputs = [Output(c.name, flow, c.visible) for c, flow in zip(columns, own, strict=True)]
            return Table(Relation(tuple(outputs)), protected=any(own))
        lineage = Lineage({key: table.relation for key, table in below.items()})
        made = lineage.query(tree, Scope(None, {})).renamed([column.name for column in columns], stored=True)
        outputs = [Output(o.name, flow or o.flow) for o, flow in zip(made.outputs, own, strict=True)]
        return Table(Relation(tuple(outputs)), protected=True)

    async def _below(self, schema: str, name: str, facts: SessionFacts, depth: int) -> Table:
        """A table of a view's, which the account itself may have no right to see: then rules say it by names alone."""
        try:
            return await self._table(schema, name, facts, depth)
        except UpstreamError:
            if self._rules.by_facts:
                raise refused(f"What the columns of {schema}.{name} are is not known to this account") from None
            opened = Relation(open=(self._rules, schema, name))
            return Table(opened, protected=self._rules.may_protect(schema, name))


@dataclass(frozen=True, slots=True)
class Named:
    """A table as a statement names it. ``may_miss``: it may be something else, or what is made or dropped."""

    schema: str
    name: str
    may_miss: bool


def named_tables(tree: exp.Expr) -> tuple[Named, ...]:
    """Raises ``AskwireError`` where a table is not given by its name."""
    others, made = _not_tables(tree), _created(tree)
    found: dict[tuple[str, str], Named] = {}
    for node in tree.find_all(exp.Table):
        if not isinstance(node.this, exp.Identifier) or node.catalog:
            raise refused("Columns are masked for this account, and what FROM names cannot be checked")
        if node.db or node.name.upper() != "DUAL":
            may_miss = any(node is each for each in made) or (not node.db and folded(node.name) in others)
            known = found.get((node.db, node.name))
            found[node.db, node.name] = Named(node.db, node.name, may_miss and (known is None or known.may_miss))
    return tuple(found.values())


def _created(tree: exp.Expr) -> Sequence[exp.Expr]:
    """What a CREATE makes or a DROP takes away: tables, a database, an index."""
    if isinstance(tree, exp.Drop):
        return tree.args.get("tables") or ()
    if not isinstance(tree, exp.Create):
        return ()
    return (tree.this.this if isinstance(tree.this, exp.Schema) else tree.this,)


def _not_tables(tree: exp.Expr) -> set[str]:
    """Names that may stand for something else: common table expressions, and the aliases that DELETE names."""
    names = {folded(cte.alias) for cte in tree.find_all(exp.CTE)}
    if isinstance(tree, exp.Delete):
        names |= {folded(table.alias) for table in tree.find_all(exp.Table) if table.alias}
    return names


def texts(result: ResultSet) -> list[tuple[str, ...]]:
    """The rows; NULL is empty."""
    return [
        tuple(v.decode("utf-8", "surrogateescape") if isinstance(v, bytes) else v or "" for v in row)
        for row in result.rows
    ]


def literal(name: str, facts: SessionFacts) -> str:
    """In hexadecimal, so that no SQL mode and no character set reads it otherwise."""
    if _PLAIN.fullmatch(name):
        return f"'{name}'"
    if facts.kind in ("mysql", "mariadb"):
        return f"CONVERT(x'{name.encode('utf-8', 'surrogateescape').hex()}' USING utf8)" if name else "''"
    return "'" + name.replace("\\", "\\\\").replace("'", "''") + "'"


def _quoted(name: str, facts: SessionFacts) -> str:
    if "\0" in name or not name:
        raise refused("Columns are masked for this account, and no database is selected")
    return "`" + name.replace("`", "``") + "`"
