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
from decimal import ROUND_HALF_UP, Decimal
from functools import lru_cache, wraps
from ipaddress import IPv4Address
from typing import Any

from proxy.upstreams.dialect import sqlite_aggregates, sqlite_dates, sqlite_json
from proxy.upstreams.dialect.literals import numeric_prefix
from proxy.upstreams.like import like_pattern

Value = str | bytes | int | float | None
# Python computes whatever it is asked for, without a way to stop it, in the process of all sessions. The bounds are
# MySQL's: longer than max_allowed_packet is NULL, numbers have 64 bits, and decimals 30 places.
MAX_LENGTH = 64 << 20
MAX_PLACES = 30
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


_CLASSES = {"alpha": "a-zA-Z", "digit": "0-9", "alnum": "a-zA-Z0-9", "space": r"\s", "upper": "A-Z", "lower": "a-z"}
_CLASSES |= {"punct": re.escape("!\"#$%&'()*+,-./:;<=>?@[\\]^_`{|}~"), "blank": r" \t", "xdigit": "0-9a-fA-F"}


@lru_cache(maxsize=256)
def _pattern(pattern: str, is_exact: int) -> re.Pattern[str]:
    for name, characters in _CLASSES.items():
        pattern = pattern.replace(f"[:{name}:]", characters)
    return re.compile(pattern, 0 if is_exact else re.IGNORECASE)


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
    digits = "0123456789ABCDEFGHIJKLMNOPQRSTUVWXYZ"
    if not (2 <= base <= len(digits) and 2 <= to <= len(digits)):
        return None
    match = re.match(f"0*([{digits[:base]}]*)", _text(text).upper())
    found = match[1] if match else ""
    number = min(int(found or "0", base), _ALL_BITS) if len(found) <= _ALL_BITS.bit_length() else _ALL_BITS
    out = ""
    while number:
        number, rest = divmod(number, to)
        out = digits[rest] + out
    return out or "0"


def _concat_ws(separator: Value, *parts: Value) -> str | None:
    return None if separator is None else _text(separator).join(_text(each) for each in parts if each is not None)


def _format(number: Value, places: int) -> str:
    exact = Decimal(numeric_prefix(_text(number)))
    return f"{exact.quantize(Decimal(1).scaleb(-min(max(places, 0), MAX_PLACES)), ROUND_HALF_UP):,f}"


def _places(places: int) -> int:
    return min(max(places, -MAX_PLACES), MAX_PLACES)


def _round_exact(number: float, places: int) -> float | int:
    """A decimal's half goes away from zero, a float's to the even neighbour."""
    exact = Decimal(repr(number)).quantize(Decimal(1).scaleb(-places), ROUND_HALF_UP)
    return int(exact) if isinstance(number, int) else float(exact)


def _truncate(number: float, places: int) -> float | int:
    factor = 10 ** min(_places(places), 15)  # a double has no more
    result = int(number * factor) / factor
    return int(result) if isinstance(number, int) else result


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


def _regexp_substr(text: Value, pattern: Value) -> str | None:
    match = _pattern(_text(pattern), 0).search(_text(text))
    return match[0] if match else None


def _regexp_instr(text: Value, pattern: Value) -> int:
    match = _pattern(_text(pattern), 0).search(_text(text))
    return match.start() + 1 if match else 0


def _unquote(text: Value) -> str:
    quoted = _text(text)
    return quoted[1:-1].replace('\\"', '"') if quoted[:1] == '"' == quoted[-1:] and len(quoted) > 1 else quoted


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
    "find_in_set": lambda text, items: (
        (_text(items).split(",").index(text) + 1) if text in _text(items).split(",") else 0
    ),
    "format": _format,
    "insert": _insert,
    "locate": _locate,
    "quote": lambda text: "'" + _text(text).replace("\\", "\\\\").replace("'", "\\'") + "'",
    "regexp": lambda text, pattern, exact: int(bool(_pattern(_text(pattern), exact).search(_text(text)))),
    "regexp_replace": lambda text, pattern, new: _pattern(_text(pattern), 0).sub(_text(new), _text(text)),
    "regexp_substr": _regexp_substr,
    "regexp_instr": _regexp_instr,
    "like_binary": lambda text, pattern: int(bool(_like(_text(pattern)).fullmatch(_text(text)))),
    "div": _div,
    "mod": _mod,
    "round_exact": _round_exact,
    "round": lambda number, places: round(number, _places(places)),
    "truncate": _truncate,
    "bit_count": lambda number: (number & _ALL_BITS).bit_count(),
    "rand": random.random,
    "json_unquote": _unquote,
    **sqlite_dates.FUNCTIONS,
    **sqlite_json.FUNCTIONS,
}
_NOT_STRICT = {"concat_ws": _concat_ws}
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
