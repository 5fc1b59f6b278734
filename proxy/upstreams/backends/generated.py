"""LAST_INSERT_ID(): the INSERT itself returns the column that the database numbers (identity, serial, nextval).

Asking for the sequence's value afterwards would cost a round trip, fail where none was used, and tell the last number,
where MySQL tells the first.
"""

import re
from collections.abc import Callable

_NAME = r'(?:"(?:[^"]|"")+"|\w+)'
_INSERT = re.compile(rf"\s*insert\s+into\s+({_NAME}(?:\s*\.\s*{_NAME}){{0,2}})", re.IGNORECASE)
_PART = re.compile(_NAME)
_STRING = re.compile(r"'(?:[^']|'')*'")
_RETURNING = re.compile(r"\breturning\b", re.IGNORECASE)


class Generated:
    """Of one session. ``look_up``: the quoted column of a table (name in parts, as text), None where there is none."""

    def __init__(self, look_up: Callable[[str, list[str]], str | None]) -> None:
        self._look_up = look_up
        self._columns: dict[str, str | None] = {}

    def returning(self, sql: str) -> str | None:
        """The INSERT with what gives its numbers; None for any other statement and where there are none."""
        found = _INSERT.match(sql)
        if found is None or _RETURNING.search(_STRING.sub("", sql)):
            return None
        table = found[1]
        if table not in self._columns:
            self._columns[table] = self._look_up(table, [_unquoted(part) for part in _PART.findall(table)])
        column = self._columns[table]
        return None if column is None else f"{sql.rstrip().rstrip(';')}\nRETURNING {column}"

    def forget(self) -> None:
        """Tables changed, or names mean others."""
        self._columns.clear()


def _unquoted(name: str) -> str:
    return name[1:-1].replace('""', '"') if name.startswith('"') else name
