"""Several gateway processes on one port (SO_REUSEPORT). The parent starts them, passes signals on, and waits."""

import asyncio
import contextlib
import ctypes
import os
import signal
import socket
from collections.abc import Callable
from dataclasses import dataclass
from struct import Struct
from types import FrameType

# A session's id; whether the session is to end, not only its statement.
_KILL = Struct("<Q?")
MAX_USER = 4 * 128  # bytes of a user name: MariaDB has up to 128 characters
_PR_SET_PDEATHSIG = 1


@dataclass(frozen=True)
class Siblings:
    """Tells the other workers that a session is to be killed: it may be any of theirs.

    The first worker owns the admin endpoint: ``asks`` are its connections to the others, ``asked`` is a worker's to it.
    """

    mine: socket.socket
    others: tuple[socket.socket, ...]
    asks: tuple[socket.socket, ...] = ()
    asked: socket.socket | None = None

    def kill(self, connection_id: int, user: str = "", *, connection: bool = False) -> None:
        """From any thread; never blocks, and a worker that does not keep up misses it. ``user``: who asks for it."""
        for other in self.others:
            try:
                other.send(_KILL.pack(connection_id, connection) + user.encode()[:MAX_USER], socket.MSG_DONTWAIT)
            except OSError:
                continue

    def listen(self, killed: Callable[[int, str, bool], None]) -> None:
        """Call ``killed`` with (id, user, connection) for every session that another worker's client kills."""

        def receive() -> None:
            message = self.mine.recv(_KILL.size + MAX_USER)
            number, connection = _KILL.unpack_from(message)
            killed(number, message[_KILL.size :].decode("utf-8", "replace"), connection)

        asyncio.get_running_loop().add_reader(self.mine, receive)


def run_workers(count: int, work: Callable[[Siblings], int]) -> int:
    """Fork ``count`` processes that each call ``work``; returns the largest exit status.

    When one ends the others are stopped: whoever supervises the gateway restarts the whole.
    """
    pairs = [socket.socketpair(socket.AF_UNIX, socket.SOCK_DGRAM) for _ in range(count)]
    asking = [socket.socketpair() for _ in range(count - 1)]
    children: set[int] = set()
    for index in range(count):
        child = os.fork()
        if child == 0:
            # Without its parent nobody would stop it.
            ctypes.CDLL(None, use_errno=True).prctl(_PR_SET_PDEATHSIG, signal.SIGTERM)
            others = tuple(pair[1] for other, pair in enumerate(pairs) if other != index)
            asks = tuple(pair[0] for pair in asking) if index == 0 else ()
            asked = asking[index - 1][1] if index else None
            os._exit(work(Siblings(pairs[index][0], others, asks, asked)))
        children.add(child)

    def stop(_signal: int, _frame: FrameType | None) -> None:
        for child in children:
            with contextlib.suppress(ProcessLookupError):  # a signal came when it was waited for, and not yet left out
                os.kill(child, signal.SIGTERM)

    signal.signal(signal.SIGTERM, stop)
    signal.signal(signal.SIGINT, stop)
    worst = 0
    while children:
        child, status = os.wait()
        children.discard(child)
        worst = max(worst, abs(os.waitstatus_to_exitcode(status)))
        stop(signal.SIGTERM, None)
    return worst
