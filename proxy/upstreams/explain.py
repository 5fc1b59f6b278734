"""EXPLAIN of a statement, as the database itself explains it."""

import re
from dataclasses import dataclass

_FLAGS = re.I | re.A | re.S
_EXPLAIN = re.compile(
    r"(?:EXPLAIN|DESCRIBE|DESC)\s+(?:(?P<analyze>ANALYZE)\s+|EXTENDED\s+|PARTITIONS\s+)?"
    r"(?:FORMAT\s*=\s*(?P<format>\w+)\s+)?(?P<statement>(?:SELECT|WITH|TABLE|VALUES|INSERT|REPLACE|UPDATE|DELETE|\().*)\Z",
    _FLAGS,
)


@dataclass(frozen=True, slots=True)
class Explain:
    """``statement`` is what is explained; ``analyze``: it is run for that; ``json``: FORMAT=JSON."""

    statement: str
    analyze: bool = False
    json: bool = False

    def sql(self, translated: str, dialect: str) -> str:
        """The database's own EXPLAIN of the translated statement."""
        if dialect == "sqlite":
            return f"EXPLAIN QUERY PLAN {translated}"
        options = [name for name, wanted in (("ANALYZE", self.analyze), ("FORMAT JSON", self.json)) if wanted]
        return f"EXPLAIN ({', '.join(options)}) {translated}" if options else f"EXPLAIN {translated}"


def parse_explain(statement: str) -> Explain | None:
    """Of a trimmed statement; None when it is no EXPLAIN of a statement."""
    match = _EXPLAIN.match(statement)
    if match is None:
        return None
    return Explain(match["statement"], bool(match["analyze"]), (match["format"] or "").upper() == "JSON")
