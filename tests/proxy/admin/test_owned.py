"""Routes of plugins that do wrong, in an application like the endpoint's, without a network."""

import asyncio
import time
from collections.abc import AsyncIterator, Iterator
from typing import Any

import httpx
import pytest
from fastapi import APIRouter, Depends, FastAPI, Request
from fastapi.responses import StreamingResponse

from plugins import AskwireError, ErrorCode
from plugins import calls as calls_module
from plugins.plugin import MAX_FAULTS, Plugin
from plugins.watchdog import WATCHDOG
from proxy.admin import errors, owned
from proxy.admin.owned import HOOK, PREFIX, Owned, fits

STEP_S = 0.5


def refuse() -> None:
    raise LookupError("a dependency that fails")


async def parts() -> AsyncIterator[bytes]:
    for _ in range(4):
        await asyncio.sleep(0.05)
        yield b"."


async def breaks() -> AsyncIterator[bytes]:
    yield b"."
    raise LookupError("in the middle")


def routes() -> APIRouter:
    router = APIRouter(prefix="/mine")

    @router.get("/{misdeed}")
    async def misbehave(misdeed: str) -> Any:
        match misdeed:
            case "raises":
                raise LookupError("very secret")
            case "exits":
                raise SystemExit(3)
            case "waits":
                await asyncio.sleep(600)
            case "sleeps":
                time.sleep(600)  # noqa: ASYNC251  that is the point
            case "refuses":
                raise AskwireError(ErrorCode.NOT_KNOWN, "no such thing")
            case "streams":
                return StreamingResponse(parts())
            case "breaks":
                return StreamingResponse(breaks())
        return {"well": True}

    router.get("/{a}/depends", dependencies=[Depends(refuse)])(misbehave)

    @router.get("/in/thread")
    def in_thread() -> None:
        time.sleep(2)

    @router.post("/in/body")
    async def in_body(request: Request) -> int:
        return len(await request.body())

    return router


@pytest.fixture
def plugin() -> Plugin:
    return Plugin("mine", "1", "a file")


@pytest.fixture
def client(plugin: Plugin, monkeypatch: pytest.MonkeyPatch) -> Iterator[httpx.AsyncClient]:
    monkeypatch.setattr(owned, "SILENT_S", 0.1)
    monkeypatch.setattr(calls_module, "GRACE_S", 0.1)
    app = FastAPI()
    errors.install(app)
    gateways = APIRouter()
    gateways.get("/v1/mine/gateways")(lambda: {"gateways": True})
    routers = [(None, "", gateways), (plugin, PREFIX, routes())]
    for _, prefix, router in routers:
        app.include_router(router, prefix=prefix)
    app.add_middleware(Owned, routers=routers, step_s=STEP_S)
    transport = httpx.ASGITransport(app, raise_app_exceptions=False)
    with WATCHDOG:
        yield httpx.AsyncClient(transport=transport, base_url="http://localhost/v1/mine")


@pytest.mark.parametrize(
    ("misdeed", "fault"),
    [
        ("raises", "LookupError: very secret"),
        ("exits", "SystemExit: 3"),
        ("waits", "it took more than 0.1 s"),
        ("sleeps", "it held the event loop for more than 0.5 s"),
        ("x/depends", "LookupError: a dependency that fails"),
        ("in/thread", "it took more than 0.1 s"),
    ],
)
async def test_a_fault_is_an_error_of_the_plugins(
    plugin: Plugin, client: httpx.AsyncClient, misdeed: str, fault: str
) -> None:
    answer = await client.get(f"/{misdeed}")
    assert answer.status_code == 500
    error = answer.json()["error"]
    assert (error["code"], error["name"]) == (ErrorCode.PLUGIN_FAILED.number, "PLUGIN_FAILED")
    assert error["message"].startswith("The plugin 'mine' failed")
    assert "secret" not in answer.text
    assert (plugin.calls[HOOK], plugin.errors[HOOK]) == (1, 1)
    assert plugin.fault == f"askwire_http: {fault}"
    assert (await client.get("/well")).json() == {"well": True}


async def test_who_asks_cannot_switch_it_off(plugin: Plugin, client: httpx.AsyncClient) -> None:
    for _ in range(MAX_FAULTS + 1):
        await client.get("/raises")
    assert plugin.on


async def test_one_that_is_off_says_so(plugin: Plugin, client: httpx.AsyncClient) -> None:
    plugin.switch_off("it was naughty")
    answer = await client.get("/well")
    assert answer.status_code == 500
    assert answer.json()["error"]["message"].startswith("The plugin 'mine' is off: it was naughty")


async def test_what_is_no_fault(plugin: Plugin, client: httpx.AsyncClient) -> None:
    assert (await client.get("/refuses")).status_code == 404
    assert (await client.delete("/well")).status_code == 405
    assert (await client.get("/no/such/route")).status_code == 404
    assert not plugin.errors


async def test_a_stream_may_take_as_long_as_it_gives_something(plugin: Plugin, client: httpx.AsyncClient) -> None:
    assert (await client.get("/streams")).text == "...."
    assert not plugin.errors


async def test_a_stream_that_breaks_is_counted(plugin: Plugin, client: httpx.AsyncClient) -> None:
    assert (await client.get("/breaks")).text == "."
    assert plugin.fault == "askwire_http: LookupError: in the middle"


async def test_a_client_may_take_its_time(plugin: Plugin, client: httpx.AsyncClient) -> None:
    async def slowly() -> AsyncIterator[bytes]:
        for _ in range(3):
            await asyncio.sleep(0.15)
            yield b"x"

    assert (await client.post("/in/body", content=slowly())).json() == 3
    assert not plugin.errors


async def test_the_gateways_own_routes_are_nobodys(plugin: Plugin, client: httpx.AsyncClient) -> None:
    assert (await client.get("/gateways")).json() == {"gateways": True}
    assert not plugin.calls


def test_a_router_that_cannot_be_described_is_left_out(plugin: Plugin) -> None:
    assert fits(plugin, routes(), 1.0)
    assert not plugin.errors
    assert not fits(plugin, "no router", 1.0)  # type: ignore[arg-type]
    assert plugin.fault.startswith("askwire_http: ")
