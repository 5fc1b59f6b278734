"""The guard before a managed vLLM, over a scripted application; a real vLLM: tests/vllm."""

import hashlib
import hmac
from typing import Any

import httpx
import pytest

from models_runtime import vllm_main as module
from models_runtime.vllm_main import Guard, Message, Receive, Send, Wait

TOKEN = "t0ken"


def test_only_time_with_a_request_and_without_an_answer_is_waiting(monkeypatch: pytest.MonkeyPatch) -> None:
    now = 1000.0
    monkeypatch.setattr("models_runtime.vllm_main.time.monotonic", lambda: now)
    wait = Wait()
    now += 50
    assert wait.seconds == 0
    with wait:
        now += 10
        with wait:
            now += 5
        assert wait.seconds == 15
    now += 100
    assert wait.seconds == 15  # the next request goes on from there: one after the other may meet the same hang
    with wait:
        now += 1
        assert wait.seconds == 16
        wait.generated()
        now += 2
        assert wait.seconds == 2


async def inner(scope: Message, receive: Receive, send: Send) -> None:
    """In the place of vLLM: well unless the path is asked for another way."""
    status = 503 if scope["query_string"] == b"nonce=ill" else 200
    await send({"type": "http.response.start", "status": status, "headers": []})
    await send({"type": "http.response.body", "body": b"inner"})


@pytest.fixture
async def guarded(monkeypatch: pytest.MonkeyPatch) -> httpx.AsyncClient:
    monkeypatch.setenv("VLLM_API_KEY", TOKEN)
    return httpx.AsyncClient(transport=httpx.ASGITransport(Guard(inner)), base_url="http://127.0.0.1")


@pytest.mark.parametrize("path", ["/v1/models", "/tokenize", "/metrics", "/sleep", "/health/", "//health"])
async def test_every_path_wants_the_token(guarded: httpx.AsyncClient, path: str) -> None:
    for given in ({}, {"Authorization": f"Bearer {TOKEN}x"}, {"Authorization": TOKEN}):
        assert (await guarded.get(path, headers=given)).status_code == 401
    assert (await guarded.get(path, headers={"Authorization": f"Bearer {TOKEN}"})).text == "inner"


async def test_health_proves_to_know_the_token(guarded: httpx.AsyncClient) -> None:
    proof = hmac.new(TOKEN.encode(), b"n1", hashlib.sha256).hexdigest()
    assert (await guarded.get("/health", params={"nonce": "n1"})).json() == {
        **{"state": "ready", "waited_s": 0, "proof": proof}
    }
    assert (await guarded.get("/health", params={"nonce": "ill"})).json()["state"] == "failing"


async def test_a_long_nonce_is_cut(guarded: httpx.AsyncClient) -> None:
    told = (await guarded.get("/health", params={"nonce": "x" * 5000})).json()
    assert told["proof"] == hmac.new(TOKEN.encode(), b"x" * 128, hashlib.sha256).hexdigest()
    assert (await guarded.get("/health")).json()["proof"] == hmac.new(TOKEN.encode(), b"", hashlib.sha256).hexdigest()


async def test_only_http_and_the_start_pass(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setenv("VLLM_API_KEY", TOKEN)
    passed: list[str] = []
    sent: list[Message] = []

    async def app(scope: Message, receive: Receive, send: Send) -> None:
        passed.append(scope["type"])

    async def send(message: Message) -> None:
        sent.append(message)

    async def receive() -> Message:
        return {}

    headers = [(b"authorization", f"Bearer {TOKEN}".encode())]
    for kind in ("lifespan", "websocket"):
        await Guard(app)({"type": kind, "path": "/v1/realtime", "headers": headers}, receive, send)
    assert passed == ["lifespan"]
    assert sent == [{"type": "websocket.close", "code": 1008}]


@pytest.mark.parametrize(
    ("path", "status", "waited"), [("/v1/completions", 200, 0), ("/v1/completions", 400, 7), ("/tokenize", 200, 0)]
)
async def test_health_says_how_long_requests_wait(
    monkeypatch: pytest.MonkeyPatch, path: str, status: int, waited: int
) -> None:
    """What is generated ends the wait; a refusal needs no model, and what needs none does not wait for it."""
    monkeypatch.setenv("VLLM_API_KEY", TOKEN)
    now = 1000.0
    monkeypatch.setattr(module.time, "monotonic", lambda: now)
    seen: list[Any] = []

    async def app(scope: Message, receive: Receive, send: Send) -> None:
        nonlocal now
        if scope["path"] != "/health":
            now += 7
            seen.append((await opened.get("/health")).json()["waited_s"])
            await send({"type": "http.response.start", "status": status, "headers": []})
        else:
            await send({"type": "http.response.start", "status": 200, "headers": []})
        await send({"type": "http.response.body", "body": b""})

    opened = httpx.AsyncClient(transport=httpx.ASGITransport(Guard(app)), base_url="http://127.0.0.1")
    await opened.post(path, headers={"Authorization": f"Bearer {TOKEN}"})
    assert seen == [7 if path.startswith("/v1/") else 0]
    assert (await opened.get("/health")).json()["waited_s"] == waited
