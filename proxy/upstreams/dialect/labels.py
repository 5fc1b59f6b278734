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


def label_spans(lexemes: list[Lexeme]) -> list[tuple[int, int]]:
    """Where each item of the outermost (first) select list lies in the client's text: start, end."""
    base = next((i for i, lexeme in enumerate(lexemes) if lexeme.upper != "("), 0)
    start = _first_select(lexemes, base)
    if start is None:
        return []
    if start < len(lexemes) and lexemes[start].upper == "DISTINCT":
        start += 1
    cuts, end = _cuts(lexemes, start)
    return [
        (lexemes[first].start, lexemes[last - 1].end)
        for first, last in pairwise([start, *(cut + 1 for cut in cuts), end + 1])
        for last in [last - 1]
        if last > first
    ]


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
