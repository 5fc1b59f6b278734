"""SET of every kind, as assignments. https://dev.mysql.com/doc/refman/8.4/en/set-variable.html"""

from dataclasses import dataclass

import sqlglot
from sqlglot import exp
from sqlglot.errors import SqlglotError

from proxy.upstreams.metadata import errors
from proxy.upstreams.metadata.words import Word, Words, split_at_commas, words_of

_SCOPES = ("GLOBAL", "SESSION", "LOCAL", "PERSIST_ONLY", "PERSIST")


@dataclass(frozen=True, slots=True)
class Assign:
    """``scope``: session, global, persist, persist_only or next (transaction). ``value`` ``None``: DEFAULT."""

    scope: str
    name: str
    value: exp.Expr | None


@dataclass(frozen=True, slots=True)
class AssignUser:
    """``@name = value``; names are compared without case, so ``name`` is in lower case."""

    name: str
    value: exp.Expr


@dataclass(frozen=True, slots=True)
class SetNames:
    """``None``: DEFAULT."""

    charset: str | None
    collation: str | None = None


@dataclass(frozen=True, slots=True)
class SetCharacterSet:
    charset: str | None


@dataclass(frozen=True, slots=True)
class SetTransaction:
    """``scope``: session, global or next."""

    scope: str
    isolation: str | None = None
    read_only: bool | None = None


@dataclass(frozen=True, slots=True)
class SetRole:
    """``roles`` in words: NONE, DEFAULT, ALL, or names."""

    roles: str


@dataclass(frozen=True, slots=True)
class SetAccount:
    """SET PASSWORD, SET DEFAULT ROLE, SET RESOURCE GROUP: what only a server with accounts of its own can do."""

    what: str


Assignment = Assign | AssignUser | SetNames | SetCharacterSet | SetTransaction | SetRole | SetAccount


def parse_set(sql: str) -> list[Assignment]:
    """Read ``SET …``. Raises 1064."""
    words = Words(sql)
    words.expect("SET")
    alone = _alone(words)
    if alone is not None:
        return [alone]
    found: list[Assignment] = []
    scope = "session"
    for part in split_at_commas(sql, words.words[words.position :]):
        item = Words(sql, part)
        chosen = None if _is_assignment_to(item) else item.accept_one(*_SCOPES)
        scope = _scope(chosen) if chosen else scope
        found.append(_item(item, scope))
    return found


def parse_set_statement(sql: str) -> tuple[list[Assignment], str] | None:
    """MariaDB's ``SET STATEMENT a=1, b=2 FOR <statement>``: the assignments and the statement."""
    words = words_of(sql)
    reader = Words(sql, words)
    if not reader.accept("SET", "STATEMENT"):
        return None
    depth = 0
    for position, word in enumerate(words):
        if word.quoted:
            continue
        depth += (word.text == "(") - (word.text == ")")
        if depth == 0 and word.text.upper() == "FOR":
            parts = split_at_commas(sql, words[2:position])
            return [_item(Words(sql, part), "session") for part in parts], sql[word.end :].strip()
    raise errors.syntax(sql)


def _scope(keyword: str) -> str:
    return "session" if keyword == "LOCAL" else keyword.lower()


def _is_assignment_to(item: Words) -> bool:
    """A variable may have the name of a keyword: ``SET local = 1`` is about the variable ``local``."""
    return len(item.words) > 1 and item.words[1].text in ("=", ":=") and not item.words[1].quoted


def _alone(words: Words) -> Assignment | None:
    """The kinds that take the whole statement."""
    start = words.position
    scope = words.accept_one("GLOBAL", "SESSION", "LOCAL")
    if words.accept("TRANSACTION"):
        return _transaction(words, _scope(scope) if scope else "next")
    words.position = start
    if words.sees("PASSWORD") or words.sees("DEFAULT", "ROLE") or words.sees("RESOURCE", "GROUP"):
        return SetAccount(" ".join(w.text.upper() for w in words.words[: 2 if words.sees("PASSWORD") else 3]))
    if words.sees("ROLE") and not (len(words.words) > 2 and words.words[2].text in ("=", ":=")):
        words.take()
        return SetRole(words.rest)
    return None


def _transaction(words: Words, scope: str) -> SetTransaction:
    isolation: str | None = None
    read_only: bool | None = None
    while True:
        if words.accept("READ", "ONLY"):
            read_only = True
        elif words.accept("READ", "WRITE"):
            read_only = False
        else:
            words.expect("ISOLATION", "LEVEL")
            level = words.take().text.upper()
            isolation = level if level == "SERIALIZABLE" else f"{level}-{words.take().text.upper()}"
            if isolation not in ("SERIALIZABLE", "READ-COMMITTED", "READ-UNCOMMITTED", "REPEATABLE-READ"):
                raise errors.syntax(words.sql)
        if not words.accept(","):
            words.finish()
            return SetTransaction(scope, isolation, read_only)


def _item(item: Words, scope: str) -> Assignment:
    if item.accept("NAMES"):
        return _names(item)
    if not _is_assignment_to(item) and (item.accept("CHARACTER", "SET") or item.accept("CHARSET")):
        charset = _word(item)
        item.finish()
        return SetCharacterSet(charset)
    if item.accept("@@"):
        return _system_variable(item, scope)
    if item.accept("@"):
        name = item.take().text.lower()
        _equals(item)
        value = _value(item)
        if value is None:
            raise errors.syntax("DEFAULT")
        return AssignUser(name, value)
    name = item.name()
    while item.accept("."):
        name = f"{name}.{item.name()}"
    _equals(item)
    return Assign(scope, name, _value(item))


def _system_variable(item: Words, scope: str) -> Assign:
    name = item.name()
    marked = False
    if item.accept("."):
        if name.upper() in _SCOPES:
            scope, name, marked = _scope(name.upper()), item.name(), True
        else:
            name = f"{name}.{item.name()}"
    # Without a word for the scope, these two are for the next transaction only.
    if not marked and name.lower() in ("transaction_isolation", "transaction_read_only"):
        scope = "next"
    _equals(item)
    return Assign(scope, name, _value(item))


def _names(item: Words) -> SetNames:
    charset = _word(item)
    collation = _word(item) if item.accept("COLLATE") else None
    item.finish()
    return SetNames(charset, collation)


def _word(item: Words) -> str | None:
    """A character set or collation, quoted or not; ``None``: DEFAULT."""
    if item.accept("DEFAULT"):
        return None
    word = item.take()
    if not word.quoted and not word.text.replace("_", "a").isalnum():
        raise errors.syntax(item.sql[word.start :])
    return word.text


def _equals(item: Words) -> None:
    if not item.accept("=") and not item.accept(":="):
        raise errors.syntax(item.rest)


def _value(item: Words) -> exp.Expr | None:
    """DEFAULT is ``None``; a bare word is a string: ``SET sql_mode = ANSI``."""
    left = item.words[item.position :]
    if not left:
        raise errors.syntax("")
    if len(left) == 1 and _is_bare(left[0]):
        word = left[0].text
        if word.upper() == "DEFAULT":
            return None
        constants: dict[str, exp.Expr] = {
            "NULL": exp.Null(),
            "TRUE": exp.Literal.number(1),
            "FALSE": exp.Literal.number(0),
        }
        return constants.get(word.upper(), exp.Literal.string(word))
    try:
        return sqlglot.parse_one(item.rest, read="mysql")
    except SqlglotError as problem:
        raise errors.syntax(item.rest) from problem


def _is_bare(word: Word) -> bool:
    return not word.string and (word.quoted or word.text[:1].isalpha() or word.text[:1] == "_")
