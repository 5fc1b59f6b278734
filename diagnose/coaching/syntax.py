"""Syntax errors: where the server stopped, what is usual there, and other databases' ways of saying it."""

import re
from dataclasses import dataclass

from sqlglot.generators.mysql import MySQLGenerator

from diagnose.coaching.nearness import nearest
from diagnose.coaching.translation import in_mysql, understood
from plugins import SeenStatement, Session

_NEAR = re.compile(r"near '(.*)' at line \d+\s*\Z", re.DOTALL)
# A string that is not closed is one token up to the end: looking for its end from each of its quotes would take long.
_TOKEN = re.compile(r"""'(?:[^'\\]|\\.|'')*+'?|"(?:[^"\\]|\\.|"")*+"?|`(?:[^`]|``)*+`?|\w+|\S""", re.DOTALL)
_CLOSED = re.compile(r"""'(?:[^'\\]|\\.|'')*+'|"(?:[^"\\]|\\.|"")*+"|`(?:[^`]|``)*+`|[^'"`].*""", re.DOTALL)
_NEAR_CHARS = 80  # MySQL shows no more of the rest
_RESERVED = {word.upper() for word in MySQLGenerator.RESERVED_KEYWORDS}
_KEYWORDS = (
    "SELECT FROM WHERE GROUP ORDER BY HAVING LIMIT INSERT INTO VALUES UPDATE SET DELETE JOIN LEFT RIGHT INNER OUTER "
    "CROSS ON USING UNION DISTINCT BETWEEN LIKE EXISTS CASE WHEN THEN ELSE END AND OR NOT NULL DESC ASC OFFSET AS IN IS"
).split()
_BEFORE_A_NAME = {"FROM", "JOIN", "INTO", "UPDATE", "TABLE", "."}
_BEFORE_AN_EXPRESSION = {",", "(", "SELECT", "AS", "BY", "WHERE", "AND", "OR", "ON", "SET", "DISTINCT", "=", "<", ">"}
# What goes on with a statement: never a name that lacks its quotes.
_CLAUSES = set("FROM WHERE HAVING LIMIT SELECT JOIN ON AND OR UNION SET VALUES INTO".split())


@dataclass(frozen=True, slots=True)
class Place:
    """Where the server stopped: the tokens before it, and those from there on."""

    before: tuple[str, ...]
    after: tuple[str, ...]
    at: int  # in the text


def place(sql: str, message: str) -> Place | None:
    """None when the message does not tell."""
    found = _NEAR.search(message)
    if found is None:
        return None
    near = found[1]
    at = sql.find(near) if len(near) >= _NEAR_CHARS else sql.rfind(near)
    if at < 0:
        return None
    return Place(tuple(_TOKEN.findall(sql[:at])), tuple(_TOKEN.findall(sql[at:])), at)


async def error(session: Session, failed: SeenStatement, message: str) -> list[str]:
    """1064."""
    sql = failed.text.rstrip().rstrip(";")
    if unclosed := _unclosed(sql):
        return [unclosed]
    where = place(sql, message)
    if where is not None:
        if usual := _usual(sql, where):
            return [usual]
        if mended := await _misspelled(session, sql, where):
            return [mended]
    translated = await in_mysql(session, sql)
    if translated:
        return [f"Likely meant, in MySQL's SQL: {translated}"]
    return [_missing(where)] if where is not None and _missing(where) else []


def _unclosed(sql: str) -> str:
    rest = _TOKEN.findall(sql)
    if rest and not _CLOSED.fullmatch(rest[-1]):
        quote = rest[-1][0]
        name = "name" if quote == "`" else "string"
        return f"A {name} is not closed: {quote} stands once too often, see {rest[-1][:30]}"
    opened, closed = rest.count("("), rest.count(")")
    if opened != closed:
        more, fewer = (opened, "closed") if opened > closed else (closed, "opened")
        count = abs(opened - closed)
        noun = "parenthesis is" if count == 1 else "parentheses are"
        return f"{count} {noun} not {fewer} (of {more})."
    return ""


def _usual(sql: str, where: Place) -> str:
    """What the tokens around the place tell by themselves."""
    last = where.before[-1].upper() if where.before else ""
    word = where.after[0] if where.after else ""
    following = where.after[1].upper() if len(where.after) > 1 else ""
    if last == "," and (word.upper() in _CLAUSES or word in (")", "") or (word.upper(), following) in _PAIRS):
        return f"There is a comma too many before {word or 'the end'}."
    if last in ("GROUP", "ORDER") and word.upper() != "BY" and len(where.before) > 1:
        return f"BY is missing after {last}."
    if last == "=" and word == "=":
        return "MySQL compares with one =."
    if last == "(" and len(where.before) > 1 and re.search(r"\w\s+\(\s*\Z", sql[: where.at]):
        return f"Write no blank between {where.before[-2]} and its parenthesis."
    if word.upper() in _RESERVED and _is_a_name(last, word.upper(), following):
        return f"{word} is a reserved word: as a name it is written `{word}`."
    return ""


_PAIRS = {("GROUP", "BY"), ("ORDER", "BY")}


def _is_a_name(last: str, word: str, following: str) -> bool:
    if last in _BEFORE_A_NAME:
        return True
    return last in _BEFORE_AN_EXPRESSION and word not in _CLAUSES and (word, following) not in _PAIRS


async def _misspelled(session: Session, sql: str, where: Place) -> str:
    """A keyword with a slip in it, at the place or just before it: offered when the server then understands it all."""
    candidates = [(where.after[0], where.at)] if where.after else []
    if where.before:
        candidates.append((where.before[-1], sql.rfind(where.before[-1], 0, where.at)))
    for word, at in candidates:
        if not word.isalpha() or len(word) < 2 or word.upper() in _KEYWORDS:
            continue
        for keyword in nearest(word.upper(), _KEYWORDS):
            if await understood(session, sql[:at] + keyword + sql[at + len(word) :]):
                return f"Did you mean {keyword} in place of {word}?"
    return ""


def _missing(where: Place) -> str:
    if not where.after:
        return "The statement ends too early."
    last, word = (where.before[-1] if where.before else ""), where.after[0]
    plain = re.compile(r"[\w`'\"]+\Z")
    if plain.match(last) and plain.match(word) and last.upper() not in _KEYWORDS and word.upper() not in _KEYWORDS:
        return f"A comma, an operator or a keyword may be missing between {last} and {word}."
    return ""
