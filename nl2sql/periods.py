"""What a question asks per day, week, month, quarter or year.

A small model reads "monthly revenue" as the revenue of this month. Told how a month is written in SQL, it groups.
"""

import re

# What the period is called in the result, and how MySQL writes it; ``{}`` is a date.
WRITTEN = {
    "day": "DATE({})",
    "week": "DATE({}) - INTERVAL WEEKDAY({}) DAY",
    "month": "DATE_FORMAT({}, '%Y-%m')",
    "quarter": "CONCAT(YEAR({}), '-Q', QUARTER({}))",
    "year": "YEAR({})",
}
_ADVERBS = {"daily": "day", "weekly": "week", "monthly": "month", "quarterly": "quarter", "yearly": "year"}
_ADVERBS |= {"annual": "year", "annually": "year"}
AS_A_DATE = {
    "month": "DATE_FORMAT({}, '%Y-%m-01')",
    "quarter": "MAKEDATE(YEAR({}), 1) + INTERVAL QUARTER({}) - 1 QUARTER",
    "year": "MAKEDATE(YEAR({}), 1)",
}
_ASKED = re.compile(
    rf"\b(?:(?P<adverb>{'|'.join(_ADVERBS)})|(?:per|by|each|every)(?: calendar)? (?P<noun>{'|'.join(WRITTEN)})"
    rf"|each of the (?:last|past|previous) (?:\w+ )?(?:calendar |full )?(?P<nouns>{'|'.join(WRITTEN)})s)\b",
    re.IGNORECASE,
)
# "the average monthly revenue" and "in the last month of each year" want something else, or more than that.
_OTHERWISE = re.compile(r"\b(?:average|mean|median|last|first|best|worst|highest|lowest)\W+(?:\w+\W+)?$", re.IGNORECASE)
# What else the question groups by: "by region", "per product category", "by status and city".
_GROUPS = re.compile(
    r"\b(?:by|per|for each|in each)\s+(?!of\b)(?P<what>[^\W\d]\w*(?:\s+(?!{0})\w+)?(?:\s+and\s+\w+)?)".replace(
        "{0}",
        r"(?:in|of|for|from|since|during|this|last|and|or|by|per|with|where|who|that|over|until|before|after|the|to)\b",
    ),
    re.IGNORECASE,
)


def period_hints(question: str, named: frozenset[str] = frozenset()) -> list[str]:
    """At most one hint: a row for each period that the question names, and for what else it groups by.

    ``named``: words of the schema's own names; "daily prices" of a table called so ask for no grouping.
    """
    found = _ASKED.search(question)
    if found is None or _OTHERWISE.search(question[: found.start()]):
        return []
    if found["adverb"] and any(found["adverb"].lower() in word for word in named):
        return []
    period = _ADVERBS[found["adverb"].lower()] if found["adverb"] else (found["noun"] or found["nouns"]).lower()
    as_a_date = re.search(rf"\b{period}\b\W+as (?:a|the first) (?:date|day)\b", question, re.IGNORECASE) or re.search(
        rf"\b{period} as the first (?:date|day)\b", question, re.IGNORECASE
    )
    written = (AS_A_DATE.get(period) if as_a_date else None) or WRITTEN[period]
    written = written.replace("{}", "the date column")
    others = [m["what"] for m in _GROUPS.finditer(question) if m["what"].split()[0].lower() not in WRITTEN]
    rest = re.search(rf"\b{period} and (\w+)", question, re.IGNORECASE) if found["noun"] else None
    groups = " and ".join([period, *([rest[1]] if rest else []), *others])
    return [f"give a row for each {groups}, with {written} AS {period}"]
