import pytest

from nl2sql import trace as module
from nl2sql.trace import Step, Trace
from plugins import AskwireError, ErrorCode


@pytest.fixture
def clock(monkeypatch: pytest.MonkeyPatch) -> list[float]:
    now = [100.0]
    monkeypatch.setattr(module.time, "monotonic", lambda: now[0])
    return now


def test_steps_in_order(clock: list[float]) -> None:
    trace = Trace(started=clock[0])
    for name, seconds in (("catalog", 1.0), ("model", 2.0), ("guard", 0.5), ("model repair", 4.0)):
        with trace.step(name) as step:
            clock[0] += seconds
            step.show(f"{name} done")
        clock[0] += 0.25
    assert [(s.name, s.seconds, s.detail()) for s in trace.steps] == [
        ("catalog", 1.0, "catalog done"),
        ("model", 2.0, "model done"),
        ("guard", 0.5, "guard done"),
        ("model repair", 4.0, "model repair done"),
    ]
    assert (trace.seconds, trace.model_s) == (8.5, 6.0)


def test_an_error_becomes_the_detail_and_goes_on(clock: list[float]) -> None:
    trace = Trace()

    def fails() -> None:
        with trace.step("guard") as step:
            clock[0] += 3.0
            step.say("2 tables")
            raise ValueError("no")

    with pytest.raises(ValueError, match="no"):
        fails()
    assert (trace.steps[0].detail(), trace.steps[0].seconds) == ("2 tables\nValueError: no", 3.0)


def test_what_the_gateway_says_is_in_the_session_s_language() -> None:
    step = Step("guard")
    step.say("5 tables, 4 foreign keys")
    step.show("5 tables, 4 foreign keys")
    step.error = AskwireError(ErrorCode.NO_DATABASE, "No database is selected")
    assert step.detail("zh").splitlines() == [
        "5 个表，4 个外键",
        "5 tables, 4 foreign keys",
        "没有选择数据库。请先选择数据库：USE <数据库>。",
    ]


def test_steps_within_each_other(clock: list[float]) -> None:
    trace = Trace()
    with trace.step("outer"):
        clock[0] += 1.0
        with trace.step("inner"):
            clock[0] += 2.0
    assert [(s.name, s.seconds) for s in trace.steps] == [("outer", 3.0), ("inner", 2.0)]
