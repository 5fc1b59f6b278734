"""PREPARE, EXECUTE and DEALLOCATE PREPARE: prepared statements by name, in SQL.

https://dev.mysql.com/doc/refman/8.4/en/sql-prepared-statements.html
"""

import re
from collections.abc import Callable, Mapping
from decimal import Decimal

from plugins import UpstreamError
from proxy.routing import MAX_PLACEHOLDERS, placeholders
from proxy.upstreams.prepared import MAX_STATEMENTS, MAX_TEXT, literal, too_long

_FLAGS = re.I | re.A | re.S
_NAME = r"(?P<name>`[^`]+`|\w+)"
_TEXT = r"(?P<text>'(?:[^'\\]|\\.|'')*+'|\"(?:[^\"\\]|\\.|\"\")*+\")"
_PREPARE = re.compile(rf"PREPARE\s+{_NAME}\s+FROM\s+(?:@(?P<variable>\w+)|{_TEXT})\Z", _FLAGS)
_EXECUTE = re.compile(rf"EXECUTE\s+{_NAME}(?:\s+USING\s+(?P<values>@\w+(?:\s*,\s*@\w+)*+))?\Z", _FLAGS)
_DEALLOCATE = re.compile(rf"(?:DEALLOCATE|DROP)\s+PREPARE\s+{_NAME}\Z", _FLAGS)
_ESCAPES = {"n": "\n", "t": "\t", "r": "\r", "b": "\b", "0": "\0", "Z": "\x1a"}
UserVariables = Callable[[], Mapping[str, str | bytes | int | float | Decimal | None]]


class NamedStatements:
    """Of one session. ``variables`` gives the user's variables, ``check`` raises what makes a text no statement."""

    def __init__(self, variables: UserVariables, check: Callable[[str], None]) -> None:
        self._variables = variables
        self._check = check
        self._texts: dict[str, str] = {}

    def clear(self) -> None:
        self._texts.clear()

    def take(self, statement: str) -> bool:
        """Carry out PREPARE or DEALLOCATE PREPARE. Returns whether it is one. Raises 1243, 1461, and of ``check``."""
        if match := _PREPARE.match(statement):
            text = self._variables().get(match["variable"].lower()) if match["variable"] else _unquoted(match["text"])
            if not isinstance(text, str):
                raise UpstreamError(1064, "42000", "You have an error in your SQL syntax; near 'NULL' at line 1")
            self._check(text)
            if len(placeholders(text)) > MAX_PLACEHOLDERS:
                raise UpstreamError(1390, "HY000", "Prepared statement contains too many placeholders")
            if len(self._texts) >= MAX_STATEMENTS or sum(map(len, self._texts.values())) + len(text) > MAX_TEXT:
                raise UpstreamError(1461, "42000", "Can't create more than max_prepared_stmt_count statements")
            self._texts[_folded(match["name"])] = text
            return True
        if match := _DEALLOCATE.match(statement):
            self._known(match["name"], "DEALLOCATE PREPARE")
            del self._texts[_folded(match["name"])]
            return True
        return False

    def expanded(self, statement: str) -> str:
        """The statement that EXECUTE means, with its values; any other as it is. Raises 1210, 1243."""
        match = _EXECUTE.match(statement)
        if match is None:
            return statement
        text = self._known(match["name"], "EXECUTE")
        names = re.findall(r"@(\w+)", match["values"] or "")
        positions = placeholders(text)
        if len(names) != len(positions):
            raise UpstreamError(1210, "HY000", "Incorrect arguments to EXECUTE")
        variables = self._variables()
        parts, before, size = [], 0, len(text)
        for position, name in zip(positions, names, strict=True):
            value = variables.get(name.lower())
            parts += [
                text[before:position],
                literal(str(value) if isinstance(value, Decimal) else value, "utf-8", blob=False),
            ]
            before, size = position + 1, size + len(parts[-1])
            if size > MAX_TEXT:  # one long variable may be named many times
                raise too_long()
        return "".join(parts) + text[before:]

    def _known(self, name: str, command: str) -> str:
        text = self._texts.get(_folded(name))
        if text is None:
            raise UpstreamError(
                1243, "HY000", f"Unknown prepared statement handler ({_folded(name)}) given to {command}"
            )
        return text


def _folded(name: str) -> str:
    return name.strip("`").lower()


def _unquoted(text: str) -> str:
    quote, inner = text[0], text[1:-1]
    return re.sub(
        rf"\\(.)|{quote}{quote}", lambda m: _ESCAPES.get(m[1], m[1]) if m[1] is not None else quote, inner, flags=re.S
    )
