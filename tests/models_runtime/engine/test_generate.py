"""Answers written together, with a scripted model of one token per byte."""

from typing import Any

import pytest

from models_runtime.engine import generate as module
from models_runtime.engine.generate import Done, Task, Text, generate, held_back
from models_runtime.engine.llama import MAX_SEQUENCES, Interrupted

END = 0
PROMPT = [1, 2, 3]


class FakeLlama:
    """Keeps the tokens of each sequence; ``batches`` are the sequences of each step."""

    def __init__(self, room: int = 10_000) -> None:
        self.tokens = list(PROMPT)
        self.context_tokens = len(PROMPT) + room
        self.sequences: dict[int, list[int]] = {}
        self.batches: list[list[int]] = []

    def fork(self, count: int) -> None:
        self.sequences = {sequence: list(self.tokens) for sequence in range(1, count)}

    def settle(self, _tokens: list[int]) -> None:
        self.sequences = {}

    def append(self, tokens: dict[int, int]) -> None:
        self.batches.append(list(tokens))
        for sequence, token in tokens.items():
            (self.sequences[sequence] if sequence else self.tokens).append(token)

    def keep(self, count: int) -> int:
        del self.tokens[count:]
        return count

    def evaluate(self, tokens: list[int]) -> None:
        self.tokens += tokens

    def is_end(self, token: int) -> bool:
        return token == END

    def piece(self, token: int) -> bytes:
        return bytes([token])

    def log_probability(self, row: int, token: int) -> float:
        return -float(row + 1)


class FakeSampler:
    """Says the answer whose number is the seed; ``asked`` notes (temperature, seed)."""

    answers: tuple[bytes, ...] = ()
    asked: list[tuple[float, int]]

    def __init__(self, _llama: object, temperature: float, seed: int, *_: object) -> None:
        self.asked.append((temperature, seed))
        self._rest = list(self.answers[seed])

    def __enter__(self) -> "FakeSampler":
        return self

    def __exit__(self, *_: object) -> None:
        pass

    def next(self, _row: int) -> int:
        return self._rest.pop(0) if self._rest else END


@pytest.fixture(autouse=True)
def sampler(monkeypatch: pytest.MonkeyPatch) -> type[FakeSampler]:
    monkeypatch.setattr(module, "Sampler", FakeSampler)
    FakeSampler.asked = []
    return FakeSampler


def write(llama: FakeLlama, answers: tuple[bytes, ...], limit: int = 99, **more: Any) -> list[tuple[str, str]]:
    """(text, reason of the end) of each answer."""
    FakeSampler.answers = answers
    events: list[Text | Done] = []
    generate(llama, Task(events.append, count=len(answers), **more), limit)  # type: ignore[arg-type]
    done = {event.index: event.reason for event in events if isinstance(event, Done)}
    assert sorted(event.index for event in events if isinstance(event, Done)) == list(range(len(answers)))
    texts = ["".join(e.text for e in events if isinstance(e, Text) and e.index == i) for i in range(len(answers))]
    return [(text, done[index]) for index, text in enumerate(texts)]


@pytest.mark.parametrize(
    ("answer", "stop", "limit", "expected"),
    [
        (b"SELECT 1; more", (";",), 99, ("SELECT 1", "stop")),
        (b"a\n\nb", ("\n\n",), 99, ("a", "stop")),
        (b"a\nb\n", ("\n\n",), 99, ("a\nb\n", "stop")),
        (b"abcdef", (), 3, ("abc", "length")),
        ("né".encode(), (), 99, ("né", "stop")),
        ("né".encode()[:2], (), 99, ("n\ufffd", "stop")),
        (b"ab", ("a", "b"), 99, ("", "stop")),
    ],
)
def test_where_an_answer_ends(answer: bytes, stop: tuple[str, ...], limit: int, expected: tuple[str, str]) -> None:
    assert write(FakeLlama(), (answer,), limit, stop=stop) == [expected]


def test_an_answer_that_is_finished_leaves_the_batch() -> None:
    llama = FakeLlama()
    assert write(llama, (b"ab", b"", b"abcd"), stop=("d",)) == [("ab", "stop"), ("", "stop"), ("abc", "stop")]
    assert llama.batches == [[0, 2], [0, 2], [2]]
    assert llama.tokens == [*PROMPT, *b"ab"]
    assert llama.sequences == {1: PROMPT, 2: [*PROMPT, *b"abc"]}


def test_what_has_no_room_waits_for_the_next_round() -> None:
    llama = FakeLlama(room=25)
    assert write(llama, (b"ab", b"cd", b"ef"), 10) == [("ab", "stop"), ("cd", "stop"), ("ef", "stop")]
    assert llama.batches == [[0, 1], [0, 1], [0], [0]]
    assert llama.tokens == [*PROMPT, *b"ef"]


def test_more_answers_than_sequences() -> None:
    llama = FakeLlama()
    answers = tuple(b"%d" % number for number in range(MAX_SEQUENCES + 2))
    assert [text for text, _ in write(llama, answers)] == [answer.decode() for answer in answers]
    assert max(len(batch) for batch in llama.batches) == MAX_SEQUENCES


def test_seeds_and_the_greedy_one(sampler: type[FakeSampler]) -> None:
    write(FakeLlama(), (b"a", b"b", b"c"), temperature=0.7, greedy_first=True)
    assert sampler.asked == [(0.0, 0), (0.7, 1), (0.7, 2)]


def test_the_log_probability_of_every_token_is_told_once() -> None:
    FakeSampler.answers = (b"a", b"bcd")
    events: list[Text | Done] = []
    task = Task(events.append, count=2, logprobs=True, stop=("d",))
    assert generate(FakeLlama(), task, 99) == 5  # type: ignore[arg-type]
    told = [tuple(value for event in events if event.index == index for value in event.logprobs) for index in (0, 1)]
    assert told == [(0.0, -1.0), (0.0, -2.0, -1.0)]  # the first from row -1, and row 0 when it is alone


def test_cancelling_ends_all() -> None:
    llama = FakeLlama()
    with pytest.raises(Interrupted):
        write(llama, (b"abc", b"abc"), cancelled=lambda: len(llama.batches) == 2)
    assert llama.tokens == [*PROMPT, *b"ab"]


def test_held_back() -> None:
    assert held_back("SELECT\n", ("\n\n",)) == 1
    assert held_back("SELECT", ("\n\n",)) == 0
    assert held_back("abcab", ("abcd", "bx")) == 2
