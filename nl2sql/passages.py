"""Passages of knowledge bases for a question: found with the asker's own rights, and divided into sentences."""

import re
from collections.abc import Sequence
from dataclasses import dataclass

from knowledge.bases import Bases
from knowledge.records import Base, Term, Who
from knowledge.retrieval import Passage, Retriever
from nl2sql.terms import Glossary
from plugins import AskwireError, ErrorCode, Services, Session

PASSAGES = 6
DEFINITION_CHARS = 400
# A sentence ends before white space, or at an East Asian full stop; lines of Markdown lists and tables stand alone.
_SENTENCE = re.compile(r"(?<=[.!?])[\"')\]]*\s+(?=[\"'(\[A-ZÄÖÜÁÉÍÓÚÑ0-9*_`])|(?<=[。！？])|\n+")
_MARKUP = re.compile(r"^[#>\-*+|\s]+|[*_`|]+")


@dataclass(frozen=True, slots=True)
class Cited:
    """What a passage says that a question needs."""

    passage: Passage
    text: str

    @property
    def note(self) -> str:
        """For SHOW WARNINGS."""
        return f"Knowledge: {where(self.passage)}: {self.text}"


def where(passage: Passage) -> str:
    """The source, with the page or heading."""
    return f"{passage.source} ({passage.place})" if passage.place else passage.source


async def find(
    services: Services, session: Session, question: str, names: Sequence[str], source: str = ""
) -> list[Passage]:
    """The nearest passages of the bases ``names`` (none: of all that the account may read), the nearest first.

    ``source``: of the documents that it is a pattern of LIKE for.

    Raises NOT_KNOWN for a base that the account may not read, KNOWLEDGE_UNAVAILABLE.
    """
    bases, retriever = services.get(Bases), services.get(Retriever)
    if bases is None or retriever is None:
        raise AskwireError(ErrorCode.KNOWLEDGE_UNAVAILABLE, "This gateway runs without the knowledge plugin")
    who = Who(session.upstream, session.account)
    chosen: list[Base] = await (bases.readable(who, names) if names else bases.visible(who))
    if not chosen:
        raise AskwireError(ErrorCode.NOT_KNOWN, "There is no knowledge base that you may read")
    return await retriever.search(question, chosen, PASSAGES, source)


def sentences(text: str) -> list[str]:
    """The sentences of Markdown, without its marks."""
    found = (" ".join(_MARKUP.sub(" ", part).split()) for part in _SENTENCE.split(text))
    return [sentence for sentence in found if sentence]


def definitions(question: str, passages: Sequence[Passage]) -> list[Cited]:
    """What of the passages a prompt should say, chosen sentence by sentence as terms are."""
    terms = {
        Term(_heading(passage), " ".join(_ended(s) for s in sentences(passage.text))): passage for passage in passages
    }
    by_name = {term.name: passage for term, passage in terms.items()}
    chosen = Glossary(terms).choose(question, DEFINITION_CHARS)
    return [Cited(by_name[term.name], term.definition) for term in chosen]


def _ended(sentence: str) -> str:
    return sentence if sentence.endswith((".", "!", "?", ":", ";", "。")) else f"{sentence}."


def _heading(passage: Passage) -> str:
    """A passage goes by its nearest heading; the document's title where it has none."""
    return passage.place.rpartition(" > ")[2].strip() or passage.title
