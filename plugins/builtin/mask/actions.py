"""What a client gets in place of a masked cell: always a value that the column's type on the wire allows.

Cells come and go as MySQL writes them as text. Where an action has no meaning for a type, the cell is NULL.
"""

import hashlib
import hmac
from collections.abc import Callable
from datetime import date, datetime, timedelta
from decimal import Decimal, InvalidOperation, localcontext
from enum import Enum, auto

from conf.mask import MaskRule
from plugins.transform import CellMask, WireColumn


class Kind(Enum):
    """How a column's cells may be written."""

    TEXT = auto()
    INTEGER = auto()
    DECIMAL = auto()
    REAL = auto()
    DATE = auto()
    MOMENT = auto()
    TIME = auto()
    OTHER = auto()  # JSON, BIT, GEOMETRY, uuid, …: nothing but NULL is sure to be one


# https://dev.mysql.com/doc/dev/mysql-server/latest/field__types_8h.html
_KINDS = {
    **dict.fromkeys((0x01, 0x02, 0x03, 0x08, 0x09, 0x0D), Kind.INTEGER),
    **dict.fromkeys((0x00, 0xF6), Kind.DECIMAL),
    **dict.fromkeys((0x04, 0x05), Kind.REAL),
    **dict.fromkeys((0x0A, 0x0E), Kind.DATE),
    **dict.fromkeys((0x07, 0x0C), Kind.MOMENT),
    0x0B: Kind.TIME,
    **dict.fromkeys((0x0F, 0xF9, 0xFA, 0xFB, 0xFC, 0xFD, 0xFE), Kind.TEXT),
}
_BITS = {0x01: 7, 0x02: 15, 0x09: 23, 0x03: 31, 0x08: 63}
_YEAR = 0x0D
_UNSIGNED = 0x0020
_EPOCH = date(1970, 1, 1)
_DAYS = 20_000
_HASH_CHARS = 16


def kind_of(column: WireColumn) -> Kind:
    return Kind.OTHER if column.extended else _KINDS.get(column.type, Kind.OTHER)


def nothing(_cell: bytes | None) -> bytes | None:
    """NULL, whatever it was: also where NULL would say something."""
    return None


def mask_of(rule: MaskRule, column: WireColumn, key: bytes) -> CellMask:
    """What the rule makes of a column that is shown as it is stored."""
    kind = kind_of(column)
    change: Callable[[bytes], bytes | None] | None = None
    if rule.action == "hide":
        return hidden(rule, column)
    if rule.action == "partial" and kind is Kind.TEXT:
        change = _partial(rule, column.codec)
    elif rule.action == "hash" and kind is not Kind.OTHER:
        change = _hashed(kind, column, key)
    elif rule.action == "noise" and kind in (Kind.INTEGER, Kind.DECIMAL, Kind.REAL, Kind.DATE, Kind.MOMENT):
        change = _noisy(rule, kind, column, key)
    elif rule.action == "noise" and kind is Kind.TEXT:
        return hidden(rule, column)
    if change is None:
        return nothing
    apply = change
    return lambda cell: None if cell is None else apply(cell)


def hidden(rule: MaskRule, column: WireColumn) -> CellMask:
    """What is shown where a masked column went into an expression, or is to be hidden: NULLs are not told apart."""
    if kind_of(column) is not Kind.TEXT:
        return nothing
    shown = rule.text.encode(column.codec or "utf-8", "replace")
    return lambda _cell: shown


def _number(key: bytes, purpose: bytes, cell: bytes) -> int:
    return int.from_bytes(hmac.digest(key, purpose + b"\0" + cell, hashlib.sha256)[:16], "big")


def _canonical(cell: bytes, codec: str | None) -> bytes:
    """The same text in every character set."""
    return cell if codec in (None, "utf-8") else cell.decode(codec, "replace").encode()


def _partial(rule: MaskRule, codec: str | None) -> Callable[[bytes], bytes]:
    name, first, last = codec or "latin-1", rule.first, rule.last

    def change(cell: bytes) -> bytes:
        text = cell.decode(name, "replace")
        covered = len(text) - first - last
        if covered <= 0:
            return b"*" * len(text) if name == "latin-1" else ("*" * len(text)).encode(name)
        shown = text[:first] + "*" * covered + (text[-last:] if last else "")
        return shown.encode(name, "replace")

    return change


def _hashed(kind: Kind, column: WireColumn, key: bytes) -> Callable[[bytes], bytes | None]:
    codec = column.codec
    if kind is Kind.TEXT:
        return lambda cell: (
            hmac.digest(key, b"hash\0" + _canonical(cell, codec), hashlib.sha256)
            .hex()[:_HASH_CHARS]
            .encode(codec or "ascii")
        )

    def number(cell: bytes) -> int:
        return _number(key, b"hash", cell)

    if kind is Kind.DATE or kind is Kind.MOMENT:
        clock = b" 00:00:00" if kind is Kind.MOMENT else b""
        return lambda cell: (_EPOCH + timedelta(number(cell) % _DAYS)).isoformat().encode() + clock
    if kind is Kind.TIME:
        return lambda cell: b"%02d:%02d:00" % divmod(number(cell) % 1440, 60)
    if column.type == _YEAR:
        return lambda cell: b"%d" % (1902 + number(cell) % 250)
    top = (1 << _BITS.get(column.type, 29)) - 1  # 2**29 fits into DECIMAL(9), FLOAT and DOUBLE
    return lambda cell: b"%d" % (number(cell) % top)


def _noisy(rule: MaskRule, kind: Kind, column: WireColumn, key: bytes) -> Callable[[bytes], bytes | None]:
    def part(cell: bytes) -> Decimal:
        """From -1 to 1, the same for the same value."""
        return Decimal(_number(key, b"noise", cell) % 2_000_001 - 1_000_000) / 1_000_000

    if kind is Kind.DATE or kind is Kind.MOMENT:
        return lambda cell: _moved(cell, int(part(cell) * rule.days) or rule.days)
    spread = Decimal(str(rule.spread))

    def change(cell: bytes) -> bytes | None:
        with localcontext(prec=200):  # DECIMAL has up to 65 digits
            return moved(cell)

    def moved(cell: bytes) -> bytes | None:
        try:
            value = Decimal(cell.decode("ascii"))
        except (InvalidOperation, UnicodeDecodeError):
            return None
        # A unit of the last digit at least: a small number would stay what it is.
        unit = Decimal(1) if kind is Kind.INTEGER else Decimal(1).scaleb(-min(column.decimals, 30))
        width = max(abs(value) * spread, unit)
        if kind is Kind.REAL:
            return repr(float(value + width * part(cell))).encode()
        shown = (value + width * part(cell)).quantize(unit)
        if kind is Kind.INTEGER:
            return b"%d" % _within(int(shown), column)
        return f"{shown:f}".encode()

    return change


def _within(value: int, column: WireColumn) -> int:
    if column.type == _YEAR:
        return min(max(value, 1901), 2155)
    bits = _BITS[column.type]
    if column.flags & _UNSIGNED:
        return min(max(value, 0), (2 << bits) - 1)
    return min(max(value, -(1 << bits)), (1 << bits) - 1)


def _moved(cell: bytes, days: int) -> bytes | None:
    day, clock = cell[:10], cell[10:]
    try:
        moved = datetime.fromisoformat(day.decode("ascii")).date() + timedelta(days)
    except (ValueError, OverflowError):  # 0000-00-00
        return None
    return moved.isoformat().encode() + clock
