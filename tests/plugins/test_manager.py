"""A plugin that fails is left out; the others and the gateway go on."""

from collections.abc import AsyncIterator
from contextlib import AsyncExitStack, asynccontextmanager
from importlib.metadata import EntryPoint, EntryPoints

import pytest

from conf.settings import Settings
from plugins import Services, Session, Statement, StatusItem, Table, hookimpl, load_plugins
from plugins.types import Lifespan

SETTINGS = Settings(model={"name": "none"})


class Fails:
    """Raises wherever it is called."""

    @hookimpl
    def askwire_lifespan(self, settings: Settings, services: Services) -> Lifespan:
        raise RuntimeError("lifespan")

    @hookimpl
    def askwire_statements(self) -> list[Statement]:
        raise RuntimeError("statements")

    @hookimpl
    async def askwire_database_selected(self, session: Session) -> None:
        raise RuntimeError("database selected")

    @hookimpl
    def askwire_status(self) -> list[StatusItem]:
        raise RuntimeError("status")


class Works:
    """Notes what it was called with."""

    def __init__(self) -> None:
        self.alive = False
        self.selected: list[object] = []

    @hookimpl
    def askwire_lifespan(self, settings: Settings, services: Services) -> Lifespan:
        @asynccontextmanager
        async def alive() -> AsyncIterator[None]:
            self.alive = True
            services.add(self)
            yield
            self.alive = False

        return alive()

    @hookimpl
    def askwire_statements(self, services: Services) -> list[Statement]:
        assert services.get(Works) is self

        async def handle(_session: Session, _text: str) -> None:
            return None

        return [Statement("works", handle, opening=("WORKS",))]  # type: ignore[arg-type]

    @hookimpl
    async def askwire_database_selected(self, session: Session) -> None:
        self.selected.append(session)

    @hookimpl
    def askwire_status(self) -> list[StatusItem]:
        return [StatusItem("works", "yes")]


async def test_one_that_raises_takes_nobody_down() -> None:
    works = Works()
    plugins = load_plugins(Fails(), works)
    async with AsyncExitStack() as stack:
        await plugins.enter_lifespans(stack, SETTINGS)
        assert works.alive
        assert "works" in [statement.name for statement in plugins.statements(SETTINGS)]
        await plugins.database_selected("a session")  # type: ignore[arg-type]
        assert works.selected == ["a session"]
        assert StatusItem("works", "yes") in plugins.status()
    assert not works.alive


def test_one_that_cannot_be_imported_is_left_out(monkeypatch: pytest.MonkeyPatch) -> None:
    missing = EntryPoint("missing", "a_package_that_is_not_there", "askwire")
    monkeypatch.setattr("importlib.metadata.entry_points", lambda group: EntryPoints([missing]))
    plugins = load_plugins()
    assert plugins.names() == ["status"]
    (missing_one,) = (plugin for plugin in plugins.all if plugin.name == "missing")
    assert "No module named 'a_package_that_is_not_there'" in missing_one.off


def test_the_ai_packages_come_by_entry_point() -> None:
    assert {"models_runtime", "nl2sql"} <= set(load_plugins().names())


def test_two_plugins_with_one_opening_are_told_of(capsys: pytest.CaptureFixture[str]) -> None:
    class Greets:
        def __init__(self, name: str, *openings: tuple[str, ...]) -> None:
            self.plugin_name, self.openings = name, openings

        @hookimpl
        def askwire_statements(self) -> list[Statement]:
            async def handle(_session: Session, _text: str) -> Table:
                return Table((), [])

            return [Statement(self.plugin_name, handle, opening=opening) for opening in self.openings]

    first = Greets("first", ("HELLO",), ("HELLO",), ("SAY", "IT"))
    plugins = load_plugins(first, Greets("second", ("hello",), ("SAY",)))
    plugins.statements(SETTINGS)
    told = [line for line in capsys.readouterr().out.splitlines() if "opening_is_taken" in line]
    assert len(told) == 1, "neither one plugin's own, nor askwire's, nor a longer one"
    assert all(word in told[0] for word in ("HELLO", "second", "first"))
