"""What the upstream replied, as plugins see it."""

from plugins import ResultColumn, ResultSet, UpstreamError
from proxy.wire.capabilities import Dialect
from proxy.wire.charsets import BINARY, Charset
from proxy.wire.errors import ProtocolError
from proxy.wire.packets import ErrPacket
from proxy.wire.reply import Reply, Summary


class MustSucceed(Reply):
    """A reply that is no error, or one it ``tolerates``: else the session would not be the caller's own any more."""

    def __init__(self, dialect: Dialect, *, tolerates: int | None = None) -> None:
        super().__init__(dialect)
        self._tolerates = tolerates

    def feed(self, packet: bytes) -> bool:
        done = super().feed(packet)
        if self.summary.error is not None and self.summary.error.number != self._tolerates:
            message = self.summary.error.message.decode("utf-8", "replace")
            raise ProtocolError(1835, "HY000", f"The session cannot be given back: {message}")
        return done


def decoded(summary: Summary, results: Charset) -> ResultSet:
    """A finished reply's rows as plugins get them."""
    codec = results.codec
    columns = tuple(
        ResultColumn(
            name=c.name.decode(codec, "replace"),
            type=c.type,
            schema=c.schema.decode(codec, "replace"),
            table=c.table.decode(codec, "replace"),
        )
        for c in summary.columns
    )
    # Numbers and dates carry the binary collation too; only string types hold bytes.
    raw = [c.character_set == BINARY and c.type >= 0xF9 for c in summary.columns]
    rows = tuple(
        tuple(v if v is None or raw[i] else v.decode(codec, "replace") for i, v in enumerate(row))
        for row in summary.rows
    )
    return ResultSet(columns, rows, truncated=summary.row_count > len(rows))


def raise_for(error: ErrPacket | None, results: Charset) -> None:
    """Raise an ERR packet as ``UpstreamError``."""
    if error is not None:
        raise UpstreamError(error.number, error.sqlstate or "HY000", error.message.decode(results.codec, "replace"))
