"""How MySQL writes what questions often ask for: read from the question, put before it as hints.

Each row of the table is a sign in the question and the SQL for it. The SQL is general: no table, no column.
"""

import re
from collections.abc import Callable

from nl2sql.periods import period_hints
from nl2sql.windows import windows

HINTS = 4
_TABLE: tuple[tuple[str, str], ...] = (
    (
        r"\bwithin\s+(?:the\s+(?:first|last)\s+)?(?P<n>\d+|an?|one|two|three|six)?\s*(?P<unit>day|week|month|year)s?\s+"
        r"(?:of|after|from|following)\b",
        "B within {n} {unit} after A: B BETWEEN A AND A + INTERVAL {n} {unit}",
    ),
    (
        r"\b(?:in|within|during) the same (?P<unit>month|year|week|quarter|day)\b",
        "A in the same {unit} as B: DATE_FORMAT(A, '{format}') = DATE_FORMAT(B, '{format}')",
    ),
    (r"\bweekends?\b", "on a weekend: WEEKDAY(d) IN (5, 6)"),
    (r"\bweekdays\b|\bworking days\b", "on a weekday: WEEKDAY(d) < 5"),
    (
        r"\b(?:duration|time)\b.*\bin seconds\b|\bseconds\b.*\bbetween\b",
        "seconds from A to B: TIMESTAMPDIFF(SECOND, A, B)",
    ),
    (
        r"\b(?:duration|time)\b.*\bin minutes\b|\bminutes\b.*\bbetween\b",
        "minutes from A to B: TIMESTAMPDIFF(MINUTE, A, B)",
    ),
    (r"\b(?:duration|time)\b.*\bin hours\b|\bhours\b.*\bbetween\b", "hours from A to B: TIMESTAMPDIFF(HOUR, A, B)"),
    (
        r"\bdays\b.*\bbetween\b|\bnumber of days\b|"
        r"\bhow (?:long|many days)\b|\btime (?:from|between)\b|\bdifference between\b.*\btime\b",
        "days from A to B: DATEDIFF(B, A)",
    ),
    (r"\b(?:age|ages|how old|years old)\b", "age in years: TIMESTAMPDIFF(YEAR, date of birth, CURDATE())"),
    (
        r"\bmedian\b",
        "median of v: number the rows in a CTE with ROW_NUMBER() OVER (ORDER BY v) AS n and COUNT(*) OVER () AS c, "
        "then AVG(v) where n IN (FLOOR((c + 1) / 2), CEIL((c + 1) / 2))",
    ),
    (
        r"\b(?:rate|percent(?:age)?)\b|\bin %",
        "rate in percent: 100.0 * SUM(CASE WHEN condition THEN 1 ELSE 0 END) / COUNT(*)",
    ),
    (
        r"\b(?:ratio|shares? of|proportion|fraction)\b",
        "share of rows with a condition: SUM(CASE WHEN condition THEN 1 ELSE 0 END) * 1.0 / COUNT(*)",
    ),
    (
        r"\b(?:month|year|week|quarter|day|m|y|w|q)[- ](?:over|on|to)[- ](?:month|year|week|quarter|day|m|y|w|q)\b"
        r"|\bmom\b|\byoy\b|\bcompared (?:to|with) the (?:previous|prior|last)\b|\bchange from the (?:previous|prior)\b",
        "change to the row before: v - LAG(v) OVER (ORDER BY period), after grouping in a CTE",
    ),
    (
        r"\b(?:latest|most recent|newest|earliest|oldest)\b[^.?]*\b(?:for|of|by|per) each\b"
        r"|\beach \w+'s (?:latest|most recent|newest|earliest|oldest)\b",
        "the latest row of each k: ROW_NUMBER() OVER (PARTITION BY k ORDER BY d DESC) AS n in a CTE, then n = 1",
    ),
    (r"\brank(?:ed|ing)?\b(?! ?by)", "rank: RANK() OVER (ORDER BY v DESC)"),
    (
        r"\bcase[- ]?insensitiv\w*|\bignoring case\b|\bregardless of case\b",
        "ignoring case: LOWER(c) LIKE LOWER('%text%')",
    ),
)
_SIGNS = tuple((re.compile(sign, re.IGNORECASE), hint) for sign, hint in _TABLE)
_SHARES = tuple(hint for _sign, hint in _TABLE if hint.startswith(("rate in percent", "share of rows")))
_FORMATS = {"month": "%Y-%m", "year": "%Y", "week": "%x-%v", "day": "%Y-%m-%d", "quarter": "%Y-%m"}
_WORDS = {"a": "1", "an": "1", "one": "1", "two": "2", "three": "3", "six": "6"}


def idiom_hints(
    question: str,
    named: frozenset[str] = frozenset(),
    defined: str = "",
    date_of: Callable[[str], str | None] = lambda _said: None,
) -> list[str]:
    """At most ``HINTS`` lines: time spans first, then periods to group by, then the other idioms.

    ``named``: words of the schema's names. ``defined``: definitions of what the question names, which ask for as much.
    ``date_of``: the column that a span of time is about, where that can be told.
    """
    found = [f"{w.said} is written {w.condition(date_of(w.said) or 'the date column')}" for w in windows(question)]
    found += period_hints(question, named) or period_hints(defined, named)
    for sign, hint in _SIGNS:
        if defined and hint in _SHARES:
            continue  # the definition says how it is computed
        match = sign.search(question) or sign.search(defined)
        if match is not None:
            found.append(_filled(hint, match.groupdict()))
    return list(dict.fromkeys(found))[:HINTS]


def _filled(hint: str, said: dict[str, str | None]) -> str:
    unit = (said.get("unit") or "").lower()
    count = (said.get("n") or "1").lower()
    return (
        hint.replace("{n}", _WORDS.get(count, count))
        .replace("{format}", _FORMATS.get(unit, ""))
        .replace(
            "INTERVAL " + _WORDS.get(count, count) + " {unit}", f"INTERVAL {_WORDS.get(count, count)} {unit.upper()}"
        )
        .replace("{unit}", unit)
    )
