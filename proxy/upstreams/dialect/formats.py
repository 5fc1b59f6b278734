"""DATE_FORMAT's and STR_TO_DATE's patterns.

https://dev.mysql.com/doc/refman/8.4/en/date-and-time-functions.html#function_date-format
"""

import re

from sqlglot import exp

from proxy.upstreams.dialect.context import TARGETS, Context
from proxy.upstreams.dialect.kinds import DATE, STRING, TIME, kind_of, with_kind
from proxy.upstreams.dialect.templates import call, string

_PIECE = re.compile(r"%(.)|([^%]+|%$)", re.DOTALL)
_CLOCK = (("H", ""), ("", ":"), ("i", ""), ("", ":"), ("s", ""))  # %T
_COMPUTED = {"w": "DAYOFWEEK", "u": "WEEK 1", "U": "WEEK 0", "V": "WEEK 3", "X": "YEAR"}


def format_moment(context: Context, moment: exp.Expr, pattern: exp.Expr) -> exp.Expr:
    """The moment as text."""
    if context.target == "sqlite":
        return call("mysql_date_format", moment, pattern, kind=STRING)
    specifiers = _pieces(context, pattern)
    if not specifiers:
        return context.sql("CAST(NULL AS TEXT)", kind=STRING)
    pieces: list[exp.Expr] = []
    if kind_of(moment) is TIME:
        sign, moment = _parted(context, moment)
        pieces.append(sign)
        specifiers = [each for one in specifiers for each in (_CLOCK if one == ("T", "") else (one,))]
    pending = ""
    for specifier, text in specifiers:
        piece = None if _counts_hours(context, specifier, moment) else _written(context, specifier, text)
        if piece is not None:
            pending += piece
            continue
        if pending:
            pieces.append(_call(context, moment, pending))
            pending = ""
        pieces.append(_computed(context, specifier, moment))
    if pending or not pieces:
        pieces.append(_call(context, moment, pending))
    result = pieces[0]
    for piece_ in pieces[1:]:
        result = exp.DPipe(this=result, expression=piece_)
    return with_kind(exp.Paren(this=result) if len(pieces) > 1 else result, STRING)


def _parted(context: Context, time: exp.Expr) -> tuple[exp.Expr, exp.Expr]:
    """A TIME's sign as text, and how long it is."""
    time = context.fill("TIME SPAN", time)
    sign = context.sql("CASE WHEN _1 < INTERVAL '0 second' THEN '-' ELSE '' END", time, kind=STRING)
    return sign, context.sql("CASE WHEN _1 < INTERVAL '0 second' THEN -_1 ELSE _1 END", time, kind=TIME)


def _counts_hours(context: Context, specifier: str, moment: exp.Expr) -> bool:
    """DuckDB formats a TIME on some day, which has 24 hours."""
    return specifier in ("H", "k") and context.target == "duckdb" and kind_of(moment) is TIME


def _pieces(context: Context, pattern: exp.Expr) -> list[tuple[str, str]]:
    if not isinstance(pattern, exp.Literal):
        raise context.untranslatable("a date format that is not a literal")
    return [(match[1] or "", match[2] or "") for match in _PIECE.finditer(str(pattern.this))]


def _written(context: Context, specifier: str, text: str) -> str | None:
    """In the target's own pattern; None where it has no specifier for it."""
    known: dict[str, str] = TARGETS[context.target].DATE_FORMATS
    if specifier in known:
        return known[specifier]
    if specifier in _COMPUTED or specifier == "D":
        return None
    literal = text or specifier  # %x for any x not in the list is x
    if context.target == "duckdb":
        return literal.replace("%", "%%")
    return '"' + literal.replace("\\", "\\\\").replace('"', '\\"') + '"'


def _call(context: Context, moment: exp.Expr, pattern: str) -> exp.Expr:
    if context.target == "duckdb":
        if kind_of(moment) is TIME:
            moment = context.sql("CAST('2000-01-01' AS DATE) + _1", moment)
        return call("STRFTIME", moment.copy(), string(pattern), kind=STRING)
    return call("TO_CHAR", moment.copy(), string(pattern), kind=STRING)


def _computed(context: Context, specifier: str, moment: exp.Expr) -> exp.Expr:
    if specifier == "D":
        suffix = "CASE WHEN DAY(_1) IN (11, 12, 13) THEN 'th' WHEN DAY(_1) % 10 = 1 THEN 'st' "
        suffix += "WHEN DAY(_1) % 10 = 2 THEN 'nd' WHEN DAY(_1) % 10 = 3 THEN 'rd' ELSE 'th' END"
        return context.sql(f"CAST(DAY(_1) AS TEXT) || {suffix}", moment, kind=STRING)
    if specifier in ("V", "X"):
        raise context.untranslatable(f"%{specifier} in a date format")
    if specifier in ("H", "k"):
        hours = "FORMAT('{:02d}', _1)" if specifier == "H" else "CAST(_1 AS TEXT)"
        return context.sql(hours, context.fill("HOUR:time", moment), kind=STRING)
    value = context.fill(_COMPUTED[specifier], moment)
    if specifier == "w":
        return context.sql("CAST(_1 - 1 AS TEXT)", value, kind=STRING)
    return context.sql("LPAD(CAST(_1 AS TEXT), 2, '0')", value, kind=STRING)


def parse_format(context: Context, pattern: exp.Expr) -> str:
    """STR_TO_DATE's pattern in the target's form."""
    known: dict[str, str] = TARGETS[context.target].DATE_FORMATS
    out = ""
    for specifier, text in _pieces(context, pattern):
        if specifier and specifier not in known and specifier.isalpha():
            raise context.untranslatable(f"%{specifier} in STR_TO_DATE")
        written = _written(context, specifier, text) or ""
        if context.target == "duckdb":
            out += written.replace("%-", "%")  # reading takes numbers with and without the leading zero
        else:
            out += written.removeprefix("FM")
    return out


__all__ = ["DATE", "format_moment", "parse_format"]
