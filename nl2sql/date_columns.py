"""Which date a span of time is about: "users who *joined* in the past 70 days" means the date of joining."""

import re

from nl2sql.catalog import Catalog
from nl2sql.kinds import DATES
from nl2sql.words import STOP, stem, words

_BEFORE = 5  # words
_MATCH = 4  # letters


def date_column(question: str, said: str, catalog: Catalog) -> str | None:
    """``table.column`` of the one date whose name has a word that stands shortly before ``said``; None when unsure."""
    at = question.find(said.split(",")[0])
    before = [w for w in re.findall(r"\w+", question[: max(at, 0)].casefold())[-_BEFORE:] if w not in STOP]
    for word in reversed(before):
        root = stem(word)
        if len(root) < _MATCH:
            continue
        found = [
            f"{table.name}.{column.name}"
            for table in catalog.tables
            for column in table.columns
            if column.base_type in DATES and _has(column.name, root)
        ]
        if len(found) == 1:
            return found[0]
        if found:
            return None
    return None


def _has(name: str, root: str) -> bool:
    """As a word of the name, or within one that runs words together."""
    parts = [stem(part) for part in words(name)]
    return root in parts or any(root in part for part in parts if len(part) > 2 * _MATCH)
