"""MySQL's implicit conversions, written out for databases that have none."""

import re
from dataclasses import dataclass

from sqlglot import exp

from proxy.upstreams.dialect.kinds import (
    BOOL,
    BYTES,
    DATE,
    DATETIME,
    FLOAT,
    INT,
    JSON,
    NULL,
    STRING,
    TIME,
    UNKNOWN,
    Kind,
    kind_of,
    with_kind,
)
from proxy.upstreams.dialect.literals import moment_literal, numeric_prefix, time_literal
from proxy.upstreams.dialect.templates import fill

_NUMBER = r"^\s*[-+]?([0-9]+\.?[0-9]*|\.[0-9]+)([eE][-+]?[0-9]+)?"
_WHOLE = re.compile(r"-?[0-9]{1,18}")
_DAY = r"^\s*[0-9]{4}-[0-9]{1,2}-[0-9]{1,2}"

_TEMPLATES: dict[str, dict[str, str]] = {
    "postgres": {
        "number": "CASE WHEN _1 IS NOT NULL THEN "
        f"COALESCE(CAST(REGEXP_SUBSTR(_1, '{_NUMBER}') AS DOUBLE PRECISION), 0) END",
        "date": f"CASE WHEN _1 ~ '{_DAY}' THEN CAST(_1 AS TIMESTAMP) END",
        "time": "CAST(_1 AS INTERVAL)",
        "from date": "CAST(TO_CHAR(_1, 'YYYYMMDD') AS BIGINT)",
        "from datetime": "CAST(TO_CHAR(_1, 'YYYYMMDDHH24MISS') AS BIGINT)",
        "from time": "CAST(TO_CHAR(_1, 'HH24MISS') AS BIGINT)",
        "int": "CAST(ROUND(CAST(_1 AS NUMERIC)) AS BIGINT)",
        "from bytes": "CONVERT_FROM(_1, 'UTF8')",
        "from json": "CAST(_1 AS TEXT)",
        "json": "CAST(_1 AS JSONB)",
        "unquoted": "_1 #>> '{}'",
        "bytes": "CONVERT_TO(_1, 'UTF8')",
    },
    "duckdb": {
        "number": f"CASE WHEN _1 IS NOT NULL THEN COALESCE(TRY_CAST(REGEXP_EXTRACT(_1, '{_NUMBER}') AS DOUBLE), 0) END",
        "date": "TRY_CAST(_1 AS TIMESTAMP)",
        "time": "CAST(_1 AS TIME)",
        "from date": "CAST(STRFTIME(_1, '%Y%m%d') AS BIGINT)",
        "from datetime": "CAST(STRFTIME(_1, '%Y%m%d%H%M%S') AS BIGINT)",
        "from time": "CAST(REPLACE(LEFT(CAST(_1 AS TEXT), 8), ':', '') AS BIGINT)",
        "int": "CAST(ROUND(_1) AS BIGINT)",
        "from float": "REGEXP_REPLACE(CAST(_1 AS TEXT), '\\.0$', '')",
        "from bytes": "DECODE(_1)",
        "from json": "CAST(_1 AS TEXT)",
        "json": "CAST(_1 AS JSON)",
        "unquoted": "_1 ->> '$'",
        "bytes": "ENCODE(_1)",
    },
    "sqlite": {
        "number": "CAST(_1 AS REAL)",
        "date": "_1",
        "time": "_1",
        "from date": "CAST(REPLACE(_1, '-', '') AS INTEGER)",
        "from datetime": "CAST(REPLACE(REPLACE(REPLACE(_1, '-', ''), ':', ''), ' ', '') AS INTEGER)",
        "from time": "CAST(REPLACE(_1, ':', '') AS INTEGER)",
        "int": "CAST(ROUND(_1) AS INTEGER)",
        "from float": "CASE WHEN CAST(_1 AS TEXT) LIKE '%.0' THEN CAST(CAST(_1 AS INTEGER) AS TEXT) "
        "ELSE CAST(_1 AS TEXT) END",
        "from bytes": "CAST(_1 AS TEXT)",
        "from json": "_1",
        "json": "_1",
        "unquoted": "_1 ->> '$'",
        "bytes": "CAST(_1 AS BLOB)",
    },
}


@dataclass(frozen=True, slots=True)
class Converter:
    """Conversions for one target; each gives the node itself where nothing needs to be done."""

    target: str

    def _fill(self, name: str, node: exp.Expr, kind: Kind) -> exp.Expr:
        return fill(_TEMPLATES[self.target][name], self.target, [node], kind)

    def to(self, parameter: str, node: exp.Expr) -> exp.Expr:
        """As a parameter of ``functions`` says."""
        kind = kind_of(node)
        if parameter in ("any", "raw"):
            return node
        if kind is NULL:
            return self._null(node, parameter)
        convert = {
            "text": self.text,
            "int": self.integer,
            "num": self.number,
            "cond": self.condition,
            "value": self.value,
            "date": self.date,
            "moment": self.moment,
            "time": self.time,
            "json": self.json,
        }[parameter]
        return convert(node)

    def _null(self, node: exp.Expr, parameter: str) -> exp.Expr:
        """PostgreSQL chooses a function by the types of its arguments, and NULL has none."""
        if self.target == "sqlite" or parameter not in ("date", "moment", "time", "num", "int"):
            return node
        is_moment = parameter in ("date", "moment", "time")
        return self.no_moment() if is_moment else fill("CAST(NULL AS DECIMAL)", self.target, [], NULL)

    def value(self, node: exp.Expr) -> exp.Expr:
        """A truth value as 1 or 0."""
        if kind_of(node) is not BOOL:
            return node
        if isinstance(node, exp.Boolean):
            return with_kind(exp.Literal.number(1 if node.this else 0), INT)
        if self.target == "sqlite":
            return with_kind(node, INT)
        return fill("CAST(_1 AS INT)", self.target, [node], INT)

    def condition(self, node: exp.Expr) -> exp.Expr:
        """Anything as true or false: not zero."""
        kind = kind_of(node)
        if kind is BOOL:
            return node
        if isinstance(node, exp.Literal) and (kind.is_number or kind is STRING):
            return with_kind(exp.Boolean(this=float(numeric_prefix(str(node.this))) != 0), BOOL)
        if kind.is_number or kind is STRING:
            return fill("_1 <> 0", self.target, [self.number(node)], BOOL)
        if kind.is_moment or kind is TIME:
            return fill("_1 IS NOT NULL", self.target, [node], BOOL)
        return node

    def number(self, node: exp.Expr) -> exp.Expr:
        """A string by its numeric beginning, a date by its digits."""
        kind = kind_of(node)
        if kind is BOOL:
            return self.value(node)
        if kind is STRING:
            if isinstance(node, exp.Literal):
                return _number_literal(numeric_prefix(str(node.this)), self.target, is_float=True)
            return self._fill("number", node, FLOAT)
        if kind.is_moment or kind is TIME:
            return self._fill(f"from {kind.name}", node, INT)
        if kind is JSON:
            return self._fill("number", self._fill("unquoted", node, STRING), FLOAT)
        return node

    def integer(self, node: exp.Expr) -> exp.Expr:
        """Rounded, as MySQL does for an argument that must be whole."""
        if isinstance(node, exp.Literal) and _WHOLE.fullmatch(text := numeric_prefix(str(node.this))):
            return number_literal(text, self.target)  # PostgreSQL's planner need not run a function to see a constant
        number = self.number(node)
        kind = kind_of(number)
        if kind is INT or kind is UNKNOWN or (kind == Kind("decimal", 0) and self.target != "postgres"):
            return number
        if self.target == "postgres" and kind is NULL:
            return number
        return self._fill("int", number, INT)

    def text(self, node: exp.Expr) -> exp.Expr:
        kind = kind_of(node)
        if kind in (STRING, NULL):
            return node
        if kind is BOOL:
            node = self.value(node)
        if isinstance(node, exp.Literal) and not node.is_string:
            return with_kind(exp.Literal.string(str(node.this)), STRING)
        if kind.name in ("bytes", "json"):
            return self._fill(f"from {kind.name}", node, STRING)
        if kind is FLOAT and self.target != "postgres":
            return self._fill("from float", node, STRING)
        if self.target == "sqlite":
            return node if kind.is_moment or kind is TIME else fill("CAST(_1 AS TEXT)", "sqlite", [node], STRING)
        return fill("CAST(_1 AS TEXT)", self.target, [node], STRING)

    def date(self, node: exp.Expr) -> exp.Expr:
        """A DATE or DATETIME."""
        kind = kind_of(node)
        if isinstance(node, exp.Literal):
            return self.moment_of_literal(str(node.this)) or self.no_moment()
        if kind is STRING:
            return self._fill("date", node, DATETIME)
        if kind.name in ("int", "decimal"):
            return self._fill("date", self.text(node), DATETIME)
        if kind is UNKNOWN and self.target == "postgres":
            return fill("CAST(_1 AS TIMESTAMP)", "postgres", [node], DATETIME)
        return node

    def no_moment(self) -> exp.Expr:
        """NULL, of the right type."""
        if self.target == "sqlite":
            return with_kind(exp.Null(), NULL)
        return fill("CAST(NULL AS TIMESTAMP)", self.target, [], DATETIME)

    def moment(self, node: exp.Expr) -> exp.Expr:
        """A DATETIME."""
        node = self.date(node)
        if kind_of(node) is DATE and self.target == "sqlite":
            return fill("_1 || ' 00:00:00'", "sqlite", [node], DATETIME)
        if kind_of(node) is DATE:
            return fill("CAST(_1 AS TIMESTAMP)", self.target, [node], DATETIME)
        return node

    def time(self, node: exp.Expr) -> exp.Expr:
        """A TIME, or a DATETIME for its part."""
        kind = kind_of(node)
        if isinstance(node, exp.Literal):
            return self.time_of_literal(str(node.this)) or with_kind(exp.Null(), NULL)
        if kind is STRING:
            return self._fill("time", node, TIME)
        return node

    def bytes(self, node: exp.Expr) -> exp.Expr:
        """A string's UTF-8."""
        return node if kind_of(node) is BYTES else self._fill("bytes", self.text(node), BYTES)

    def json(self, node: exp.Expr) -> exp.Expr:
        return self._fill("json", node, JSON) if kind_of(node) is not JSON or self.target == "postgres" else node

    def moment_of_literal(self, text: str) -> exp.Expr | None:
        """A string or number that MySQL reads as a date, as a literal of the right type; None when it is none."""
        plain = moment_literal(text)
        if plain is None:
            return None
        kind = DATETIME if " " in plain else DATE
        if self.target == "sqlite":
            return with_kind(exp.Literal.string(plain), kind)
        type_ = "TIMESTAMP" if kind is DATETIME else "DATE"
        return fill(f"CAST(_1 AS {type_})", self.target, [exp.Literal.string(plain)], kind)

    def time_of_literal(self, text: str, type_: str = "INTERVAL") -> exp.Expr | None:
        """``type_``: TIME where a column of that type is meant; an interval takes more than a day."""
        if re.match(r"\s*[0-9]{4}-", text):
            return self.moment_of_literal(text)
        plain = time_literal(text)
        if plain is None:
            return None
        if self.target == "sqlite":
            return with_kind(exp.Literal.string(plain), TIME)
        return fill(f"CAST(_1 AS {type_})", self.target, [exp.Literal.string(plain)], TIME)


def number_literal(text: str, target: str) -> exp.Expr:
    """A number as it is written: what a column is compared with, so that its index serves."""
    return _number_literal(numeric_prefix(text), target, is_float=False)


def _number_literal(text: str, target: str, *, is_float: bool) -> exp.Expr:
    negative, is_float = text.startswith("-"), is_float or "e" in text
    literal: exp.Expr = exp.Literal.number(text.lstrip("-") + ("e0" if is_float and "e" not in text else ""))
    kind = FLOAT if is_float else INT if "." not in text else Kind("decimal", len(text.partition(".")[2]))
    with_kind(literal, kind)
    if is_float and target == "postgres":
        literal = exp.Cast(this=literal, to=exp.DataType.build("DOUBLE"))
        with_kind(literal, kind)
    return with_kind(exp.Neg(this=literal), kind) if negative else literal
