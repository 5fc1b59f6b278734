"""The sentences of passages that are nearest to a question, by meaning where an embedder answers, else by words.

A sentence's score is its nearness to the question (the cosine of both, or the share of the question's words that it
holds) plus its passage's score: 0 to 2. Measured on the written questions of ``tests/knowledge/quality``, this tells
what documents answer from what they do not better than a small model does (docs/retrieval.md).
"""

import re
from collections.abc import Awaitable, Callable, Sequence
from dataclasses import dataclass

from knowledge.passages import Passage
from nl2sql.passages import sentences
from nl2sql.words import content_stems, words

# How near texts are to a question, each; None: nobody can tell.
Compare = Callable[[str, Sequence[str]], Awaitable[list[float] | None]]
# Of passages that are long, so many sentences are looked at.
MOST = 80
# Shorter ones are pieces of tables or of code.
LEAST_WORDS = 3
_UNSPACED = re.compile(r"[\u3041-\u30ff\u3400-\u9fff\uf900-\ufaff\uff66-\uff9f]{3,}")
_ENDS = (".", "!", ":", "。", "！", ")")
_NAME = re.compile(r"(?<![.!?:] )(?<!^)\b[A-ZÄÖÜ][\w-]+")


@dataclass(frozen=True, slots=True)
class Near:
    """``at``: which sentence of its passage."""

    text: str
    passage: Passage
    at: int
    score: float


async def nearest(question: str, passages: Sequence[Passage], compare: Compare | None = None) -> list[Near]:
    """The sentences of ``passages``, nearest first; those that only ask something are left out."""
    found: dict[str, tuple[Passage, int]] = {}
    for passage in passages:
        for at, text in enumerate(sentences(passage.text)):
            is_heading = text in passage.place or text in passage.title
            if _says_something(text) and not is_heading and not text.endswith(("?", "？")):
                found.setdefault(text, (passage, at))
    texts = list(found)[:MOST]
    read = [_in_place(text, found[text][0]) for text in texts]
    marks = await compare(question, read) if compare is not None and texts else None
    if marks is None:
        marks = [share(question, text) for text in read]
    ranked = [Near(text, *found[text], mark + found[text][0].score) for text, mark in zip(texts, marks, strict=True)]
    return sorted(ranked, key=lambda near: -near.score)


def share(question: str, text: str) -> float:
    """Of the question's words that carry meaning, the part that ``text`` holds."""
    asked = meaning(question)
    return len(asked & meaning(text)) / max(1, len(asked))


def meaning(text: str) -> set[str]:
    """The stems that carry meaning; of scripts without spaces, pairs of characters."""
    found: set[str] = set()
    for stem in content_stems(text):
        if _UNSPACED.fullmatch(stem):
            found.update(stem[at : at + 2] for at in range(len(stem) - 1))
        else:
            found.add(stem)
    return found


def _in_place(text: str, passage: Passage) -> str:
    """A row of a table or a line of code says little without its heading."""
    if text.endswith(_ENDS):
        return text
    return f"{passage.place.rpartition(' > ')[2] or passage.title}: {text}"


def _says_something(text: str) -> bool:
    return len(words(text)) >= LEAST_WORDS or _UNSPACED.search(text) is not None


def names(text: str) -> set[str]:
    """The names in a sentence, in lower case: what is written with a capital letter but does not begin it."""
    return {name.casefold() for name in _NAME.findall(text)}
