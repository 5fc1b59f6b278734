"""The MySQL type that stands for an upstream's type: as INFORMATION_SCHEMA spells it and as the protocol sends it.

MySQL's types: https://dev.mysql.com/doc/refman/8.4/en/data-types.html
"""

import re
from collections.abc import Callable, Sequence
from dataclasses import dataclass
from functools import lru_cache

from sqlalchemy.types import REAL, DateTime, Float, NullType, TypeEngine
from sqlalchemy.types import Enum as SqlEnum

from proxy.upstreams.quoting import literal
from proxy.wire.columns import ColumnDefinition, ColumnFlag, ColumnType

BYTES_PER_CHARACTER = 4  # utf8mb4
LONG = 0xFFFFFFFF
# A VARCHAR without a length: the longest that MySQL allows in a row of its own.
UNBOUNDED_CHARACTERS = 16383
MAX_PRECISION, MAX_SCALE = 65, 30
_SPELLING = re.compile(r"\s*([^(\[]*?)\s*(?:\(\s*([^()]*)\s*\))?\s*([^(\[\]]*?)\s*$", re.DOTALL)
_NESTED = re.compile(r"^(struct|map|union|list|array|row)\b|\[\d*\]\s*$", re.IGNORECASE | re.DOTALL)


@dataclass(frozen=True, slots=True)
class MySqlType:
    """``name``: DATA_TYPE (``varchar``); ``text``: COLUMN_TYPE (``varchar(20)``); ``length``: display length in bytes.

    ``characters`` is CHARACTER_MAXIMUM_LENGTH (bytes of a binary type); precision, scale and fraction are those of
    numbers and of times.
    """

    name: str
    text: str
    type: ColumnType
    length: int
    decimals: int = 0
    flags: int = 0  # of ColumnFlag
    binary: bool = False
    characters: int | None = None
    precision: int | None = None
    scale: int | None = None
    fraction: int | None = None

    @property
    def is_text(self) -> bool:
        """It has a character set."""
        return self.characters is not None and not self.binary

    @property
    def octets(self) -> int | None:
        """CHARACTER_OCTET_LENGTH."""
        if self.characters is None or self.binary:
            return self.characters
        return self.characters if self.name.endswith("text") else self.characters * BYTES_PER_CHARACTER

    def column(self, name: str, *, flags: int = 0, schema: str = "", table: str = "") -> ColumnDefinition:
        """The column definition of a result column of this type."""
        return ColumnDefinition(
            name,
            self.type,
            self.length,
            self.decimals,
            int(self.flags) | flags,
            self.binary,
            schema=schema,
            table=table,
            original_table=table,
            original_name=name if table else "",
        )


_NUMBER = ColumnFlag.NUM | ColumnFlag.BINARY
_TIME = ColumnFlag.BINARY


def _integer(name: str, kind: ColumnType, length: int, precision: int, *, unsigned: bool = False) -> MySqlType:
    flags = _NUMBER | ColumnFlag.UNSIGNED if unsigned else _NUMBER
    text = f"{name} unsigned" if unsigned else name
    return MySqlType(name, text, kind, length, flags=flags, binary=True, precision=precision, scale=0)


def _decimal(precision: int = MAX_PRECISION, scale: int = MAX_SCALE) -> MySqlType:
    scale = max(0, min(scale, MAX_SCALE))
    precision = max(1, scale, min(precision, MAX_PRECISION))
    length = precision + (2 if scale else 1)
    text = f"decimal({precision},{scale})"
    return MySqlType(
        "decimal", text, ColumnType.NEWDECIMAL, length, scale, _NUMBER, True, precision=precision, scale=scale
    )


def _temporal(name: str, kind: ColumnType, length: int, fraction: int) -> MySqlType:
    fraction = max(0, min(fraction, 6))
    text, length = (f"{name}({fraction})", length + 1 + fraction) if fraction else (name, length)
    return MySqlType(name, text, kind, length, fraction, _TIME, True, fraction=fraction)


def _characters(name: str, characters: int) -> MySqlType:
    kind = ColumnType.STRING if name == "char" else ColumnType.VAR_STRING
    return MySqlType(name, f"{name}({characters})", kind, characters * BYTES_PER_CHARACTER, characters=characters)


def _varchar(characters: int) -> MySqlType:
    return _characters("varchar", characters) if 0 < characters <= UNBOUNDED_CHARACTERS else _LONGTEXT


def _char(characters: int) -> MySqlType:
    return _characters("char", characters) if 0 < characters <= 255 else _varchar(characters)


def _big(name: str, *, binary: bool) -> MySqlType:
    flags = ColumnFlag.BLOB | (ColumnFlag.BINARY if binary else ColumnFlag(0))
    return MySqlType(name, name, ColumnType.BLOB, LONG, flags=flags, binary=binary, characters=LONG)


def enum_type(labels: Sequence[str]) -> MySqlType:
    """``enum('a','b')``; what has too many labels for MySQL (65,535) or none is text."""
    if not 0 < len(labels) <= 0xFFFF:
        return _LONGTEXT
    longest = max(map(len, labels))
    text = f"enum({','.join(map(literal, labels))})"
    length = longest * BYTES_PER_CHARACTER
    return MySqlType("enum", text, ColumnType.STRING, length, flags=ColumnFlag.ENUM, characters=longest)


_LONGTEXT = _big("longtext", binary=False)
_LONGBLOB = _big("longblob", binary=True)
_JSON = MySqlType("json", "json", ColumnType.JSON, LONG, flags=ColumnFlag.BLOB | ColumnFlag.BINARY, binary=True)
_TINYINT = _integer("tinyint", ColumnType.TINY, 4, 3)
_SMALLINT = _integer("smallint", ColumnType.SHORT, 6, 5)
_INT = _integer("int", ColumnType.LONG, 11, 10)
_BIGINT = _integer("bigint", ColumnType.LONGLONG, 20, 19)
_BOOLEAN = MySqlType("tinyint", "tinyint(1)", ColumnType.TINY, 1, 0, _NUMBER, True, precision=3, scale=0)
_FLOAT = MySqlType("float", "float", ColumnType.FLOAT, 12, 31, _NUMBER, True, precision=12)
_DOUBLE = MySqlType("double", "double", ColumnType.DOUBLE, 22, 31, _NUMBER, True, precision=22)
_DATE = MySqlType("date", "date", ColumnType.DATE, 10, 0, _TIME, True)

_PLAIN: dict[str, MySqlType] = {
    **dict.fromkeys(("tinyint", "int1"), _TINYINT),
    **dict.fromkeys(("smallint", "int2", "smallserial", "year"), _SMALLINT),
    **dict.fromkeys(("mediumint", "integer", "int", "int4", "serial"), _INT),
    **dict.fromkeys(("bigint", "int8", "bigserial"), _BIGINT),
    "utinyint": _integer("tinyint", ColumnType.TINY, 3, 3, unsigned=True),
    "usmallint": _integer("smallint", ColumnType.SHORT, 5, 5, unsigned=True),
    **dict.fromkeys(("uinteger", "oid", "xid"), _integer("int", ColumnType.LONG, 10, 10, unsigned=True)),
    "ubigint": _integer("bigint", ColumnType.LONGLONG, 20, 20, unsigned=True),
    **dict.fromkeys(("hugeint", "uhugeint"), _decimal(39, 0)),
    "bignum": _decimal(MAX_PRECISION, 0),
    **dict.fromkeys(("boolean", "bool"), _BOOLEAN),
    **dict.fromkeys(("real", "float4", "float"), _FLOAT),
    **dict.fromkeys(("double", "double precision", "double_precision", "float8"), _DOUBLE),
    **dict.fromkeys(("money", "smallmoney"), _varchar(32)),
    "date": _DATE,
    "timestamp_s": _temporal("datetime", ColumnType.DATETIME, 19, 0),
    "timestamp_ms": _temporal("datetime", ColumnType.DATETIME, 19, 3),
    "timestamp_ns": _temporal("datetime", ColumnType.DATETIME, 19, 6),
    "interval": _varchar(64),
    **dict.fromkeys(("uuid", "uniqueidentifier"), _char(36)),
    **dict.fromkeys(("json", "jsonb", "hstore", "variant"), _JSON),
    **dict.fromkeys(("bytea", "blob", "varbinary", "binary", "image", "raw"), _LONGBLOB),
    "geometry": _LONGTEXT,
    "name": _varchar(63),
    '"char"': _char(1),
    **dict.fromkeys(("regclass", "regtype", "regproc"), _varchar(255)),
    **dict.fromkeys(("inet", "cidr"), _varchar(43)),
    "macaddr": _char(17),
    "macaddr8": _char(23),
    **dict.fromkeys(("date_range", "daterange", "int4range", "int8range"), _varchar(64)),
    **dict.fromkeys(("tsrange", "tstzrange"), _varchar(80)),
    **dict.fromkeys(("bit varying", "varbit"), _varchar(UNBOUNDED_CHARACTERS)),
}


def _datetime(arguments: list[int]) -> MySqlType:
    return _temporal("datetime", ColumnType.DATETIME, 19, arguments[0] if arguments else 6)


def _timestamp(arguments: list[int]) -> MySqlType:
    return _temporal("timestamp", ColumnType.TIMESTAMP, 19, arguments[0] if arguments else 6)


def _time(arguments: list[int]) -> MySqlType:
    return _temporal("time", ColumnType.TIME, 10, arguments[0] if arguments else 6)


def _numeric(arguments: list[int]) -> MySqlType:
    if not arguments:
        return _decimal()
    return _decimal(arguments[0], arguments[1] if len(arguments) > 1 else 0)


def _text(arguments: list[int]) -> MySqlType:
    return _varchar(arguments[0] if arguments else UNBOUNDED_CHARACTERS)


def _fixed(arguments: list[int]) -> MySqlType:
    return _char(arguments[0] if arguments else 1)


_WITH_ARGUMENTS: dict[str, Callable[[list[int]], MySqlType]] = {
    **dict.fromkeys(("numeric", "decimal", "dec", "number"), _numeric),
    **dict.fromkeys(("varchar", "character varying", "string", "nvarchar", "varchar2", "varying character"), _text),
    **dict.fromkeys(("char", "character", "bpchar", "nchar", "native character"), _fixed),
    **dict.fromkeys(("timestamp", "datetime", "timestamp without time zone", "datetime2", "smalldatetime"), _datetime),
    **dict.fromkeys(("timestamp with time zone", "timestamptz", "datetimeoffset"), _timestamp),
    **dict.fromkeys(("time", "time without time zone", "time_ns"), _time),
    **dict.fromkeys(("time with time zone", "timetz"), lambda _: _varchar(32)),
    "bit": _text,
}


@lru_cache(maxsize=4096)
def _of_text(source: str, dialect: str) -> MySqlType:
    if _NESTED.search(source):
        return _JSON
    if source.lower().startswith("enum("):
        return enum_type(_labels(source))
    matched = _SPELLING.match(source)
    if matched is None:
        return _LONGTEXT
    name = " ".join(f"{matched[1]} {matched[3]}".lower().split())
    arguments = [int(part) for part in (matched[2] or "").split(",") if part.strip().lstrip("-").isdigit()]
    if dialect == "sqlite":
        return _of_affinity(name, arguments)
    if name in _PLAIN:
        return _PLAIN[name]
    if name in _WITH_ARGUMENTS:
        return _WITH_ARGUMENTS[name](arguments)
    return _LONGTEXT


def _of_affinity(name: str, arguments: list[int]) -> MySqlType:
    """SQLite: integers have 64 bits and REAL 8 bytes, and unknown names have a meaning.

    https://www.sqlite.org/datatype3.html#determination_of_column_affinity
    """
    if name in _WITH_ARGUMENTS:
        return _WITH_ARGUMENTS[name](arguments)
    if name in ("boolean", "bool", "date", "json"):
        return _PLAIN[name]
    for part, kind in (
        ("int", _BIGINT),
        ("char", _text(arguments)),
        ("clob", _LONGTEXT),
        ("text", _LONGTEXT),
        ("blob", _LONGBLOB),
        ("real", _DOUBLE),
        ("floa", _DOUBLE),
        ("doub", _DOUBLE),
    ):
        if part in name:
            return kind
    return _LONGTEXT


def _labels(source: str) -> list[str]:
    """The labels of ``ENUM('a', 'it''s')``."""
    return [label.replace("''", "'") for label in re.findall(r"'((?:[^']|'')*)'", source)]


def mysql_type(source: TypeEngine[object] | str, dialect: str = "") -> MySqlType:
    """The MySQL type of an upstream type, given as SQLAlchemy's or as the upstream spells it (``numeric(10,2)[]``).

    ``dialect`` is sqlglot's name of the upstream's; only ``sqlite`` makes a difference. What is not known is longtext.
    """
    if isinstance(source, str):
        return _of_text(source, dialect)
    if isinstance(source, NullType):
        return _LONGTEXT
    if isinstance(source, SqlEnum) and source.enums:
        return enum_type(source.enums)
    if isinstance(source, Float):
        return _FLOAT if isinstance(source, REAL) and dialect != "sqlite" else _DOUBLE
    if isinstance(source, DateTime):
        # The dialects' own classes have a precision, which their spelling here leaves out.
        fraction = getattr(source, "precision", None)
        return (_timestamp if source.timezone else _datetime)([] if fraction is None else [int(fraction)])
    return _of_text(str(source), dialect)
