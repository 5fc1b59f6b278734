"""What the processes that hold a model have in common: who may ask, what a body is, when they end."""

import asyncio
import hashlib
import hmac
import json
import subprocess
import sys
from collections.abc import AsyncIterator
from typing import Any

import httpx
import pytest
from starlette.applications import Starlette
from starlette.requests import Request
from starlette.responses import JSONResponse
from starlette.routing import Route

from models_runtime import child
from models_runtime.child import BadRequest, disconnected, guarded, proof, read_body

TOKEN = "t0ken"
KNOWN = {"Authorization": f"Bearer {TOKEN}"}


async def _echo(request: Request) -> JSONResponse:
    return JSONResponse(await read_body(request, 100))


async def _proof(request: Request) -> JSONResponse:
    return JSONResponse(proof(request, TOKEN))


@pytest.fixture
async def api() -> AsyncIterator[httpx.AsyncClient]:
    app = Starlette(routes=[Route("/", guarded(TOKEN, _echo), methods=["POST"]), Route("/proof", _proof)])
    async with httpx.AsyncClient(transport=httpx.ASGITransport(app), base_url="http://api") as opened:
        yield opened


@pytest.mark.parametrize(
    "given", ["", TOKEN, f"bearer {TOKEN}", f"Bearer {TOKEN} ", f"Bearer {TOKEN}x", "Bearer ", "Bearer t0keñ".encode()]
)
async def test_only_who_knows_the_token_is_heard(api: httpx.AsyncClient, given: Any) -> None:
    refused = await api.post("/", json={}, headers={"Authorization": given})
    assert refused.status_code == 401
    assert refused.json() == {"error": {"code": "unauthorized", "message": "wrong token"}}
    assert (await api.post("/", json={"a": 1}, headers=KNOWN)).json() == {"a": 1}


@pytest.mark.parametrize(
    ("body", "message"),
    [
        (b"", "the body is not JSON"),
        (b"{", "the body is not JSON"),
        (b"\xff\xfe\xfd", "the body is not JSON"),
        (b'{"a": ' + b"9" * 90 + b"}" * 2, "the body is not JSON"),
        (b"[]", "the body is no object"),
        (b"null", "the body is no object"),
        (b'"' + b"x" * 99 + b'"', "the request is too large"),
    ],
)
async def test_what_is_no_body(api: httpx.AsyncClient, body: bytes, message: str) -> None:
    refused = await api.post("/", content=body, headers=KNOWN)
    assert refused.status_code == 400
    assert refused.json() == {"error": {"code": "bad_request", "message": message}}


def request_of(*messages: dict[str, Any]) -> Request:
    """A request whose client sends these."""
    left = list(messages)

    async def receive() -> dict[str, Any]:
        return left.pop(0)

    return Request({"type": "http", "headers": [], "query_string": b""}, receive)


async def test_a_body_in_pieces_is_bounded_as_a_whole() -> None:
    def piece(body: bytes) -> dict[str, Any]:
        return {"type": "http.request", "body": body, "more_body": True}

    end = {"type": "http.request", "body": b"}"}
    assert await read_body(request_of(piece(b'{"a":'), piece(b" 1"), end), 8) == {"a": 1}
    with pytest.raises(BadRequest, match="too large"):
        await read_body(request_of(*[piece(b"x" * 4)] * 3), 8)  # without waiting for the rest
    with pytest.raises(BadRequest, match="not JSON"):
        await read_body(request_of(piece(b"[" * 99_999), {"type": "http.request", "body": b""}), 100_000)


async def test_a_client_that_leaves_is_noticed() -> None:
    gone = {"type": "http.disconnect"}
    await asyncio.wait_for(disconnected(request_of({"type": "http.request", "body": b"more"}, gone)), 5)


@pytest.mark.parametrize("nonce", ["n1", "", "x" * 500, "é\0"])
async def test_it_proves_to_know_the_token_without_telling_it(api: httpx.AsyncClient, nonce: str) -> None:
    told = (await api.get("/proof", params={"nonce": nonce})).json()
    assert told == hmac.new(TOKEN.encode(), nonce[:128].encode(), hashlib.sha256).hexdigest()


SERVER = """
import sys
from starlette.responses import PlainTextResponse
from models_runtime.child import read_config, serve
config = read_config()
async def app(scope, receive, send):
    if scope["path"] == "/fails":
        raise MemoryError
    await PlainTextResponse(config["says"])(scope, receive, send)
serve(app, lambda: print("loads", file=sys.stderr, flush=True))
"""


def test_a_process_says_its_port_serves_and_ends_with_its_owner() -> None:
    arguments = [sys.executable, "-c", SERVER]
    for path, code in (("/", 0), ("/fails", 70)):
        process = subprocess.Popen(arguments, stdin=-1, stdout=-1, stderr=-1, text=True)
        with process:
            assert process.stdin is not None
            assert process.stdout is not None
            process.stdin.write(json.dumps({"says": "hello"}) + "\n")
            process.stdin.flush()
            try:
                url = f"http://127.0.0.1:{json.loads(process.stdout.readline())['port']}{path}"
                if path == "/":
                    assert httpx.get(url, trust_env=False, timeout=60).text == "hello"
                    process.stdin.close()
                else:  # an exception that nothing expects: its owner starts it afresh
                    with pytest.raises(httpx.TransportError):
                        httpx.get(url, trust_env=False, timeout=60)
                assert process.wait(60) == code
            finally:
                process.kill()


def test_errors_have_the_form_of_openai() -> None:
    answer = child.error(503, "busy", "é")
    assert (answer.status_code, json.loads(answer.body)) == (503, {"error": {"code": "busy", "message": "é"}})
