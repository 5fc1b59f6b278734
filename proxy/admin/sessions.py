"""``/v1/sessions``: who is connected, over all workers; ending a session, and cancelling its statement."""

from typing import Annotated, Any, Literal

from fastapi import APIRouter, Path
from pydantic import BaseModel

from plugins import UpstreamError
from proxy.admin.context import Context

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
    async def end(id: Id) -> Ended:
        """End a session: both its connections are closed at once."""
        if not any(await context.crew.ask("end", number=id)):
            raise _unknown(id)
        return Ended(ended=True)

    @router.post("/{id}/cancel")
    async def cancel(id: Id) -> Cancelled:
        """Stop a session's statement; the session stays."""
        replies: list[Any] = [reply for reply in await context.crew.ask("cancel", number=id) if reply]
        if not replies:
            raise _unknown(id)
        if replies[0] == "database":
            raise UpstreamError(1095, "HY000", "Only the database can stop this one")
        return Cancelled(cancelled=replies[0] == "cancelled")

    return router


def _unknown(number: int) -> UpstreamError:
    return UpstreamError(1094, "HY000", f"Unknown thread id: {number}")
