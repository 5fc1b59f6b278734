"""A cancel or a limit stops the statement under way and no other."""

import threading

from proxy.upstreams.backends.running import Running, Stopped


def test_only_what_runs_is_cancelled() -> None:
    calls: list[str] = []
    running = Running(lambda: calls.append("interrupt"))
    running.cancel()
    assert (calls, running.stopped) == ([], None)
    running.start()
    running.cancel()
    assert (calls, running.stopped) == (["interrupt"], Stopped.CANCELLED)
    running.finish()
    running.finish()
    running.cancel()
    assert calls == ["interrupt"]
    running.start()
    assert running.stopped is None


def test_a_limit() -> None:
    interrupted = threading.Event()
    running = Running(interrupted.set)
    running.start(0.01)
    assert interrupted.wait(10)
    assert running.stopped is Stopped.TIMED_OUT
    running.cancel()
    assert running.stopped is Stopped.TIMED_OUT  # the first reason stays


def test_a_limit_of_a_statement_that_is_over() -> None:
    """The timer fires between two statements, or during the next one: neither is stopped."""
    calls: list[str] = []
    running = Running(lambda: calls.append("interrupt"))
    running.start()
    first = running._statement
    running.finish()
    running._stop(Stopped.TIMED_OUT, first)
    running.start()
    running._stop(Stopped.TIMED_OUT, first)
    assert (calls, running.stopped) == ([], None)


def test_finish_waits_for_an_interrupt_on_its_way() -> None:
    sending, sent, order = threading.Event(), threading.Event(), []

    def interrupt() -> None:
        sending.set()
        sent.wait(10)
        order.append("interrupted")

    running = Running(interrupt)
    running.start()
    canceller = threading.Thread(target=running.cancel)
    canceller.start()
    assert sending.wait(10)
    finisher = threading.Thread(target=lambda: (running.finish(), order.append("finished")))
    finisher.start()
    sent.set()
    finisher.join()
    canceller.join()
    assert order == ["interrupted", "finished"]
