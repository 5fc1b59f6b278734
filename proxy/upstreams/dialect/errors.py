"""What a client is told about SQL that is not MySQL's, or that has no counterpart on its database."""

from plugins.upstream import UpstreamError

_NAMES = {"postgres": "PostgreSQL", "duckdb": "DuckDB", "sqlite": "SQLite", "mysql": "MySQL"}
_EXCERPT = 80  # characters that MySQL quotes from where it stopped


class SqlSyntaxError(UpstreamError):
    """1064: the text is not MySQL's SQL. ``rest`` is the text from where reading stopped."""

    def __init__(self, rest: str, line: int) -> None:
        manual = "check the manual that corresponds to your MySQL server version for the right syntax to use"
        near = rest[:_EXCERPT]
        super().__init__(1064, "42000", f"You have an error in your SQL syntax; {manual} near '{near}' at line {line}")


class Untranslatable(UpstreamError):
    """1235: a construct that the upstream cannot express, or that this translation does not know."""

    def __init__(self, construct: str, target: str) -> None:
        name = _NAMES.get(target, target)
        hint = f"(begin with /*raw*/ to send {name}'s own SQL)"
        text = f"This version of askwire doesn't yet support '{construct}' on {name} upstreams {hint}"
        super().__init__(1235, "42000", text)
        self.construct = construct


def incorrect_value(kind: str, value: str) -> UpstreamError:
    """1292, as MySQL's strict mode refuses a value that is none: ``'0000-00-00'`` for a date."""
    return UpstreamError(1292, "22007", f"Incorrect {kind} value: '{value}'")
