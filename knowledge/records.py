"""What people teach askwire: terms, verified queries, and knowledge bases of documents."""

from dataclasses import dataclass


@dataclass(frozen=True, slots=True)
class Place:
    """Where something holds: one database of one upstream."""

    upstream: str
    database: str


@dataclass(frozen=True, slots=True)
class Term:
    """A word of the business and what it means. ``shared``: it counts for every account, else for ``owner`` alone."""

    name: str
    definition: str
    owner: str = ""
    shared: bool = False
    changed_at: str = ""


@dataclass(frozen=True, slots=True)
class VerifiedQuery:
    """A question and the SQL that a person trusts as its answer.

    ``tables`` and ``columns`` (``table.column``) are what the SQL reads. ``origin``: ``created`` or ``feedback``.
    """

    name: str
    question: str
    sql: str
    tables: tuple[str, ...] = ()
    columns: tuple[str, ...] = ()
    origin: str = "created"
    owner: str = ""
    shared: bool = False
    changed_at: str = ""


@dataclass(frozen=True, slots=True)
class Taught:
    """What counts for one account in one place: its own first, then what is shared and not hidden by its own."""

    terms: tuple[Term, ...] = ()
    queries: tuple[VerifiedQuery, ...] = ()
    revision: int = 0


@dataclass(frozen=True, slots=True)
class Who:
    """Who asks: an account (``user@host``) of one upstream, or the gateway's operator (command line, admin HTTP)."""

    upstream: str = ""
    account: str = ""
    operator: bool = False


OPERATOR = Who(operator=True)
# The states of a load that is not ended.
OPEN = ("waiting", "reading", "embedding")


@dataclass(frozen=True, slots=True)
class Base:
    """A knowledge base. ``embedder``: the model of its vectors, "" when it is searched by words only.

    ``backend``: where vectors are searched, ``local``, ``pgvector`` or ``qdrant``. ``revision`` goes up with every
    change of its chunks.
    """

    id: int
    name: str
    owner: str
    embedder: str = ""
    backend: str = "local"
    revision: int = 0


@dataclass(frozen=True, slots=True)
class Load:
    """One thing to load. ``origin``: a path or URL. ``name``: what people see. ``done``, ``total``: chunks."""

    id: int
    base: int
    kind: str
    origin: str
    name: str
    requested_by: str
    state: str
    error: str
    done: int
    total: int
    hash: str

    @property
    def open(self) -> bool:
        return self.state in OPEN
