"""MySQL's functions: what each argument is converted to, and what it gives.

https://dev.mysql.com/doc/refman/8.4/en/built-in-function-reference.html

A line is ``NAME parameter… -> kind``; ``*`` repeats the last parameter, ``?`` begins the optional ones. Parameters:
text, int, num, date, moment (a DATETIME), time, cond (true or false), any (as it is), value (any, but a truth value
becomes 1 or 0), json, bytes, raw (read by the rule). Kinds: as in ``kinds``; ``first`` and ``last`` are those of that
argument, ``common`` that of all, ``add`` of DATE_ADD, and so on.
"""

from dataclasses import dataclass

_TABLE = """
CONCAT text* -> string
CONCAT_WS text* -> string
SUBSTRING_INDEX text text int -> string
LOCATE text text ? int -> int
INSTR text text -> int
LEFT text int -> string
RIGHT text int -> string
LPAD text int text -> string
RPAD text int text -> string
REPLACE text text text -> string
REVERSE text -> string
REPEAT text int -> string
SPACE int -> string
UPPER text -> string
LOWER text -> string
LENGTH any -> int
BIT_LENGTH any -> int
CHAR_LENGTH text -> int
LTRIM text -> string
RTRIM text -> string
ASCII text -> int
ORD text -> int
HEX any -> string
UNHEX text -> bytes
MD5 any -> string
SHA1 any -> string
SHA2 any int -> string
CRC32 text -> int
FIND_IN_SET text text -> int
FIELD value* -> int
ELT int text* -> string
FORMAT num int -> string
INSERT text int int text -> string
STRCMP text text -> int
QUOTE text -> string
BIN int -> string
OCT int -> string
CONV text int int -> string
TO_BASE64 any -> string
FROM_BASE64 text -> bytes
REGEXP_LIKE text text ? text -> bool
REGEXP_REPLACE text text text -> string
REGEXP_SUBSTR text text -> string
REGEXP_INSTR text text -> int
ABS num -> first
SIGN num -> int
CEIL num -> int
FLOOR num -> int
ROUND num ? int -> round
TRUNCATE num int -> round
POW num num -> float
SQRT num -> float
EXP num -> float
LN num -> float
LOG num ? num -> float
LOG2 num -> float
LOG10 num -> float
PI -> float
SIN num -> float
COS num -> float
TAN num -> float
COT num -> float
ASIN num -> float
ACOS num -> float
ATAN num -> float
ATAN2 num num -> float
DEGREES num -> float
RADIANS num -> float
RAND ? int -> float
BIT_COUNT int -> int
GREATEST value* -> common
LEAST value* -> common
IF cond value value -> last
IFNULL value value -> common
COALESCE value* -> common
NULLIF value value -> first
ISNULL any -> bool
NOW ? raw -> datetime
SYSDATE ? raw -> datetime
UTC_TIMESTAMP ? raw -> datetime
CURDATE -> date
UTC_DATE -> date
CURTIME ? raw -> time
UTC_TIME ? raw -> time
DATE date -> date
TIME time -> time
TIMESTAMP moment ? time -> datetime
YEAR date -> int
MONTH date -> int
DAY date -> int
HOUR time -> int
MINUTE time -> int
SECOND time -> int
MICROSECOND time -> int
QUARTER date -> int
WEEK date ? raw -> int
WEEKOFYEAR date -> int
YEARWEEK date ? raw -> int
DAYOFWEEK date -> int
WEEKDAY date -> int
DAYOFYEAR date -> int
DAYNAME date -> string
MONTHNAME date -> string
LAST_DAY date -> date
DATE_FORMAT moment raw -> string
TIME_FORMAT time raw -> string
DATE_ADD raw raw -> add
DATE_SUB raw raw -> add
TIMESTAMPADD raw num raw -> add
DATEDIFF date date -> int
TIMEDIFF raw raw -> time
TIMESTAMPDIFF raw moment moment -> int
ADDTIME raw time -> addtime
SUBTIME raw time -> addtime
MAKEDATE int int -> date
MAKETIME int int num -> time
STR_TO_DATE text raw -> parsed
UNIX_TIMESTAMP ? moment -> int
FROM_UNIXTIME num ? raw -> unixtime
TO_DAYS date -> int
FROM_DAYS int -> date
TO_SECONDS moment -> int
SEC_TO_TIME num -> time
TIME_TO_SEC time -> int
PERIOD_ADD int int -> int
PERIOD_DIFF int int -> int
CONVERT_TZ moment raw raw -> datetime
JSON_EXTRACT json raw -> json
JSON_UNQUOTE any -> string
JSON_ARRAY value* -> json
JSON_QUOTE text -> string
JSON_LENGTH json ? raw -> int
JSON_VALID any -> bool
JSON_TYPE json -> string
JSON_CONTAINS json json -> bool
JSON_KEYS json -> json
JSON_ARRAYAGG value -> json
UUID -> string
SLEEP num -> int
INET_ATON text -> int
INET_NTOA int -> string
"""

ALIASES = {
    "UCASE": "UPPER",
    "LCASE": "LOWER",
    "OCTET_LENGTH": "LENGTH",
    "CHARACTER_LENGTH": "CHAR_LENGTH",
    "SHA": "SHA1",
    "CEILING": "CEIL",
    "POWER": "POW",
    "DAYOFMONTH": "DAY",
    "ADDDATE": "DATE_ADD",
    "SUBDATE": "DATE_SUB",
    "ATAN2": "ATAN2",
    "LOCALTIME": "NOW",
    "LOCALTIMESTAMP": "NOW",
    "CURRENT_TIMESTAMP": "NOW",
    "CURRENT_DATE": "CURDATE",
    "CURRENT_TIME": "CURTIME",
}


@dataclass(frozen=True, slots=True)
class Signature:
    """``required``: how many arguments it takes at least; ``repeats``: the last parameter takes any number."""

    name: str
    parameters: tuple[str, ...]
    required: int
    repeats: bool
    result: str

    def takes(self, count: int) -> bool:
        return self.required <= count and (self.repeats or count <= len(self.parameters))

    def parameter(self, index: int) -> str:
        return self.parameters[min(index, len(self.parameters) - 1)]


def _read(line: str) -> Signature:
    call, result = line.split(" -> ")
    name, *words = call.split()
    required = words.index("?") if "?" in words else len(words)
    names = tuple(word.rstrip("*") for word in words if word != "?")
    return Signature(name, names, required, words[-1:] != [] and words[-1].endswith("*"), result)


_OWN = {each.name: each for each in map(_read, _TABLE.strip().splitlines())}
SIGNATURES = _OWN | {alias: _OWN[name] for alias, name in ALIASES.items()}
