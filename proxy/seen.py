"""Reads what ``observe.py`` kept, off the relay's path: a command and its reply become a ``SeenStatement``."""

import re
import time
from collections.abc import Iterator
from dataclasses import dataclass

from plugins import AskwireError, SeenStatement, UpstreamError
from proxy.observe import Observer
from proxy.observed import Observed
from proxy.passing import Passing
from proxy.prepared import literal
from proxy.routing import placeholders
from proxy.wire.capabilities import Dialect
from proxy.wire.commands import Com
from proxy.wire.ends import MORE_RESULTS, status_numbers
from proxy.wire.errors import ProtocolError
from proxy.wire.packets import ErrPacket, parse_err
from proxy.wire.parameters import execute_parameters, text_position
from proxy.wire.reply import PrepareReply, Reply

MAX_TEXT = 1 << 16
BLANKS = " \t\r\n\0"
# Words of statements that may hold a password. In strings and comments too: rather one statement too few.
# Substrings are looked for first: a text may have hundreds of kilobytes, and it is the event loop's time.
_MARKS = (b"IDENTIFIED", b"AUTHENTICATION", b"PASSWORD")
_WORD = re.compile(rb"[A-Z_]{3,}+")
_SECRET = re.compile(
    rb"(?<![A-Z_])(?:IDENTIFIED|AUTHENTICATION|MASTER_PASSWORD|SOURCE_PASSWORD|OLD_PASSWORD)(?![A-Z_])"
    rb"|PASSWORD\s{0,99}+(?:\(|/\*)"
)
_PASSWORD = re.compile(rb"(?<![A-Z_])PASSWORD(?![A-Z_])")
_WRITES = re.compile(rb"(?<![A-Z_])(?:SET|CREATE|ALTER|GRANT|CHANGE|START|SERVER|INSERT|REPLACE|ATTACH)(?![A-Z_])")
# Of a table elsewhere: CONNECTION = 'mysql://user:password@host'.
_ELSEWHERE = re.compile(rb"(?<![A-Z_])CONNECTION\W{1,99}+MYSQL://")


@dataclass(frozen=True, slots=True)
class Read:
    """What a reply said."""

    statement: SeenStatement | None  # None: it is not kept
    status: int
    warnings: int
    over: bool  # it was read to its end, and nothing came after


@dataclass(slots=True)
class Followed:
    """What is known of a reply. ``over``: it was read to its end, and nothing came after."""

    rows: int | None = 0
    status: int = 0
    warnings: int = 0
    error: ErrPacket | None = None
    over: bool = False


def previous(observer: Observer) -> SeenStatement | None:
    """The session's last statement, when its reply is over."""
    observed = observer.finish()
    if isinstance(observed, Observed) and observer.stands_between(observed.command):
        before = observer.before
        return read(observer, before).statement if isinstance(before, Observed) else before
    if not isinstance(observed, Observed):
        return observed
    found = read(observer, observed)
    statement = found.statement if found.over else None
    if not observed.unseen:
        observer.current = statement
    return statement


def read(observer: Passing, observed: Observed) -> Read:
    """Everything about one statement."""
    dialect = observer.relay.dialect
    followed = follow(observed, dialect)
    text = _text(observer, observed, dialect)
    statement = None
    if text is not None:
        shown = text.strip(BLANKS)
        statement = SeenStatement(
            text=shown[:MAX_TEXT],
            seconds=observed.seconds,
            rows=followed.rows,
            bytes=observed.size,
            error=None if followed.error is None else _error(followed.error, observer.codec),
            user=_decoded(observed.user, observer.codec),
            database=None if observed.database is None else _decoded(observed.database, observer.codec),
            session=observer.relay.login.connection_id,
            upstream=observer.relay.hub.settings.upstream_name,
            at=time.time() - (time.monotonic() - observed.ended),
            weight=max(1, observed.weight),
            truncated=len(shown) > MAX_TEXT,
        )
    return Read(statement, followed.status, followed.warnings, followed.over)


def _decoded(data: bytes, codec: str) -> str:
    """UTF-8 if it is that; else what the session last said, or what Windows writes."""
    for name in ("utf-8", codec):
        try:
            return data.decode(name)
        except UnicodeDecodeError:
            continue
    return data.decode("cp1252", "replace")


def _error(error: ErrPacket, codec: str) -> UpstreamError:
    return UpstreamError(error.number, error.sqlstate or "HY000", _decoded(error.message, codec))


# --- the text -------------------------------------------------------------------------------------------------


def _text(observer: Passing, observed: Observed, dialect: Dialect) -> str | None:
    """None where it is not known, or not to be kept."""
    body = observed.command[5:]
    try:
        if observed.command[4] == Com.QUERY:
            raw = body[text_position(body, dialect.query_attributes) :]
        elif observed.command[4] == Com.STMT_PREPARE:
            raw = body
        elif observed.text_of is not None:
            raw = observed.text_of.command[5:]
        else:
            return None
    except ProtocolError:
        return None
    raw = raw[: MAX_TEXT * 4 + 1]  # no more is shown of it, and what a password is for stands before it
    if holds_password(raw):
        return None
    text = _decoded(raw, observer.codec)
    if observed.text_of is None:
        return text
    # A value may be a whole statement.
    bound = _bound(observer, observed, text, dialect).strip(BLANKS)[: MAX_TEXT + 1]
    return None if holds_password(bound.encode("utf-8", "replace")) else bound


def holds_password(text: bytes) -> bool:
    """Whether the statement may set or send a password."""
    upper = text.upper()
    if any(mark in upper for mark in _MARKS) and (
        _SECRET.search(upper) or (_PASSWORD.search(upper) and _WRITES.search(upper))
    ):
        return True
    if b"CONNECTION" in upper and _ELSEWHERE.search(upper):
        return True
    if b"USER" not in upper and b" SECRET" not in upper:
        return False
    first = _WORD.search(upper)
    return first is not None and first[0] in (b"CREATE", b"ALTER")


def _bound(observer: Passing, observed: Observed, text: str, dialect: Dialect) -> str:
    """The values put in, where they are known."""
    known, typed, attributes = observed.text_of, observed.typed, dialect.query_attributes
    if known is None or typed is None or observed.command[4] != Com.STMT_EXECUTE:
        return text
    count, positions = known.parameters, placeholders(text)
    if len(positions) != count:
        return text
    try:
        types = execute_parameters(typed[5:], count, attributes, [], {})[1]
        values, _ = execute_parameters(observed.command[5:], count, attributes, types, {})
        literals = [literal(value, observer.codec) for value in values]
    except (ProtocolError, AskwireError):
        return text
    parts, before = [], 0
    for position, value in zip(positions, literals, strict=True):
        parts += [text[before:position], value]
        before = position + 1
    return "".join(parts) + text[before:]


# --- the reply ------------------------------------------------------------------------------------------------


def follow(observed: Observed, dialect: Dialect) -> Followed:
    """What a reply said, as far as it was kept."""
    if observed.unseen:  # it is over: the client went on
        return Followed(rows=None, over=True)
    data = b"".join(observed.chunks)
    reply = Reply(dialect)
    found = Followed()
    end = of_rows = 0
    try:
        for frame, after in _frames(observed, data, dialect):
            before, end = reply.summary.row_count, after
            if reply.done:  # more than one reply: whose the times are is not known
                return Followed()
            reply.feed(frame)
            of_rows += len(frame) if reply.summary.row_count > before else 0
    except ProtocolError:
        return Followed()
    summary = reply.summary
    found.rows, found.error, found.status, found.warnings = (
        summary.row_count, summary.error, summary.status, summary.warnings,
    )  # fmt: skip
    if observed.size > len(data):
        found.rows = _estimated(summary.row_count, of_rows, observed.size - end)
        _ending(found, observed.tail, dialect)
    else:
        cursor = observed.command[4] == Com.STMT_EXECUTE and observed.command[9:10] not in (b"", b"\0")
        found.over = end == len(data) and (reply.done or cursor)
        found.rows = None if cursor else summary.row_count
    return found


def _frames(observed: Observed, data: bytes, dialect: Dialect) -> Iterator[tuple[bytes, int]]:
    """The packets of the statement's own reply and where each ends, as far as they were kept whole."""
    prepared = PrepareReply(dialect) if observed.prepare is not None else None
    position, first = 0, True
    while len(data) - position >= 4:
        after = position + 4 + int.from_bytes(data[position : position + 3], "little")
        if after > len(data):
            return
        frame, position = data[position:after], after
        if prepared is not None and not prepared.done:
            prepared.feed(frame)
            if prepared.error is not None:  # then the statement fails too, with the same
                return
        elif first and frame[4:5] == b"\xfb":  # the server asks for a file; its reply to that comes next
            first = False
        else:
            first = False
            yield frame, after


def _estimated(rows: int, size: int, left: int) -> int | None:
    """Rows of a reply that was kept in part: ``rows`` of ``size`` bytes, and ``left`` bytes more."""
    return rows + round(left * rows / size) if rows else None


def _ending(found: Followed, tail: bytes, dialect: Dialect) -> None:
    """The last packet, which must end where the reply does."""
    for at in range(len(tail) - 5, -1, -1):
        size = len(tail) - at - 4
        if int.from_bytes(tail[at : at + 3], "little") != size:
            continue
        payload = tail[at + 4 :]
        try:
            if payload[0] == 0xFF and payload[3:4] == b"#":
                found.error, found.over = parse_err(payload), True
            elif payload[0] == 0xFE and (size >= 7 if dialect.deprecate_eof else size == 5):
                found.status, found.warnings = status_numbers(payload, dialect)
                found.over = not found.status & MORE_RESULTS
        except ProtocolError:
            continue
        if found.over:
            return
