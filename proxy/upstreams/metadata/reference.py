"""The rows that are the same for everybody (engines, character sets, plugins …), and those about the session."""

from collections.abc import Iterator

from sqlalchemy.dialects.mysql.reserved_words import RESERVED_WORDS_MYSQL

from proxy.upstreams.metadata.charsets import character_sets, collations
from proxy.upstreams.metadata.facts import Facts
from proxy.upstreams.metadata.fill import Producer
from proxy.upstreams.metadata.rows import Row
from proxy.upstreams.metadata.status import status_rows
from proxy.upstreams.metadata.system_variables import VERSION

ENGINES: tuple[Row, ...] = (
    ("InnoDB", "DEFAULT", "Supports transactions, row-level locking, and foreign keys", "YES", "YES", "YES"),
)
NATIVE = "caching_sha2_password"


def engines(_: Facts) -> Iterator[Row]:
    yield from ENGINES


def charset_rows(_: Facts) -> Iterator[Row]:
    for charset in character_sets().values():
        yield (charset.name, charset.default_collation, charset.description, charset.max_length)


def collation_rows(_: Facts) -> Iterator[Row]:
    for found in collations().values():
        yield (found.name, found.character_set, found.id, found.is_default, "Yes", found.sort_length, found.pad)


def applicability(_: Facts) -> Iterator[Row]:
    for found in collations().values():
        yield (found.name, found.character_set)


def keywords(_: Facts) -> Iterator[Row]:
    for word in sorted(RESERVED_WORDS_MYSQL):
        yield (word.upper(), 1)


def plugins(_: Facts) -> Iterator[Row]:
    tail = ("askwire", None, "Apache-2.0", "FORCE")
    for name, kind, text in (
        (NATIVE, "AUTHENTICATION", "Caching sha2 authentication"),
        ("InnoDB", "STORAGE ENGINE", "Supports transactions, row-level locking, and foreign keys"),
    ):
        author, _library, licence, load = tail
        yield (name, "1.0", "ACTIVE", kind, "80400.0", None, None, author, text, licence, load)


def processlist(facts: Facts) -> Iterator[Row]:
    for p in facts.view.processes():
        yield (p.id, p.user, p.host, p.database, p.command, p.seconds, p.state, p.statement)


def resource_groups(_: Facts) -> Iterator[Row]:
    yield ("USR_default", "USER", 1, None, 0)
    yield ("SYS_default", "SYSTEM", 1, None, 0)


def global_variables(facts: Facts) -> Iterator[Row]:
    yield from facts.view.variables.shown(global_values=True)


def session_variables(facts: Facts) -> Iterator[Row]:
    yield from facts.view.variables.shown(global_values=False)


def status(facts: Facts) -> Iterator[Row]:
    yield from status_rows(facts.view)


REFERENCE: dict[str, Producer] = {
    "ENGINES": engines,
    "CHARACTER_SETS": charset_rows,
    "COLLATIONS": collation_rows,
    "COLLATION_CHARACTER_SET_APPLICABILITY": applicability,
    "KEYWORDS": keywords,
    "PLUGINS": plugins,
    "RESOURCE_GROUPS": resource_groups,
}
# Read anew for every statement.
LIVE: dict[str, Producer] = {
    "PROCESSLIST": processlist,
    "GLOBAL_VARIABLES": global_variables,
    "SESSION_VARIABLES": session_variables,
    "GLOBAL_STATUS": status,
    "SESSION_STATUS": status,
}

__all__ = ["LIVE", "REFERENCE", "VERSION"]
