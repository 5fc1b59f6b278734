"""ASK DOCS over the written questions: what is answered, from where, and what is declined."""

import re
import time
from collections.abc import Iterable
from dataclasses import dataclass

from knowledge.passages import Passage
from models_runtime.registry import Models
from nl2sql import docs
from nl2sql.candidates import Writer
from nl2sql.passages import Searched
from plugins import Services
from tests.knowledge.quality.question_set import Question, Shelf

DEADLINE_S = 300.0
# Words that a sentence may be put together with.
_SHORT = 3
_PREFIX = 4


@dataclass(frozen=True, slots=True)
class Asked:
    question: Question
    answer: docs.DocsAnswer
    seconds: float

    @property
    def is_right(self) -> bool:
        """Whether it cites the passage that was written down for the question."""
        return any(self.question.is_held_by(sentence.passage) for sentence in self.answer.sentences)

    @property
    def uncited(self) -> list[str]:
        """Sentences whose passage does not say them."""
        return [s.text for s in self.answer.sentences if not is_said(s.text, s.passage)]


async def ask(shelf: Shelf, models: Models | None, questions: Iterable[Question]) -> list[Asked]:
    """One after the other, with the default model; ``models`` None: without one."""
    services = Services()
    if models is not None:
        services.add(models)
    searched = Searched(shelf.retriever, (shelf.base,))
    found = []
    for question in questions:
        began = time.monotonic()
        writer = Writer(services, None, began + DEADLINE_S, "", "narrate") if models is not None else None
        answer = await docs.answer(question.ask, searched.search, writer, searched.compare)
        found.append(Asked(question, answer, time.monotonic() - began))
    return found


def is_said(text: str, passage: Passage) -> bool:
    """Whether the passage has the sentence word for word, or all its longer words and its numbers.

    By other means than ``nl2sql/docs.py`` has.
    """
    whole = _plain(f"{passage.title} {passage.place} {passage.text}")
    if _plain(text) in whole:
        return True
    said = {word[:_PREFIX] for word in whole.split()}
    asked = [word for word in _plain(text).split() if len(word) > _SHORT or word.isdigit()]
    return bool(asked) and all(word[:_PREFIX] in said for word in asked)


def _plain(text: str) -> str:
    return " ".join(re.findall(r"[^\W_]+", text.casefold()))
