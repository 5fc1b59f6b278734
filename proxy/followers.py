"""Followers of replies (``replies.Follower``) that keep what the client gets of them."""

from proxy.wire.capabilities import Dialect
from proxy.wire.masking import MaskedReply
from proxy.wire.packets import Frames
from proxy.wire.reply import PrepareReply, Reply


class OnePacket:
    """A reply of one packet, and that of COM_FIELD_LIST up to its EOF."""

    def __init__(self, *, fields: bool = False) -> None:
        self._fields = fields
        self._out: list[bytes] = []

    def feed(self, packet: bytes) -> bool:
        self._out.append(packet)
        return not self._fields or packet[4:5] in (b"\xfe", b"\xff")

    def take(self) -> bytes:
        out, self._out = b"".join(self._out), []
        return out


class Prepare:
    """The reply to COM_STMT_PREPARE."""

    def __init__(self, dialect: Dialect) -> None:
        self.reply = PrepareReply(dialect)
        self._out: list[bytes] = []

    def feed(self, packet: bytes) -> bool:
        self._out.append(packet)
        return self.reply.feed(packet)

    def take(self) -> bytes:
        out, self._out = b"".join(self._out), []
        return out


class Decoding:
    """Changed results, followed by ``reply`` as if the upstream had sent them; ``keep`` is for who sends them on."""

    def __init__(self, masked: MaskedReply, reply: Reply, *, keep: bool = False) -> None:
        self._masked = masked
        self._reply = reply
        self._keep = keep
        self._frames: list[bytes] = []

    def feed(self, packet: bytes) -> bool:
        done = self._masked.feed(packet)
        for frame in Frames().feed(self._masked.take()):
            self._reply.feed(frame)
            if self._keep:
                self._frames.append(frame)
        return done

    def take(self) -> list[bytes]:
        """The packets, where they are kept."""
        out, self._frames = self._frames, []
        return out
