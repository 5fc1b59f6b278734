"""Passages of knowledge bases for a question: found with the asker's own rights, and divided into sentences."""

import re
from collections.abc import Iterator, Mapping, Sequence
from dataclasses import dataclass

from knowledge.bases import Bases
from knowledge.passages import Passage
from knowledge.records import Base, Term, Who
from knowledge.retrieval import Retriever
from nl2sql.terms import Glossary
from plugins import AskwireError, Context, ErrorCode, Question, Services, Session

PASSAGES = 6
# For ASK DOCS, which takes single sentences of them.
MORE_PASSAGES = 10
DEFINITION_CHARS = 400
# So much of a definition tells of which passage it is.
CITED_CHARS = 40
LINE_WORDS = 4
_ENDS = (".", "!", "?", ":", ";", "。", "！", "？")
# A sentence ends before white space, or at an East Asian full stop.
_SENTENCE = re.compile(r"(?<=[.!?])[\"')\]”’]*\s+(?=[\"'(\[“A-ZÄÖÜÁÉÍÓÚÑ0-9*_`])|(?<=[。！？])")
# Headings and rows of tables are lines of their own; items of lists begin one.
_ALONE = re.compile(r"\s*(?:#{1,6}\s|\|)")
_BEGINS = re.compile(r"\s*(?:[-*+>]\s|\d+[.)]\s)")
_FENCE = re.compile(r"\s*(?:```|~~~)")
# A line that is shorter and not gone on with in lower case is no broken sentence.
_BROKEN_CHARS = 40
# What Markdown says how to show; an underscore or a star within a name or between spaces is none of it.
_OPENING = re.compile(r"^[#>\-*+|\s]*(?:(?:\d+[.)])+\s+)?")
_MARKS = re.compile(r"`+|\*+(?=\S)|(?<=\S)\*+|(?<![\w\\])_{1,3}(?=\w)|(?<=[^\W_])_{1,3}(?!\w)|\\(?=_|[^\w\s])")


@dataclass(frozen=True, slots=True)
class Cited:
    """What a passage says that a question needs."""

    passage: Passage
    text: str


def where(passage: Passage) -> str:
    """The source, with the page or heading."""
    return f"{passage.source} ({passage.place})" if passage.place else passage.source


@dataclass(frozen=True, slots=True)
class Searched:
    """Bases that an account may read."""

    retriever: Retriever
    bases: tuple[Base, ...]
    source: str = ""

    async def search(self, question: str, k: int = MORE_PASSAGES) -> list[Passage]:
        """The nearest passages, the nearest first. Raises KNOWLEDGE_UNAVAILABLE."""
        return await self.retriever.search(question, self.bases, k, self.source)

    async def compare(self, question: str, texts: Sequence[str]) -> list[float] | None:
        """How near each text is to the question, by meaning; None where no embedder answers."""
        models = sorted({base.embedder for base in self.bases} - {""})
        # Cosines of several embedders cannot be compared.
        return await self.retriever.nearness(question, texts, models[0]) if len(models) == 1 else None


async def searched(services: Services, session: Session, names: Sequence[str], source: str = "") -> Searched:
    """The bases ``names`` (none: all that the account may read).

    ``source``: of the documents that it is a pattern of LIKE for.

    Raises NOT_KNOWN for a base that the account may not read, KNOWLEDGE_UNAVAILABLE.
    """
    bases, retriever = services.get(Bases), services.get(Retriever)
    if bases is None or retriever is None:
        raise AskwireError(ErrorCode.KNOWLEDGE_UNAVAILABLE, "This gateway runs without the knowledge plugin")
    who = Who(session.upstream, session.account)
    chosen: list[Base] = await (bases.readable(who, names) if names else bases.visible(who))
    if not chosen:
        advice = "Ask the owner of one: ALTER KNOWLEDGE base ADD READER 'you'."
        raise AskwireError(ErrorCode.NOT_KNOWN, "There is no knowledge base that you may read", advice)
    return Searched(retriever, tuple(chosen), source)


async def context(services: Services, session: Session, question: Question) -> list[Context]:
    """What the named bases say that the prompt of a question should. Raises what ``searched`` does."""
    if not question.knowledge and not question.source:
        return []
    passages = await find(services, session, question.text, question.knowledge, question.source)
    return [Context(cited.text, where(cited.passage)) for cited in definitions(question.text, passages)]


async def find(
    services: Services, session: Session, question: str, names: Sequence[str], source: str = ""
) -> list[Passage]:
    """The nearest passages of the bases ``names``, the nearest first. Takes and raises what ``searched`` does."""
    knowledge = await searched(services, session, names, source)
    return await knowledge.search(question, PASSAGES)


def sentences(text: str) -> list[str]:
    """The sentences of Markdown, without its marks; a heading, a row and a block of code are one each."""
    found = (plain(part) for line in _lines(text) for part in _SENTENCE.split(_OPENING.sub("", line)))
    return [sentence for sentence in found if sentence]


def plain(text: str) -> str:
    """One line, without the marks of Markdown."""
    return " ".join(_MARKS.sub("", _OPENING.sub("", text)).replace("|", " ").split())


def _lines(text: str) -> Iterator[str]:
    """Paragraphs, items, headings, rows and blocks of code, each in one line."""
    held: list[str] = []
    in_code = False
    for line in text.split("\n"):
        is_fence = _FENCE.match(line) is not None
        if is_fence or (not in_code and _is_apart(line, held[-1] if held else "")):
            yield " ".join(held)
            held = []
        in_code ^= is_fence
        if not is_fence:
            held.append(line)
    yield " ".join(held)


def _is_apart(line: str, before: str) -> bool:
    """Whether a line does not go on with the one before."""
    if not line.strip() or _ALONE.match(line) or _ALONE.match(before) or _BEGINS.match(line):
        return True
    return len(before) < _BROKEN_CHARS and not line.lstrip()[:1].islower()


def said(passage: Passage) -> list[str]:
    """The passage's sentences, without headings: those that it stands under, and short lines that do not end."""
    return [
        text
        for text in sentences(passage.text)
        if text not in passage.place
        and text not in passage.title
        and (text.endswith(_ENDS) or len(text.split()) >= LINE_WORDS or not text.isascii())
    ]


def definitions(question: str, passages: Sequence[Passage]) -> list[Cited]:
    """What of the passages a prompt should say, chosen sentence by sentence as terms are."""
    holders: dict[Term, Passage] = {}
    for passage in passages:
        if text := " ".join(map(_ended, said(passage))):
            # Several passages may have the same heading; what was chosen of one must not be cited from another.
            holders.setdefault(Term(_heading(passage), text), passage)
    chosen = Glossary(holders).choose(question, DEFINITION_CHARS)
    return [Cited(_holder(term, holders), term.definition) for term in chosen]


def _holder(chosen: Term, holders: Mapping[Term, Passage]) -> Passage:
    """The passage that ``chosen`` was cut from."""
    first = chosen.definition[:CITED_CHARS]
    same = [term for term in holders if term.name == chosen.name]
    return holders[next((term for term in same if first in term.definition), same[0])]


def _ended(sentence: str) -> str:
    return sentence if sentence.endswith(_ENDS) else f"{sentence}."


def _heading(passage: Passage) -> str:
    """A passage goes by its nearest heading; the document's title where it has none."""
    return passage.place.rpartition(" > ")[2].strip() or passage.title
