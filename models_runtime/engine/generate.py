"""Writes the answers to an evaluated prompt: one batch per step, with one token of each answer that is not finished."""

import codecs
from collections.abc import Callable, Iterable, Mapping
from contextlib import ExitStack
from dataclasses import dataclass, field

from models_runtime.engine.llama import MAX_SEQUENCES, Interrupted, Llama
from models_runtime.engine.names import Catalog
from models_runtime.engine.sampling import Sampler
from models_runtime.engine.scope import Scope
from models_runtime.engine.statement import Statement


@dataclass(frozen=True, slots=True)
class Text:
    """A piece of answer ``index``; ``logprobs`` of the tokens that came since the last piece."""

    text: str
    index: int = 0
    logprobs: tuple[float, ...] = ()


@dataclass(frozen=True, slots=True)
class Done:
    """Answer ``index`` ended: ``stop`` or ``length``."""

    reason: str
    index: int = 0
    logprobs: tuple[float, ...] = ()


@dataclass(frozen=True, slots=True)
class Task:
    """What to write after the prompt, which ends with ``answer_start``.

    ``emit`` gets any number of ``Text`` and then one ``Done`` for each of ``count`` answers.

    With ``names`` (table -> columns) the answers are SELECT statements that can name nothing else.
    Answer *i* is sampled with ``seed + i``; with ``greedy_first`` answer 0 is not sampled but greedy.
    """

    emit: Callable[[Text | Done], None]
    count: int = 1
    greedy_first: bool = False
    temperature: float = 0.0
    seed: int = 0
    stop: tuple[str, ...] = ()
    grammar: str | None = None
    names: Mapping[str, Iterable[str]] | None = None
    answer_start: str = ""
    logprobs: bool = False
    cancelled: Callable[[], bool] = lambda: False


@dataclass(slots=True)
class _Answer:
    """The text side of one answer: bytes of tokens -> text, stop strings, the end."""

    index: int
    task: Task
    limit: int
    count: int = 0
    logprobs: list[float] = field(default_factory=list)
    pending: str = ""  # text that may turn out to begin a stop string
    decoder: codecs.IncrementalDecoder = field(default_factory=lambda: codecs.getincrementaldecoder("utf-8")("replace"))

    def add(self, piece: bytes | None) -> bool:
        """Take the next token (``None``: the end); ``False`` when the answer is finished by it."""
        self.count += 1
        if piece is None:
            return self._finish("stop", self.pending + self.decoder.decode(b"", final=True))
        self.pending += self.decoder.decode(piece)
        found = [at for at in (self.pending.find(stop) for stop in self.task.stop) if at >= 0]
        if found:
            return self._finish("stop", self.pending[: min(found)])
        if self.count == self.limit:
            return self._finish("length", self.pending + self.decoder.decode(b"", final=True))
        sent = len(self.pending) - held_back(self.pending, self.task.stop)
        if sent:
            self.task.emit(Text(self.pending[:sent], self.index, self._taken()))
            self.pending = self.pending[sent:]
        return True

    def _finish(self, reason: str, rest: str) -> bool:
        if rest:
            self.task.emit(Text(rest, self.index, self._taken()))
        self.task.emit(Done(reason, self.index, self._taken()))
        return False

    def _taken(self) -> tuple[float, ...]:
        taken, self.logprobs = tuple(self.logprobs), []
        return taken


def generate(llama: Llama, task: Task, limit: int) -> int:
    """Write all answers, each of at most ``limit`` tokens; returns how many tokens that were.

    Where the key-value cache has no room for all at once, they are written in rounds. The sequences stay as they are
    at the end of the last round. Raises ``Interrupted``.
    """
    prompt = list(llama.tokens)
    width = max(1, min(MAX_SEQUENCES, (llama.context_tokens - len(prompt)) // limit))
    catalog = Catalog(task.names) if task.names else None
    total = 0
    for first in range(0, task.count, width):
        if first:  # the logits of the prompt's end again
            llama.settle(prompt)
            llama.keep(len(prompt) - 1)
            llama.evaluate(prompt[-1:])
        total += _round(llama, task, catalog, range(first, min(first + width, task.count)), limit)
    return total


def _round(llama: Llama, task: Task, catalog: Catalog | None, indexes: range, limit: int) -> int:
    """The answers ``indexes``, the first of them in sequence 0; returns the number of tokens."""
    answers = {sequence: _Answer(index, task, limit) for sequence, index in enumerate(indexes)}
    with ExitStack() as stack:
        samplers = {
            sequence: stack.enter_context(_sampler(llama, task, catalog, answer.index))
            for sequence, answer in answers.items()
        }
        llama.fork(len(answers))
        rows = dict.fromkeys(answers, -1)
        while True:
            tokens = {}
            for sequence, row in rows.items():
                token = samplers[sequence].next(row)
                answer = answers[sequence]
                if task.logprobs:
                    answer.logprobs.append(llama.log_probability(row, token))
                if answer.add(None if llama.is_end(token) else llama.piece(token)):
                    tokens[sequence] = token
            if not tokens:
                return sum(answer.count for answer in answers.values())
            if task.cancelled():
                raise Interrupted
            llama.append(tokens)
            rows = {sequence: row for row, sequence in enumerate(tokens)}


def _sampler(llama: Llama, task: Task, catalog: Catalog | None, index: int) -> Sampler:
    greedy = task.greedy_first and index == 0
    statement = None
    if catalog is not None:
        statement = Statement(scope=Scope(catalog))
        statement.begin(task.answer_start)
    seed = (task.seed + index) & 0xFFFFFFFF
    return Sampler(llama, 0.0 if greedy else task.temperature, seed, task.grammar, statement)


def held_back(text: str, stops: tuple[str, ...]) -> int:
    """How many characters at the end of ``text`` may be the beginning of a stop string."""
    longest = max((len(stop) - 1 for stop in stops), default=0)
    for length in range(min(longest, len(text)), 0, -1):
        if any(stop.startswith(text[-length:]) for stop in stops):
            return length
    return 0
