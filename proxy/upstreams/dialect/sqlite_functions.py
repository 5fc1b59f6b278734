"""MySQL's functions that SQLite lacks, for ``sqlite3.Connection.create_function``.

Each takes and gives what SQLite stores: dates are text (``YYYY-MM-DD``, ``YYYY-MM-DD HH:MM:SS[.ffffff]``), times too
(``[-]HHH:MM:SS``). A function that is given NULL gives NULL.
"""

import base64
import hashlib
import math
import random
import re
import sqlite3
import uuid
import zlib
from collections.abc import Callable
from decimal import ROUND_DOWN, ROUND_HALF_UP, Context, Decimal
from functools import lru_cache, wraps
from ipaddress import IPv4Address
from typing import Any

from proxy.upstreams.dialect import sqlite_aggregates, sqlite_dates, sqlite_json, sqlite_regexp
from proxy.upstreams.dialect.literals import numeric_prefix
from proxy.upstreams.like import like_pattern

Value = str | bytes | int | float | None
# Python computes whatever it is asked for, without a way to stop it, in the process of all sessions. The bounds are
# MySQL's: longer than max_allowed_packet is NULL, numbers have 64 bits, and decimals 30 places.
MAX_LENGTH = 64 << 20
MAX_PLACES = 30
_EXACT = Context(prec=309 + MAX_PLACES)  # as many digits as the largest double has, and the places
_ALL_BITS = 0xFFFFFFFFFFFFFFFF


def _strict(function: Callable[..., Value]) -> Callable[..., Value]:
    @wraps(function)
    def call(*arguments: Value) -> Value:
        try:
            return None if None in arguments else function(*arguments)
        except (ValueError, ArithmeticError):
            return None  # as MySQL, which only warns

    return call


def _text(value: Value) -> str:
    return value.decode("utf-8", "replace") if isinstance(value, bytes) else str(value)


def _bytes(value: Value) -> bytes:
    return value if isinstance(value, bytes) else str(value).encode()


@lru_cache(maxsize=256)
def _like(pattern: str) -> re.Pattern[str]:
    return re.compile(like_pattern(pattern), re.DOTALL)


def _substring(text: Value, start: int, length: int | None = None) -> str:
    characters = _text(text)
    if start == 0 or (start < 0 and -start > len(characters)) or (length is not None and length < 1):
        return ""
    begin = start - 1 if start > 0 else len(characters) + start
    return characters[begin:] if length is None else characters[begin : begin + length]


def _substring_index(text: Value, delimiter: Value, count: int) -> str:
    parts = _text(text).split(_text(delimiter)) if delimiter else []
    if count == 0:
        return ""
    return _text(delimiter).join(parts[:count] if count > 0 else parts[count:])


def _repeat(text: Value, count: int) -> str | None:
    characters = _text(text)
    return characters * max(count, 0) if len(characters) * count <= MAX_LENGTH else None


def _pad(text: Value, length: int, filler: Value, *, left: bool) -> str | None:
    characters, fill = _text(text), _text(filler)
    missing = length - len(characters)
    if not 0 <= length <= MAX_LENGTH or (missing > 0 and not fill):
        return None
    if missing <= 0:
        return characters[:length]
    padding = (fill * (missing // len(fill) + 1))[:missing]
    return padding + characters if left else characters + padding


def _insert(text: Value, position: int, length: int, new: Value) -> str:
    characters = _text(text)
    if not 1 <= position <= len(characters):
        return characters
    rest = characters[position - 1 + length :] if length >= 0 else ""
    return characters[: position - 1] + _text(new) + rest


def _locate(part: Value, text: Value, start: int = 1) -> int:
    return _text(text).lower().find(_text(part).lower(), max(start - 1, 0)) + 1 if start > 0 else 0


def _conv(text: Value, base: int, to: int) -> str | None:
    """A number of 64 bits; signed where ``to`` is negative."""
    digits = "0123456789ABCDEFGHIJKLMNOPQRSTUVWXYZ"
    base, radix = abs(base), abs(to)
    if not (2 <= base <= len(digits) and 2 <= radix <= len(digits)):
        return None
    sign, found = re.findall(f"^ *(-?)0*([{digits[:base]}]*)", _text(text).upper())[0]
    number = min(int(found or "0", base), _ALL_BITS) if len(found) <= _ALL_BITS.bit_length() else _ALL_BITS
    number = -number & _ALL_BITS if sign else number
    is_negative = to < 0 and number > _ALL_BITS >> 1
    number = _ALL_BITS + 1 - number if is_negative else number
    out = ""
    while number:
        number, rest = divmod(number, radix)
        out = digits[rest] + out
    return f"{'-' if is_negative else ''}{out or '0'}"


def _concat_ws(separator: Value, *parts: Value) -> str | None:
    return None if separator is None else _text(separator).join(_text(each) for each in parts if each is not None)


def _quantized(number: str, places: int, rounding: str) -> Decimal:
    return Decimal(number).quantize(Decimal(1).scaleb(-_places(places)), rounding, _EXACT)


def _format(number: Value, places: int) -> str:
    return f"{_quantized(numeric_prefix(_text(number)), max(places, 0), ROUND_HALF_UP):,f}"


def _places(places: int) -> int:
    return min(max(places, -MAX_PLACES), MAX_PLACES)


def _round_exact(number: float, places: int) -> float | int:
    """A decimal's half goes away from zero, a float's to the even neighbour."""
    exact = _quantized(repr(number), places, ROUND_HALF_UP)
    return int(exact) if isinstance(number, int) else float(exact)


def _truncate(number: float, places: int) -> float | int:
    exact = _quantized(repr(number), places, ROUND_DOWN)
    return int(exact) if isinstance(number, int) else float(exact)


def _div(left: float, right: float) -> int | None:
    return int(left / right) if right else None


def _mod(left: float, right: float) -> float | int | None:
    if not right:
        return None
    result = abs(left) % abs(right)
    return -result if left < 0 else result


def _unhex(text: Value) -> bytes | None:
    digits = _text(text)
    return bytes.fromhex(digits) if re.fullmatch(r"([0-9a-fA-F]{2})*", digits) else None


def _sha2(text: Value, bits: int) -> str | None:
    name = {0: "sha256", 224: "sha224", 256: "sha256", 384: "sha384", 512: "sha512"}.get(bits)
    return hashlib.new(name, _bytes(text)).hexdigest() if name else None


def _quote(text: Any) -> str:
    if text is None:
        return "NULL"
    escaped = _text(text).replace("\\", "\\\\").replace("'", "\\'").replace("\x1a", "\\Z")
    return f"'{escaped}'"


def _find_in_set(text: Value, items: Value) -> int:
    members = _text(items).split(",") if items else []
    return members.index(_text(text)) + 1 if _text(text) in members else 0


def _pi() -> float:
    return math.pi


FUNCTIONS: dict[str, Callable[..., Value]] = {
    **{name: getattr(math, name) for name in ("sqrt", "exp", "log2", "log10", "sin", "cos", "tan", "asin", "acos")},
    **{name: getattr(math, name) for name in ("atan", "atan2", "degrees", "radians", "pow")},
    "ln": math.log,
    "log": lambda base, number=None: math.log(base) if number is None else math.log(number, base),
    "cot": lambda number: 1 / math.tan(number),
    "pi": _pi,
    "upper": lambda text: _text(text).upper(),
    "lower": lambda text: _text(text).lower(),
    "substring": _substring,
    "substring_index": _substring_index,
    "right": lambda text, count: _text(text)[-count:] if count > 0 else "",
    "lpad": lambda text, length, filler: _pad(text, length, filler, left=True),
    "rpad": lambda text, length, filler: _pad(text, length, filler, left=False),
    "reverse": lambda text: _text(text)[::-1],
    "repeat": _repeat,
    "space": lambda count: _repeat(" ", count),
    "ord": lambda text: int.from_bytes(_text(text)[:1].encode(), "big"),
    "inet_aton": lambda text: int(IPv4Address(_text(text))),
    "inet_ntoa": lambda number: str(IPv4Address(number)),
    "crc32": lambda text: zlib.crc32(_bytes(text)),
    "uuid": lambda: str(uuid.uuid4()),
    "ascii": lambda text: (_bytes(text) or b"\0")[0],
    "hex": lambda number: f"{number & _ALL_BITS:X}",
    "unhex": _unhex,
    "bin": lambda number: f"{number & _ALL_BITS:b}",
    "oct": lambda number: f"{number & _ALL_BITS:o}",
    "conv": _conv,
    "md5": lambda text: hashlib.md5(_bytes(text), usedforsecurity=False).hexdigest(),
    "sha1": lambda text: hashlib.sha1(_bytes(text), usedforsecurity=False).hexdigest(),
    "sha2": _sha2,
    "to_base64": lambda text: base64.b64encode(_bytes(text)).decode(),
    "from_base64": lambda text: base64.b64decode(_bytes(text)),
    "find_in_set": _find_in_set,
    "format": _format,
    "insert": _insert,
    "locate": _locate,
    "regexp": lambda text, pattern, exact: sqlite_regexp.matches(_text(text), _text(pattern), exact=bool(exact)),
    "regexp_replace": lambda text, pattern, new: sqlite_regexp.replaced(_text(text), _text(pattern), _text(new)),
    "regexp_substr": lambda text, pattern: sqlite_regexp.found(_text(text), _text(pattern)),
    "regexp_instr": lambda text, pattern: sqlite_regexp.place(_text(text), _text(pattern)),
    "like_binary": lambda text, pattern: int(bool(_like(_text(pattern)).fullmatch(_text(text)))),
    "div": _div,
    "mod": _mod,
    "round_exact": _round_exact,
    "round": lambda number, places: round(number, _places(places)),
    "truncate": _truncate,
    "bit_count": lambda number: (number & _ALL_BITS).bit_count(),
    "rand": random.random,
    **sqlite_dates.FUNCTIONS,
    **sqlite_json.FUNCTIONS,
}
_NOT_STRICT: dict[str, Callable[..., Any]] = {"concat_ws": _concat_ws, "quote": _quote}
_VOLATILE = frozenset({"rand", "uuid", "now", "sysdate", "utc_timestamp", "curdate", "utc_date", "curtime", "utc_time"})


def register(connection: sqlite3.Connection) -> None:
    """Give the functions to a connection; SQL from ``translate`` needs them."""
    for name, function in FUNCTIONS.items():
        connection.create_function(f"mysql_{name}", -1, _strict(function), deterministic=name not in _VOLATILE)
    for name, function in _NOT_STRICT.items():
        connection.create_function(f"mysql_{name}", -1, function, deterministic=True)
    for name, aggregate in sqlite_aggregates.AGGREGATES.items():
        factory: Any = aggregate
        connection.create_aggregate(f"mysql_{name}", -1, factory)
