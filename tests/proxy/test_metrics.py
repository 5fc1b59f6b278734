"""What is measured of the gateway itself."""

import asyncio

import pytest

from conf.metrics import REGISTRY
from plugins import AskwireError, ErrorCode, UpstreamError
from proxy import metrics


@pytest.mark.parametrize(
    ("error", "outcome"),
    [
        (None, "answered"),
        (AskwireError(ErrorCode.NO_MODEL, "x"), "no_model"),
        (UpstreamError(1064, "42000", "x"), "upstream_error"),
        (ValueError("x"), "internal"),
        (asyncio.CancelledError(), "cancelled"),
        (KeyboardInterrupt(), "cancelled"),
    ],
)
def test_how_a_statement_ended(error: BaseException | None, outcome: str) -> None:
    assert metrics.outcome_of(error) == outcome


def test_every_outcome_of_a_connection_is_there_from_the_start() -> None:
    metrics.started("1.2.3")
    for outcome in ("opened", "refused", "turned_away"):
        assert REGISTRY.get_sample_value("askwire_connections_total", {"outcome": outcome}) is not None
    assert (REGISTRY.get_sample_value("askwire_start_time_seconds") or 0) > 0
