"""Questions in other languages, over names in English: the model itself first says the question in English.

A small model writes better SQL for English, and every rule of this package reads it. The tables stand in the prompt
already, so that the model takes their words, and reading them costs nothing. What it says must keep what is quoted and
all numbers; else only the phrases that ``languages`` has rules for are put into English.
"""

import re
from dataclasses import dataclass

from nl2sql.candidates import Writer
from nl2sql.languages.detect import language_of
from nl2sql.languages.english import ENGLISH
from nl2sql.languages.language import Language
from nl2sql.languages.pivot import QUOTED, in_english
from nl2sql.periods import period_hints
from nl2sql.windows import windows
from plugins.engines import Request

TASK = (
    "Translate the question into English, word for word, with the words of the tables and their comments where they "
    "mean the same. Reply only the translation."
)
MAX_TOKENS = 100
TIMES_AS_LONG = 6  # a sign of Chinese is a word
_NUMBER = re.compile(r"\d+")
_LETTER = re.compile(r"[a-zA-Z]")


@dataclass(frozen=True, slots=True)
class Translation:
    """``question`` as ``asked`` in ``language``, put into English; ``phrases``: only what the rules know."""

    asked: str
    language: Language
    question: str
    phrases: str


async def translated(writer: Writer, system: str, asked: str) -> Translation | None:
    """None for a question in English. Raises what the model raises."""
    language = language_of(asked)
    if language is ENGLISH:
        return None
    phrases = in_english(asked, language)
    user = f"Question: {' '.join(asked.split())}\n{TASK}"
    completion = await writer.complete(Request(system=system, user=user, max_tokens=MAX_TOKENS, stop=("\n",)))
    said = completion.text.strip().strip('"`').strip()
    return Translation(asked, language, said if is_faithful(said, asked, phrases) else phrases, phrases)


def is_faithful(said: str, asked: str, phrases: str) -> bool:
    """Whether a translation is English at all and keeps quoted text, numbers, time spans and periods to group by."""
    if not _LETTER.search(said) or len(said) > TIMES_AS_LONG * len(asked) + 20:
        return False
    if any(quoted[0].strip("'\"“”„«»「」『』") not in said for quoted in QUOTED.finditer(asked)):
        return False
    # A month may turn from a number to a name, and "3" to "three"; a year or 30 days may not.
    numbers = {n for n in _NUMBER.findall(phrases) if len(n) > 1}
    if not numbers <= set(_NUMBER.findall(said)) or len(windows(said)) < len(windows(phrases)):
        return False
    return len(period_hints(said)) >= len(period_hints(phrases))
