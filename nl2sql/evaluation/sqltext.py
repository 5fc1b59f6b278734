"""Two statements side by side: laid out, with the words marked that only one of them has."""

import re
from collections.abc import Iterator
from difflib import SequenceMatcher
from xml.etree import ElementTree as ET  # builds only, never parses

import sqlglot
from sqlglot.dialects.mysql import MySQL
from sqlglot.errors import SqlglotError

from nl2sql.evaluation.html import el, say

MAX_MARKED = 1_500
_TOKEN = re.compile(r"'(?:[^'\\]|\\.|'')*'|`[^`]*`|\w+|\s+|.", re.DOTALL)
_KEYWORDS = frozenset(word for word in MySQL.Tokenizer.KEYWORDS if word.isalpha())


def laid_out(sql: str) -> str:
    """Over several lines; as it is where it cannot be read."""
    try:
        return "\n".join(filter(None, sqlglot.transpile(sql, read="mysql", write="mysql", pretty=True)))
    except (SqlglotError, RecursionError, ValueError):
        return sql


def add_sql(parent: ET.Element, sql: str, other: str = "") -> None:
    """``sql`` as a block of code; marked where it differs from ``other``, when there is one."""
    code = el(el(parent, "pre", cls="sql"), "code")
    for token, marked in _marked(laid_out(sql), laid_out(other) if other else ""):
        if marked:
            el(code, "mark", token)
        elif token.upper() in _KEYWORDS and token.isupper():
            el(code, "b", token)
        else:
            say(code, token)


def _marked(sql: str, other: str) -> Iterator[tuple[str, bool]]:
    """Its tokens, and whether each stands only here."""
    tokens = _TOKEN.findall(sql)
    words = [at for at, token in enumerate(tokens) if not token.isspace()]
    others = [token.lower() for token in _TOKEN.findall(other) if not token.isspace()]
    alone: set[int] = set()
    if other and max(len(words), len(others)) <= MAX_MARKED:
        match = SequenceMatcher(None, [tokens[at].lower() for at in words], others, autojunk=False)
        same = {i for block in match.get_matching_blocks() for i in range(block.a, block.a + block.size)}
        alone = {at for i, at in enumerate(words) if i not in same}
    return ((token, at in alone) for at, token in enumerate(tokens))
