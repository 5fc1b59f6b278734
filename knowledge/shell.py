"""What the commands of ``askwire knowledge`` have in common: settings, the files they work with, and how they fail."""

import asyncio
from collections.abc import AsyncIterator, Awaitable, Callable, Coroutine
from contextlib import asynccontextmanager
from dataclasses import dataclass
from pathlib import Path
from typing import Annotated, Any, NoReturn, TypeVar

import typer
from rich.console import Console

from conf.logs import configure_logs
from conf.settings import LogSettings, Settings, SettingsError, load_settings
from knowledge.bases import Bases
from knowledge.database import FILE_NAME, Database
from knowledge.documents import Documents
from knowledge.ingest import Ingest
from knowledge.loads import Loads
from knowledge.making import make_ingest, retrieving
from knowledge.retrieval import Retriever
from models_runtime.embeddings import Embeddings
from plugins import AskwireError, load_plugins

T = TypeVar("T")
Config = Annotated[Path | None, typer.Option(help="Settings file (TOML).")]
DataDir = Annotated[str | None, typer.Option(help="Data folder.")]

# Names of files are no markup.
errors = Console(stderr=True, highlight=False, soft_wrap=True, markup=False, emoji=False)


@dataclass(frozen=True)
class Tools:
    """What a command works with; the same files as the gateway's."""

    settings: Settings
    bases: Bases
    loads: Loads
    documents: Documents
    embeddings: Embeddings
    ingest: Ingest
    retriever: Retriever


@asynccontextmanager
async def _tools(settings: Settings) -> AsyncIterator[Tools]:
    database = Database(settings.data_path / FILE_NAME)
    loads, documents = Loads(database), Documents(database)
    plugins = load_plugins(settings=settings.plugins)
    plugins.check_settings(settings)
    async with (
        Embeddings(settings, plugins.offers.embedder) as embeddings,
        retrieving(settings, database, embeddings, plugins) as retriever,
    ):
        ingest = make_ingest(settings, loads, documents, embeddings, plugins)
        try:
            yield Tools(settings, Bases(database), loads, documents, embeddings, ingest, retriever)
        finally:
            await ingest.stop()
            await database.close()


def run(
    work: Callable[[Tools], Coroutine[Any, Any, T] | Awaitable[T]],
    config: Path | None,
    data_dir: str | None,
    *,
    making: bool = False,
) -> T:
    """Do ``work`` in the data folder of the settings; only who is ``making`` something finds a folder without a store.

    Ends the command with what is wrong.
    """
    try:
        settings = load_settings(config, **({"data_dir": data_dir} if data_dir else {}))
    except SettingsError as error:
        fail(str(error))
    if not making and not (settings.data_path / FILE_NAME).is_file():
        fail(none_in(settings), 1)
    configure_logs(LogSettings(level="error"))

    async def main() -> T:
        async with _tools(settings) as tools:
            return await work(tools)

    try:
        return asyncio.run(main())
    except SettingsError as error:
        fail(str(error))
    except AskwireError as error:
        # Without its advice, which is about SQL.
        fail(error.message, 1)


def plain(text: str) -> str:
    """As it is: no escape sequence of the terminal's means anything."""
    return "".join(letter if letter.isprintable() else "\N{REPLACEMENT CHARACTER}" for letter in text)


def none_in(settings: Settings) -> str:
    """That there is no knowledge base, and where."""
    folder = settings.data_path.absolute()
    return f"there are no knowledge bases in the data folder {folder}; --config or --data-dir names another one"


def fail(message: str, status: int = 2) -> NoReturn:
    """End the command."""
    errors.print(f"askwire: {message}")
    raise typer.Exit(status)
