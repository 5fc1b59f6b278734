from typing import Any, cast

import pytest

from proxy.upstreams.effects import apply
from proxy.upstreams.metadata import Change


class Recorder:
    """Keeps which methods were called with what."""

    def __init__(self) -> None:
        self.called: list[tuple[str, Any]] = []

    def __getattr__(self, name: str) -> Any:
        return lambda value: self.called.append((name, value))


@pytest.mark.parametrize(
    ("name", "value", "called"),
    [
        ("autocommit", 0, ("set_autocommit", False)),
        ("autocommit", 1, ("set_autocommit", True)),
        ("transaction_read_only", 1, ("set_read_only", True)),
        ("next_transaction_read_only", 1, ("set_next_read_only", True)),
        ("time_zone", "+02:00", ("set_time_zone", "+02:00")),
        ("time_zone", "system", ("set_time_zone", "UTC")),
        ("max_execution_time", 1500, ("set_timeout", 1.5)),
        ("max_execution_time", 0, ("set_timeout", None)),
        ("max_statement_time", "0.25", ("set_timeout", 0.25)),
        ("max_statement_time", 0, ("set_timeout", None)),
    ],
)
def test_what_a_variable_means(name: str, value: Any, called: tuple[str, Any]) -> None:
    recorder = Recorder()
    apply([Change(name, value)], cast(Any, recorder), cast(Any, recorder))
    assert recorder.called == [called]


def test_others_concern_the_gateways_own_answers() -> None:
    recorder = Recorder()
    apply([Change("sql_mode", "ANSI"), Change("autocommit", 0)], cast(Any, recorder), cast(Any, recorder))
    assert recorder.called == [("set_autocommit", False)]
