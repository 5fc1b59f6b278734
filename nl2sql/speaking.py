"""A question in the language of the documents that it is put to, where that is another one."""

import re
from collections.abc import Sequence

from knowledge.passages import Passage
from nl2sql.candidates import Writer
from nl2sql.languages.detect import OTHER, language_of
from nl2sql.languages.english import ENGLISH
from nl2sql.languages.language import Language
from nl2sql.words import STOP, words
from plugins.engines import Request

MAX_TOKENS = 80
TIMES_AS_LONG = 6  # a sign of Chinese is a word
# Of a question in English, so many words say how to ask; ``language_of`` takes for English what it does not know.
LEAST_ENGLISH = 0.2
_NUMBER = re.compile(r"\d+")


async def in_their_language(question: str, passages: Sequence[Passage], writer: Writer) -> str:
    """The question as the model puts it; empty when the passages are in its language, or the model fails at it.

    Raises what the model raises.
    """
    theirs = _language(" ".join(passage.text for passage in passages[:3]))
    asked = " ".join(question.split())
    if _is_in(asked, theirs):
        return ""
    request = Request(
        system=f"Translate the question into {theirs.name}, word for word. Reply only the translation.",
        user=f"Question: {asked}", max_tokens=MAX_TOKENS, stop=("\n",),
    )  # fmt: skip
    said = (await writer.complete(request)).text.strip().strip('"`').removeprefix("Question:").strip()
    if not said or len(said) > TIMES_AS_LONG * len(asked) or not _numbers(asked) <= _numbers(said):
        return ""
    return said


def _language(text: str) -> Language:
    """Of documents; English where it is not known."""
    language = language_of(text)
    return ENGLISH if language is OTHER else language


def _is_in(question: str, language: Language) -> bool:
    found = language_of(question)
    if found is ENGLISH and language is ENGLISH:
        said = words(question)
        return sum(word in STOP for word in said) >= LEAST_ENGLISH * len(said)
    return found is language


def _numbers(text: str) -> set[str]:
    return set(_NUMBER.findall(text))
