"""MySQL's error numbers, with their SQLSTATEs."""

import pytest

from proxy.upstreams.backends.errors import denied, lost, mysql_error, stopped, unknown_time_zone
from proxy.upstreams.backends.running import Stopped


@pytest.mark.parametrize(("number", "sqlstate"), [(1062, "23000"), (1064, "42000"), (1792, "25006"), (9999, "HY000")])
def test_the_sqlstate_is_the_numbers(number: int, sqlstate: str) -> None:
    error = mysql_error(number, "x")
    assert (error.number, error.sqlstate, error.message) == (number, sqlstate, "x")


def test_what_stopped_it() -> None:
    assert [stopped(why).number for why in (Stopped.TIMED_OUT, Stopped.CANCELLED)] == [3024, 1317]


def test_a_denial_never_tells_the_password() -> None:
    assert denied("ann", "secret").message == "Access denied for user 'ann' (using password: YES)"
    assert denied("ann", "").message.endswith("(using password: NO)")


def test_messages() -> None:
    assert lost().message == "Lost connection to the database"
    assert lost("gone").message == "Lost connection to the database: gone"
    assert "Mars" in unknown_time_zone("Mars").message
