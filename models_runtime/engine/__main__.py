"""Run the engine, as ``models_runtime.child`` says, with this line of JSON:

``{"model": name, "path": gguf, "token": …, "context_tokens": n, "threads": n, "cache": folder, "cache_bytes": n}``
"""

import ctypes
import os
import sys
from collections.abc import Callable
from pathlib import Path
from typing import Any

import llama_cpp

from models_runtime.child import read_config, serve
from models_runtime.engine.app import make_app
from models_runtime.engine.llama import Llama, fingerprint
from models_runtime.engine.prefixes import PrefixStore
from models_runtime.engine.worker import Worker

_WARNING = 3  # GGML_LOG_LEVEL_WARN
_CONTINUED = 5  # GGML_LOG_LEVEL_CONT


def main() -> None:
    config = read_config()
    llama_cpp.llama_log_set(_LOG, ctypes.c_void_p(0))
    worker = Worker(_loader(config))
    serve(make_app(worker, config["token"], config["model"]), worker.start)


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
