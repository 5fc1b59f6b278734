"""SHOW WARNINGS after a relayed statement that failed: the server's own rows, and what plugins have to say.

The ERR packet itself was relayed as it came. Borrowing the session clears the server's diagnostics, so its answer is
asked for ahead of that; where no plugin has a note the client gets those very bytes.
"""

import asyncio
from typing import TYPE_CHECKING

from plugins import Answer, Note, SeenStatement
from proxy import routing
from proxy.observed import Observed
from proxy.respond import Produce, in_language, warnings_table
from proxy.results import decoded
from proxy.seen import read
from proxy.wire.commands import Com
from proxy.wire.packets import Frames, packet

if TYPE_CHECKING:
    from proxy.borrow import Borrowed
    from proxy.relay import Relay

TIME_LIMIT_S = 2.0
MAX_ROWS = 1024
SHOW_WARNINGS = "show warnings"


def show_warnings(attributes: bool) -> bytes:
    """The command, whatever the session's character set."""
    return packet(0, bytes([Com.QUERY]) + (b"\x00\x01" if attributes else b"") + b"SHOW WARNINGS")


def coachable(relay: "Relay", text: str) -> SeenStatement | None:
    """The statement before, when it failed, ``text`` asks for its warnings, and a plugin may have something to say."""
    match = routing.WARNINGS.match(text)
    observer = relay.observer
    if match is None or match[2].upper() != "WARNINGS" or observer is None or not relay.hub.coaches:
        return None
    observed = observer.finish()
    if not isinstance(observed, Observed):
        return None
    found = read(observer, observed)
    return found.statement if found.over and found.statement and found.statement.error else None


def warnings(notes: tuple[Note, ...], text: str) -> Answer:
    """The gateway's own answer to a statement that ``routing.WARNINGS`` matches."""
    match = routing.WARNINGS.match(text)
    assert match is not None
    return warnings_table(notes, errors_only=match[2].upper() == "ERRORS", count=bool(match[1]))


def coached(relay: "Relay", failed: SeenStatement, text: str) -> Produce:
    """Answers SHOW WARNINGS; asked ahead were it and a plain SHOW WARNINGS. Its notes are the session's."""

    async def produce(session: "Borrowed") -> Answer | bytes:
        own, added = await note(relay, failed, session)
        return warnings(relay.notes or (), text) if added else own

    return produce


async def note(relay: "Relay", failed: SeenStatement, session: "Borrowed") -> tuple[bytes, bool]:
    """Set the session's notes -> (the server's answer to the first command asked ahead, whether plugins added any)."""
    own, rows = _answers(session)
    added: list[Note] = []
    assert failed.error is not None
    if any(row.level == "Error" and row.code == failed.error.number for row in rows):
        try:
            async with asyncio.timeout(TIME_LIMIT_S):
                added = await relay.hub.plugins.failed_statement(session, failed)
        except TimeoutError:
            await session.settle()
    relay.notes = (*rows, *in_language(relay, tuple(added)))
    return own, bool(added)


def _answers(session: "Borrowed") -> tuple[bytes, list[Note]]:
    """The bytes of the first reply, the rows of the second."""
    replies = (session.reply(), session.reply(decode=MAX_ROWS))
    current, own = 0, b""
    for frame in Frames().feed(session.heard):
        own += frame if current == 0 else b""
        if replies[current].feed(frame) and current == 0:
            current = 1
    rows = decoded(replies[1].summary, session.results_charset).rows
    return own, [_note(row) for row in rows if len(row) == 3]


def _note(row: tuple[str | bytes | None, ...]) -> Note:
    level, code, message = (v.decode("utf-8", "replace") if isinstance(v, bytes) else v or "" for v in row)
    return Note(message, level=level, code=int(code) if code.isdigit() else 0)
