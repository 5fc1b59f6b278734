"""What the columns of a SELECT are called: an expression without an alias is called as it is written."""

from proxy.upstreams.metadata.words import Word, words_of

_MODIFIERS = frozenset(
    (
        "ALL",
        "DISTINCT",
        "DISTINCTROW",
        "HIGH_PRIORITY",
        "STRAIGHT_JOIN",
        "SQL_SMALL_RESULT",
        "SQL_BIG_RESULT",
        "SQL_BUFFER_RESULT",
        "SQL_NO_CACHE",
        "SQL_CACHE",
        "SQL_CALC_FOUND_ROWS",
    )
)
_ENDS = frozenset(
    (
        "FROM",
        "INTO",
        "WHERE",
        "GROUP",
        "HAVING",
        "WINDOW",
        "ORDER",
        "LIMIT",
        "OFFSET",
        "FOR",
        "LOCK",
        "UNION",
        "EXCEPT",
        "INTERSECT",
        "PROCEDURE",
        ";",
    )
)


def output_texts(sql: str) -> list[str]:
    """The text of each output of the statement's first SELECT, aliases included. Raises 1064.

    A statement that begins with WITH: of its main SELECT. One without a SELECT: none.
    """
    words = words_of(sql)
    level = 0
    while level < len(words) and words[level].text == "(" and not words[level].quoted:
        level += 1
    depth = 0
    for position, word in enumerate(words):
        depth += _step(word)
        if depth == level and not word.quoted and word.text.upper() == "SELECT":
            return _items(sql, words[position + 1 :])
    return []


def _step(word: Word) -> int:
    return 0 if word.quoted else (word.text == "(") - (word.text == ")")


def _items(sql: str, words: list[Word]) -> list[str]:
    while words and not words[0].quoted and words[0].text.upper() in _MODIFIERS:
        words = words[1:]
    found: list[str] = []
    first = last = -1
    depth = 0
    for word in words:
        depth += _step(word)
        ends = depth == 0 and not word.quoted and word.text.upper() in _ENDS
        if depth < 0 or ends:
            break
        if depth == 0 and not word.quoted and word.text == ",":
            found.append(sql[first:last])
            first = -1
            continue
        first = word.start if first < 0 else first
        last = word.end
    if first >= 0:
        found.append(sql[first:last])
    return found
