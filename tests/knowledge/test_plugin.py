"""The knowledge as a plugin: what it offers to others, and for how long."""

import asyncio
from contextlib import AsyncExitStack
from pathlib import Path

import pytest

from conf.settings import Settings
from knowledge.bases import Bases
from knowledge.database import FILE_NAME, Database
from knowledge.documents import Documents
from knowledge.ingest import Ingest
from knowledge.loads import Loads
from knowledge.records import OPERATOR
from knowledge.retrieval import Retriever
from knowledge.statements import Knowledge
from knowledge.store import Store
from plugins import Plugins, Services, load_plugins
from plugins.loading import Web

SERVICES = (Database, Store, Bases, Loads, Documents, Ingest, Retriever, Knowledge, Web)


def settings(folder: Path) -> Settings:
    return Settings(data_dir=str(folder), model={"name": "none"}, knowledge={"embedder": "none"})  # type: ignore[arg-type]


async def test_its_services_live_as_long_as_the_gateway(tmp_path: Path) -> None:
    plugins = load_plugins()
    assert "knowledge" in plugins.names()
    async with AsyncExitStack() as stack:
        await plugins.enter_lifespans(stack, settings(tmp_path))
        assert [kind.__name__ for kind in SERVICES if plugins.services.get(kind) is None] == []
        assert not (tmp_path / FILE_NAME).exists(), "the file is made when something is taught"
        bases = plugins.services.get(Bases)
        assert bases is not None
        await bases.create(OPERATOR, "handbook", "")
    assert (tmp_path / FILE_NAME).is_file()
    assert not (tmp_path / f"{FILE_NAME}-wal").exists(), "closed"


async def test_what_was_begun_goes_on_with_the_next_gateway(tmp_path: Path) -> None:
    file = tmp_path / "a.md"
    file.write_text("# Rules\n\nBe kind.")
    async with AsyncExitStack() as stack:
        database = Database(tmp_path / FILE_NAME)
        stack.push_async_callback(database.close)
        base = await Bases(database).create(OPERATOR, "handbook", "")
        load = await Loads(database).enqueue(base, "file", str(file), "a.md", "operator")
    plugins = load_plugins()
    async with AsyncExitStack() as stack:
        await plugins.enter_lifespans(stack, settings(tmp_path))
        loads, documents = plugins.services.get(Loads), plugins.services.get(Documents)
        assert loads is not None
        assert documents is not None
        async with asyncio.timeout(60):
            while (begun := await loads.get(load)) is not None and begun.open:
                await asyncio.sleep(0.01)
        assert [each.source for each in await documents.stored(base)] == ["a.md"]


def openings(plugins: Plugins, made: Settings) -> set[tuple[str, ...]]:
    return {statement.opening for statement in plugins.statements(made)}


async def test_statements_and_routes_are_offered_only_while_it_runs(tmp_path: Path) -> None:
    from knowledge import plugin

    assert plugin.askwire_statements(Services()) == []
    assert plugin.askwire_http(Services()) == []
    plugins, made = load_plugins(), settings(tmp_path)
    assert ("LOAD", "KNOWLEDGE") not in openings(plugins, made)
    async with AsyncExitStack() as stack:
        await plugins.enter_lifespans(stack, made)
        assert {("LOAD", "KNOWLEDGE"), ("SHOW", "AI", "KNOWLEDGE")} <= openings(plugins, made)
        (router,) = plugin.askwire_http(plugins.services)
        assert "/knowledge/{base}/documents" in {route.path for route in router.routes}  # type: ignore[attr-defined]


def test_the_command_group_is_called_knowledge() -> None:
    assert "knowledge" in [group.info.name for group in load_plugins().commands()]


@pytest.mark.parametrize("kind", [".md", ".pdf", ".zip"])
def test_it_reads_files(tmp_path: Path, kind: str) -> None:
    loaders = load_plugins().offers.loaders(settings(tmp_path))
    assert any(kind in getattr(loader, "suffixes", ()) for loader in loaders) is (kind != ".zip")
