"""From a MySQL statement to the database's answer: what asks the session becomes literals, the rest is translation."""

from collections import OrderedDict
from collections.abc import Callable
from typing import TYPE_CHECKING

from sqlglot import exp

from plugins import UpstreamError
from proxy.upstreams import dialect
from proxy.upstreams.dialect import Translation
from proxy.upstreams.explain import Explain, parse_explain
from proxy.upstreams.metadata import SYSTEM_SCHEMAS, Metadata, SessionView, UserValue, Warning, may_ask_session
from proxy.upstreams.origins import Origins, WithOrigins, find_origins
from proxy.upstreams.schema_view import ReflectedSchema
from proxy.upstreams.statements import first_word, shown
from proxy.upstreams.table_rows import TableRows, first_value
from proxy.upstreams.types import Connection, Done, Result

if TYPE_CHECKING:
    from proxy.upstreams.server import Server

METADATA_WORDS = frozenset({"SHOW", "DESCRIBE", "DESC"})
# Translations kept for one session, and the longest text that is worth it.
CACHED = 256
CACHED_CHARS = 10_000
_TEMPORARY = (
    "SELECT table_name FROM duckdb_tables() WHERE temporary UNION SELECT view_name FROM duckdb_views() WHERE temporary"
)
Key = tuple[str, str | None, int]  # the statement, the selected database, the schema epoch


class Database:
    """One session's way to its database. Methods raise ``UpstreamError``."""

    def __init__(
        self,
        server: "Server",
        connection: Connection,
        view: SessionView,
        metadata: Metadata,
        reach: Callable[[], None],
    ) -> None:
        """``reach`` is called before a statement that may read or write a table."""
        self._backend = server.backend
        self._server = server
        self._connection = connection
        self._view = view
        self._metadata = metadata
        self._reach = reach
        self._schema = ReflectedSchema(metadata)
        self._kept: OrderedDict[Key, tuple[Translation, Origins, bool]] = OrderedDict()

    def use(self, name: str) -> None:
        """Select a schema, by its name or by the database's name in the URL. Raises 1049."""
        if name.lower() in SYSTEM_SCHEMAS:
            self._view.database = name.lower()
            return
        try:
            self._connection.use(name)
        except UpstreamError as error:
            if error.number != 1049 or name.casefold() != self._backend.database_name.casefold():
                raise
            self._connection.use(self._backend.default_schema)
        self._view.database = name

    def check(self, statement: str) -> None:
        """Raises 1064 when it cannot be read; the metadata reads its own statements when they run."""
        if first_word(statement) not in METADATA_WORDS:
            dialect.parse(statement)

    def metadata(self, statement: str) -> Result | None:
        """SHOW, DESCRIBE and the like; None for what they do not know."""
        found = self._metadata.answer(statement)
        return None if found is None else TableRows(found.columns, found.rows)

    def run_raw(self, sql: str) -> Result:
        """A statement in the database's own SQL."""
        self._reach()
        return self._connection.execute(sql)

    def run(self, statement: str) -> Result:
        """A MySQL statement."""
        if first_word(statement) in ("CREATE", "DROP"):
            self._kept.clear()  # a temporary table may stand before another now
        key = (statement, self._view.database, self._server.schema_epoch)
        kept = self._kept.get(key)
        if kept is not None:
            return self._execute(*kept)
        if explain := parse_explain(statement):
            return self._explain(explain)
        tree = _parsed(statement)
        statement = shown(statement)
        found = self._metadata.answer(statement, tree)
        if found is not None:
            return TableRows(found.columns, found.rows)
        translation, origins = self._translated(statement, tree), find_origins(tree, self._metadata)
        reaches = _reaches(tree)
        if not may_ask_session(statement) and len(statement) <= CACHED_CHARS:
            self._keep(key, translation, origins, reaches)
        return self._execute(translation, origins, reaches)

    def _explain(self, explain: Explain) -> Result:
        """Statements over the gateway's own metadata have no plan to show. Raises 1235."""
        tree = _parsed(explain.statement)
        if self._metadata.answer(explain.statement, tree) is not None:
            return Done()
        translation = self._translated(explain.statement, tree)
        if len(translation.sql) != 1:
            raise UpstreamError(
                1235, "42000", "This version of askwire doesn't yet support 'EXPLAIN' of this statement"
            )
        self._reach()
        return self._connection.execute(explain.sql(translation.sql[0], self._backend.dialect))

    def scalar(self, expression: exp.Expr) -> UserValue:
        """The value of an expression that reads tables, for SET @x = (SELECT …)."""
        result = self.run(f"SELECT {expression.sql(dialect='mysql')}")
        return first_value(result)

    def _translated(self, statement: str, tree: exp.Expr) -> Translation:
        substituted = self._metadata.substitute(statement, tree)
        if substituted.assigned:
            message = (
                "This version of askwire doesn't yet support '@x :=' with what a table holds; use SET @x = (SELECT …)"
            )
            raise UpstreamError(1235, "42000", message)
        tree = substituted.tree
        for table in tree.find_all(exp.Table):
            if table.db and self._metadata.is_alias(table.db):
                table.set("db", exp.to_identifier(self._backend.default_schema, quoted=True))
        self._qualify(tree)
        return dialect.translate(tree, self._backend.dialect, self._schema)

    def _qualify(self, tree: exp.Expr) -> None:
        """DuckDB looks into ``main`` too for a name that the selected schema lacks: name the schema."""
        selected = self._metadata.real_schema(None)
        if self._backend.dialect != "duckdb" or selected in (None, self._backend.default_schema):
            return
        temporary = self._connection.sqlalchemy.exec_driver_sql(_TEMPORARY).scalars().all()
        known = {name.lower() for name in temporary} | {cte.alias.lower() for cte in tree.find_all(exp.CTE)}
        if isinstance(tree, exp.Create) and tree.find(exp.TemporaryProperty) and (made := tree.find(exp.Table)):
            known.add(made.name.lower())
        for table in tree.find_all(exp.Table):
            if not table.db and isinstance(table.this, exp.Identifier) and table.name.lower() not in known:
                table.set("db", exp.to_identifier(selected, quoted=True))

    def _keep(self, key: Key, translation: Translation, origins: Origins, reaches: bool) -> None:
        self._kept[key] = translation, origins, reaches
        if len(self._kept) > CACHED:
            self._kept.popitem(last=False)

    def _execute(self, translation: Translation, origins: Origins, reaches: bool) -> Result:
        """Several statements are one of MySQL's: all of them or none. The last one's result is the reply."""
        self._view.warnings = tuple(Warning("Note", 1105, note) for note in translation.notes)
        if reaches:
            self._reach()
        own = len(translation.sql) > 1 and not self._connection.in_transaction
        if own:
            self._connection.begin(read_only=False)
        result: Result = Done()
        try:
            for sql in translation.sql:
                if not isinstance(result, Done):
                    result.close()
                result = self._connection.execute(sql)
        except BaseException:
            if own:
                self._connection.rollback()
            raise
        if own:
            self._connection.commit()
        if isinstance(result, Done) or len(origins) != len(result.columns):
            return result
        return WithOrigins(result, origins)


def _reaches(tree: exp.Expr) -> bool:
    """Whether it may read or write a table, itself or by a function of the database's own."""
    return not isinstance(tree, exp.Select) or tree.find(exp.Table, exp.Anonymous, exp.NextValueFor) is not None


def _parsed(statement: str) -> exp.Expr:
    trees = dialect.parse(statement)
    if len(trees) != 1:
        raise UpstreamError(1064, "42000", "You have an error in your SQL syntax; one statement is expected")
    return trees[0]
