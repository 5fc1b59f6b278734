"""Tells plugins of a gateway statement, at each stage before the client hears of it (``askwire_answered``)."""

import asyncio
import re
import secrets
import time
from typing import TYPE_CHECKING

from plugins import Answer, AskwireError, Done, Run, Table
from plugins.answered import AnsweredStatement, Facts, Stage
from proxy.seen import MAX_TEXT, holds_password

if TYPE_CHECKING:
    from proxy.relay import Relay

# In an address: https://user:password@host
_LOGIN = re.compile(r"(?<=://)[^\s/@'\"`]{1,512}@")
Error = tuple[int, str, str]
Refusal = AskwireError | None


class Telling:
    """Of one statement. ``text`` changes once: when the session's character set and bound values are known."""

    def __init__(self, relay: "Relay", name: str, text: str) -> None:
        self._relay = relay
        self._name = name
        self._id = secrets.token_hex(8)
        self._since = time.monotonic()
        self.text = text

    async def tell(self, stage: Stage, *, rows: int | None = None, error: Error | None = None) -> None:
        """Wait until every plugin knows. Raises ``AskwireError``: the client gets that instead.

        Who is cancelled meanwhile does not take back what is being told.
        """
        refused = await asyncio.shield(self.told(stage, rows=rows, error=error))
        if refused is not None:
            raise refused

    def told(self, stage: Stage, *, rows: int | None = None, error: Error | None = None) -> asyncio.Task[Refusal]:
        """The same, for who does not wait: nobody is left to hear of a refusal."""
        hub = self._relay.hub
        task = asyncio.get_running_loop().create_task(hub.plugins.answered(self._event(stage, rows, error)))
        hub.tellings.add(task)
        task.add_done_callback(hub.tellings.discard)
        return task

    def _event(self, stage: Stage, rows: int | None, error: Error | None) -> AnsweredStatement:
        relay, session = self._relay, self._relay.turn.borrowed
        facts = session.facts.copy() if session is not None else Facts()
        text = self.text[:MAX_TEXT].encode("utf-8", "surrogateescape").decode("utf-8", "replace")
        facts.sql = facts.sql[:MAX_TEXT]
        withheld = any(holds_password(each.encode("utf-8", "replace")) for each in (text, facts.question, facts.sql))
        if withheld:
            text = facts.question = facts.sql = ""
            error = None if error is None else (error[0], error[1], "")
        text, facts.question, facts.sql = map(_without_login, (text, facts.question, facts.sql))
        facts.passages = tuple(map(_without_login, facts.passages))
        return AnsweredStatement(
            id=self._id,
            stage=stage,
            at=time.time(),
            upstream=relay.hub.settings.upstream_name,
            session=relay.login.connection_id,
            user=relay.login.user.decode("utf-8", "replace"),
            account=session.account if session is not None else "",
            client=relay.peer,
            database=session.database if session is not None else None,
            name=self._name,
            text=text,
            seconds=time.monotonic() - self._since,
            withheld=withheld,
            rows=rows,
            error=None if error is None else (error[0], error[1], _without_login(error[2])),
            facts=facts,
        )


def rows_of(answer: Answer) -> int | None:
    """How many rows an answer has, or affected; None where that is not known yet."""
    if isinstance(answer, Done):
        return answer.affected_rows
    if isinstance(answer, Run) or not isinstance(answer, Table) or not isinstance(answer.rows, list | tuple):
        return None
    return len(answer.rows)


def _without_login(text: str) -> str:
    return _LOGIN.sub("***@", text)
