"""The grammar of the statements about knowledge bases. No database knows any of them."""

from dataclasses import dataclass

from plugins.grammar import Reader

CREATE = "CREATE KNOWLEDGE [IF NOT EXISTS] name [READERS 'account', …]"
ALTER = "ALTER KNOWLEDGE name ADD | DROP READER | OWNER 'account'"
LOAD = "LOAD KNOWLEDGE 'file-or-url' INTO name"
UNLOAD = "UNLOAD KNOWLEDGE 'source' FROM name"
DROP = "DROP KNOWLEDGE [IF EXISTS] name"
SHOW = "SHOW AI KNOWLEDGE [name]"
SOURCE_CHARS = 2_000
ACCOUNT_CHARS = 350  # user (32 or 80) @ host (255), and room


@dataclass(frozen=True, slots=True)
class Create:
    name: str
    readers: tuple[str, ...] = ()
    if_not_exists: bool = False


@dataclass(frozen=True, slots=True)
class Alter:
    """``role``: ``reader`` or ``owner``."""

    base: str
    add: bool
    role: str
    account: str


@dataclass(frozen=True, slots=True)
class Place:
    """A document (``source``) and its base."""

    source: str
    base: str


def parse_create(text: str) -> Create:
    """Raises SYNTAX."""
    reader = Reader(text, CREATE)
    reader.expect("CREATE", "KNOWLEDGE")
    if_not_exists = reader.accept("IF", "NOT", "EXISTS")
    name = reader.name()
    readers: list[str] = []
    if reader.accept("READERS"):
        readers.append(_account(reader))
        while reader.accept_mark(","):
            readers.append(_account(reader))
    reader.end()
    return Create(name, tuple(dict.fromkeys(readers)), if_not_exists)


def parse_alter(text: str) -> Alter:
    """Raises SYNTAX."""
    reader = Reader(text, ALTER)
    reader.expect("ALTER", "KNOWLEDGE")
    base = reader.name()
    add = reader.accept("ADD")
    if not add:
        reader.expect("DROP")
    role = "owner" if reader.accept("OWNER") else "reader"
    if role == "reader":
        reader.expect("READER")
    account = _account(reader)
    reader.end()
    return Alter(base, add, role, account)


def parse_load(text: str) -> Place:
    """Raises SYNTAX."""
    return _place(text, LOAD, "LOAD", "INTO")


def parse_unload(text: str) -> Place:
    """Raises SYNTAX."""
    return _place(text, UNLOAD, "UNLOAD", "FROM")


def parse_drop(text: str) -> tuple[str, bool]:
    """(name, IF EXISTS). Raises SYNTAX."""
    reader = Reader(text, DROP)
    reader.expect("DROP", "KNOWLEDGE")
    if_exists = reader.accept("IF", "EXISTS")
    name = reader.name()
    reader.end()
    return name, if_exists


def parse_show(text: str) -> str:
    """The base's name, or "" for all. Raises SYNTAX."""
    reader = Reader(text, SHOW)
    reader.expect("SHOW", "AI", "KNOWLEDGE")
    name = "" if reader.ended else reader.name()
    reader.end()
    return name


def _place(text: str, form: str, verb: str, word: str) -> Place:
    reader = Reader(text, form)
    reader.expect(verb, "KNOWLEDGE")
    source = reader.string("the source").strip()
    if len(source) > SOURCE_CHARS or not source.isprintable():
        raise reader.error(f"a source has 1 to {SOURCE_CHARS} printable characters")
    reader.expect(word)
    base = reader.name()
    reader.end()
    return Place(source, base)


def _account(reader: Reader) -> str:
    account = reader.string("an account")
    if len(account) > ACCOUNT_CHARS or not account.isprintable() or account != account.strip():
        raise reader.error("an account is 'user', 'user@host', or '*' for everybody")
    return account
