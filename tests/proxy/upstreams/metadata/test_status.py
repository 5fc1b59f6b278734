"""SHOW STATUS."""

from proxy.upstreams.metadata.session import SessionView
from proxy.upstreams.metadata.status import status_rows


def test_the_counters_of_a_server_by_name() -> None:
    found = list(status_rows(SessionView("ann")))
    assert found == sorted(found)
    assert dict(found)["Threads_connected"] == "1"
    assert all(isinstance(value, str) for _, value in found)


def test_what_the_owner_tells_takes_the_place_of_the_defaults() -> None:
    view = SessionView("ann", status=lambda: {"Threads_connected": 7, "Own_counter": "x"})
    found = dict(status_rows(view))
    assert (found["Threads_connected"], found["Own_counter"]) == ("7", "x")
    assert dict(status_rows(SessionView("ann")))["Threads_connected"] == "1"
