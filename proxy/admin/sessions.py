"""``/v1/sessions``: who is connected, over all workers; ending a session, and cancelling its statement."""

from typing import Annotated, Any, Literal

from fastapi import APIRouter, Header, Path
from pydantic import BaseModel

from plugins import UpstreamError
from proxy.admin.context import Context, RoleOfCaller

LoginHeader = Annotated[str | None, Header(max_length=100)]
Id = Annotated[int, Path(ge=0, lt=2**63)]


class SessionShown(BaseModel):
    """``state``: idle; running (the database works); answering (a gateway statement: the others say which, and since
    when, in seconds); preparing (the gateway reads the schema). ``database``: as of the log-in.
    """

    id: int
    user: str
    peer: str
    database: str | None
    since: str
    state: Literal["idle", "running", "answering", "preparing"]
    statement: str | None
    seconds: float | None


class Sessions(BaseModel):
    sessions: list[SessionShown]


class Ended(BaseModel):
    ended: bool


class Cancelled(BaseModel):
    """``cancelled`` false: nothing was running."""

    cancelled: bool


def routes(context: Context) -> APIRouter:
    router = APIRouter(prefix="/v1/sessions", tags=["sessions"])

    @router.get("")
    async def sessions() -> Sessions:
        """Every client that is logged in."""
        replies = await context.crew.ask("sessions")
        return Sessions(sessions=[SessionShown(**each) for reply in replies for each in reply])

    @router.delete("/{id}")
    async def end(id: Id, role: RoleOfCaller, askwire_login: LoginHeader = None) -> Ended:
        """End a session: both its connections are closed at once.

        A MySQL upstream goes on with the statement that it works on, as it does when any client vanishes, unless the
        header says a log-in that may KILL it.
        """
        if askwire_login is not None:
            login = context.logins.get(role.value, askwire_login)
            if not any(each["id"] == id for reply in await context.crew.ask("sessions") for each in reply):
                raise _unknown(id)
            await context.logins.kill(login, id, connection=True)
        ended = any(await context.crew.ask("end", number=id))
        if not ended and askwire_login is None:  # the KILL may have ended it already
            raise _unknown(id)
        return Ended(ended=True)

    @router.post("/{id}/cancel")
    async def cancel(id: Id, role: RoleOfCaller, askwire_login: LoginHeader = None) -> Cancelled:
        """Stop a session's statement; the session stays.

        What a MySQL upstream works on takes a log-in that may KILL it: the session's own if it was opened here, or the
        header's.
        """
        replies: list[Any] = [reply for reply in await context.crew.ask("cancel", number=id) if reply]
        if not replies:
            raise _unknown(id)
        if replies[0] == "database":
            login = context.logins.get(role.value, askwire_login) if askwire_login else context.logins.of_session(id)
            if login is None:
                raise UpstreamError(
                    1095, "HY000", "The database works on it, and stops it for a log-in that may KILL it"
                )
            await context.logins.kill(login, id, connection=False)
        return Cancelled(cancelled=replies[0] != "idle")

    return router


def _unknown(number: int) -> UpstreamError:
    return UpstreamError(1094, "HY000", f"Unknown thread id: {number}")
