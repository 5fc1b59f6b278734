"""``/health``, ``/ready``, ``/metrics``, ``/v1/status``, ``/v1/settings``."""

import time
from typing import Any

from fastapi import APIRouter, Response
from fastapi.responses import PlainTextResponse
from pydantic import BaseModel
from starlette.exceptions import HTTPException

from proxy.admin import exposition
from proxy.admin.context import Context, RoleOfCaller
from proxy.admin.masking import masked
from proxy.admin.ready import Readiness
from proxy.gateway import version


class Health(BaseModel):
    status: str


class Item(BaseModel):
    name: str
    value: str


class Status(BaseModel):
    """``items``: the rows of SHOW AI STATUS of the process that answers."""

    version: str
    upstream: str
    uptime_s: float
    sessions: int
    statements_running: int
    role: str
    items: list[Item]


class ShownSettings(BaseModel):
    settings: dict[str, Any]


def public_routes(context: Context) -> APIRouter:
    """They take no token."""
    router = APIRouter(tags=["status"])
    readiness = Readiness(context.hub)

    @router.get("/health")
    async def health() -> Health:
        """The process lives."""
        return Health(status="ok")

    @router.get("/ready")
    async def ready() -> Health:
        """Clients can work: the upstream takes connections, and the gateway is not about to end."""
        reason = await readiness.fault()
        if reason:
            raise HTTPException(503, reason)
        return Health(status="ready")

    return router


def routes(context: Context) -> APIRouter:
    router = APIRouter(tags=["status"])
    hub = context.hub

    @router.get("/metrics", response_class=PlainTextResponse)
    async def metrics() -> Response:
        """Prometheus text; the sums over all workers."""
        return Response(exposition.text(await context.crew.ask("metrics")), media_type=exposition.CONTENT_TYPE)

    @router.get("/v1/status")
    async def status(role: RoleOfCaller) -> Status:
        """The gateway at a glance."""
        counts = await context.crew.ask("counts")
        return Status(
            version=version(),
            upstream=hub.settings.upstream_name,
            uptime_s=round(time.time() - hub.started, 1),
            sessions=sum(each["sessions"] for each in counts),
            statements_running=sum(each["statements_running"] for each in counts),
            role=role.value,
            items=[Item(name=item.name, value=item.value) for item in hub.plugins.status()],
        )

    @router.get("/v1/settings")
    async def settings() -> ShownSettings:
        """What the gateway runs with; secrets are masked."""
        return ShownSettings(settings=masked(hub.settings))

    return router
