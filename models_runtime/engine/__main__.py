"""Run the engine. Standard input: one line of JSON (below), then kept open by the owner; its end ends the process.

``{"model": name, "path": gguf, "token": …, "context_tokens": n, "threads": n, "cache": folder, "cache_bytes": n}``
The token comes this way because arguments and environment can be read by others. Standard output: one line of JSON
with the port.
"""

import ctypes
import json
import os
import socket
import sys
import threading
import traceback
from collections.abc import Callable
from pathlib import Path
from typing import Any

import llama_cpp
import uvicorn
from starlette.requests import ClientDisconnect
from starlette.types import ASGIApp, Receive, Scope, Send

from models_runtime.engine.app import make_app
from models_runtime.engine.llama import Llama, fingerprint
from models_runtime.engine.prefixes import PrefixStore
from models_runtime.engine.worker import Worker

_WARNING = 3  # GGML_LOG_LEVEL_WARN
_CONTINUED = 5  # GGML_LOG_LEVEL_CONT


def main() -> None:
    config = json.loads(sys.stdin.readline())
    threading.Thread(target=_die_with_owner, daemon=True).start()
    llama_cpp.llama_log_set(_LOG, ctypes.c_void_p(0))
    worker = Worker(_loader(config))
    app = _or_exit(make_app(worker, config["token"], config["model"]))
    listener = socket.create_server(("127.0.0.1", 0))
    print(json.dumps({"port": listener.getsockname()[1]}), flush=True)
    worker.start()
    server = uvicorn.Server(uvicorn.Config(app, log_config=None, access_log=False, lifespan="off", ws="none"))
    server.run(sockets=[listener])


def _or_exit(app: ASGIApp) -> ASGIApp:
    """An exception that nothing expects, such as for want of memory, ends the process: its owner starts it afresh."""

    async def run(scope: Scope, receive: Receive, send: Send) -> None:
        try:
            await app(scope, receive, send)
        except ClientDisconnect:
            return
        except Exception:
            traceback.print_exc()
            os._exit(70)

    return run


def _die_with_owner() -> None:
    """The kernel closes the owner's end of the pipe however the owner dies."""
    while sys.stdin.buffer.read(4096):
        pass
    os._exit(0)


def _loader(config: dict[str, Any]) -> Callable[[Callable[[], bool]], tuple[Llama, PrefixStore]]:
    def load(abort: Callable[[], bool]) -> tuple[Llama, PrefixStore]:
        path = Path(config["path"])
        threads = config["threads"] or len(os.sched_getaffinity(0))
        llama = Llama(path, config["context_tokens"], threads, abort)
        mark = fingerprint(path, llama.context_tokens)
        return llama, PrefixStore(Path(config["cache"]), mark, config["cache_bytes"])

    return load


def _log_line(level: int, text: bytes, _data: object) -> None:
    if _WARNING <= level < _CONTINUED:
        sys.stderr.write(text.decode("utf-8", "replace"))
        sys.stderr.flush()


_LOG = llama_cpp.llama_log_callback(_log_line)  # referenced from C


if __name__ == "__main__":
    main()
