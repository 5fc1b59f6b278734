"""A GGUF file to a folder in the format of transformers (bf16 safetensors and the tokenizer), which vLLM serves."""

import fcntl
import importlib.util
import os
import shutil
import subprocess
import sys
from collections.abc import Callable, Iterator
from contextlib import contextmanager
from pathlib import Path

_NEEDED = ("torch", "transformers", "accelerate", "gguf")


class ConvertFailed(Exception):
    """The model could not be converted; the message says why."""


def convert(source: Path, folder: Path, tell: Callable[[str], None]) -> Path:
    """Write the model of the GGUF ``source`` to ``folder``, unless it is there; returns the folder.

    It takes about a minute and 2 bytes of memory and disk per parameter for each billion (1.5B: 70 s, 3.5 GB on 2
    cores). The folder appears whole or not at all; concurrent calls wait for one another. ``tell`` is given what is
    being done. Raises ``ConvertFailed``, ``OSError``.
    """
    missing = [name for name in _NEEDED if importlib.util.find_spec(name) is None]
    if missing:
        raise ConvertFailed(f"it needs {', '.join(missing)}: pip install 'askwire[convert]'")
    if not source.is_file():
        raise ConvertFailed(f"there is no file {source}")
    folder = folder.absolute()
    folder.parent.mkdir(parents=True, exist_ok=True)
    partial = folder.with_name(f"{folder.name}.partial")
    with _locked(folder.with_name(f"{folder.name}.convert-lock"), tell) as lock:
        if (folder / "config.json").is_file():
            return folder
        if folder.exists() and (not folder.is_dir() or any(folder.iterdir())):
            raise ConvertFailed(f"{folder} is there, and is no model")
        shutil.rmtree(partial, ignore_errors=True)
        partial.mkdir()
        try:
            tell("converting")
            _run(source, partial, lock)
            _flush(partial)
            partial.replace(folder)
        finally:
            shutil.rmtree(partial, ignore_errors=True)
    return folder


@contextmanager
def _locked(path: Path, tell: Callable[[str], None]) -> Iterator[int]:
    with path.open("w") as lock:
        try:
            fcntl.flock(lock, fcntl.LOCK_EX | fcntl.LOCK_NB)
        except BlockingIOError:
            tell("waiting for another conversion")
            fcntl.flock(lock, fcntl.LOCK_EX)
        yield lock.fileno()


def _run(source: Path, folder: Path, lock: int) -> None:
    """In a process of its own: it gives its gigabytes back. It holds the lock too, should this process be killed."""
    command = [sys.executable, "-I", "-m", "models_runtime.convert_main", str(source.absolute()), str(folder)]
    ended = subprocess.run(  # noqa: S603 - our own module
        command, stdin=subprocess.DEVNULL, capture_output=True, text=True, cwd=folder, pass_fds=(lock,), check=False
    )
    if ended.returncode != 0:
        reasons = (ended.stdout.strip() if ended.returncode == 3 else ended.stderr.strip()).splitlines()
        raise ConvertFailed(reasons[-1] if reasons else f"the conversion ended with status {ended.returncode}")


def _flush(folder: Path) -> None:
    """To the disk, before the folder gets its name."""
    for path in folder.iterdir():
        with path.open("rb") as file:
            os.fsync(file.fileno())
