"""Spans of time that a question names ("the last 3 months, not including the current one"), as conditions on a date.

A small model gets these wrong more often than anything else, and they are a matter of arithmetic: so they are worked
out here, from the session's own date, and the model copies the condition. Weeks begin on Monday (ISO 8601).
"""

import re
from dataclasses import dataclass

DAYS = {"day": 1, "week": 7, "month": 31, "quarter": 92, "year": 366}
_UNITS = "|".join(DAYS)
_WORDS = ("one", "two", "three", "four", "five", "six", "seven", "eight", "nine", "ten", "eleven", "twelve")
_NUMBERS = {
    **{word: n for n, word in enumerate(_WORDS, 1)},
    "couple of": 2,
    "dozen": 12,
}
_COUNT = rf"(?P<count>\d{{1,4}}|{'|'.join(_NUMBERS)})"
_SPAN = re.compile(
    rf"\b(?:last|past|previous|prior|preceding|most recent)\s+(?:{_COUNT}\s+)?"
    rf"(?P<whole>(?:full|whole|complete|calendar|iso)\s+)*(?P<unit>{_UNITS})s?\b",
    re.IGNORECASE,
)
_CURRENT = re.compile(rf"\b(?:this|(?:the )?current)\s+(?:calendar\s+)?(?P<unit>{_UNITS})\b", re.IGNORECASE)
_WITHOUT_CURRENT = re.compile(
    rf"\b(?:exclud\w+|exclusive of|not includ\w+|without|except(?:ing)?|not counting)\W+(?:the\s+|this\s+)?"
    rf"(?:current|present|ongoing|this|running)\b(?:\s+(?:{_UNITS}))?",
    re.IGNORECASE,
)
_TODAY = re.compile(r"\btoday(?:'s)?\b", re.IGNORECASE)
_YESTERDAY = re.compile(r"\byesterday(?:'s)?\b", re.IGNORECASE)
# "before today", "the rest of this month", "the last week of 2023" are other spans.
_OTHER_BEFORE = re.compile(
    r"\b(?:before|until|till|after|than|by|prior to|since|up to|remaining|later|earlier"
    r"|(?:rest|remainder|end|start|beginning) of)\s+(?:the\s+)?$",
    re.IGNORECASE,
)
_OTHER_BEHIND = re.compile(
    r"\s+(?:of|in)\s+(?:the|each|every|an?|this|last|his|her|its|their|\d{4}|jan|feb|mar|apr|may|jun|jul|aug|sep|oct|nov"
    r"|dec)",
    re.IGNORECASE,
)
_SHIFTED = re.compile(r"\bage\b|\bas of\b|\binclusive of\b|\bincluding\b|\bfrom\s+today", re.IGNORECASE)


@dataclass(frozen=True, slots=True)
class Window:
    """``said`` in the question; ``begin`` and ``end`` (exclusive, empty for none) as SQL, which has no literal date.

    ``days``: about how long it is.
    """

    said: str
    begin: str
    end: str = ""
    days: int = 1

    def condition(self, column: str) -> str:
        """The condition in MySQL."""
        until = f" AND {column} < {self.end}" if self.end else ""
        return f"{column} >= {self.begin}{until}"


def windows(question: str) -> list[Window]:
    """The spans that the question names, in order."""
    found = [_span(match, question) for match in _SPAN.finditer(question) if _is_span(match, question)]
    skipped = [m.span() for m in _WITHOUT_CURRENT.finditer(question)]
    for match in _CURRENT.finditer(question):
        if _is_span(match, question) and not any(start <= match.start() < end for start, end in skipped):
            unit = match["unit"].lower()
            end = f"{start_of(unit)} + INTERVAL 1 {unit.upper()}"
            found.append(Window(match[0], start_of(unit), end, DAYS[unit]))
    today = _TODAY.search(question)
    if today and _is_span(today, question) and not found and not _SHIFTED.search(question):
        found.append(Window(today[0], "CURDATE()", "CURDATE() + INTERVAL 1 DAY"))
    yesterday = _YESTERDAY.search(question)
    if yesterday and _is_span(yesterday, question):
        found.append(Window(yesterday[0], "CURDATE() - INTERVAL 1 DAY", "CURDATE()"))
    return found


def _is_span(match: "re.Match[str]", question: str) -> bool:
    """Whether the words around it leave it what it says."""
    return not (_OTHER_BEFORE.search(question[: match.start()]) or _OTHER_BEHIND.match(question, match.end()))


def _span(match: "re.Match[str]", question: str) -> Window:
    unit = match["unit"].lower()
    said = match["count"]
    count = int(said) if said and said.isdigit() else _NUMBERS.get((said or "one").lower(), 1)
    without = _WITHOUT_CURRENT.search(question)
    rolling = said is not None or match[0].lower().startswith("past")
    if unit != "day" and (without or match["whole"] or not rolling):
        begin = start_of(unit, count)
        return Window(f"{match[0]}{', ' + without[0] if without else ''}", begin, start_of(unit), count * DAYS[unit])
    end = "CURDATE()" if without else ""
    return Window(match[0], f"CURDATE() - INTERVAL {count} {unit.upper()}", end, count * DAYS[unit])


def start_of(unit: str, back: int = 0) -> str:
    """The first day of the current ``unit``, or of the one ``back`` units before it, in MySQL."""
    if unit == "month":
        moment = f"CURDATE() - INTERVAL {back} MONTH" if back else "CURDATE()"
        return f"DATE_FORMAT({moment}, '%Y-%m-01')"
    if unit == "week":
        days = f"WEEKDAY(CURDATE()) + {7 * back}" if back else "WEEKDAY(CURDATE())"
        return f"CURDATE() - INTERVAL {days} DAY"
    if unit == "day":
        return f"CURDATE() - INTERVAL {back} DAY" if back else "CURDATE()"
    shift = {"quarter": f"QUARTER(CURDATE()) - {1 + back} QUARTER", "year": f"{-back} YEAR"}[unit]
    begun = "MAKEDATE(YEAR(CURDATE()), 1)"
    return begun if unit == "year" and not back else f"{begun} + INTERVAL {shift}"
