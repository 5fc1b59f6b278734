"""What the operator sees and does in one gateway process. With several workers, each of them has one of these."""

import time
from dataclasses import dataclass
from datetime import UTC, datetime
from typing import Any

from proxy.admin import exposition
from proxy.hub import Hub
from proxy.relay import Relay

STATEMENT_CHARS = 2_000
Reply = Any  # what JSON holds: it may come from another process


@dataclass(frozen=True, slots=True)
class Control:
    """Every method's reply is what JSON holds."""

    hub: Hub

    def sessions(self) -> Reply:
        """Who is logged in, as ``GET /v1/sessions`` shows it."""
        now = time.monotonic()
        return [_session(number, relay, now) for number, relay in sorted(self.hub.sessions.items())]

    def counts(self) -> Reply:
        """``sessions`` and ``statements_running``."""
        running = sum(relay.turn.running is not None for relay in self.hub.sessions.values())
        return {"sessions": len(self.hub.sessions), "statements_running": running}

    def end(self, number: int) -> Reply:
        """Close both connections of a session at once; whether it was here."""
        relay = self.hub.sessions.get(number)
        if relay is None:
            return False
        self._stop_in_process(relay, connection=True)
        relay.abort()
        return True

    def cancel(self, number: int) -> Reply:
        """Stop what a session runs: ``cancelled``, ``idle``, or ``database`` when only the database can.

        None: no such session here.
        """
        relay = self.hub.sessions.get(number)
        if relay is None:
            return None
        if relay.turn.interrupt():
            return "cancelled"
        if not relay.busy and not relay.awaiting:
            return "idle"
        return "cancelled" if self._stop_in_process(relay, connection=False) else "database"

    def metrics(self) -> Reply:
        return exposition.collect()

    def _stop_in_process(self, relay: Relay, *, connection: bool) -> bool:
        """Where the upstream is the gateway's own server, it is told."""
        if self.hub.server is None:
            return False
        self.hub.server.killed(relay.login.connection_id, _text(relay.login.user), connection=connection)
        return True


def answer(control: Control, question: dict[str, Any]) -> Reply:
    """``{"do": METHOD, …}`` of another process."""
    match question:
        case {"do": "sessions" | "counts" | "metrics" as name}:
            return getattr(control, name)()
        case {"do": "end" | "cancel" as name, "number": int(number)}:
            return getattr(control, name)(number)
    raise ValueError("no such question")


def _session(number: int, relay: Relay, now: float) -> Reply:
    running = relay.turn.running
    return {
        "id": number,
        "user": _text(relay.login.user),
        "peer": relay.peer,
        "database": _text(relay.login.database) if relay.login.database else None,
        "since": datetime.fromtimestamp(relay.since, UTC).isoformat(timespec="seconds"),
        "state": _state(relay),
        "statement": running.text[:STATEMENT_CHARS] if running else None,
        "seconds": round(now - running.since, 3) if running else None,
    }


def _state(relay: Relay) -> str:
    if relay.turn.running is not None:
        return "answering"
    if relay.busy:
        return "preparing"
    return "running" if relay.awaiting else "idle"


def _text(name: bytes) -> str:
    return name.decode("utf-8", "replace")
