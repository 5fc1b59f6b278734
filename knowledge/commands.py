"""``askwire knowledge …``: make, fill, search and share knowledge bases, beside a running gateway or without one."""

import shlex
from collections.abc import Sequence
from typing import Annotated

import typer

from knowledge.adding import found, load_all, origins
from knowledge.listing import show_bases, show_documents
from knowledge.records import OPERATOR
from knowledge.shell import Config, DataDir, Tools, errors, fail, plain, run
from plugins import AskwireError, ErrorCode
from plugins.vectors import StoreError

BaseName = Annotated[str, typer.Argument(metavar="BASE", help="The knowledge base.")]

commands = typer.Typer(name="knowledge", help="Knowledge bases and their documents.", no_args_is_help=True)


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

    run(work, config, data_dir, making=True)


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

    async def work(tools: Tools) -> None:
        made = False
        files = found(paths, recursive, tools.ingest.loaders)
        try:
            into = await tools.bases.owned(OPERATOR, base)
        except AskwireError as error:
            if error.code is not ErrorCode.NOT_KNOWN:
                raise
            into, made = await tools.bases.create(OPERATOR, base, tools.embeddings.default), True
        known = await tools.loads.files(into)
        outcome = await load_all(tools, into, origins(files, known, tools.ingest.loaders))
        print(f"{outcome.changed} new or changed, {outcome.unchanged} unchanged, {outcome.failed} failed")
        if made:
            _say_readers(base, [])
        if outcome.failed:
            raise typer.Exit(1)

    run(work, config, data_dir, making=True)


@commands.command(name="list")
def show(
    base: Annotated[str | None, typer.Argument(help="Its documents; default: all bases.")] = None,
    config: Config = None,
    data_dir: DataDir = None,
) -> None:
    """List the knowledge bases, or the documents of one."""

    async def work(tools: Tools) -> None:
        await (show_bases(tools) if base is None else show_documents(tools, base))

    run(work, config, data_dir)


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
        passages = await tools.retriever.search(question, [await tools.bases.owned(OPERATOR, base)], limit, source)
        for passage in passages:
            print(f"{passage.score:.3f}  {plain(passage.source)}  {plain(passage.place)}\n{passage.text}\n")
        if not passages:
            errors.print("Nothing found.")

    run(work, config, data_dir)


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

    run(work, config, data_dir)


@commands.command()
def remove(
    base: BaseName,
    source: Annotated[str, typer.Argument(help="Its name as `list` shows it, or its file.")],
    config: Config = None,
    data_dir: DataDir = None,
) -> None:
    """Take a document out of a knowledge base, also one that could not be loaded; the file stays."""

    async def work(tools: Tools) -> None:
        of = await tools.bases.owned(OPERATOR, base)
        try:
            await tools.documents.unload(of, source)
        except AskwireError as error:
            (known,) = origins([source], await tools.loads.files(of), tools.ingest.loaders)
            if error.code is not ErrorCode.NOT_KNOWN or known.name == source:
                raise
            await tools.documents.unload(of, known.name)
        await tools.ingest.purge()

    run(work, config, data_dir)


@commands.command()
def drop(base: BaseName, config: Config = None, data_dir: DataDir = None) -> None:
    """Drop a knowledge base and all that it holds."""

    async def work(tools: Tools) -> None:
        await tools.retriever.forget(await tools.bases.drop(OPERATOR, base))
        await tools.ingest.purge()

    run(work, config, data_dir)


@commands.command()
def move(
    base: BaseName,
    backend: Annotated[str, typer.Argument(help="local, pgvector, qdrant, or a plugin's store.")],
    config: Config = None,
    data_dir: DataDir = None,
) -> None:
    """Search a base's vectors elsewhere from now on; it is searched where it was until all are there."""

    async def work(tools: Tools) -> None:
        try:
            await tools.retriever.backends.move(await tools.bases.owned(OPERATOR, base), backend)
        except StoreError as error:
            fail(str(error), 1)

    run(work, config, data_dir)


def _say_readers(base: str, readers: Sequence[str]) -> None:
    if not readers:
        errors.print(f"Only editors may search {base}; for others: askwire knowledge share {shlex.quote(base)} '*'")
