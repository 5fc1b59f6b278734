"""The order of jobs and what an interruption keeps, with a model of one token per character."""

import threading
from collections.abc import Callable
from pathlib import Path
from queue import Queue
from typing import Any

import pytest

from models_runtime.engine import generate as generate_module
from models_runtime.engine import worker as module
from models_runtime.engine.chat import Message, Prompt
from models_runtime.engine.generate import Done, Text
from models_runtime.engine.llama import Interrupted
from models_runtime.engine.prefixes import PrefixStore
from models_runtime.engine.worker import End, Job, Worker

END = 0


class FakeLlama:
    """Evaluates one token at a time; waits at a ``gate`` token until the test lets it pass."""

    context_tokens = 1000
    gate = ord("#")
    hang = ord("!")  # waits without asking whether to stop

    def __init__(self, abort: Callable[[], bool]) -> None:
        self.abort = abort
        self.tokens: list[int] = []
        self.evaluated: list[int] = []
        self.at_gate = threading.Semaphore(0)
        self.open = threading.Event()

    def evaluate(self, tokens: list[int]) -> None:
        for token in tokens:
            if token == self.hang:
                self.open.wait()
            if token == self.gate:
                self.at_gate.release()
                while not self.open.wait(0.01):
                    if self.abort():
                        raise Interrupted
            self.tokens.append(token)
            self.evaluated.append(token)

    def fork(self, _count: int) -> None:
        pass

    def settle(self, _tokens: list[int]) -> None:
        pass

    def append(self, tokens: dict[int, int]) -> None:
        self.evaluate([tokens[0]])

    def keep(self, count: int) -> int:
        del self.tokens[count:]
        return len(self.tokens)

    def state(self) -> bytes:
        return b"state"

    def restore(self, tokens: list[int], _state: bytes) -> bool:
        self.tokens = list(tokens)
        return True

    def is_end(self, token: int) -> bool:
        return token == END

    def piece(self, token: int) -> bytes:
        return bytes([token])


class FakeSampler:
    """Says ``answer``, then the end."""

    answer = b"ok"

    def __init__(self, *_: object) -> None:
        self._rest = list(self.answer)

    def __enter__(self) -> "FakeSampler":
        return self

    def __exit__(self, *_: object) -> None:
        pass

    def next(self, _row: int) -> int:
        return self._rest.pop(0) if self._rest else END


@pytest.fixture
def running(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> tuple[Worker, FakeLlama]:
    def prompt(_llama: object, messages: list[Message], _start: str) -> Prompt:
        system, user = (m.content for m in messages)
        return Prompt([*system.encode(), *user.encode()], len(system))

    monkeypatch.setattr(module, "make_prompt", prompt)
    monkeypatch.setattr(generate_module, "Sampler", FakeSampler)
    made: list[FakeLlama] = []

    def load(abort: Callable[[], bool]) -> Any:
        made.append(FakeLlama(abort))
        return made[0], PrefixStore(tmp_path, "mark", 10**6)

    worker = Worker(load)
    worker.start()
    while worker.state != "ready":
        worker.join(0.01)
    return worker, made[0]


def submit(worker: Worker, system: str, user: str, **more: Any) -> "tuple[Job, Queue[Any]]":
    events: Queue[Any] = Queue()
    job = Job([Message("system", system), Message("user", user)], events.put, **more)
    worker.submit(job)
    return job, events


def finish(events: "Queue[Any]") -> tuple[str, End]:
    text = ""
    while True:
        event = events.get(timeout=20)
        if isinstance(event, End):
            return text, event
        if isinstance(event, Text):
            text += event.text
        else:
            assert isinstance(event, Done)


LONG = "x" * 100


def test_a_prefill_is_cancelled_in_the_middle_and_the_next_job_is_served(running: tuple[Worker, FakeLlama]) -> None:
    worker, llama = running
    job, events = submit(worker, LONG + "#" + LONG, "q")
    llama.at_gate.acquire()
    worker.cancel(job)
    assert finish(events) == ("", End("cancelled"))
    _, events = submit(worker, "y" * 100, "q")
    text, end = finish(events)
    assert (text, end.reason, end.prompt_tokens) == ("ok", "stop", 101)


def test_an_answer_goes_before_a_prefill_which_then_goes_on_where_it_was(running: tuple[Worker, FakeLlama]) -> None:
    worker, llama = running
    _, warm = submit(worker, LONG + "#" + LONG, "", background=True)
    llama.at_gate.acquire()
    _, events = submit(worker, "y" * 100, "q")
    text, _ = finish(events)
    assert text == "ok"
    assert warm.empty()
    llama.open.set()
    _, end = finish(warm)
    assert (end.reason, end.prompt_tokens, end.cached_tokens) == ("stop", 201, 100)
    assert llama.evaluated.count(ord("x")) == 200


def test_a_question_on_the_schema_that_is_being_prepared_takes_over_what_is_done(
    running: tuple[Worker, FakeLlama],
) -> None:
    worker, llama = running
    _, warm = submit(worker, LONG + "#" + LONG, "", background=True)
    llama.at_gate.acquire()
    _, events = submit(worker, LONG + "#" + LONG, "q")
    llama.at_gate.acquire()
    llama.open.set()
    assert finish(events)[1].cached_tokens == 100
    assert finish(warm)[1].cached_tokens == 200  # all but the last, which is always evaluated


def test_schemas_take_turns_without_being_evaluated_again(running: tuple[Worker, FakeLlama]) -> None:
    worker, _ = running
    ends = [finish(submit(worker, system * 100, "question")[1])[1] for system in "abab"]
    assert [end.cached_tokens for end in ends] == [0, 0, 100, 100]


def test_a_job_cancelled_while_it_waits_is_not_begun(running: tuple[Worker, FakeLlama]) -> None:
    worker, llama = running
    _, first = submit(worker, LONG + "#", "q")
    llama.at_gate.acquire()
    job, events = submit(worker, "z" * 100, "q")
    worker.cancel(job)
    llama.open.set()
    finish(first)
    assert finish(events) == ("", End("cancelled"))
    assert ord("z") not in llama.evaluated


def test_too_long_a_prompt_is_refused(running: tuple[Worker, FakeLlama]) -> None:
    worker, _ = running
    _, end = finish(submit(worker, "x" * 1000, "q")[1])
    assert end.reason == "context_length_exceeded"
    assert "1001 tokens" in end.message


def test_a_model_that_hangs_is_seen(running: tuple[Worker, FakeLlama]) -> None:
    worker, llama = running
    assert worker.silent_s() == 0
    _, events = submit(worker, "x", "!")
    while worker.silent_s() < 0.05:
        worker.join(0.01)
    llama.open.set()
    assert finish(events)[0] == "ok"
    while worker.silent_s() > 0:
        worker.join(0.01)


def test_a_model_that_does_not_load_says_why() -> None:
    def load(_abort: Callable[[], bool]) -> Any:
        raise ValueError("no model in it")

    worker = Worker(load)
    worker.start()
    worker.join(10)
    assert (worker.state, worker.error) == ("failed", "no model in it")
