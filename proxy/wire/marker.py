"""Finds the moment at which the upstream has answered everything that was relayed to it.

A relayed reply is never parsed, so where it ends is not known, and a client that pipelines may have several under way.
Before a gateway statement the gateway therefore asks the upstream for a random number that no one can foresee. What
comes before that reply belongs to the client; when the reply is over, the upstream is idle and the session is in step.
The same question brings what the gateway must know of the session at that moment.
"""

import secrets

from proxy.wire.reply import Dialect, Frames, Reply, Summary

NONCE_BYTES = 16
QUESTION = (
    "SELECT x'{nonce}' AS a,CURRENT_USER() AS b,DATABASE() AS c,@@character_set_client AS d,"
    "@@character_set_results AS e"
)
COLUMNS = 5
# More than the reply can take up to its nonce: that much of the stream is held back until the nonce is seen.
WINDOW = 512


class Marker:
    """Write ``question`` to the upstream, then feed what comes; ``feed`` returns what belongs to the client."""

    def __init__(self, dialect: Dialect) -> None:
        self._nonce = secrets.token_bytes(NONCE_BYTES)
        self.question = QUESTION.format(nonce=self._nonce.hex()).encode("ascii")
        self._dialect = dialect
        self._held = b""
        self._frames = Frames()
        self._reply: Reply | None = None

    @property
    def done(self) -> bool:
        return self._reply is not None and self._reply.done

    @property
    def summary(self) -> Summary:
        """The session as it is now: one row (nonce, account, database, client charset, results charset)."""
        assert self._reply is not None
        return self._reply.summary

    def feed(self, data: bytes) -> bytes:
        """Raises ``ProtocolError`` when the reply is not what was asked for."""
        if self._reply is not None:
            self._follow(data)
            return b""
        self._held += data
        start = self._find()
        if start < 0:
            free = max(0, len(self._held) - WINDOW)
            before, self._held = self._held[:free], self._held[free:]
            return before
        before, own = self._held[:start], self._held[start:]
        self._held = b""
        self._reply = Reply(self._dialect, decode=1)
        self._follow(own)
        return before

    def unclaimed(self) -> bytes:
        """Take what is held back: the client's, when the upstream went away before it answered."""
        held, self._held = self._held, b""
        return held

    def _follow(self, data: bytes) -> None:
        assert self._reply is not None
        for frame in self._frames.feed(data):
            self._reply.feed(frame)

    def _find(self) -> int:
        """Where the reply begins: the last place before the nonce from which packets lead exactly to it."""
        nonce = self._held.find(self._nonce)
        if nonce < 0:
            return -1
        begin = bytes([1, 0, 0, 1, COLUMNS])
        start = self._held.rfind(begin, 0, nonce)
        while start >= 0:
            if self._leads_to(start, nonce):
                return start
            start = self._held.rfind(begin, 0, start + len(begin) - 1)
        return -1

    def _leads_to(self, at: int, nonce: int) -> bool:
        sequence = 1
        while at + 4 <= nonce:
            if self._held[at + 3] != sequence:
                return False
            if at + 5 == nonce and self._held[at + 4] == NONCE_BYTES:
                return True
            at += 4 + int.from_bytes(self._held[at : at + 3], "little")
            sequence += 1
        return False
