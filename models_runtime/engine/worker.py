"""The thread that owns the model: one job at a time, answers before background prefills."""

import os
import threading
import time
import traceback
from collections import deque
from collections.abc import Callable, Iterable, Mapping
from dataclasses import dataclass, field

from models_runtime.engine.chat import Message, make_prompt
from models_runtime.engine.generate import Done, Task, Text, generate
from models_runtime.engine.llama import EngineError, Interrupted, Llama
from models_runtime.engine.prefixes import PrefixStore, common_length

# A prefix shorter than this is quicker to evaluate than to keep.
_MIN_PREFIX = 32


class ContextExceeded(EngineError):
    """The prompt leaves no room for an answer."""


@dataclass(frozen=True, slots=True)
class End:
    """The job ended: ``stop``, ``cancelled``, ``error`` or ``context_length_exceeded``."""

    reason: str
    prompt_tokens: int = 0
    cached_tokens: int = 0
    completion_tokens: int = 0
    message: str = ""


@dataclass(eq=False, slots=True)
class Job:
    """``emit`` is called in the worker's thread: for each answer any number of ``Text`` and one ``Done``,
    then one ``End``.

    A ``background`` job only evaluates the prefix and emits no text.
    """

    messages: list[Message]
    emit: Callable[[Text | Done | End], None]
    answer_start: str = ""
    max_tokens: int = 256
    count: int = 1
    greedy_first: bool = False
    temperature: float = 0.0
    seed: int = 0
    stop: tuple[str, ...] = ()
    grammar: str | None = None
    names: Mapping[str, Iterable[str]] | None = None
    logprobs: bool = False
    background: bool = False
    cancelled: bool = field(default=False, init=False)

    def task(self) -> Task:
        """What is to be written after the prompt."""
        return Task(
            emit=self.emit,
            count=self.count,
            greedy_first=self.greedy_first,
            temperature=self.temperature,
            seed=self.seed,
            stop=self.stop,
            grammar=self.grammar,
            names=self.names,
            answer_start=self.answer_start,
            logprobs=self.logprobs,
            cancelled=lambda: self.cancelled,
        )


class Worker(threading.Thread):
    """``load`` makes the model; ``state`` is ``loading``, ``ready`` or ``failed`` (then ``error`` says why)."""

    def __init__(self, load: Callable[[Callable[[], bool]], tuple[Llama, PrefixStore]]) -> None:
        super().__init__(name="llama", daemon=True)
        self._load = load
        self._wake = threading.Condition()
        self._waiting: deque[Job] = deque()
        self._background: deque[Job] = deque()
        self._running: Job | None = None
        self._alive = 0.0  # when llama.cpp was last seen at work (time.monotonic)
        self._llama: Llama
        self._store: PrefixStore
        self._prefix = 0  # how many of the model's tokens are prefix, so worth keeping when another schema comes
        self.state = "loading"
        self.error = ""

    def silent_s(self) -> float:
        """Seconds since llama.cpp was last seen at work on a job; 0 when there is none."""
        return time.monotonic() - self._alive if self._running is not None else 0.0

    def submit(self, job: Job) -> None:
        with self._wake:
            (self._background if job.background else self._waiting).append(job)
            self._wake.notify()

    def cancel(self, job: Job) -> None:
        """Ends the job at once, in the middle of a prefill too; it still emits its ``End``."""
        job.cancelled = True

    def run(self) -> None:
        try:
            self._llama, self._store = self._load(self._must_stop)
        except Exception as error:
            self.state, self.error = "failed", str(error)
            return
        self.state = "ready"
        while True:
            self._serve(self._next())

    def _next(self) -> Job:
        with self._wake:
            self._running = None
            while not (self._waiting or self._background):
                self._wake.wait()
            self._alive = time.monotonic()
            self._running = self._waiting.popleft() if self._waiting else self._background.popleft()
            return self._running

    def _must_stop(self) -> bool:
        """The abort callback: asked by llama.cpp between the nodes of its graph."""
        self._alive = time.monotonic()
        job = self._running
        return job is not None and (job.cancelled or (job.background and bool(self._waiting)))

    def _serve(self, job: Job) -> None:
        try:
            job.emit(End("cancelled") if job.cancelled else self._complete(job))
        except Interrupted:
            if job.cancelled:
                job.emit(End("cancelled"))
            else:  # an answer goes first; this one goes on afterwards from where it is
                with self._wake:
                    self._background.appendleft(job)
        except ContextExceeded as error:
            job.emit(End("context_length_exceeded", message=str(error)))
        except EngineError as error:
            job.emit(End("error", message=str(error)))
        except Exception:
            # The native state is unknown now: leave, and be started afresh. The traceback names no content.
            traceback.print_exc()
            os._exit(70)

    def _complete(self, job: Job) -> End:
        prompt = make_prompt(self._llama, job.messages, job.answer_start)
        room = self._llama.context_tokens - len(prompt.tokens)
        if room < 1:
            raise ContextExceeded(
                f"the prompt has {len(prompt.tokens)} tokens and the context is {self._llama.context_tokens}"
            )
        cached = self._reuse(prompt.tokens)
        self._prefix = prompt.prefix
        self._llama.evaluate(prompt.tokens[len(self._llama.tokens) : prompt.prefix])
        self._keep_prefix(prompt.tokens[: prompt.prefix])
        if job.background:
            return End("stop", prompt.prefix, min(cached, prompt.prefix))
        self._llama.evaluate(prompt.tokens[len(self._llama.tokens) :])
        count = generate(self._llama, job.task(), min(job.max_tokens, room))
        return End("stop", len(prompt.tokens), cached, count)

    def _reuse(self, tokens: list[int]) -> int:
        """Bring the longest known beginning of ``tokens`` into the sequence; returns its length.

        The last token is always evaluated, since its logits choose the first token of the answer.
        """
        self._llama.settle(tokens)
        present = common_length(self._llama.tokens, tokens)
        entry, length = self._store.best(tokens)
        if entry is not None and length >= present + _MIN_PREFIX:
            self._set_aside()
            state = self._store.load(entry)
            if state is not None and self._llama.restore(entry.tokens.tolist(), state):
                present = length
            else:
                self._store.forget(entry)
                present = common_length(self._llama.tokens, tokens)
        elif present < min(self._prefix, len(self._llama.tokens)):
            self._set_aside()
        return self._llama.keep(min(present, len(tokens) - 1))

    def _set_aside(self) -> None:
        """Keep a prefix that was interrupted before it went to disk and now has to make room."""
        unfinished = self._llama.tokens[: self._prefix]
        if len(unfinished) >= _MIN_PREFIX and self._store.best(unfinished)[1] < len(unfinished) - _MIN_PREFIX:
            self._llama.keep(len(unfinished))
            self._store.keep_partial(unfinished, self._llama.state())

    def _keep_prefix(self, prefix: list[int]) -> None:
        if len(prefix) >= _MIN_PREFIX and len(self._llama.tokens) == len(prefix) and not self._store.holds(prefix):
            self._store.save(prefix, self._llama.state())
