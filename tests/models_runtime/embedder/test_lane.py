"""Batches of texts that several requests share."""

import subprocess
import sys
import threading
from queue import SimpleQueue
from typing import Any

from models_runtime.embedder.lane import BATCH_TOKENS, Job, Lane


class Held:
    """Runs a lane's batches one by one, when the test says so, and records them."""

    def __init__(self, fails: str = "", most: int = 1000) -> None:
        self.batches: list[list[str]] = []
        self.begun = threading.Semaphore(0)
        self.go = threading.Semaphore(0)
        self.fails = fails
        self.most = most

    def __call__(self, texts: list[str]) -> list[str]:
        self.batches.append(texts)
        self.begun.release()
        self.go.acquire()
        if self.fails and self.fails in texts:
            raise RuntimeError("cannot take it")
        if len(texts) > self.most:
            raise MemoryError
        return [text.upper() for text in texts]


def submit(lane: Lane[str], *texts: str) -> "tuple[Job[str], SimpleQueue[Any]]":
    results: SimpleQueue[Any] = SimpleQueue()
    job = Job(texts, results.put)
    lane.submit(job)
    return job, results


def lane_of(run: Held, max_tokens: int = 256, instead: str | None = None) -> Lane[str]:
    return Lane(run, len, lambda text, chars: text[:chars], max_tokens, "test", instead)


def test_requests_that_wait_share_batches_of_similar_length() -> None:
    run = Held()
    lane = lane_of(run)
    _, first = submit(lane, "a")
    run.begun.acquire()  # while it runs, these come
    long, short = "l" * 2000, "s"
    _, second = submit(lane, short, long)
    _, third = submit(lane, *[long] * 7, "t")
    run.go.release(100)
    assert first.get() == ["A"]
    assert second.get() == [short.upper(), long.upper()]
    assert third.get() == [*[long.upper()] * 7, "T"]
    assert run.batches[1:] == [[long] * 8, [short, "t"]]


def test_a_batch_is_bounded_by_its_tokens() -> None:
    run = Held()
    run.go.release(100)
    _, results = submit(lane_of(run, max_tokens=512), *["x" * 10_000] * 9)
    assert len(results.get()) == 9
    assert [len(batch) for batch in run.batches] == [BATCH_TOKENS // 512] * 2 + [1]


def test_what_is_cancelled_is_not_begun() -> None:
    run = Held()
    lane = lane_of(run)
    cancelled, nothing = submit(lane, *["x" * 1000] * 20)
    run.begun.acquire()
    _, other = submit(lane, "b")
    cancelled.cancelled = True
    run.go.release(100)
    assert other.get() == ["B"]
    assert [len(batch) for batch in run.batches] == [8, 1]
    assert nothing.empty()


def test_a_failure_is_that_of_its_requests_only() -> None:
    run = Held(fails="bad")
    lane = lane_of(run)
    run.go.release(100)
    _, bad = submit(lane, "bad", "x" * 2000)
    error = bad.get()
    assert isinstance(error, RuntimeError)
    _, good = submit(lane, "good")
    assert good.get() == ["GOOD"]
    assert bad.empty()  # told once


def test_what_fails_together_is_tried_text_by_text() -> None:
    run = Held(most=1)
    run.go.release(100)
    lane = lane_of(run)
    _, results = submit(lane, "a", "b", "c")
    assert results.get() == ["A", "B", "C"]
    assert lane.busy_s == 0


def test_a_text_that_the_model_cannot_take_does_not_fail_the_others_of_its_request() -> None:
    run = Held(fails="bad")
    run.go.release(100)
    _, results = submit(lane_of(run, instead="blank"), "good", "bad", "fine")
    assert results.get() == ["GOOD", "BLANK", "FINE"]
    run.fails = "blank"
    _, results = submit(lane_of(run, instead="blank"), "good", "blank")
    assert isinstance(results.get(), RuntimeError)


def test_what_no_model_reads_is_cut_off_before_it_is_tokenized() -> None:
    run = Held()
    run.go.release(100)
    _, results = submit(lane_of(run, max_tokens=256), "x" * 10_000_000, "y")
    results.get()
    assert sorted(len(text) for text in run.batches[0]) == [1, 256 * 40]


DIES = """
import time
from models_runtime.embedder.lane import Job, Lane
lane = Lane(lambda texts: texts, lambda text: 1 // 0, lambda text, n: text, 256, "test")
lane.submit(Job(["a"], print))
time.sleep(60)
"""


def test_an_error_of_the_lane_itself_ends_the_process() -> None:
    ended = subprocess.run([sys.executable, "-c", DIES], capture_output=True, text=True, timeout=50, check=False)
    assert ended.returncode == 70
    assert "ZeroDivisionError" in ended.stderr


def test_it_says_how_long_a_batch_takes() -> None:
    run = Held()
    lane = lane_of(run)
    assert lane.busy_s == 0
    _, results = submit(lane, "a")
    run.begun.acquire()
    assert lane.busy_s > 0
    run.go.release()
    results.get()
    assert lane.busy_s == 0
