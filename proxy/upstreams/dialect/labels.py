"""The names that MySQL gives to the columns of a result: the text of each expression."""

from itertools import pairwise

from proxy.upstreams.dialect.lexer import Lexeme

_END = frozenset(
    {
        "FROM",
        "INTO",
        "WHERE",
        "LIMIT",
        "ORDER",
        "UNION",
        "FOR",
        "GROUP",
        "HAVING",
        "EXCEPT",
        "INTERSECT",
        "LOCK",
        "WINDOW",
    }
)


def labels(sql: str, lexemes: list[Lexeme]) -> list[str | None]:
    """Of each item of the outermost (first) select list; None where the item has an alias or is a ``*``."""
    base = next((i for i, lexeme in enumerate(lexemes) if lexeme.upper != "("), 0)
    start = _first_select(lexemes, base)
    if start is None:
        return []
    if start < len(lexemes) and lexemes[start].upper == "DISTINCT":
        start += 1
    cuts, end = _cuts(lexemes, start)
    return [_label(sql, lexemes[first:last]) for first, last in pairwise_of([start, *(cut + 1 for cut in cuts)], end)]


def pairwise_of(starts: list[int], end: int) -> list[tuple[int, int]]:
    """Each start with the place of the comma before the next."""
    return [(first, last - 1) for first, last in pairwise([*starts, end + 1])]


def _label(sql: str, item: list[Lexeme]) -> str | None:
    if not item or item[-1].upper == "*":
        return None
    if item[0].upper == "+":
        item = item[1:] or item
    strings = item[1:] if item[0].text.startswith("_") and item[1:] else item
    if all(each.kind == "string" for each in strings):
        return "".join(each.text for each in strings)
    names, dots = item[::2], item[1::2]
    if (
        len(item) % 2
        and all(each.kind in ("word", "name") for each in names)
        and all(each.text == "." for each in dots)
    ):
        return item[-1].text
    return sql[item[0].start : item[-1].end]


def _first_select(lexemes: list[Lexeme], base: int) -> int | None:
    depth = 0
    for i, lexeme in enumerate(lexemes):
        depth += (lexeme.upper == "(") - (lexeme.upper == ")")
        if lexeme.upper == "SELECT" and depth == base:
            return i + 1
    return None


def _cuts(lexemes: list[Lexeme], start: int) -> tuple[list[int], int]:
    """The commas of the list, and where it ends."""
    depth = 0
    cuts: list[int] = []
    for i in range(start, len(lexemes)):
        upper = lexemes[i].upper
        if depth == 0 and (upper in _END or upper == ")"):
            return cuts, i
        if depth == 0 and upper == ",":
            cuts.append(i)
        depth += (upper == "(") - (upper == ")")
    return cuts, len(lexemes)
