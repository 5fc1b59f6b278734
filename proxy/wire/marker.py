"""Finds the moment at which the upstream has answered everything that was relayed to it.

A relayed reply is never parsed, so where it ends is not known, and a client that pipelines may have several under way.
Before a gateway statement the gateway therefore asks the upstream for a random number that no one can foresee. What
comes before that reply belongs to the client; when the reply is over, the upstream is idle and the session is in step.
The same question brings what the gateway must know of the session at that moment.

The question itself can fail (a used-up query quota, an expired password, an XA transaction that only waits for its
end). Its ERR packet does not hold the number, so when nothing was heard for a while a probe follows: a reset of a
prepared statement with a random id, which is never refused for such reasons and whose error repeats the id.
"""

import secrets

from proxy.wire.capabilities import Dialect
from proxy.wire.commands import Com
from proxy.wire.packets import ErrPacket, Frames, packet, parse_err
from proxy.wire.reply import Reply, Summary

NONCE_BYTES = 16
# Binary, so that no character_set_results maps two accounts to one name; they come in the server's own UTF-8.
# LIMIT, because sql_select_limit may be 0.
QUESTION = (
    "SELECT x'{nonce}' AS a,CAST(CURRENT_USER() AS BINARY) AS b,CAST(DATABASE() AS BINARY) AS c,"
    "CAST(@@character_set_client AS BINARY) AS d,CAST(@@character_set_results AS BINARY) AS e,"
    "@@{read_only} AS f LIMIT 1"
)
COLUMNS = 6
UNKNOWN_STATEMENT = 1243
# More than the replies can take up to their nonce: that much of the stream is held back until the nonce is seen.
WINDOW = 2048


class Marker:
    """Write ``question`` to the upstream, then feed what comes; ``feed`` returns what belongs to the client."""

    def __init__(self, dialect: Dialect, read_only: str = "tx_read_only") -> None:
        """``read_only``: what the upstream calls the variable of SET SESSION TRANSACTION READ ONLY."""
        self._nonce = secrets.token_bytes(NONCE_BYTES)
        self.question = QUESTION.format(nonce=self._nonce.hex(), read_only=read_only)
        self._probe_id = 0
        self._dialect = dialect
        self._held = b""
        self._frames = Frames()
        self._replies: list[Reply] = []  # what is still to come, once the nonce was seen
        self.summary = Summary()
        self.error: ErrPacket | None = None
        self.done = False

    def probe(self) -> bytes:
        """The packet to send when nothing was heard; at most once."""
        self._probe_id = 0x10000000 + secrets.randbelow(0x6FFFFFFF)
        if self._replies:
            self._replies.append(Reply(self._dialect))
        return packet(0, bytes([Com.STMT_RESET]) + self._probe_id.to_bytes(4, "little"))

    @property
    def probed(self) -> bool:
        return self._probe_id != 0

    def feed(self, data: bytes) -> bytes:
        """Raises ``ProtocolError`` when the reply is not what was asked for."""
        if self._replies:
            self._follow(data)
            return b""
        self._held += data
        start = self._find_answer()
        if start >= 0:
            before, own, self._held = self._held[:start], self._held[start:], b""
            answer = Reply(self._dialect, decode=1)
            self.summary = answer.summary
            self._replies = [answer, *([Reply(self._dialect)] if self.probed else [])]
            self._follow(own)
            return before
        if self.probed and (found := self._find_failure()) is not None:
            start, self.error = found
            before, self._held, self.done = self._held[:start], b"", True
            return before
        free = max(0, len(self._held) - WINDOW)
        before, self._held = self._held[:free], self._held[free:]
        return before

    def unclaimed(self) -> bytes:
        """Take what is held back: the client's, when the upstream went away before it answered."""
        held, self._held = self._held, b""
        return held

    def _follow(self, data: bytes) -> None:
        for frame in self._frames.feed(data):
            if self._replies and self._replies[0].feed(frame):
                self._replies.pop(0)
        self.done = not self._replies

    def _find_answer(self) -> int:
        """Where the answer begins: the last place before the nonce from which packets lead exactly to it."""
        nonce = self._held.find(self._nonce)
        begin = bytes([1, 0, 0, 1, COLUMNS])
        start = self._held.rfind(begin, 0, nonce) if nonce >= 0 else -1
        while start >= 0 and not self._leads_to(start, nonce):
            start = self._held.rfind(begin, 0, start + len(begin) - 1)
        return start

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

    def _find_failure(self) -> tuple[int, ErrPacket] | None:
        """The probe's ERR at the end of what came, and before it the question's: (where it begins, what it says)."""
        digits = self._held.rfind(str(self._probe_id).encode("ascii"))
        probe = self._held.rfind(b"\x01\xff" + UNKNOWN_STATEMENT.to_bytes(2, "little"), 0, max(digits, 0)) - 3
        if probe < 0 or self._after(probe) != len(self._held):
            return None
        at = self._held.rfind(b"\x01\xff", 0, probe) - 3
        while at >= 0 and self._after(at) != probe:
            at = self._held.rfind(b"\x01\xff", 0, at + 3) - 3
        return (at, parse_err(self._held[at + 4 : probe])) if at >= 0 else None

    def _after(self, at: int) -> int:
        return at + 4 + int.from_bytes(self._held[at : at + 3], "little")
