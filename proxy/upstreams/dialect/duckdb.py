"""MySQL's functions in DuckDB's SQL; see ``postgres`` for the keys."""

_DOW = "DAYOFWEEK(_1)"
_NOW = "CAST(NOW() AS TIMESTAMP)"
_UTC = "(NOW() AT TIME ZONE 'UTC')"
_SUNDAY = f"(CAST(_1 AS DATE) - CAST({_DOW} AS INT))"
_LIST = "STRING_SPLIT(_1, _2)"
_YEAR = "_1 + CASE WHEN _1 < 70 THEN 2000 WHEN _1 < 100 THEN 1900 ELSE 0 END"
_PADS = "_2 >= 0 AND (_3 <> '' OR LENGTH(_1) >= _2)"
_SECONDS_OF_A_TIME = "CASE WHEN _1 > 3020399 THEN 3020399 WHEN _1 < -3020399 THEN -3020399 ELSE _1 END"

TEMPLATES = {
    "CONCAT_WS": "CONCAT_WS(_all)",
    "SUBSTRING_INDEX": f"CASE WHEN _2 = '' THEN '' WHEN _3 >= 0 THEN ARRAY_TO_STRING(LIST_SLICE({_LIST}, 1, _3), _2) "
    f"ELSE ARRAY_TO_STRING(LIST_SLICE({_LIST}, GREATEST(LEN({_LIST}) + _3 + 1, 1), LEN({_LIST})), _2) END",
    "LOCATE/2": "STRPOS(LOWER(_2), LOWER(_1))",
    "LOCATE/3": "CASE WHEN _3 > 0 AND STRPOS(SUBSTRING(LOWER(_2), _3), LOWER(_1)) > 0 "
    "THEN STRPOS(SUBSTRING(LOWER(_2), _3), LOWER(_1)) + _3 - 1 ELSE 0 END",
    "INSTR": "STRPOS(LOWER(_1), LOWER(_2))",
    "LEFT": "LEFT(_1, GREATEST(_2, 0))",
    "RIGHT": "RIGHT(_1, GREATEST(_2, 0))",
    "LPAD": f"CASE WHEN {_PADS} THEN LPAD(_1, CAST(_2 AS INT), _3) END",
    "RPAD": f"CASE WHEN {_PADS} THEN RPAD(_1, CAST(_2 AS INT), _3) END",
    "REPLACE": "REPLACE(_1, _2, _3)",
    "REVERSE": "REVERSE(_1)",
    "REPEAT": "REPEAT(_1, _2)",
    "SPACE": "REPEAT(' ', _1)",
    "UPPER": "UPPER(_1)",
    "LOWER": "LOWER(_1)",
    "LENGTH": "STRLEN(_1)",
    "LENGTH:bytes": "OCTET_LENGTH(_1)",
    "BIT_LENGTH": "STRLEN(_1) * 8",
    "CHAR_LENGTH": "LENGTH(_1)",
    "LTRIM": "LTRIM(_1)",
    "RTRIM": "RTRIM(_1)",
    "ASCII": "CASE WHEN _1 = '' THEN 0 ELSE CAST('0x' || LEFT(HEX(ENCODE(_1)), 2) AS INT) END",
    "ORD": "CASE WHEN _1 = '' THEN 0 ELSE CAST('0x' || HEX(ENCODE(LEFT(_1, 1))) AS BIGINT) END",
    "HEX:int": "HEX(_1)",
    "HEX:bytes": "HEX(_1)",
    "HEX": "HEX(ENCODE(_1))",
    "UNHEX": "CASE WHEN REGEXP_MATCHES(_1, '^([0-9a-fA-F]{2})*$') THEN UNHEX(_1) END",
    "MD5:bytes": "MD5(_1)",
    "MD5": "MD5(_1)",
    "SHA1:bytes": "SHA1(_1)",
    "SHA1": "SHA1(_1)",
    "SHA2": "SHA256(_1)",
    "FIND_IN_SET": "CASE WHEN _2 = '' AND _1 IS NOT NULL THEN 0 WHEN _1 IS NOT NULL AND _2 IS NOT NULL "
    "THEN COALESCE(LIST_POSITION(STRING_SPLIT(_2, ','), _1), 0) END",
    "INSERT": "CASE WHEN _2 < 1 OR _2 > LENGTH(_1) THEN _1 ELSE LEFT(_1, _2 - 1) || _4 || "
    "CASE WHEN _3 < 0 THEN '' ELSE SUBSTRING(_1, _2 + _3) END END",
    "STRCMP": "CASE WHEN _1 = _2 THEN 0 WHEN _1 < _2 THEN -1 WHEN _1 > _2 THEN 1 END",
    "QUOTE": r"COALESCE('''' || REPLACE(REPLACE(REPLACE(_1, '\', '\\'), '''', '\'''), CHR(26), '\Z') || '''', 'NULL')",
    "BIN": "BIN(_1)",
    "TO_BASE64:bytes": "TO_BASE64(_1)",
    "TO_BASE64": "TO_BASE64(ENCODE(_1))",
    "FROM_BASE64": "FROM_BASE64(_1)",
    "REGEXP_LIKE/2": "REGEXP_MATCHES(_1, _2, 'i')",
    "REGEXP_REPLACE": "REGEXP_REPLACE(_1, _2, _3, 'gi')",
    "REGEXP_SUBSTR": "CASE WHEN REGEXP_MATCHES(_1, _2, 'i') THEN REGEXP_EXTRACT(_1, _2, 0, 'i') END",
    "ABS": "ABS(_1)",
    "SIGN": "SIGN(_1)",
    "CEIL": "CEIL(_1)",
    "FLOOR": "FLOOR(_1)",
    "ROUND:int/1": "_1",
    "ROUND:float/1": "ROUND_EVEN(_1, 0)",
    "ROUND:float/2": "ROUND_EVEN(_1, CAST(_2 AS INT))",
    "ROUND/1": "ROUND(_1)",
    "ROUND/2": "ROUND(_1, CAST(_2 AS INT))",
    "TRUNCATE": "TRUNC(_1 * POWER(10, _2)) / POWER(10, _2)",
    "TRUNCATE:decimal": "CAST(_1 - _1 %% _2 AS DECIMAL(30, %d))",
    "TRUNCATE:int": "CASE WHEN _2 >= 0 THEN _1 ELSE CAST(TRUNC(_1 * POWER(10, _2)) / POWER(10, _2) AS BIGINT) END",
    "POW": "POWER(_1, _2)",
    "SQRT": "CASE WHEN _1 >= 0 THEN SQRT(_1) END",
    "EXP": "EXP(_1)",
    "LN": "CASE WHEN _1 > 0 THEN LN(_1) END",
    "LOG/1": "CASE WHEN _1 > 0 THEN LN(_1) END",
    "LOG/2": "CASE WHEN _1 > 0 AND _1 <> 1 AND _2 > 0 THEN LN(_2) / LN(_1) END",
    "LOG2": "CASE WHEN _1 > 0 THEN LOG2(_1) END",
    "LOG10": "CASE WHEN _1 > 0 THEN LOG10(_1) END",
    "RAND/0": "RANDOM()",
    "BIT_COUNT": "BIT_COUNT(CAST(_1 AS BIGINT))",
    "NOW/0": f"DATE_TRUNC('second', {_NOW})",
    "NOW/1": f"CAST({_NOW} AS TIMESTAMP(%d))",
    "SYSDATE/0": f"DATE_TRUNC('second', {_NOW})",
    "UTC_TIMESTAMP/0": f"DATE_TRUNC('second', {_UTC})",
    "UTC_TIMESTAMP/1": _UTC,
    "CURDATE": f"CAST({_NOW} AS DATE)",
    "UTC_DATE": f"CAST({_UTC} AS DATE)",
    "CURTIME": f"CAST(DATE_TRUNC('second', {_NOW}) AS TIME)",
    "UTC_TIME": f"CAST(DATE_TRUNC('second', {_UTC}) AS TIME)",
    "DATE": "CAST(_1 AS DATE)",
    "TIME": "CAST(_1 AS TIME)",
    "TIME:time": "_1",
    "TIME SPAN": "TO_MICROSECONDS(CAST(EPOCH(_1) * 1000000 AS BIGINT))",
    "TIMESTAMP/1": "_1",
    "TIMESTAMP/2": "_1 + CAST(CAST(_2 AS TEXT) AS INTERVAL)",
    "YEAR": "YEAR(_1)",
    "MONTH": "MONTH(_1)",
    "DAY": "DAY(_1)",
    "HOUR": "HOUR(_1)",
    "HOUR:time": "CAST(TRUNC(EPOCH(_1) / 3600) AS INT)",
    "HOUR:date": "CASE WHEN _1 IS NOT NULL THEN 0 END",
    "MINUTE": "MINUTE(_1)",
    "MINUTE:date": "CASE WHEN _1 IS NOT NULL THEN 0 END",
    "SECOND": "SECOND(_1)",
    "SECOND:date": "CASE WHEN _1 IS NOT NULL THEN 0 END",
    "MICROSECOND": "MICROSECOND(_1) % 1000000",
    "QUARTER": "QUARTER(_1)",
    "WEEK 0": f"(DAYOFYEAR(_1) + 6 - {_DOW}) // 7",
    "WEEK 1": "(DAYOFYEAR(_1) - ISODOW(_1) + 10) // 7",
    "WEEK 3": "WEEKOFYEAR(_1)",
    "WEEK 4": f"(DAYOFYEAR(_1) - {_DOW} + 9) // 7",
    "WEEK 5": "(DAYOFYEAR(_1) + 7 - ISODOW(_1)) // 7",
    "WEEKOFYEAR": "WEEKOFYEAR(_1)",
    "YEARWEEK 0": f"YEAR({_SUNDAY}) * 100 + (DAYOFYEAR({_SUNDAY}) + 6) // 7",
    "YEARWEEK 1": "ISOYEAR(_1) * 100 + WEEKOFYEAR(_1)",
    "DAYOFWEEK": f"{_DOW} + 1",
    "WEEKDAY": "ISODOW(_1) - 1",
    "DAYOFYEAR": "DAYOFYEAR(_1)",
    "DAYNAME": "DAYNAME(_1)",
    "MONTHNAME": "MONTHNAME(_1)",
    "LAST_DAY": "LAST_DAY(_1)",
    "ADD": "_1 + _2",
    "SUB": "_1 - _2",
    "ADD DATE": "CAST(_1 + _2 AS DATE)",
    "SUB DATE": "CAST(_1 - _2 AS DATE)",
    "DATEDIFF": "DATE_DIFF('day', CAST(_2 AS DATE), CAST(_1 AS DATE))",
    "TIMEDIFF": "TO_MICROSECONDS(DATE_DIFF('microsecond', _2, _1))",
    "ADDTIME": "_1 + CAST(CAST(_2 AS TEXT) AS INTERVAL)",
    "SUBTIME": "_1 - CAST(CAST(_2 AS TEXT) AS INTERVAL)",
    "MAKEDATE": f"CASE WHEN _2 > 0 THEN CAST(MAKE_DATE({_YEAR}, 1, 1) + CAST(_2 - 1 AS INT) AS DATE) END",
    "MAKETIME": "CASE WHEN _2 BETWEEN 0 AND 59 AND _3 >= 0 AND _3 < 60 THEN TO_HOURS(CAST(_1 AS BIGINT)) "
    "+ CASE WHEN _1 < 0 THEN -1 ELSE 1 END * (TO_MINUTES(CAST(_2 AS BIGINT)) + TO_SECONDS(_3)) END",
    "PARSE DATE": "CAST(TRY_STRPTIME(_1, _2) AS DATE)",
    "PARSE DATETIME": "TRY_STRPTIME(_1, _2)",
    "PARSE TIME": "CAST(TRY_STRPTIME(_1, _2) AS TIME)",
    "UNIX_TIMESTAMP/0": "CAST(FLOOR(EPOCH(NOW())) AS BIGINT)",
    "UNIX_TIMESTAMP/1": "CAST(FLOOR(EPOCH(CAST(_1 AS TIMESTAMPTZ))) AS BIGINT)",
    "FROM_UNIXTIME": "CAST(TO_TIMESTAMP(_1) AS TIMESTAMP)",
    "TO_DAYS": "DATE_DIFF('day', CAST('1970-01-01' AS DATE), CAST(_1 AS DATE)) + 719528",
    "FROM_DAYS": "CAST('1970-01-01' AS DATE) + CAST(_1 - 719528 AS INT)",
    "TO_SECONDS": "CAST(EPOCH(_1) AS BIGINT) + 62167219200",
    "SEC_TO_TIME": f"TO_MICROSECONDS(CAST(CAST({_SECONDS_OF_A_TIME} AS DOUBLE) * 1000000 AS BIGINT))",
    "TIME_TO_SEC": "CAST(EPOCH(_1) AS BIGINT)",
    "TIME_TO_SEC:datetime": "CAST(EPOCH(CAST(_1 AS TIME)) AS BIGINT)",
    "PERIOD_DIFF": "(_1 // 100 * 12 + _1 % 100) - (_2 // 100 * 12 + _2 % 100)",
    "PERIOD_ADD": "(_1 // 100 * 12 + _1 % 100 - 1 + _2) // 12 * 100 + (_1 // 100 * 12 + _1 % 100 - 1 + _2) % 12 + 1",
    "CONVERT_TZ": "_1 AT TIME ZONE _2 AT TIME ZONE _3",
    "JSON_EXTRACT": "JSON_EXTRACT(_1, _2)",
    "JSON_UNQUOTE:json": "_1 ->> '$'",
    "JSON_UNQUOTE": "CASE WHEN _1 LIKE '\"%\"' THEN CAST(_1 AS JSON) ->> '$' ELSE _1 END",
    "JSON_ARRAY": "JSON_ARRAY(_all)",
    "JSON_OBJECT": "JSON_OBJECT(_all)",
    "JSON_QUOTE": "CAST(TO_JSON(_1) AS TEXT)",
    "JSON_LENGTH/1": "CASE JSON_TYPE(_1) WHEN 'ARRAY' THEN JSON_ARRAY_LENGTH(_1) "
    "WHEN 'OBJECT' THEN LEN(JSON_KEYS(_1)) ELSE CASE WHEN _1 IS NOT NULL THEN 1 END END",
    "JSON_VALID": "JSON_VALID(_1)",
    "JSON_TYPE": "CASE JSON_TYPE(_1) WHEN 'UBIGINT' THEN 'INTEGER' WHEN 'BIGINT' THEN 'INTEGER' "
    "WHEN 'VARCHAR' THEN 'STRING' ELSE JSON_TYPE(_1) END",
    "JSON_CONTAINS": "JSON_CONTAINS(_1, _2)",
    "JSON_KEYS": "CASE WHEN JSON_TYPE(_1) = 'OBJECT' THEN TO_JSON(JSON_KEYS(_1)) END",
    "JSON_ARRAYAGG": "JSON_GROUP_ARRAY(_1)",
    "JSON_OBJECTAGG": "JSON_GROUP_OBJECT(_1, _2)",
    "UUID": "CAST(UUID() AS TEXT)",
    "ISNULL": "_1 IS NULL",
    "NULLIF": "NULLIF(_1, _2)",
    "XOR": "_1 <> _2",
    "BITXOR": "XOR(_1, _2)",
    "DIV": "CAST(TRUNC(_1 / NULLIF(_2, 0)) AS BIGINT)",
    "DIV:int": "_1 // NULLIF(_2, 0)",
    "MOD": "_1 % NULLIF(_2, 0)",
    "/ FLOAT": "_1 / NULLIF(_2, 0)",
    "/ DECIMAL": "_1 / NULLIF(_2, 0)",
    "AVG SCALED": "CAST(_1 AS DECIMAL(30, %d))",
    "LIKE": "_1 ILIKE _2 ESCAPE '\\'",
    "LIKE BINARY": "_1 LIKE _2 ESCAPE '\\'",
    "REGEXP": "REGEXP_MATCHES(_1, _2, 'i')",
    "REGEXP BINARY": "REGEXP_MATCHES(_1, _2)",
    "<=>": "_1 IS NOT DISTINCT FROM _2",
}
TEMPLATES |= {
    f"DIFF {unit}": f"DATE_SUB('{unit}', _1, _2)" for unit in ("MICROSECOND", "SECOND", "MINUTE", "HOUR", "DAY", "WEEK")
}
# DATE_SUB counts the last day of a month as a whole month; MySQL goes by the number of the day.
_MONTHS = "(YEAR(_2) - YEAR(_1)) * 12 + MONTH(_2) - MONTH(_1)"
_WITHIN = "(_{0} - DATE_TRUNC('month', _{0}))"
_WHOLE = (
    f"(CASE WHEN _2 >= _1 THEN {_MONTHS} - CAST({_WITHIN.format(2)} < {_WITHIN.format(1)} AS INT) "
    f"ELSE {_MONTHS} + CAST({_WITHIN.format(2)} > {_WITHIN.format(1)} AS INT) END)"
)
TEMPLATES |= {"DIFF MONTH": _WHOLE, "DIFF QUARTER": f"CAST(TRUNC({_WHOLE} / 3) AS BIGINT)"}
TEMPLATES |= {"DIFF YEAR": f"CAST(TRUNC({_WHOLE} / 12) AS BIGINT)"}
TEMPLATES |= {name: f"{name}(_1)" for name in ("SIN", "COS", "TAN", "COT", "ATAN", "DEGREES", "RADIANS")}
TEMPLATES |= {name: f"CASE WHEN _1 BETWEEN -1 AND 1 THEN {name}(_1) END" for name in ("ASIN", "ACOS")}
TEMPLATES |= {"PI": "PI()", "ATAN2": "ATAN2(_1, _2)"}

DATE_FORMATS = {
    **{"Y": "%Y", "y": "%y", "m": "%m", "c": "%-m", "d": "%d", "e": "%-d", "H": "%H", "k": "%-H", "h": "%I", "I": "%I"},
    **{"l": "%-I", "i": "%M", "s": "%S", "S": "%S", "f": "%f", "p": "%p", "M": "%B", "b": "%b", "W": "%A", "a": "%a"},
    **{"j": "%j", "T": "%H:%M:%S", "r": "%I:%M:%S %p", "v": "%V", "x": "%G", "w": "%w"},
}
UNITS = {
    unit: f"INTERVAL '1' {unit}" for unit in ("MICROSECOND", "SECOND", "MINUTE", "HOUR", "DAY", "WEEK", "MONTH", "YEAR")
}
UNITS["QUARTER"] = "INTERVAL '3' MONTH"
