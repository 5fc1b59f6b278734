"""The steps of an answer and how long each took: the rows of ASK TRACE, and the log of an ASK."""

import time
from collections.abc import Iterator
from contextlib import contextmanager
from dataclasses import dataclass, field

from plugins import AskwireError, UpstreamError
from plugins.words import ENGLISH, translated, translated_error


@dataclass(slots=True)
class Step:
    """What it did: ``say`` takes words, for the session's language, and ``show`` what is shown as it is."""

    name: str
    seconds: float = 0.0
    error: BaseException | None = None
    _lines: list[tuple[str, bool]] = field(default_factory=list)

    def say(self, text: str) -> None:
        """A line that the gateway says."""
        self._lines.append((text, True))

    def show(self, text: str) -> None:
        """A line of SQL, of a prompt, of data."""
        self._lines.append((text, False))

    def detail(self, language: str = ENGLISH) -> str:
        """All lines, and the error that ended it."""
        lines = [translated(text, language) if said else text for text, said in self._lines]
        if self.error is not None:
            lines.append(_described(self.error, language))
        return "\n".join(lines)


@dataclass(slots=True)
class Trace:
    """In order; ``model_s`` is the part that was spent waiting for a model."""

    steps: list[Step] = field(default_factory=list)
    started: float = field(default_factory=time.monotonic)

    @contextmanager
    def step(self, name: str) -> Iterator[Step]:
        """Time the body as one step; an exception ends it and goes on."""
        step = Step(name)
        self.steps.append(step)
        begun = time.monotonic()
        try:
            yield step
        except BaseException as error:
            step.error = error
            raise
        finally:
            step.seconds = time.monotonic() - begun

    @property
    def seconds(self) -> float:
        return time.monotonic() - self.started

    @property
    def model_s(self) -> float:
        return sum(step.seconds for step in self.steps if step.name.startswith("model"))


def _described(error: BaseException, language: str) -> str:
    if isinstance(error, AskwireError):
        return translated_error(error, language)
    return str(error) if isinstance(error, UpstreamError) else f"{type(error).__name__}: {error}"
