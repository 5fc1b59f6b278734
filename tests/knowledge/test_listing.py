"""``askwire knowledge list``: every base and document, in full, and nothing in a name is a command to the terminal."""

from collections.abc import AsyncIterator
from typing import Any, cast

import pytest

from conf.settings import Settings
from knowledge.bases import Bases
from knowledge.documents import Documents
from knowledge.listing import show_bases, show_documents
from knowledge.loads import Loads
from knowledge.records import OPERATOR, Who
from knowledge.shell import Tools
from plugins import AskwireError
from tests.knowledge.index.shelf import Shelf


@pytest.fixture
async def shelf(tmp_path) -> AsyncIterator[Shelf]:
    made = Shelf(tmp_path)
    yield made
    await made.database.close()
    made.close()


@pytest.fixture
def tools(shelf: Shelf) -> Tools:
    loads, documents = Loads(shelf.database), Documents(shelf.database)
    unused = cast("Any", None)
    return Tools(Settings(data_dir=str(shelf.folder)), Bases(shelf.database), loads, documents, unused, unused, unused)


async def test_without_bases_it_says_where_it_looked(tools: Tools, capsys: pytest.CaptureFixture[str]) -> None:
    await show_bases(tools)
    said = capsys.readouterr()
    assert said.out == ""
    assert "there are no knowledge bases in the data folder" in said.err


async def test_bases_with_what_they_hold_and_for_whom(
    shelf: Shelf, tools: Tools, capsys: pytest.CaptureFixture[str]
) -> None:
    await tools.bases.create(OPERATOR, "empty", "")
    base = await tools.bases.create(OPERATOR, "handbook", "", ["ann", "bob"])
    shelf.add(base, "a", ["one", "two"], [None, None])
    await tools.loads.enqueue(base, "file", "/x", "x.md", "")
    await show_bases(tools)
    head, empty, handbook = [line.split() for line in capsys.readouterr().out.splitlines()]
    assert head == ["name", "documents", "chunks", "state", "progress", "failed", "members"]
    assert empty == ["empty", "0", "0", "empty", "0", "editors", "only"]
    assert handbook == ["handbook", "1", "2", "loading", "0", "ann,", "bob"]


async def test_documents_and_then_what_failed(shelf: Shelf, tools: Tools, capsys: pytest.CaptureFixture[str]) -> None:
    base = await tools.bases.create(OPERATOR, "handbook", "")
    long = "deep/" * 100 + "a.md"
    shelf.add(base, long, ["one"], [None])
    load = await tools.loads.enqueue(base, "file", "/x", "b.pdf", "")
    await tools.loads.fail(load, "b.pdf", "is broken: " + "why " * 100)
    await show_documents(tools, "handbook")
    _, first, *rest = capsys.readouterr().out.splitlines()
    assert first.startswith(f"{long} ")
    assert any(line.startswith("b.pdf") and line.rstrip().endswith("why") for line in rest)


async def test_names_are_neither_markup_nor_escape_sequences(
    shelf: Shelf, tools: Tools, capsys: pytest.CaptureFixture[str]
) -> None:
    base = await tools.bases.create(OPERATOR, "handbook", "")
    shelf.add(base, "[red]:smile: \x1b]0;mine\x07\x1b[2J\nfake line.md", ["one"], [None])
    await show_documents(tools, "handbook")
    out = capsys.readouterr().out
    assert "[red]:smile:" in out
    assert all(letter.isprintable() for line in out.splitlines() for letter in line)
    assert len(out.splitlines()) == 2


async def test_a_base_that_is_not_there_is_told(tools: Tools) -> None:
    with pytest.raises(AskwireError, match="nowhere"):
        await show_documents(tools, "nowhere")
    assert await tools.bases.visible(Who(account="ann")) == []
