import pytest

from plugins.plugin import MAX_FAULTS, Plugin, said
from plugins.watchdog import Hung


def plugin() -> Plugin:
    return Plugin("p", "1", "a file")


@pytest.mark.parametrize(
    ("error", "limit", "text"),
    [
        (ValueError("no\n good"), 0, "ValueError: no good"),
        (Hung(), 5.0, "it held the event loop for more than 5 s"),
        (TimeoutError(), 0.25, "it took more than 0.25 s"),
        (TimeoutError(), 0, "it took too long"),
        (TimeoutError("the server's"), 5, "TimeoutError: the server's"),
        (ValueError("x" * 999), 0, "ValueError: " + "x" * 288),
    ],
)
def test_what_went_wrong(error: BaseException, limit: float, text: str) -> None:
    assert said(error, limit) == text


def test_faults_in_a_row_switch_it_off() -> None:
    mine = plugin()
    for _ in range(MAX_FAULTS - 1):
        mine.failed("askwire_status", ValueError("no"))
    assert mine.on
    mine.worked("askwire_status")
    for _ in range(MAX_FAULTS - 1):
        mine.failed("askwire_status", ValueError("no"))
    assert mine.on
    mine.failed("askwire_status", ValueError("no"))
    assert (mine.state, mine.broken) == ("off", True)
    assert mine.off == f"askwire_status: ValueError: no ({MAX_FAULTS} times in a row)"
    assert mine.errors["askwire_status"] == 2 * MAX_FAULTS - 1


def test_each_hook_has_a_count_of_its_own() -> None:
    mine = plugin()
    for _ in range(MAX_FAULTS - 1):
        for hook in ("askwire_status", "askwire_context"):
            mine.failed(hook, ValueError("no"))
    assert mine.on


@pytest.mark.parametrize("hook", ["load", "askwire_settings", "askwire_lifespan"])
def test_a_plugin_that_is_not_whole(hook: str) -> None:
    mine = plugin()
    mine.failed(hook, ValueError("no"))
    assert mine.off == f"{hook}: ValueError: no"


def test_one_that_hangs() -> None:
    mine = plugin()
    mine.failed("askwire_status", Hung(), 5.0)
    assert mine.off == "askwire_status: it held the event loop for more than 5 s"


@pytest.mark.parametrize("hook", ["askwire_statements", "askwire_answered", "askwire_http"])
def test_a_client_cannot_switch_it_off(hook: str) -> None:
    mine = plugin()
    for error in (ValueError("no"), Hung()):
        for _ in range(2 * MAX_FAULTS):
            mine.failed(hook, error)
    assert mine.on
    assert mine.errors[hook] == 4 * MAX_FAULTS


def test_calls_are_counted_but_for_loading() -> None:
    mine = plugin()
    mine.ended("load", 9.0)
    mine.ended("askwire_status", 0.25)
    mine.ended("askwire_status", 0.5)
    assert (mine.calls, mine.seconds) == ({"askwire_status": 2}, {"askwire_status": 0.75})
