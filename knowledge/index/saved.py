"""HNSW graphs as files, so that a start need not make them again. Any of them may be lost or damaged at any time.

A graph is two files: ``<base>-<random>.hnsw``, as hnswlib writes it, and ``<base>.json``, which names that file and
says whose it is; the graph counts from the moment that the second one is renamed into its place. hnswlib checks
nothing of what it reads and does not report a full disk, so size and SHA-256 are checked here.
"""

import fcntl
import hashlib
import json
import os
import secrets
import time
from collections.abc import Callable, Iterator
from contextlib import contextmanager, suppress
from dataclasses import asdict, dataclass
from pathlib import Path

import hnswlib
import structlog

log = structlog.get_logger("askwire.knowledge")
POLL_SECONDS = 0.1


@dataclass(frozen=True, slots=True)
class Key:
    """Whose vectors: of one SQLite file, one base and one model. ``dimensions``: numbers in a vector."""

    installation: str
    base: int
    embedder: str
    dimensions: int


@dataclass(slots=True)
class Graph:
    """``index`` holds every chunk up to the id ``last``; ``count`` of them in all, ``dead`` of them deleted."""

    index: hnswlib.Index
    last: int
    count: int
    dead: int

    @property
    def nbytes(self) -> int:
        return int(self.index.index_file_size())


class Stopped(Exception):
    """The process ends; what was begun is left."""


class Saved:
    """The files below ``folder``, which is made when it is needed."""

    def __init__(self, folder: Path) -> None:
        self._folder = folder

    def load(self, key: Key) -> Graph | None:
        """The graph of ``key``; None when there is none, or another's, or a damaged one."""
        try:
            return self._load(key)
        except FileNotFoundError:
            return None
        except (OSError, ValueError, TypeError, KeyError, RuntimeError) as error:
            log.warning("A saved index is damaged; it is made again", base=key.base, error=str(error))
            return None

    def _load(self, key: Key) -> Graph | None:
        about = json.loads(self._about(key.base).read_bytes())
        if about["key"] != asdict(key):
            return None
        name = about["file"]
        if Path(name).name != name:
            raise ValueError("it names a file elsewhere")
        path = self._folder / name
        if path.stat().st_size != about["bytes"] or _digest(path) != about["sha256"]:
            raise ValueError("size or checksum does not fit")
        index = hnswlib.Index("ip", key.dimensions)
        index.load_index(str(path))
        graph = Graph(index, int(about["last"]), int(about["count"]), int(about["dead"]))
        if index.get_current_count() != graph.count:
            raise ValueError("the number of vectors does not fit")
        return graph

    def save(self, key: Key, graph: Graph) -> None:
        """Put the graph in the place of the last one, which stays when this fails. The lock is held. Raises OSError."""
        path = self._folder / f"{key.base}-{secrets.token_hex(8)}.hnsw"
        os.close(os.open(path, os.O_CREAT | os.O_EXCL | os.O_WRONLY, 0o600))
        try:
            try:
                graph.index.save_index(str(path))
            except RuntimeError as error:
                raise OSError(str(error)) from error
            _sync(path)
            if path.stat().st_size != graph.nbytes:
                raise OSError("the index could not be written whole; is the disk full?")
            about = {
                "key": asdict(key), "file": path.name, "bytes": graph.nbytes, "sha256": _digest(path),
                "last": graph.last, "count": graph.count, "dead": graph.dead,
            }  # fmt: skip
            temporary = path.with_suffix(".json")
            temporary.write_text(json.dumps(about))
            temporary.chmod(0o600)
            _sync(temporary)
            temporary.replace(self._about(key.base))
            _sync(self._folder)
        except BaseException:
            path.with_suffix(".json").unlink(missing_ok=True)
            path.unlink(missing_ok=True)
            raise
        self._remove(key.base, but=path.name)

    @contextmanager
    def lock(self, name: str, stopped: Callable[[], bool] = lambda: False) -> Iterator[None]:
        """Wait for other processes' and threads' work under the same ``name``. Raises Stopped, OSError."""
        self._folder.mkdir(parents=True, exist_ok=True, mode=0o700)
        descriptor = os.open(self._folder / f"{name}.lock", os.O_CREAT | os.O_RDWR | os.O_CLOEXEC, 0o600)
        try:
            while True:
                try:
                    fcntl.flock(descriptor, fcntl.LOCK_EX | fcntl.LOCK_NB)
                    break
                except BlockingIOError:
                    if stopped():
                        raise Stopped from None
                    time.sleep(POLL_SECONDS)
            yield
        finally:
            os.close(descriptor)

    def forget(self, base: int) -> None:
        """Remove what is saved of a base. Raises OSError."""
        with suppress(FileNotFoundError):
            self._about(base).unlink()
        self._remove(base)

    def bases(self) -> set[int]:
        """The bases of which anything is saved."""
        names = (path.name for path in self._folder.glob("*-*.hnsw"))
        return {int(name.split("-")[0]) for name in names if name.split("-")[0].isdigit()}

    def _about(self, base: int) -> Path:
        return self._folder / f"{base}.json"

    def _remove(self, base: int, but: str = "") -> None:
        """Older files, and what killed processes left."""
        for path in self._folder.glob(f"{base}-*"):
            if path.name != but:
                path.unlink(missing_ok=True)


def _digest(path: Path) -> str:
    with path.open("rb") as file:
        return hashlib.file_digest(file, "sha256").hexdigest()


def _sync(path: Path) -> None:
    descriptor = os.open(path, os.O_RDONLY)
    try:
        os.fsync(descriptor)
    finally:
        os.close(descriptor)
