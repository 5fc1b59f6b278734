"""Both legs of a session and what looks at them, without a network."""

from types import SimpleNamespace
from typing import Any

from plugins import SeenStatement
from proxy.legs import ClientLeg, UpstreamLeg
from proxy.observe import Observer
from proxy.observed import Observed, Waiting
from proxy.wire.capabilities import Dialect
from proxy.wire.commands import Com
from proxy.wire.packets import packet

OK = b"\x07\0\0\1\0\0\0\2\0\0\0"
ERROR = packet(1, b"\xff\x1e\x04#42S22Unknown column")


class Wire:
    """Both legs and their observer; ``relay`` is what they need of one."""

    def __init__(self, room: int = 500, waiting: Waiting | None = None) -> None:
        transport: Any = SimpleNamespace(get_extra_info=lambda _name: None, write=lambda _data: None)
        router: Any = SimpleNamespace(may_take=lambda _data, _at: False)
        login = SimpleNamespace(user=b"app", database=b"shop")
        self.relay: Any = SimpleNamespace(
            upstream=transport, client=transport, awaiting=False, busy=False, login=login, dialect=Dialect(0)
        )
        self.client, self.upstream = ClientLeg(self.relay, router, False), UpstreamLeg(self.relay)
        self.relay.client_leg, self.relay.upstream_leg = self.client, self.upstream
        self.waiting = waiting or Waiting()
        self.relay.observer = self.observer = Observer(self.relay, self.waiting)
        self.client.observer = self.upstream.observer = self.observer
        if waiting is None:
            self.observer.allow(room)

    def send(self, sql: str) -> None:
        self.client.data_received(packet(0, bytes([Com.QUERY]) + sql.encode()))

    def receive(self, data: bytes = OK) -> None:
        self.upstream.data_received(data)

    def query(self, sql: str, *reply: bytes) -> None:
        self.send(sql)
        for data in reply or (OK,):
            self.receive(data)

    def command(self, code: int, body: bytes = b"", reply: bytes = OK) -> None:
        self.client.data_received(packet(0, bytes([code]) + body))
        if reply:
            self.receive(reply)

    @property
    def watched(self) -> bool:
        return self.client.observer is not None

    def taken(self) -> list[tuple[str, int]]:
        """The texts that wait, and for how many statements each stands."""
        found = []
        for item in self.waiting.queue:
            assert not isinstance(item, SeenStatement)
            found.append((item[1].command[5:].decode(), item[1].weight))
        return found

    def last(self) -> str:
        observed = self.observer.finish()
        assert isinstance(observed, Observed)
        return observed.command[5:].decode()
