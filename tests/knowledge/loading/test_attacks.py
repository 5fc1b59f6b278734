"""Files that are made to hang, to fill the memory or to reach out; and what the process that reads them may do."""

import asyncio
import json
import os
import re
import signal
import zlib
from contextlib import aclosing, suppress
from pathlib import Path

import pytest

from knowledge.loading.kinds import KINDS
from knowledge.loading.load import load_file
from knowledge.loading.process import Budget, LoadProcess, ProcessFailed
from knowledge.loading.types import Document, Limits
from tests.knowledge.loading.files import fail_one, load_one, text_of, write

CONFIG = {"name": "a.pdf", "start": 0, "tokenizer": "", "max_tokens": 256, "kinds": dict(KINDS), "modules": {}}


def pdf(contents: bytes, filters: str, pages: int = 1) -> bytes:
    """A PDF whose pages all show the one stream ``contents``."""
    kids = " ".join(f"{number + 5} 0 R" for number in range(pages))
    page = b"<</Type/Page/Parent 2 0 R/Contents 3 0 R/Resources<</Font<</F 4 0 R>>/XObject<</X 3 0 R>>>>>>"
    form = b"/Type/XObject/Subtype/Form/BBox[0 0 9 9]/Resources<</XObject<</X 3 0 R>>>>"
    return assembled(
        b"<</Type/Catalog/Pages 2 0 R>>",
        f"<</Type/Pages/Kids[{kids}]/Count {pages}>>".encode(),
        b"<<%s/Length %d/Filter%s>> stream\n%s\nendstream" % (form, len(contents), filters.encode(), contents),
        b"<</Type/Font/Subtype/Type1/BaseFont/Helvetica>>",
        *[page] * pages,
    )


def assembled(*objects: bytes) -> bytes:
    """A PDF of these objects, which are numbered from 1; the first is its root."""
    body = b"%PDF-1.7\n"
    table = b"0000000000 65535 f \n"
    for number, each in enumerate(objects, start=1):
        table += b"%010d 00000 n \n" % len(body)
        body += b"%d 0 obj %s endobj\n" % (number, each)
    count = len(objects) + 1
    trailer = b"trailer <</Root 1 0 R/Size %d>>\nstartxref\n%d\n%%%%EOF\n" % (count, len(body))
    return body + b"xref\n0 %d\n" % count + table + trailer


def shown(text: bytes) -> bytes:
    return b"BT /F 12 Tf 10 10 Td (" + text + b") Tj ET "


async def test_the_attack_files_would_be_read_if_they_were_harmless(tmp_path: Path) -> None:
    loaded = await load_one(write(tmp_path / "a.pdf", pdf(zlib.compress(shown(b"words")), "/FlateDecode")))
    assert text_of(loaded) == "words"


@pytest.mark.parametrize("layers", [1, 2, 3])
async def test_a_bomb_in_a_pdf_stream_is_refused(tmp_path: Path, layers: int) -> None:
    data = shown(b"words") + b" " * 300_000_000
    for _ in range(layers):
        data = zlib.compress(data, 9)
    reason = await fail_one(write(tmp_path / "a.pdf", pdf(data, "[" + "/FlateDecode" * layers + "]")))
    assert "larger than allowed" in reason or "memory" in reason


async def test_many_pages_of_one_costly_stream_end_in_time(tmp_path: Path) -> None:
    data = zlib.compress(shown(b"words") * 100_000, 9)
    reason = await fail_one(write(tmp_path / "a.pdf", pdf(data, "/FlateDecode", 1000)), Limits(seconds=2))
    assert reason in ("took longer than 2 seconds", "holds more than 20,000,000 characters of text")


async def test_a_form_that_shows_itself_twice_ends(tmp_path: Path) -> None:
    loaded = await load_one(write(tmp_path / "a.pdf", pdf(shown(b"words") + b"/X Do /X Do", "[]")), Limits(seconds=10))
    assert "words" in text_of(loaded)


async def test_a_page_tree_that_contains_itself_ends(tmp_path: Path) -> None:
    tree = b"<</Type/Pages/Kids[2 0 R 2 0 R]/Count 2000000000>>"
    reason = await fail_one(write(tmp_path / "a.pdf", assembled(b"<</Type/Catalog/Pages 2 0 R>>", tree)))
    assert "took longer" not in reason


@pytest.mark.parametrize(
    ("name", "content"),
    [
        ("a.json", b"[" * 5_000_000),
        ("a.json", b'{"a":' * 100_000 + b"1" + b"}" * 100_000),
        ("a.html", b"<div>" * 200_000),
        ("a.html", b"<table><tr><td>" * 20_000 + b"x"),
        ("a.html", b"<b" + b" a='b'" * 500_000 + b">x"),
        ("a.csv", b'"' * 3_000_000),
        ("a.csv", b"," * 3_000_000),
        ("a.md", b"<!--" * 500_000),
        ("a.md", b"# " * 500_000 + b"[" * 500_000),
        ("a.md", b"```\n" * 300_001),
        ("a.md", b"---\n" * 300_000),
    ],
)
async def test_text_made_to_take_long_ends_in_time(tmp_path: Path, name: str, content: bytes) -> None:
    """Whether it is read or refused is the loader's; it must not hang or fall over."""
    path = write(tmp_path / name, content)
    (result,) = [each async for each in load_file(path, name, Limits(seconds=60))]
    reason = "" if isinstance(result, Document) else result.reason
    assert "took longer" not in reason
    assert "went wrong" not in reason


async def test_a_json_number_of_many_digits_is_no_work(tmp_path: Path) -> None:
    digits = "9" * 1_000_000
    loaded = await load_one(write(tmp_path / "a.json", f'{{"n": {digits}}}'), Limits(seconds=5))
    assert digits in text_of(loaded).replace("\n", "")


async def test_html_reaches_no_file_and_no_network(tmp_path: Path) -> None:
    secret = write(tmp_path / "secret.txt", "the secret")
    page = f"""<!DOCTYPE html [<!ENTITY x SYSTEM "file://{secret}">]><html><head><base href="http://127.0.0.1:9/">
    <link rel=stylesheet href="file://{secret}"></head><body><p>shown words &x;</p><img src="file://{secret}">
    <iframe src="file://{secret}"></iframe><object data="file://{secret}"></object>
    <xi:include href="file://{secret}" xmlns:xi="http://www.w3.org/2001/XInclude"/></body></html>"""
    loaded = await load_one(write(tmp_path / "a.html", page))
    assert "shown words" in text_of(loaded)
    assert "the secret" not in text_of(loaded)


async def test_memory_is_bounded(tmp_path: Path) -> None:
    path = write(tmp_path / "a.json", json.dumps([[number] for number in range(500_000)]))
    assert "memory" in await fail_one(path, Limits(seconds=30, memory_bytes=120_000_000))


async def test_leaving_early_ends_the_process(tmp_path: Path) -> None:
    path = write(tmp_path / "a.txt", "words")
    before = _children()
    async with aclosing(load_file(path, "a.txt", Limits())) as results:
        async for _ in results:
            break
    assert _children() <= before


async def test_a_cancelled_load_ends_the_process(tmp_path: Path) -> None:
    path = write(tmp_path / "a.pdf", pdf(zlib.compress(shown(b"words") * 100_000, 9), "/FlateDecode", 1000))
    before = _children()
    task = asyncio.create_task(fail_one(path))
    while _children() <= before:
        await asyncio.sleep(0.01)
    task.cancel()
    with pytest.raises(asyncio.CancelledError):
        await task
    assert _children() <= before


async def test_the_process_is_bare(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    """No secret in its environment, no file but the one it reads, nothing that it could write, no network."""
    monkeypatch.setenv("ASKWIRE_TOKEN", "secret")
    # A file that takes a while, so that the process can be looked at.
    path = write(tmp_path / "a.pdf", pdf(zlib.compress(shown(b"words") * 100_000, 9), "/FlateDecode", 1000))
    with path.open("rb") as file:
        async with LoadProcess(file.fileno(), Limits(), CONFIG) as process:
            folder = Path(f"/proc/{process.pid}")
            while not re.search(r"Max file size +0 +0", (folder / "limits").read_text()):
                await asyncio.sleep(0.01)
            os.kill(process.pid, signal.SIGSTOP)
            assert b"secret" not in (folder / "environ").read_bytes()
            assert not list((folder / "cwd").iterdir())
            opened = set()
            for each in (folder / "fd").iterdir():
                with suppress(FileNotFoundError):  # closed meanwhile
                    opened.add(str(each.readlink()))
            # It may be about to import a module.
            files = {each for each in opened if each.startswith("/") and not each.endswith((".py", ".pyc", ".so"))}
            assert files - {"/dev/null"} == {str(path)}
            assert "NoNewPrivs:\t1" in (folder / "status").read_text()
            routes = (folder / "net" / "route").read_text().splitlines()[1:]
            assert not routes or not _may_unshare()


def _may_unshare() -> bool:
    return os.system("unshare -n true 2>/dev/null || unshare -Un true 2>/dev/null") == 0


async def test_the_process_ends_with_its_parent(tmp_path: Path) -> None:
    path = write(tmp_path / "a.pdf", pdf(zlib.compress(shown(b"words") * 100_000, 9), "/FlateDecode", 1000))
    with path.open("rb") as file:
        async with LoadProcess(file.fileno(), Limits(), CONFIG) as process:
            process.close_input()  # what the kernel does when the parent is killed
            with pytest.raises(ProcessFailed):
                await process.read(Budget(60, 60))


def _children() -> set[str]:
    return set(Path(f"/proc/self/task/{os.getpid()}/children").read_text().split())
