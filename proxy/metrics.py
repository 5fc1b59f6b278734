"""What is measured of the gateway itself; ``askwire_…`` in ``/metrics``.

The relay's path holds no counter: what is told of relayed statements is counted about once a second.
"""

import platform
import time

from prometheus_client import Counter, Gauge, Histogram

from conf.metrics import REGISTRY
from plugins import AskwireError, UpstreamError

_SECONDS = (0.005, 0.025, 0.1, 0.25, 0.5, 1, 2.5, 5, 10, 30, 60, 180)
CONNECTIONS = Counter(
    "askwire_connections",
    "Client connections by how their log-in ended: opened, refused, turned_away (max_connections)",
    ["outcome"], registry=REGISTRY,
)  # fmt: skip
SESSIONS = Gauge("askwire_sessions", "Clients that are logged in", registry=REGISTRY)
RUNNING = Gauge("askwire_statements_running", "Gateway statements that are being answered", registry=REGISTRY)
SEEN = Counter("askwire_seen_statements", "Relayed statements that were watched", registry=REGISTRY)
UNSEEN = Counter(
    "askwire_seen_statements_dropped", "Of them those with no room or time for a look at them", registry=REGISTRY
)
UNREACHABLE = Counter("askwire_upstream_failures", "Connections that the upstream did not take", registry=REGISTRY)
STATEMENTS = Counter(
    "askwire_statements", "Gateway statements by how they ended: answered, cancelled, or an error's name",
    ["name", "outcome"], registry=REGISTRY,
)  # fmt: skip
SECONDS = Histogram(
    "askwire_statement_seconds", "A gateway statement, until its answer begins", ["name"],
    buckets=_SECONDS, registry=REGISTRY,
)  # fmt: skip
_BUILD = Gauge(
    "askwire_build_info", "1, with the versions of askwire and Python", ["version", "python"], registry=REGISTRY
)
_START = Gauge("askwire_start_time_seconds", "When the gateway was started, in seconds since 1970", registry=REGISTRY)


def started(version: str) -> None:
    """A gateway of this version starts in this process."""
    _BUILD.labels(version, platform.python_version()).set(1)
    _START.set(time.time())
    for outcome in ("opened", "refused", "turned_away"):
        CONNECTIONS.labels(outcome)


def outcome_of(error: BaseException | None) -> str:
    """How a statement ended, as a label."""
    if error is None:
        return "answered"
    if isinstance(error, AskwireError):
        return error.code.name.lower()
    if isinstance(error, UpstreamError):
        return "upstream_error"
    return "internal" if isinstance(error, Exception) else "cancelled"
