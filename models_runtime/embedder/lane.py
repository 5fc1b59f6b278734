"""A lane: a thread that works off texts in batches of similar length, which several requests share."""

import math
import os
import threading
import time
import traceback
from collections import deque
from collections.abc import Callable, Sequence
from dataclasses import dataclass, field
from typing import Any, Generic, TypeVar

T = TypeVar("T")
# Of one batch, padding included: as fast as larger ones on a CPU, and over within a second.
BATCH_TOKENS = 2048
_BATCH_TEXTS = 64
_ROUND_TEXTS = 512
_BYTES_PER_TOKEN = 3.5
_SPECIAL_TOKENS = 2
# What is behind so many characters for each token of the window is not read by any model; tokenizing it takes minutes.
_CHARS_PER_TOKEN = 40


@dataclass(eq=False)
class Job(Generic[T]):
    """One request's texts. ``done`` is called once, in the lane's thread, with the results or what went wrong.

    It is not called once ``cancelled`` is set.
    """

    texts: Sequence[T]
    done: Callable[["list[Any] | Exception"], None]
    cancelled: bool = False
    results: list[Any] = field(init=False)
    missing: int = field(init=False)

    def __post_init__(self) -> None:
        self.results = [None] * len(self.texts)
        self.missing = len(self.texts)

    def put(self, index: int, result: Any) -> None:
        self.results[index] = result
        self.missing -= 1
        if not self.missing and not self.cancelled:
            self.done(self.results)

    def fail(self, error: Exception) -> None:
        if not self.cancelled:
            self.cancelled = True
            self.done(error)


class Lane(Generic[T]):
    """``run`` takes texts and gives a result for each; ``weigh`` says how long a text is (bytes), ``cut`` gives its
    first n characters.

    ``max_tokens``: what ``run`` cuts a text to. ``instead`` has its result given for a text that the model cannot take;
    without it the request fails. An error in the lane itself ends the process; its owner starts it afresh.
    """

    def __init__(
        self,
        run: Callable[[list[T]], Sequence[Any]],
        weigh: Callable[[T], int],
        cut: Callable[[T, int], T],
        max_tokens: int,
        name: str,
        instead: T | None = None,
    ) -> None:
        self._run = run
        self._weigh = weigh
        self._cut = cut
        self._max_tokens = max_tokens
        self._instead = instead
        self._waiting: deque[Job[T]] = deque()
        self._condition = threading.Condition()
        self._since: float | None = None
        threading.Thread(target=self._work, name=name, daemon=True).start()

    def submit(self, job: Job[T]) -> None:
        job.texts = [self._cut(text, self._max_tokens * _CHARS_PER_TOKEN) for text in job.texts]
        with self._condition:
            self._waiting.append(job)
            self._condition.notify()

    @property
    def busy_s(self) -> float:
        """So long the current batch takes; 0 without one."""
        since = self._since
        return time.monotonic() - since if since is not None else 0.0

    def _work(self) -> None:
        try:
            while True:
                self._round(self._take())
        except BaseException:
            traceback.print_exc()
            os._exit(70)

    def _take(self) -> list[Job[T]]:
        """The jobs that wait, the oldest first, up to about ``_ROUND_TEXTS`` texts."""
        with self._condition:
            while not self._waiting:
                self._condition.wait()
            jobs = [self._waiting.popleft()]
            count = len(jobs[0].texts)
            while self._waiting and count + len(self._waiting[0].texts) <= _ROUND_TEXTS:
                count += len(self._waiting[0].texts)
                jobs.append(self._waiting.popleft())
        return jobs

    def _round(self, jobs: list[Job[T]]) -> None:
        """Batches of texts of similar length need little padding; the longest go first."""
        texts = [(self._tokens(text), job, index) for job in jobs for index, text in enumerate(job.texts)]
        texts.sort(key=lambda text: text[0], reverse=True)
        while texts := [text for text in texts if not text[1].cancelled]:
            size = max(1, min(_BATCH_TEXTS, BATCH_TOKENS // texts[0][0]))
            self._batch([(job, index) for _, job, index in texts[:size]])
            del texts[:size]

    def _batch(self, batch: list[tuple[Job[T], int]]) -> None:
        results = self._results([job.texts[index] for job, index in batch])
        for (job, index), result in zip(batch, results, strict=True):
            if isinstance(result, Exception):
                job.fail(result)
            else:
                job.put(index, result)

    def _results(self, texts: list[T]) -> Sequence[Any]:
        """Of each text, or the error. What fails together, such as for want of memory, is tried text by text."""
        self._since = time.monotonic()
        try:
            return self._run(texts)
        except Exception as error:
            traceback.print_exc()
            if len(texts) > 1:
                return [self._results([text])[0] for text in texts]
            if self._instead is None or texts == [self._instead]:
                return [error]
            return self._results([self._instead])
        finally:
            self._since = None

    def _tokens(self, text: T) -> int:
        return min(self._max_tokens, math.ceil(self._weigh(text) / _BYTES_PER_TOKEN) + _SPECIAL_TOKENS)
