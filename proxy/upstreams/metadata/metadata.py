"""One session's metadata: the entry to this package."""

import time
from collections.abc import Callable, Iterator
from contextlib import contextmanager

import sqlglot
from sqlglot import exp
from sqlglot.errors import SqlglotError

from proxy.upstreams.metadata import errors
from proxy.upstreams.metadata.engine import Engine
from proxy.upstreams.metadata.facts import Facts
from proxy.upstreams.metadata.queries import run_query
from proxy.upstreams.metadata.reflection import Reflection
from proxy.upstreams.metadata.rows import MetadataRows
from proxy.upstreams.metadata.session import SessionView
from proxy.upstreams.metadata.setting import Evaluate, SetResult, apply_set
from proxy.upstreams.metadata.show import answer_describe, answer_show
from proxy.upstreams.metadata.substitute import Substituted, could_be_direct, direct_answer, may_ask_session, substitute
from proxy.upstreams.metadata.translate import system_tables_in
from proxy.upstreams.metadata.version_comments import first_word, unwrapped

# How long DDL that went past this gateway stays unseen.
MAX_AGE_S = 10.0


class Metadata:
    """For one session and one thread, but ``interrupt``.

    ``reflect`` reads what the account may see, over its own session; what it raises passes through. ``dialect`` is
    sqlglot's name of the upstream's, ``schema`` its default schema and ``alias`` the other name of that.
    """

    def __init__(
        self,
        view: SessionView,
        reflect: Callable[[], Reflection],
        *,
        dialect: str = "",
        schema: str = "",
        alias: str = "",
        max_age_s: float = MAX_AGE_S,
    ) -> None:
        self.view = view
        self._reflect = reflect
        self._max_age_s = max_age_s
        self._read_at = 0.0
        self._reflection: Reflection | None = None
        self._engine: Engine | None = None
        self._facts = Facts(view, self._reflected, schema, alias, dialect)
        self._seen_as = ""

    def answer(self, sql: str, tree: exp.Expr | None = None) -> MetadataRows | None:
        """The rows of a metadata statement; ``None``: it is about the client's data. Raises ``UpstreamError``.

        ``tree``: the statement parsed as MySQL's, if the caller has it.
        """
        with _nesting_checked():
            return self._answer(sql, tree)

    def _answer(self, sql: str, tree: exp.Expr | None) -> MetadataRows | None:
        sql = unwrapped(sql)
        match first_word(sql):
            case "SHOW":
                self._forget_what_is_old()
                return answer_show(sql, self._facts, self._database)
            case "DESCRIBE" | "DESC" | "EXPLAIN":
                self._forget_what_is_old()
                return answer_describe(sql, self._facts)
            case "SELECT" | "WITH" | "(" | "TABLE":
                return self._select(sql, tree)
            case "INSERT" | "UPDATE" | "DELETE" | "REPLACE" | "CREATE" | "DROP" | "ALTER" | "TRUNCATE":
                self._refuse_change(sql, tree)
        return None

    def substitute(self, sql: str, tree: exp.Expr) -> Substituted:
        """The tree with what it asks of the session as literals. Raises ``UpstreamError``."""
        with _nesting_checked():
            return substitute(sql, tree, self.view)

    def set(self, sql: str, evaluate: Evaluate | None = None) -> SetResult:
        """Carry out SET …, or the settings of SET STATEMENT … FOR. All or nothing. Raises ``UpstreamError``."""
        with _nesting_checked():
            return apply_set(unwrapped(sql), self.view, evaluate, self._scalar)

    @property
    def reflection(self) -> Reflection:
        """What the account may see."""
        return self._reflected()

    def real_schema(self, name: str | None) -> str | None:
        """The schema that a client names, or the selected one, as the upstream calls it; None when there is none."""
        wanted = name or self.view.database
        return None if wanted is None else self._facts.real(wanted)

    def is_alias(self, name: str) -> bool:
        """Whether a client means the default schema by another name."""
        return self._facts.real(name) not in (None, name)

    def invalidate(self) -> None:
        """DDL or a grant was seen: read again at the next statement."""
        self._reflection = None
        if self._engine is not None:
            self._engine.invalidate()

    def interrupt(self) -> None:
        """Stop a query over the system tables; from any thread."""
        if self._engine is not None:
            self._engine.interrupt()

    def close(self) -> None:
        if self._engine is not None:
            self._engine.close()
            self._engine = None

    def _select(self, sql: str, tree: exp.Expr | None) -> MetadataRows | None:
        tree = _parsed(sql) if tree is None else tree
        if tree is None:
            return None
        if system_tables_in(tree, self.view):
            self._forget_what_is_old()
            # The caller's parser may be made for its upstream; the private database needs the plain one.
            tree = _parsed(sql) or tree
            if not isinstance(tree, exp.Query):
                raise errors.not_supported("this statement over INFORMATION_SCHEMA")
            # The dialect's own tree has functions by MySQL's names; here sqlglot's nodes tell which may be called.
            tree = self.substitute(sql, _parsed(sql) or tree).tree
            return run_query(self._database(), sql, tree, self._facts)
        if not may_ask_session(sql) or not could_be_direct(tree):
            return None
        replaced = self.substitute(sql, tree)
        return direct_answer(replaced.tree, sql) if replaced.changed else None

    def _refuse_change(self, sql: str, tree: exp.Expr | None) -> None:
        """Nobody changes the system schemas. Raises 1044."""
        tree = _parsed(sql) if tree is None else tree
        if tree is None:
            return
        found = system_tables_in(tree, self.view)
        if found:
            raise errors.database_denied(self.view.quoted_account, found[0].db or self.view.database or "")

    def _forget_what_is_old(self) -> None:
        """Before a statement about the schema; any other may go by what is known."""
        if self._reflection is not None and time.monotonic() - self._read_at > self._max_age_s:
            self.invalidate()

    def _reflected(self) -> Reflection:
        if self._reflection is None:
            self._reflection = self._reflect()
            self._read_at = time.monotonic()
        return self._reflection

    def _database(self) -> Engine:
        """The private database, current."""
        if self._engine is None:
            self._engine = Engine(case_sensitive=self._facts.dialect == "postgres")
        seen_as = f"{self._facts.renamed} {self.view.account}"
        if seen_as != self._seen_as:
            self._seen_as = seen_as
            self._engine.invalidate()
        return self._engine

    def _scalar(self, expression: str) -> object:
        _, rows = self._database().run(f"SELECT {expression}")
        return rows[0][0]


@contextmanager
def _nesting_checked() -> Iterator[None]:
    try:
        yield
    except RecursionError as problem:
        raise errors.too_deep() from problem


def _parsed(sql: str) -> exp.Expr | None:
    """``None`` when it is no MySQL: the caller says so."""
    try:
        return sqlglot.parse_one(sql, read="mysql")
    except SqlglotError:
        return None
