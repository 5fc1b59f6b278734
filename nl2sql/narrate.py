"""ASK NARRATE: rows into a sentence. Every number of the sentence must stand in the rows or the question."""

import re
from dataclasses import dataclass

from nl2sql.candidates import Writer
from nl2sql.catalog import clean
from nl2sql.languages.detect import language_of
from nl2sql.languages.english import ENGLISH
from nl2sql.languages.language import Language
from plugins import Note, ResultSet
from plugins.engines import Request

_NUMBER = re.compile(r"\d[\d,]*(?:\.\d+)?")
_LETTER = re.compile(r"[^\W\d_]")
_SYSTEM = (
    "You state the answer to a question in one or two plain sentences. Use only the rows given; copy numbers and names "
    "exactly as they are; do not compute, guess or add anything."
)
_TRANSLATOR = "You translate a sentence, and say nothing else. Copy numbers and names exactly as they are."
VALUE_CHARS = 80


@dataclass(frozen=True, slots=True)
class Narrator:
    writer: Writer
    max_rows: int = 20
    language: Language | None = None  # None: the question's

    async def tell(self, question: str, result: ResultSet) -> tuple[str, tuple[Note, ...]]:
        """The sentence; a note when it does not tell everything or is not the model's."""
        language = self.language or language_of(question)
        if not result.rows:
            return language.no_rows, ()
        listing = as_lines(result)
        more = f"\n(more rows follow; these are the first {len(result.rows)})" if result.truncated else ""
        user = f"Question: {' '.join(question.split())}\nRows:\n{listing}{more}"
        if language is not ENGLISH:
            user += f"\n{language.answer_in or f'Answer in {language.name}.'}"
        text = await self._written(_SYSTEM, user)
        if not language.spaced and _LETTER.search(text) and language_of(text) is not language:
            text = await self._written(_TRANSLATOR, f"{text}\n{language.answer_in}")
        notes = (Note(f"Told from the first {len(result.rows)} rows"),) if result.truncated else ()
        if text and numbers(text) <= numbers(f"{question} {listing} {len(result.rows)}"):
            return text, notes
        return listing, (*notes, Note("The model's sentence held numbers that the rows do not; here are the rows"))

    async def _written(self, system: str, user: str) -> str:
        """What the model says, in one line. Raises what the model raises."""
        completion = await self.writer.complete(Request(system=system, user=user, max_tokens=160, stop=("\n\n",)))
        return " ".join(completion.text.split())


def as_lines(result: ResultSet) -> str:
    """``column: value, …`` a row; binary values are left out."""
    names = [column.name for column in result.columns]
    return "\n".join(
        ", ".join(f"{clean(n, 40)}: {_shown(v)}" for n, v in zip(names, row, strict=True)) for row in result.rows
    )


def _shown(value: str | bytes | None) -> str:
    if value is None:
        return "nothing"
    return "(binary)" if isinstance(value, bytes) else clean(value, VALUE_CHARS)


def numbers(text: str) -> set[str]:
    """The numbers of a text, without thousands separators and trailing zeros."""
    found = (n.replace(",", "") for n in _NUMBER.findall(text))
    return {n.rstrip("0").rstrip(".") if "." in n else n for n in found}
