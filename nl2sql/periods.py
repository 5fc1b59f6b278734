"""What a question asks per day, week, month, quarter or year.

A small model reads "monthly revenue" as the revenue of this month. Told how a month is written in SQL, it groups.
"""

import re

# What the period is called in the result, and how MySQL writes it; ``{}`` is a date.
_WRITTEN = {
    "day": "DATE({})",
    "week": "DATE_FORMAT({}, '%x-W%v')",
    "month": "DATE_FORMAT({}, '%Y-%m')",
    "quarter": "CONCAT(YEAR({}), '-Q', QUARTER({}))",
    "year": "YEAR({})",
}
_ADVERBS = {"daily": "day", "weekly": "week", "monthly": "month", "quarterly": "quarter", "yearly": "year"}
_ADVERBS |= {"annual": "year", "annually": "year"}
_ASKED = re.compile(
    rf"\b(?:(?P<adverb>{'|'.join(_ADVERBS)})|(?:per|by|each|every)(?: calendar)? (?P<noun>{'|'.join(_WRITTEN)}))\b",
    re.IGNORECASE,
)
# "the average monthly revenue" and "in the last month of each year" want something else, or more than that.
_OTHERWISE = re.compile(r"\b(?:average|mean|median|last|first|best|worst|highest|lowest)\W+(?:\w+\W+)?$", re.IGNORECASE)
# What else the question groups by: "by region", "per product category", "by status and city".
_GROUPS = re.compile(
    r"\b(?:by|per|for each|in each)\s+(?P<what>[^\W\d]\w*(?:\s+(?!{0})\w+)?(?:\s+and\s+\w+)?)".replace(
        "{0}", r"(?:in|of|for|from|since|during|this|last|and|or|with|where|who|that|over|until|before|after|the|to)\b"
    ),
    re.IGNORECASE,
)


def period_hints(question: str) -> list[str]:
    """At most one hint: a row for each period that the question names, and for what else it groups by."""
    found = _ASKED.search(question)
    if found is None or _OTHERWISE.search(question[: found.start()]):
        return []
    period = _ADVERBS[found["adverb"].lower()] if found["adverb"] else found["noun"].lower()
    written = _WRITTEN[period].replace("{}", "the date column")
    others = [m["what"] for m in _GROUPS.finditer(question) if m["what"].split()[0].lower() not in _WRITTEN]
    rest = re.search(rf"\b{period} and (\w+)", question, re.IGNORECASE) if found["noun"] else None
    groups = " and ".join([period, *([rest[1]] if rest else []), *others])
    return [f"give a row for each {groups}, with {written} AS {period}"]
