"""The steps of an answer and how long each took: the rows of ASK TRACE, and the log of an ASK."""

import time
from collections.abc import Iterator
from contextlib import contextmanager
from dataclasses import dataclass, field


@dataclass(slots=True)
class Step:
    name: str
    seconds: float = 0.0
    detail: str = ""


@dataclass(slots=True)
class Trace:
    """In order; ``model_s`` is the part that was spent waiting for a model."""

    steps: list[Step] = field(default_factory=list)
    started: float = field(default_factory=time.monotonic)

    @contextmanager
    def step(self, name: str) -> Iterator[Step]:
        """Time the body as one step; an exception becomes its detail and goes on."""
        step = Step(name)
        self.steps.append(step)
        begun = time.monotonic()
        try:
            yield step
        except BaseException as error:
            step.detail = f"{step.detail} {type(error).__name__}: {error}".strip()
            raise
        finally:
            step.seconds = time.monotonic() - begun

    @property
    def seconds(self) -> float:
        return time.monotonic() - self.started

    @property
    def model_s(self) -> float:
        return sum(step.seconds for step in self.steps if step.name.startswith("model"))
