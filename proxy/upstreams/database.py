"""From a MySQL statement to the database's answer: what asks the session becomes literals, the rest is translated."""

from collections import OrderedDict
from typing import TYPE_CHECKING

from plugins import UpstreamError
from proxy.upstreams import dialect
from proxy.upstreams.dialect import Translation
from proxy.upstreams.metadata import SYSTEM_SCHEMAS, SessionView, Warning, direct_answer, may_ask_session, substitute
from proxy.upstreams.types import Connection, Done, Result

if TYPE_CHECKING:
    from proxy.upstreams.server import Server

# Translations kept for one session, and the longest text that is worth it.
CACHED = 256
CACHED_CHARS = 10_000


class Database:
    """One session's way to its database. Methods raise ``UpstreamError``."""

    def __init__(self, server: "Server", connection: Connection, view: SessionView, schema: dialect.SchemaView) -> None:
        self._backend = server.backend
        self._server = server
        self._connection = connection
        self._view = view
        self._schema = schema
        self._translations: OrderedDict[tuple[str, str | None, int], Translation] = OrderedDict()

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
            name = self._backend.default_schema
            self._connection.use(name)
        self._view.database = name

    def check(self, statement: str) -> None:
        """Raises 1064 when it cannot be read."""
        dialect.parse(statement)

    def run_raw(self, sql: str) -> Result:
        """The database's own SQL, as it is."""
        return self._connection.execute(sql)

    def run(self, statement: str) -> Result:
        """A MySQL statement."""
        key = (statement, self._view.database, self._server.schema_epoch)
        translated = self._translations.get(key)
        if translated is None:
            trees = dialect.parse(statement)
            if len(trees) != 1:
                raise UpstreamError(1064, "42000", "You have an error in your SQL syntax; one statement is expected")
            found = substitute(statement, trees[0], self._view)
            direct = direct_answer(found.tree)
            if direct is not None:
                return direct
            translated = dialect.translate(found.tree, self._backend.dialect, self._schema)
            if not may_ask_session(statement) and len(statement) <= CACHED_CHARS:
                self._keep(key, translated)
        return self._execute(translated)

    def _keep(self, key: tuple[str, str | None, int], translated: Translation) -> None:
        self._translations[key] = translated
        if len(self._translations) > CACHED:
            self._translations.popitem(last=False)

    def _execute(self, translated: Translation) -> Result:
        self._view.warnings = [Warning("Note", 1105, note) for note in translated.notes]
        reply: Result = Done()
        for at, sql in enumerate(translated.sql):
            result = self._connection.execute(sql)
            if at == translated.reply:
                reply = result
            elif not isinstance(result, Done):
                result.close()
        return reply
