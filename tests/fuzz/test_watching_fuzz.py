"""Whatever passes on a watched session: keeping it and reading it raises nothing."""

import random
import struct
from types import SimpleNamespace

import pytest

from proxy.observe import Observer
from proxy.seen import previous, read
from proxy.wire.capabilities import Dialect
from proxy.wire.packets import packet
from tests.fuzz.test_wire_fuzz import mutated
from tests.proxy.legs import Wire
from tests.proxy.wire.replies import DIALECTS

EOF = b"\xfe\0\0\2\0"
DEFINITION = packet(2, b"\x03def\0\0\0\x01a\0\x0c\x2d\0\x04\0\0\0\xfd\0\0\0\0\0")
REPLIES = [
    packet(1, b"\0\0\0\2\0\0\0"),
    packet(1, b"\xff\x28\x04#42000bad"),
    packet(1, b"\0" + struct.pack("<IHHBH", 1, 1, 2, 0, 0)),
    packet(1, b"\1") + DEFINITION + packet(3, EOF) + packet(4, b"\x01x") + packet(5, EOF),
    packet(1, b"\xfbfile"),
]
COMMANDS = [
    *(b"\x03SELECT ?", b"\x03USE a", b"\x02db", b"\x16SELECT ?, ?", b"\x19\1\0\0\0", b"\x18\1\0\0\0\0\0x"),
    *(b"\x1a\1\0\0\0", b"\xfa\1\0\0\0\0\0", b"\x1c\1\0\0\0\1\0\0\0", b"\x17\1\1"),
    b"\x17" + struct.pack("<IBI", 1, 0, 1) + b"\0\1\x08\0\xfd\0" + bytes(8) + b"\2ab",
    b"\x17\xff\xff\xff\xff\0\1\0\0\0\0\1\x08\0\x08\0" + bytes(16),
]


def send(wire: Wire, observer: Observer, chance: random.Random) -> None:
    """One command and some of a reply."""
    command = chance.choice(COMMANDS)
    raw = packet(0, mutated(command, chance.randrange(1 << 30)) if chance.random() < 0.4 else command)
    if len(raw) < 5:
        return
    way = chance.random()
    if way < 0.1:
        observer.opaque(raw)
    elif way < 0.2:
        observer.aside(raw, b"x")
    elif raw[4] != 3:
        observer.other(raw)
    elif len(raw) > 5:
        wire.client.data_received(raw)
    for _ in range(chance.choice([0, 1, 1, 1, 2])):
        reply = chance.choice(REPLIES)
        wire.upstream.data_received(mutated(reply, chance.randrange(1 << 30)) if chance.random() < 0.4 else reply)


def look(observer: Observer, chance: random.Random) -> None:
    """What else may happen in between."""
    way = chance.random()
    if way < 0.2:
        previous(observer)
    elif way < 0.3:
        observer.synchronised(b"d", "latin1")
    elif way < 0.35:
        observer.forget()
    elif way < 0.5 and (unended := observer.unended(float("inf"))) and read(observer, unended).over:
        observer.settle(0, 0)
    elif way < 0.6:
        observer.mark(1.0)
    elif way < 0.7:
        observer.allow(chance.randrange(3))
    elif way < 0.8:
        observer.sample(chance.randrange(2))


@pytest.mark.parametrize("seed", range(10))
def test_nothing_is_raised(seed: int) -> None:
    chance = random.Random(seed)
    for _ in range(150):
        wire = Wire(chance.choice([0, 1, 10]))
        wire.relay.dialect = Dialect(chance.choice([*(d.capabilities for d in DIALECTS.values()), 1 << 27]))
        wire.relay.login.connection_id = 1
        wire.relay.hub = SimpleNamespace(settings=SimpleNamespace(upstream_name="u"))
        for _ in range(chance.randrange(1, 8)):
            send(wire, wire.observer, chance)
            look(wire.observer, chance)
        for item in wire.waiting.queue:
            assert isinstance(item, tuple)
            read(*item)
