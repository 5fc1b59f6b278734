"""Follow-up questions: "revenue by region in 2025", then "and last year?", "only for Europe", "by month instead".

Whether a question goes on from the one before is decided by its words alone, so that a question that is complete in
itself never sees another. Then the question before and its SQL stand in the prompt before the new one, and a small
model has only to change that statement.
"""

import re
from collections.abc import Callable
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
    language: Language = BY_CODE["en"]

    @property
    def changed(self) -> tuple[str, ...] | None:
        """The earlier questions with the time that the new one names in the place of theirs, if that is all."""
        return exchanged(self.earlier.questions, self.question, self.language)

    @property
    def whole(self) -> str | None:
        """The one question that this makes; complete in itself."""
        return self.changed[0] if self.changed is not None and len(self.changed) == 1 else None

    @property
    def questions(self) -> tuple[str, ...]:
        """Everything that was asked, the new question last; bounded."""
        if self.changed is not None:
            return self.changed
        first, *others = self.earlier.questions
        # The first says what it is all about.
        return (first, *others[-(QUESTIONS - 2) :], self.question)

    @property
    def said(self) -> str:
        """The same as one text."""
        return ". ".join(self.questions)

    def shown(self) -> str:
        """For the prompt: what was asked and answered before, and what to do with it."""
        asked = _together(self.earlier.questions)
        change = "" if self.whole else "\nChange that statement for what is asked now; keep its other conditions."
        return f"Earlier question: {asked}\nIt was answered by:\n{clean(self.earlier.sql, SQL_CHARS)}{change}"

    def question_shown(self, question: str) -> str:
        """For the prompt: ``question`` (this one, perhaps in English) behind those that it goes on from."""
        if self.changed is not None:
            return question if self.whole else _together(self.changed)
        return _together((*self.earlier.questions, question))


def _together(questions: tuple[str, ...]) -> str:
    return " Then: ".join(clean(question, QUESTION_CHARS) for question in questions)


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
            return FollowUp(question, earlier, because, language)
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
    group: re.Pattern[str]


@lru_cache
def _signs(language: Language) -> _Signs:
    spoken = language.follows
    part = spoken.part.replace("{thing}", _THING)
    fragment = rf"(?:(?:§|{part})[\s,]*)+[\s?.!。？！]*"
    return _Signs(
        *(
            re.compile(p, re.IGNORECASE)
            for p in (spoken.opens, spoken.leans, spoken.refers, fragment, spoken.asks, spoken.group)
        )
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


def exchanged(earlier: tuple[str, ...], question: str, language: Language = BY_CODE["en"]) -> tuple[str, ...] | None:
    """``earlier`` with their only span of time, or grouping, exchanged for that of ``question``, which names no more.

    None when either has more or less than one.
    """
    said = in_english(question, language)
    texts = tuple(in_english(text, language) for text in earlier)
    grouped = _signs(language).group
    return _put(texts, said, _times) or _put(texts, said, lambda text: [m[0] for m in grouped.finditer(text)])


def _put(earlier: tuple[str, ...], question: str, find: Callable[[str], list[str]]) -> tuple[str, ...] | None:
    old, new = [(at, part) for at, text in enumerate(earlier) for part in find(text)], find(question)
    if len(old) != 1 or len(new) != 1:
        return None
    if [w for w in words(question.replace(new[0], " ")) if w not in _BESIDE]:
        return None
    ((at, part),) = old
    # "in 2025", but "last year".
    before = r"(?:(?:in|of|during)\s+)?" if windows(new[0]) else ""
    text = re.sub(before + re.escape(part), lambda _: new[0], earlier[at], count=1)
    return (*earlier[:at], text, *earlier[at + 1 :])


_BESIDE_TIME = "and what about how only now but for in of the just then same from during instead year show me it them"
_BESIDE = frozenset(_BESIDE_TIME.split()).union(*(language.plain for language in LANGUAGES))


def _times(text: str) -> list[str]:
    spans = [m[0] for m in SPAN.finditer(text)]
    return spans + [w.said for w in windows(text) if w.said in text]
