"""What the admin endpoint offers to the routes of plugins."""

from collections.abc import Awaitable, Callable, Sequence
from dataclasses import dataclass

from plugins.types import Value

Rows = Sequence[Sequence[Value]]


@dataclass(frozen=True, slots=True)
class DatabaseLogins:
    """The database log-ins that people opened at ``/v1/logins``; a service, where there is an admin endpoint.

    ``run(role, login, sql)`` runs one statement with that account's own rights and returns its rows; ``role`` is the
    caller's (``request.state.role``): nobody uses another role's log-in. Raises ``UpstreamError`` and, as HTTP answers,
    404 for a log-in that is not open and 409 for one that is busy.
    """

    run: Callable[[str, str, str], Awaitable[Rows]]
