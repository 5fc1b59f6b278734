"""What the reading process says about a file: lines of JSON, whatever the file and its loader do."""

import io
import json
import os
import subprocess
import sys
import zipfile
from collections.abc import Callable
from dataclasses import asdict
from pathlib import Path
from typing import Any, BinaryIO

import pytest

from knowledge.loading import child
from knowledge.loading.draft import Draft
from knowledge.loading.kinds import KINDS as BUILT_IN
from knowledge.loading.types import Limits, LoadError

Said = Callable[..., list[dict[str, Any]]]
KINDS = {".md": "knowledge.loading.formats.markdown:read", ".odd": f"{__name__}:odd"}
raising: list[BaseException] = []


def odd(file: BinaryIO, document: Draft) -> None:
    """A loader that raises what the test wants."""
    raise raising[0]


@pytest.fixture
def said(monkeypatch: pytest.MonkeyPatch) -> Said:
    """``said(name, content)``: the lines about a file, read in this process."""

    def read(name: str, content: bytes, limits: Limits = Limits(), start: int = 0) -> list[dict[str, Any]]:  # noqa: B008
        out = io.TextIOWrapper(io.BytesIO())
        monkeypatch.setattr(sys, "stdout", out)
        monkeypatch.setattr(child.confine, "bound", lambda limits: None)
        job = child._Job(limits, None, 256, KINDS, {})
        child._read(io.BytesIO(content), name, start, job)
        lines = out.buffer.getvalue().splitlines()  # type: ignore[attr-defined]
        assert all(len(line) < child.LINE_BYTES for line in lines)
        return [json.loads(line) for line in lines]

    return read


def archive(**members: bytes) -> bytes:
    out = io.BytesIO()
    with zipfile.ZipFile(out, "w") as made:
        for name, content in members.items():
            made.writestr(name.replace("_", "."), content)
    return out.getvalue()


def test_a_document_is_its_chunks_and_then_what_it_is(said: Said) -> None:
    chunks, loaded = said("a.md", b"# Rules\n\nBe kind.")
    assert chunks == {"chunks": [["# Rules\n\nBe kind.", "Rules"]]}
    assert (loaded["loaded"], loaded["bytes"], len(loaded["hash"])) == ("Rules", 17, 64)


def test_many_chunks_come_in_lines_that_hold_them(said: Said) -> None:
    text = "".join(f"# Part {n}\n\n{'♥' * 40} {n}\n\n" for n in range(250))
    *pieces, loaded = said("a.md", text.encode())
    assert [len(piece["chunks"]) for piece in pieces] == [100, 100, 50]
    assert [chunk[1] for piece in pieces for chunk in piece["chunks"]][::125] == ["Part 0", "Part 125"]
    assert "loaded" in loaded


@pytest.mark.parametrize(
    ("error", "reason"),
    [
        (LoadError("is of no use"), "is of no use"),
        (ValueError("bad\nthing\u202e"), "is broken: bad thing"),
        (ValueError(), "is broken: ValueError"),
        (KeyError("a" * 10_000), "is broken: "),
        (RecursionError("deep"), "is nested too deeply"),
    ],
)
def test_whatever_a_loader_raises_is_said_of_the_file(said: Said, error: Exception, reason: str) -> None:
    raising[:] = [error]
    (failed,) = said("a.odd", b"x")
    assert failed.keys() == {"failed"}
    assert failed["failed"].startswith(reason)
    assert len(failed["failed"]) < 1_000
    assert failed["failed"].isprintable()


@pytest.mark.parametrize(
    ("name", "content", "reason"),
    [
        ("a.md", b"", "is empty"),
        ("a.md", b" \n\n", "holds no text"),
        ("a.md", b"---\n***\n", "holds no text"),
        ("a.md", b"x" * 101, "has 101 bytes; 100 are read"),
    ],
)
def test_a_file_without_anything_to_read(said: Said, name: str, content: bytes, reason: str) -> None:
    assert said(name, content, Limits(file_bytes=100)) == [{"failed": reason}]


def test_an_archive_begins_each_member_and_goes_on_behind_a_broken_one(said: Said) -> None:
    raising[:] = [ValueError("no")]
    content = archive(a_md=b"one", b_odd=b"x", c_md=b"three")
    found = said("p.zip", content)
    assert [line["name"] for line in found if "begin" in line] == ["a.md", "b.odd", "c.md"]
    assert [line["loaded"] for line in found if "loaded" in line] == ["a", "c"]
    assert [line["failed"] for line in found if "failed" in line] == ["is broken: no"]
    assert said("p.zip", content, start=2)[0] == {"begin": 2, "name": "c.md"}
    with pytest.raises(LoadError, match="is an archive without files"):
        said("p.zip", archive())


@pytest.mark.parametrize(
    ("name", "shown"),
    [("a\\b.md", "a/b.md"), ("a\x1b[31m\r\nb", "a[31m b"), ("\n", "?"), ("\u202egpj.exe", "gpj.exe")],
)
def test_a_member_s_name_is_one_line(name: str, shown: str) -> None:
    assert child._shown(name) == shown


def process(line: bytes, *fds: int) -> "subprocess.CompletedProcess[bytes]":
    command = [sys.executable, "-I", "-m", "knowledge.loading.child"]
    return subprocess.run(command, input=line, capture_output=True, pass_fds=fds, check=False, timeout=60)


def test_it_reads_what_it_is_given_and_says_when_it_is_done(tmp_path: Path) -> None:
    file = tmp_path / "a"
    file.write_bytes(b"# Rules\n\nBe kind.")
    config = {"name": "a.md", "limits": asdict(Limits()), "start": 0, "tokenizer": "", "max_tokens": 256, "modules": {}}
    fd = os.open(file, os.O_RDONLY)
    # The end of its input is the end of its parent: it must not come before the answer, so the pipe stays open.
    command = [sys.executable, "-I", "-m", "knowledge.loading.child"]
    with subprocess.Popen(command, stdin=subprocess.PIPE, stdout=subprocess.PIPE, pass_fds=(fd,)) as running:
        assert running.stdin is not None
        assert running.stdout is not None
        running.stdin.write(json.dumps({**config, "fd": fd, "kinds": dict(BUILT_IN)}).encode() + b"\n")
        running.stdin.flush()
        lines = [json.loads(line) for line in running.stdout.read().splitlines()]
    os.close(fd)
    assert [set(line) for line in lines] == [{"chunks"}, {"loaded", "hash", "bytes"}, {"end"}]
    assert running.returncode == 0


@pytest.mark.parametrize("line", [b"", b"\n", b"[]\n", b"{}\n", b"\xff\n"])
def test_without_a_job_it_says_nothing(line: bytes) -> None:
    done = process(line)
    assert done.returncode != 0
    assert done.stdout == b""
