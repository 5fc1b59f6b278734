"""The wire and the process: listener, handshake, relay, statement routing, upstreams, command line."""

from proxy.gateway import Gateway
from proxy.hub import Event, SessionClosed, SessionOpened, StatementAnswered

__all__ = ["Event", "Gateway", "SessionClosed", "SessionOpened", "StatementAnswered"]
