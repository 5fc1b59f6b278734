"""What sort of value an expression gives: as much of a type as MySQL's implicit conversions depend on."""

from dataclasses import dataclass

from sqlglot import exp


@dataclass(frozen=True, slots=True)
class Kind:
    """``name``: int, decimal, float, bool (the upstream's own), string, bytes, date, datetime, time, json, null or
    unknown. ``scale``: a decimal's digits behind the point, where known."""

    name: str
    scale: int | None = None

    def __deepcopy__(self, _memo: object) -> "Kind":
        return self  # a copy of a tree keeps the very kinds, which are compared by identity

    @property
    def is_number(self) -> bool:
        return self.name in ("int", "decimal", "float")

    @property
    def is_moment(self) -> bool:
        return self.name in ("date", "datetime")


INT, FLOAT, BOOL, STRING = Kind("int", 0), Kind("float"), Kind("bool"), Kind("string")
BYTES, DATE, DATETIME, TIME, JSON = Kind("bytes"), Kind("date"), Kind("datetime"), Kind("time"), Kind("json")
NULL, UNKNOWN, DECIMAL = Kind("null"), Kind("unknown"), Kind("decimal")
BY_NAME = {
    each.name: each for each in (INT, FLOAT, BOOL, STRING, BYTES, DATE, DATETIME, TIME, JSON, NULL, UNKNOWN, DECIMAL)
}

_GROUPS: tuple[tuple[Kind, frozenset[str]], ...] = (
    (
        INT,
        frozenset(
            [
                "TINYINT",
                "SMALLINT",
                "MEDIUMINT",
                "INT",
                "BIGINT",
                "UTINYINT",
                "USMALLINT",
                "UMEDIUMINT",
                "UINT",
                "UBIGINT",
                "YEAR",
            ]
        ),
    ),
    (INT, frozenset(["INT128", "UINT128", "INT256", "SERIAL", "BIGSERIAL", "SMALLSERIAL", "BIT"])),
    (DECIMAL, frozenset(["DECIMAL", "UDECIMAL", "BIGDECIMAL", "MONEY", "DECIMAL32", "DECIMAL64"])),
    (FLOAT, frozenset(["FLOAT", "DOUBLE", "UDOUBLE"])),
    (BOOL, frozenset(["BOOLEAN"])),
    (
        STRING,
        frozenset(
            [
                "CHAR",
                "NCHAR",
                "VARCHAR",
                "NVARCHAR",
                "TEXT",
                "TINYTEXT",
                "MEDIUMTEXT",
                "LONGTEXT",
                "NAME",
                "ENUM",
                "SET",
                "UUID",
            ]
        ),
    ),
    (STRING, frozenset(["INET", "BPCHAR", "CHARACTER_SET"])),
    (BYTES, frozenset(["BINARY", "VARBINARY", "BLOB", "TINYBLOB", "MEDIUMBLOB", "LONGBLOB"])),
    (DATE, frozenset(["DATE", "DATE32"])),
    (
        DATETIME,
        frozenset(
            ["DATETIME", "TIMESTAMP", "TIMESTAMPTZ", "TIMESTAMPLTZ", "TIMESTAMPNTZ", "TIMESTAMP_S", "TIMESTAMP_MS"]
        ),
    ),
    (DATETIME, frozenset(["TIMESTAMP_NS", "DATETIME2", "SMALLDATETIME"])),
    (TIME, frozenset(["TIME", "TIMETZ"])),
    (JSON, frozenset(["JSON", "JSONB"])),
)
_BY_TYPE = {name: kind for kind, names in _GROUPS for name in names}


def kind_of_type(type_: exp.DataType) -> Kind:
    """The kind of a column or cast of that type."""
    name = type_.this.name if isinstance(type_.this, exp.DType) else ""
    kind = _BY_TYPE.get(name, UNKNOWN)
    if kind is DECIMAL:
        sizes = [each.this.name for each in type_.expressions if isinstance(each, exp.DataTypeParam)]
        if len(sizes) == 2 and sizes[1].isdigit():
            return Kind("decimal", int(sizes[1]))
        return Kind("decimal", 0) if len(sizes) == 1 else DECIMAL
    return kind


def kind_of(node: exp.Expr | None) -> Kind:
    """What ``infer`` found, or what a rule set."""
    if node is None:
        return NULL
    found = node.meta.get("kind")
    return found if isinstance(found, Kind) else UNKNOWN


def with_kind(node: exp.Expr, kind: Kind) -> exp.Expr:
    """The same node, marked."""
    node.meta["kind"] = kind
    return node


def common(kinds: list[Kind]) -> Kind:
    """The kind of CASE, COALESCE or UNION over such values."""
    known = [kind for kind in kinds if kind is not NULL]
    if not known:
        return NULL
    if all(kind == known[0] for kind in known):
        return known[0]
    names = {kind.name for kind in known}
    if "unknown" in names:
        return UNKNOWN
    if names <= {"int", "bool"}:
        return INT
    if names <= {"int", "bool", "decimal"}:
        scales = [kind.scale for kind in known if kind.name != "bool"]
        return Kind("decimal", None if None in scales else max(scale or 0 for scale in scales))
    if names <= {"int", "bool", "decimal", "float"}:
        return FLOAT
    if names <= {"date", "datetime"}:
        return DATETIME
    return STRING
