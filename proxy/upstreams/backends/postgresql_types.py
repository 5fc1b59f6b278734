"""PostgreSQL's types as MySQL columns, and its text form of values as MySQL's.

https://www.postgresql.org/docs/current/protocol-message-formats.html (RowDescription)
"""

import json
import re
from collections.abc import Callable, Sequence, Set
from dataclasses import dataclass, replace
from functools import partial

from psycopg.pq.abc import PGresult
from psycopg.types import TypesRegistry

from proxy.upstreams.backends import moments
from proxy.upstreams.mysql_types import MySqlType, enum_type, mysql_type
from proxy.wire.columns import ColumnDefinition, ColumnFlag, ColumnType
from proxy.wire.rows import Cell, Convert

VARHDRSZ = 4  # what a type modifier counts on top of a length
JSON_OIDS, ARRAY_TOKEN = (114, 3802), re.compile(rb'([{}])|,|"((?:[^"\\]|\\.)*)"|([^{},"]+)', re.DOTALL)
NUMERIC, BPCHAR, BIT, BOOL = 1700, 1042, 1560, 16


@dataclass(frozen=True, slots=True)
class UserType:
    """A type that somebody made: ``labels`` of an enumeration, ``element`` of an array (its oid)."""

    oid: int
    labels: tuple[str, ...] = ()
    element: int = 0


USER_TYPES = """
SELECT t.oid, t.typelem, array_to_json(ARRAY(
    SELECT e.enumlabel::text FROM pg_catalog.pg_enum e WHERE e.enumtypid = t.oid ORDER BY e.enumsortorder))
FROM pg_catalog.pg_type t LEFT JOIN pg_catalog.pg_type element ON element.oid = t.typelem
WHERE t.oid >= 16384 AND (t.typtype = 'e' OR t.typcategory = 'A' AND t.typlen = -1 AND element.typtype <> 'c')"""


class Types:
    """What is known of the types of one database. ``strange``: oids that are not worth asking for again."""

    def __init__(self, builtin: TypesRegistry, made: Sequence[UserType] = (), strange: Set[int] = frozenset()) -> None:
        self._builtin = builtin
        self._made = {each.oid: each for each in made}
        self._strange = strange
        self._unknown: set[int] = set()

    @property
    def outdated(self) -> bool:
        """A result had a type that somebody made meanwhile."""
        return bool(self._unknown)

    def renewed(self, made: Sequence[UserType]) -> "Types":
        return Types(self._builtin, made, self._strange | self._unknown)

    def describe(self, result: PGresult) -> tuple[list[ColumnDefinition], list[Convert | None]]:
        """The columns of a result, and what makes cells of their text. Its first rows tell what the types do not."""
        columns, convert = [], []
        for index in range(result.nfields):
            oid, modifier = result.ftype(index), result.fmod(index)
            column = self._mysql_type(oid, modifier).column((result.fname(index) or b"").decode("utf-8", "replace"))
            if oid == NUMERIC and modifier < 0:
                column = replace(column, decimals=_decimals(result, index), length=67)
            columns.append(column)
            convert.append(None if oid == BIT and column.type is not ColumnType.BIT else self._convert(oid))
        return columns, convert

    def _mysql_type(self, oid: int, modifier: int) -> MySqlType:
        made, known = self._made.get(oid), self._builtin.get(oid)
        if made is not None:
            return mysql_type("json") if made.element else enum_type(made.labels)
        if known is None:
            if oid not in self._strange:
                self._unknown.add(oid)
            return mysql_type("text")
        if known.array_oid == oid:
            return mysql_type("json")
        if oid == BIT:
            return bit_type(modifier)
        return mysql_type(known.name + _arguments(oid, modifier), "postgres")

    def _convert(self, oid: int) -> Convert | None:
        made, known = self._made.get(oid), self._builtin.get(oid)
        if made is not None:
            return partial(array, element=_json_element(made.element)) if made.element else None
        if known is not None and known.array_oid == oid:
            return partial(array, element=_json_element(known.oid))
        return CONVERT.get(oid)


def bit_type(bits: int) -> MySqlType:
    """MySQL's BIT has 64 bits at most; what has more is text."""
    if not 0 < bits <= 64:
        return mysql_type("varchar")
    return MySqlType(
        "bit", f"bit({bits})", ColumnType.BIT, bits, flags=ColumnFlag.UNSIGNED, binary=True, precision=bits
    )


def _arguments(oid: int, modifier: int) -> str:
    """``(10,2)``: how the type modifier is packed is each type's own matter."""
    if modifier < 0:
        return ""
    if oid == NUMERIC:
        scale = (modifier - VARHDRSZ) & 0x7FF
        return f"({(modifier - VARHDRSZ) >> 16 & 0xFFFF},{scale - 0x800 if scale & 0x400 else scale})"
    if oid in (BPCHAR, 1043):
        return f"({modifier - VARHDRSZ})"
    return f"({modifier})" if oid in (1083, 1266, 1114, 1184) else ""


def _decimals(result: PGresult, column: int) -> int:
    """The most decimals that the first rows have."""
    values = (result.get_value(row, column) or b"" for row in range(result.ntuples))
    return min(30, max((len(value.partition(b".")[2]) for value in values), default=0))


def _json_element(oid: int) -> Callable[[bytes], object]:
    """What JSON value an unquoted array element stands for."""
    if oid in JSON_OIDS:
        return json.loads
    if oid == BOOL:
        return lambda text: text == b"t"
    if oid in (20, 21, 23, 26):
        return int
    return _number if oid in (700, 701, NUMERIC) else lambda text: text.decode("utf-8", "replace")


class _Number(float):
    """Written to JSON with all its digits."""

    def __new__(cls, text: bytes) -> "_Number":
        number = super().__new__(cls, text)
        number.text = text.decode()
        return number

    text: str

    def __repr__(self) -> str:
        return self.text


def _number(text: bytes) -> object:
    return text.decode() if text in (b"NaN", b"Infinity", b"-Infinity") else _Number(text)


def array(text: bytes, element: Callable[[bytes], object]) -> bytes:
    """``[1:2]={1,NULL,"a b"}`` as JSON. https://www.postgresql.org/docs/current/arrays.html#ARRAYS-IO"""
    stack: list[list[object]] = [[]]
    for token in ARRAY_TOKEN.finditer(text, text.index(b"{")):
        brace, quoted, bare = token.groups()
        if brace == b"{":
            stack.append([])
        elif brace:
            done = stack.pop()
            stack[-1].append(done)
        elif quoted is not None:
            stack[-1].append(element(re.sub(rb"\\(.)", rb"\1", quoted, flags=re.DOTALL)))
        elif bare is not None:
            stack[-1].append(None if bare == b"NULL" else element(bare))
    return _dump(stack[0][0]).encode()


def _dump(value: object) -> str:
    if isinstance(value, list):
        return "[" + ", ".join(map(_dump, value)) + "]"
    return value.text if isinstance(value, _Number) else json.dumps(value, ensure_ascii=False)


def _bool(text: bytes) -> Cell:
    return b"1" if text == b"t" else b"0"


def _numeric(text: bytes) -> Cell:
    """MySQL has no DECIMAL that is not a number."""
    return None if text in (b"NaN", b"Infinity", b"-Infinity") else text


def _bytea(text: bytes) -> Cell:
    """https://www.postgresql.org/docs/current/datatype-binary.html#DATATYPE-BINARY-BYTEA-HEX-FORMAT"""
    return bytes.fromhex(text[2:].decode("ascii"))


def _bits(text: bytes) -> Cell:
    return text if len(text) > 64 else int(text, 2).to_bytes((len(text) + 7) // 8, "big")


CONVERT: dict[int, Convert] = {
    BOOL: _bool,
    17: _bytea,
    1082: moments.date,
    1114: moments.timestamp,
    1184: moments.timestamp_with_zone,
    NUMERIC: _numeric,
    BPCHAR: lambda text: text.rstrip(b" "),
    BIT: _bits,
}
