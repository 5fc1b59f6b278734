"""Follow-up questions: "revenue by region in 2025", then "and last year?", "only for Europe", "by month instead".

Whether a question goes on from the one before is decided by its words alone, so that a question that is complete in
itself never sees another. Then the question before and its SQL stand in the prompt before the new one, and a small
model has only to change that statement.
"""

import re
from dataclasses import dataclass, replace
from functools import lru_cache

from nl2sql.catalog import Catalog, clean
from nl2sql.context import grounded, named_words
from nl2sql.languages.detect import BY_CODE, LANGUAGES, language_of
from nl2sql.languages.language import Language
from nl2sql.languages.pivot import in_english
from nl2sql.questions import same_question
from nl2sql.spans import PATTERN as SPAN
from nl2sql.windows import windows
from nl2sql.words import content_words, related, stem, words
from plugins import Session

_STATE = "nl2sql.earlier"
QUESTIONS = 3  # kept of a conversation
QUESTION_CHARS = 200
SQL_CHARS = 3_000
OPENED_WORDS = 12
FRAGMENT_WORDS = 7
# A word says about as much as two signs of Chinese or Japanese.
SIGNS_PER_WORD = 2


@dataclass(frozen=True, slots=True)
class Earlier:
    """What the session asked last and the SQL that answered. ``questions``: it, and those that it went on from."""

    asked: str
    questions: tuple[str, ...]
    sql: str
    place: tuple[str, str]  # account, database
    before: "Earlier | None" = None  # what ``asked`` itself went on from


@dataclass(frozen=True, slots=True)
class FollowUp:
    """``question`` goes on from ``earlier``; ``because`` says how that is known, for ASK TRACE."""

    question: str
    earlier: Earlier
    because: str

    @property
    def whole(self) -> str | None:
        """The earlier question with the time that the new one names in the place of its own, if that is all."""
        return exchanged(self.earlier.questions[-1], self.question) if len(self.earlier.questions) == 1 else None

    @property
    def questions(self) -> tuple[str, ...]:
        """Everything that was asked, the new question last; bounded."""
        if self.whole is not None:
            return (self.whole,)
        first, *others = self.earlier.questions
        # The first says what it is all about.
        return (first, *others[-(QUESTIONS - 2) :], self.question)

    @property
    def said(self) -> str:
        """The same as one text."""
        return ". ".join(self.questions)

    def shown(self) -> str:
        """For the prompt: what was asked and answered before."""
        asked = ", then ".join(f'"{clean(question, QUESTION_CHARS)}"' for question in self.earlier.questions)
        return f"The question before was {asked}. It was answered by:\n{self.earlier.sql}"


def remember_answer(session: Session, question: str, sql: str, after: FollowUp | None = None) -> None:
    """``question`` was answered by ``sql`` (without a LIMIT of ours); what follows may go on from it."""
    if len(sql) > SQL_CHARS:
        forget(session)
        return
    questions = after.questions if after is not None else (question,)
    before = replace(after.earlier, before=None) if after is not None else None
    session.state[_STATE] = Earlier(question, questions, sql, _place(session), before)


def forget(session: Session) -> None:
    """No question of this session goes on from one before."""
    session.state.pop(_STATE, None)


def _place(session: Session) -> tuple[str, str]:
    return session.account, session.database or ""


def follow_up(session: Session, question: str, catalog: Catalog) -> FollowUp | None:
    """``question`` as one that goes on from the session's last answer; None when it stands by itself."""
    earlier: Earlier | None = session.state.get(_STATE)
    if earlier is not None and earlier.place != _place(session):
        forget(session)
        return None
    if earlier is not None and same_question(question, earlier.asked):
        earlier = earlier.before  # asked again, in another mode perhaps
    if earlier is None:
        return None
    spoken = (language_of(question), language_of(earlier.asked))
    for language in dict.fromkeys((*spoken, BY_CODE["en"])):
        because = goes_on(question, language, catalog)
        if because:
            return FollowUp(question, earlier, because)
    return None


def goes_on(question: str, language: Language, catalog: Catalog) -> str:
    """By which sign the question is one that goes on; empty when there is none."""
    said = " ".join(question.split()).strip(" \"'¿¡")
    length = len(words(said)) if language.spaced else len(said) // SIGNS_PER_WORD
    if not said or length > OPENED_WORDS:
        return ""
    signs = _signs(language)
    if found := signs.opens.match(said):
        return f"begins with {found[0]!r}"
    free = _spans_out(in_english(said, language))
    asks, named = signs.asks.search(said) is not None, _tables_named(said, catalog)
    if (found := signs.leans.match(said)) and not (asks and (named or language.code != "en")):
        return f"begins with {found[0]!r}"
    if (found := signs.refers.search(said)) and not (asks and named):
        return f"refers back by {found[0]!r}"
    if length > FRAGMENT_WORDS or (asks and language.code != "en"):
        return ""
    if not asks and len(named) < 2 and signs.fragment.fullmatch(free):
        return "only a part of a question"
    return "" if _says_something(free, language, catalog) else "names nothing of its own"


_NOUN = r"[^\W\d]\w*"
_THING = rf"(?:§|{_NOUN}(?:\s+{_NOUN})?)"
_IN_SPAN = re.compile(r"\b(?:in|for|of|during|within)\s+(?:the\s+)?§", re.IGNORECASE)
# Names of columns that nearly every schema has, and words of every other question.
_COMMON = "name names id ids date dates number top first last at in on by to of is are"
_NOT_NAMES = frozenset(_COMMON.split())


@dataclass(frozen=True, slots=True)
class _Signs:
    opens: re.Pattern[str]
    leans: re.Pattern[str]
    refers: re.Pattern[str]
    fragment: re.Pattern[str]
    asks: re.Pattern[str]


@lru_cache
def _signs(language: Language) -> _Signs:
    spoken = language.follows
    part = spoken.part.replace("{thing}", _THING)
    fragment = rf"(?:(?:§|{part})[\s,]*)+[\s?.!。？！]*"
    return _Signs(
        *(re.compile(p, re.IGNORECASE) for p in (spoken.opens, spoken.leans, spoken.refers, fragment, spoken.asks))
    )


def _spans_out(said: str) -> str:
    """The question with a sign for each stretch of time, whose preposition is its own."""
    for window in windows(said):
        said = said.replace(window.said, "§")
    return _IN_SPAN.sub("§", SPAN.sub("§", said))


def _tables_named(said: str, catalog: Catalog) -> list[str]:
    asked = content_words(said)
    called = {t.name: [stem(w) for w in words(t.name)] for t in catalog.tables}
    return [name for name, parts in called.items() if parts and all(any(related(a, p) for a in asked) for p in parts)]


def _says_something(said: str, language: Language, catalog: Catalog) -> bool:
    """Whether any word is about the tables, or about something that they have not."""
    if not language.spaced:
        return bool(said.strip("§ ?？。呢"))
    left = [w for w in words(said) if w not in language.plain]
    called = {stem(w) for w in named_words(catalog)}
    # "the average order total" is all stop words, two of which are names here.
    if any(stem(w) in called and w not in _NOT_NAMES for w in left):
        return True
    grounding = grounded(" ".join(left), catalog)
    return bool(grounding.names or grounding.unknown)


def exchanged(earlier: str, question: str) -> str | None:
    """``earlier`` with its only span of time exchanged for that of ``question``; None when either has more or less."""
    old, new = _times(earlier), _times(question)
    if len(old) != 1 or len(new) != 1:
        return None
    rest = question.replace(new[0], " ")
    if [w for w in words(rest) if w not in _BESIDE_TIME]:
        return None
    # "in 2025", but "last year".
    place = (
        re.compile(rf"(?:(?:in|of|during)\s+)?{re.escape(old[0])}")
        if windows(new[0])
        else re.compile(re.escape(old[0]))
    )
    return place.sub(lambda _: new[0], earlier, count=1)


_BESIDE = "and what about how only now but for in of the just then same from during instead year"
_BESIDE_TIME = frozenset(_BESIDE.split()).union(*(language.plain for language in LANGUAGES))


def _times(text: str) -> list[str]:
    spans = [m[0] for m in SPAN.finditer(text)]
    return spans + [w.said for w in windows(text) if w.said in text]
