"""``askwire knowledge …``: make, fill, search and share knowledge bases, beside a running gateway or without one."""

import asyncio
from collections.abc import AsyncIterator, Awaitable, Callable, Coroutine, Sequence
from contextlib import asynccontextmanager
from dataclasses import dataclass
from pathlib import Path
from typing import Annotated, Any, NoReturn, TypeVar

import typer
from rich.console import Console
from rich.progress import BarColumn, MofNCompleteColumn, Progress, TextColumn, TimeRemainingColumn
from rich.table import Table

from conf.logs import configure_logs
from conf.settings import LogSettings, Settings, SettingsError, load_settings
from knowledge.bases import Bases
from knowledge.database import FILE_NAME, Database
from knowledge.documents import Documents
from knowledge.index.remote import StoreError
from knowledge.ingest import Ingest
from knowledge.loading.folder import walk
from knowledge.loading.kinds import is_known, why_unknown
from knowledge.loads import Loads
from knowledge.making import make_ingest, retrieving
from knowledge.records import OPERATOR, Load
from knowledge.retrieval import Retriever
from knowledge.statements import progress
from models_runtime.embeddings import Embeddings
from plugins import AskwireError, ErrorCode

T = TypeVar("T")
Config = Annotated[Path | None, typer.Option(help="Settings file (TOML).")]
DataDir = Annotated[str | None, typer.Option(help="Data folder.")]
BaseName = Annotated[str, typer.Argument(metavar="BASE", help="The knowledge base.")]

commands = typer.Typer(name="knowledge", help="Knowledge bases and their documents.", no_args_is_help=True)
errors = Console(stderr=True, highlight=False, soft_wrap=True)


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
    async with Embeddings(settings) as embeddings, retrieving(settings, database, embeddings) as retriever:
        ingest = make_ingest(settings, loads, documents, embeddings)
        try:
            yield Tools(settings, Bases(database), loads, documents, embeddings, ingest, retriever)
        finally:
            await ingest.stop()
            await database.close()


@commands.command()
def create(
    base: BaseName,
    reader: Annotated[list[str] | None, typer.Option(help="Who may search it: user, user@host, * for all.")] = None,
    config: Config = None,
    data_dir: DataDir = None,
) -> None:
    """Make an empty knowledge base."""

    async def work(tools: Tools) -> None:
        await tools.bases.create(OPERATOR, base, tools.embeddings.default, reader or [])
        _say_readers(base, reader or [])

    _run(work, config, data_dir)


@commands.command()
def add(
    base: BaseName,
    paths: Annotated[list[str], typer.Argument(metavar="FILE|FOLDER|URL…", help="What to load.")],
    recursive: Annotated[bool, typer.Option("--recursive", "-r", help="Folders with the folders in them.")] = False,
    config: Config = None,
    data_dir: DataDir = None,
) -> None:
    """Load files, folders and web pages into a knowledge base, which is made when there is none.

    Run it again: what has not changed is not read again; what was interrupted goes on.
    """
    found = [
        ("url", path, path) if "://" in path else ("file", str(Path(path).resolve()), path)
        for path in _found(paths, recursive)
    ]

    async def work(tools: Tools) -> None:
        made = False
        try:
            into = await tools.bases.owned(OPERATOR, base)
        except AskwireError as error:
            if error.code is not ErrorCode.NOT_KNOWN:
                raise
            into, made = await tools.bases.create(OPERATOR, base, tools.embeddings.default), True
        loads = [await tools.loads.enqueue(into, *one, "operator") for one in found]
        failed = await _follow(tools, loads)
        if made:
            _say_readers(base, [])
        if failed:
            raise typer.Exit(1)

    _run(work, config, data_dir)


async def _follow(tools: Tools, loads: Sequence[int]) -> int:
    """Show how far the loads are until they are over; how many failed."""
    failed = 0
    columns = TextColumn("{task.description}"), BarColumn(), MofNCompleteColumn(), TimeRemainingColumn()
    with Progress(*columns, console=errors, transient=True) as bar:
        files = bar.add_task("files", total=len(loads))
        chunks = bar.add_task("chunks", total=None)
        for number in loads:
            ending = asyncio.create_task(tools.ingest.finish(number))
            while not ending.done():
                now = await tools.loads.get(number)
                if now is not None:
                    bar.update(chunks, description=now.name[-60:], completed=now.done, total=now.total or None)
                await asyncio.wait({ending}, timeout=0.2)
            failed += await _tell(tools, ending.result())
            bar.advance(files)
    print(f"{len(loads) - failed} of {len(loads)} loaded")
    return failed


async def _tell(tools: Tools, load: Load | None) -> bool:
    """Say what could not be read; whether the load as a whole failed."""
    if load is None:
        return True
    failures = await tools.loads.failures(load.id)
    for name, reason in failures:
        errors.print(f"{name}: {reason}")
    if load.state != "done" and not failures:
        errors.print(f"{load.name}: {load.error or load.state}")
    return load.state != "done"


@commands.command(name="list")
def show(
    base: Annotated[str | None, typer.Argument(help="Its documents; default: all bases.")] = None,
    config: Config = None,
    data_dir: DataDir = None,
) -> None:
    """List the knowledge bases, or the documents of one."""

    async def work(tools: Tools) -> None:
        if base is None:
            table = Table("name", "documents", "chunks", "state", "progress", "failed", "members", box=None)
            for one in await tools.bases.visible(OPERATOR):
                counts = await tools.documents.counts(one)
                members = ", ".join(account for account, _ in await tools.bases.members(one))
                cells = (
                    counts.documents,
                    counts.chunks,
                    counts.state,
                    progress(counts.done, counts.total),
                    counts.failed,
                )
                table.add_row(one.name, *map(str, cells), members or "editors only")
        else:
            table = Table("source", "title", "chunks", "changed", box=None)
            for document in await tools.documents.stored(await tools.bases.owned(OPERATOR, base)):
                table.add_row(document.source, document.title, str(document.chunks), document.changed_at)
        Console(highlight=False).print(table)

    _run(work, config, data_dir)


@commands.command()
def search(
    base: BaseName,
    question: Annotated[str, typer.Argument(help="What to look for.")],
    limit: Annotated[int, typer.Option(min=1, max=100, help="How many passages.")] = 5,
    source: Annotated[str, typer.Option(help="Only of documents whose source is like this, with % and _.")] = "",
    config: Config = None,
    data_dir: DataDir = None,
) -> None:
    """Show the passages nearest to a question."""

    async def work(tools: Tools) -> None:
        found = await tools.retriever.search(question, [await tools.bases.owned(OPERATOR, base)], limit, source)
        for passage in found:
            print(f"{passage.score:.3f}  {passage.source}  {passage.place}\n{passage.text}\n")
        if not found:
            errors.print("Nothing found.")

    _run(work, config, data_dir)


@commands.command()
def share(
    base: BaseName,
    account: Annotated[str, typer.Argument(help="user, user@host, or '*' for everybody.")],
    owner: Annotated[bool, typer.Option("--owner", help="It may also load and drop.")] = False,
    remove: Annotated[bool, typer.Option("--remove", help="Take it away again.")] = False,
    config: Config = None,
    data_dir: DataDir = None,
) -> None:
    """Let a database account search a knowledge base."""

    async def work(tools: Tools) -> None:
        change = tools.bases.dismiss if remove else tools.bases.admit
        await change(OPERATOR, base, account, "owner" if owner else "reader")

    _run(work, config, data_dir)


@commands.command()
def drop(base: BaseName, config: Config = None, data_dir: DataDir = None) -> None:
    """Drop a knowledge base and all that it holds."""

    async def work(tools: Tools) -> None:
        await tools.retriever.forget(await tools.bases.drop(OPERATOR, base))
        await tools.ingest.purge()

    _run(work, config, data_dir)


@commands.command()
def move(
    base: BaseName,
    backend: Annotated[str, typer.Argument(help="local, pgvector or qdrant.")],
    config: Config = None,
    data_dir: DataDir = None,
) -> None:
    """Search a base's vectors elsewhere from now on; it is searched where it was until all are there."""

    async def work(tools: Tools) -> None:
        try:
            await tools.retriever.backends.move(await tools.bases.owned(OPERATOR, base), backend)
        except StoreError as error:
            _fail(str(error), 1)

    _run(work, config, data_dir)


def _found(paths: Sequence[str], recursive: bool) -> list[str]:
    """The files and URLs that were named; a folder's are those that a loader knows."""
    found: list[str] = []
    for name in paths:
        path = Path(name)
        if name.startswith(("http://", "https://")):
            found.append(name)
        elif path.is_dir():
            found += [str(file) for file in walk(path, recursive)]
        elif not path.is_file():
            _fail(f"there is no file {name}")
        elif not is_known(name):
            _fail(f"{name} {why_unknown(name)}")
        else:
            found.append(name)
    if not found:
        _fail("there is no file to load" + ("" if recursive else "; --recursive looks into folders of folders"))
    return found


def _say_readers(base: str, readers: Sequence[str]) -> None:
    if not readers:
        errors.print(f"Only editors may search {base}; for others: askwire knowledge share {base} '*'")


def _run(
    work: Callable[[Tools], Coroutine[Any, Any, T] | Awaitable[T]], config: Path | None, data_dir: str | None
) -> T:
    try:
        settings = load_settings(config, **({"data_dir": data_dir} if data_dir else {}))
    except SettingsError as error:
        _fail(str(error))
    configure_logs(LogSettings(level="error"))

    async def main() -> T:
        async with _tools(settings) as tools:
            return await work(tools)

    try:
        return asyncio.run(main())
    except AskwireError as error:
        _fail(str(error), 1)


def _fail(message: str, status: int = 2) -> NoReturn:
    errors.print(f"askwire: {message}")
    raise typer.Exit(status)
