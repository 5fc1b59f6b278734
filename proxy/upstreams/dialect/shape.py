"""What is said differently before sqlglot reads a statement, and what it would lose."""

from dataclasses import dataclass, field, replace
from typing import Any

from proxy.upstreams.dialect.functions import SIGNATURES
from proxy.upstreams.dialect.labels import labels
from proxy.upstreams.dialect.lexer import Lexeme

PREFIX = "askwire$"  # hides a function of MySQL's from sqlglot's own reading of it

_READ = frozenset({"SELECT", "WITH", "INSERT", "REPLACE", "UPDATE", "DELETE", "CREATE", "ALTER", "EXPLAIN", "("})
_DESCRIBES = frozenset({"DESCRIBE", "DESC"})
_SELECT_OPTIONS = frozenset(
    {
        *("ALL", "HIGH_PRIORITY", "STRAIGHT_JOIN", "SQL_SMALL_RESULT", "SQL_BIG_RESULT", "SQL_BUFFER_RESULT"),
        *("SQL_NO_CACHE", "SQL_CACHE", "SQL_CALC_FOUND_ROWS"),
    }
)
_WRITE_OPTIONS = frozenset({"LOW_PRIORITY", "HIGH_PRIORITY", "DELAYED", "QUICK", "IGNORE"})
# After these words, or a dot, a name before a parenthesis is a table, a key or a type.
_NAMES_FOLLOW = frozenset(
    {"INTO", "TABLE", "REFERENCES", "KEY", "INDEX", "UPDATE", "FROM", "JOIN", "CONSTRAINT", "VIEW", "AS", ".", "COLUMN"}
)
_TYPES = frozenset({"CHAR", "DATE", "TIME", "TIMESTAMP", "YEAR", "BINARY", "FLOAT", "DOUBLE"})


@dataclass(slots=True)
class Shaped:
    """``facts``: verb, replace, ignore, labels (the names MySQL gives to the columns)."""

    lexemes: list[Lexeme]
    facts: dict[str, Any] = field(default_factory=dict)


def shape(sql: str, lexemes: list[Lexeme]) -> Shaped:
    """One statement's lexemes, made ready for sqlglot."""
    verb = lexemes[0].upper
    shaped = Shaped(lexemes, {"verb": verb})
    if verb not in _READ and verb not in _DESCRIBES:
        return shaped
    out = _drop_options(lexemes, shaped.facts)
    out = _drop_index_hints(out)
    shaped.facts["labels"] = labels(sql, out)
    out = _spell_out_arrows(_drop_odbc_braces(out))
    shaped.lexemes = _hide_functions(out, in_types=verb in ("CREATE", "ALTER"))
    return shaped


def _word(lexeme: Lexeme, text: str) -> Lexeme:
    return replace(lexeme, kind="word", text=text)


def _drop_options(lexemes: list[Lexeme], facts: dict[str, Any]) -> list[Lexeme]:
    out: list[Lexeme] = []
    after = ""  # the verb whose options are being read
    for i, lexeme in enumerate(lexemes):
        upper = lexeme.upper
        if after == "SELECT" and upper in _SELECT_OPTIONS:
            continue
        if after in ("INSERT", "REPLACE", "UPDATE", "DELETE") and upper in _WRITE_OPTIONS:
            facts["ignore"] = facts.get("ignore", False) or upper == "IGNORE"
            continue
        calls = i + 1 < len(lexemes) and lexemes[i + 1].text == "("
        first = not any(each.upper in ("INSERT", "REPLACE", "UPDATE", "DELETE") for each in out)
        after = upper if upper == "SELECT" or (first and not calls) else ""
        if upper == "STRAIGHT_JOIN":
            lexeme = _word(lexeme, "JOIN")
        elif upper == "MID" and calls:
            lexeme = _word(lexeme, "SUBSTRING")
        elif upper == "DISTINCTROW":
            lexeme = _word(lexeme, "DISTINCT")
        elif upper == "REPLACE" and not out:
            lexeme = _word(lexeme, "INSERT")
            facts["replace"] = True
        out.append(lexeme)
    return out


_ODBC = {"D": "DATE", "T": "TIME", "TS": "TIMESTAMP"}


def _drop_odbc_braces(lexemes: list[Lexeme]) -> list[Lexeme]:
    """``{ts '…'}`` is TIMESTAMP '…'; ``{fn …}`` and ``{oj …}`` are what they hold."""
    out: list[Lexeme] = []
    skip = False
    for i, lexeme in enumerate(lexemes):
        following = lexemes[i + 1].upper if i + 1 < len(lexemes) else ""
        if skip:
            skip = False
        elif lexeme.upper == "{" and following in _ODBC:
            out.append(_word(lexemes[i + 1], _ODBC[following]))
            skip = True
        elif lexeme.upper == "{" and following in ("FN", "OJ"):
            skip = True
        elif lexeme.upper != "}":
            out.append(lexeme)
    return out


def _spell_out_arrows(lexemes: list[Lexeme]) -> list[Lexeme]:
    """``a->'$.b'`` is JSON_EXTRACT(a, '$.b'), ``->>`` that unquoted; an argument ``a -> …`` is a lambda to sqlglot."""
    out: list[Lexeme] = []
    for i, lexeme in enumerate(lexemes):
        arrow = lexemes[i - 1] if i else None
        if lexeme.kind != "string" or arrow is None or arrow.upper not in ("->", "->>"):
            out.append(lexeme)
            continue
        out.pop()
        start = len(out) - 1
        while start >= 2 and out[start - 1].text == "." and out[start].kind in ("word", "name"):
            start -= 2
        calls = ["JSON_EXTRACT"] if arrow.upper == "->" else ["JSON_UNQUOTE", "JSON_EXTRACT"]
        opened = [piece for call in calls for piece in (_word(arrow, call), _operator(arrow, "("))]
        closed = [_operator(arrow, ")") for _ in calls]
        out[start:] = [*opened, *out[start:], _operator(arrow, ","), lexeme, *closed]
    return out


def _operator(lexeme: Lexeme, text: str) -> Lexeme:
    return replace(lexeme, kind="operator", text=text)


def _drop_index_hints(lexemes: list[Lexeme]) -> list[Lexeme]:
    out: list[Lexeme] = []
    i = 0
    while i < len(lexemes):
        end = _end_of_hint(lexemes, i)
        if end:
            if lexemes[i - 1].text == ",":  # hints may be a list
                out.pop()
            i = end
            continue
        out.append(lexemes[i])
        i += 1
    return out


def _end_of_hint(lexemes: list[Lexeme], i: int) -> int:
    """The place behind USE|FORCE|IGNORE INDEX|KEY [FOR …] (…); 0 when none begins here."""
    words = [each.upper for each in lexemes[i : i + 8]]
    if len(words) < 4 or words[0] not in ("USE", "FORCE", "IGNORE") or words[1] not in ("INDEX", "KEY") or i == 0:
        return 0
    opened = next((i + n for n, each in enumerate(words) if each == "("), 0)
    if not opened or (opened != i + 2 and words[2] != "FOR"):
        return 0
    return next((n + 1 for n in range(opened, len(lexemes)) if lexemes[n].upper == ")"), 0)


def _hide_functions(lexemes: list[Lexeme], *, in_types: bool) -> list[Lexeme]:
    out: list[Lexeme] = []
    for i, lexeme in enumerate(lexemes):
        upper = lexeme.upper
        called = lexeme.kind == "word" and i + 1 < len(lexemes) and lexemes[i + 1].upper == "("
        before = lexemes[i - 1].upper if i else ""
        if called and upper in SIGNATURES and before not in _NAMES_FOLLOW and not (in_types and upper in _TYPES):
            lexeme = _word(lexeme, PREFIX + lexeme.text)
        out.append(lexeme)
    return out
