"""``askwire knowledge list``: as wide as the terminal, and in full where it goes elsewhere."""

from rich.console import Console
from rich.table import Table

from knowledge.records import OPERATOR
from knowledge.shell import Tools, errors, none_in, plain
from knowledge.statements import progress

_FULL = 1 << 16  # columns: wider than any name


async def show_bases(tools: Tools) -> None:
    """Each with what it holds and who may search it."""
    table = _table("name", "documents", "chunks", "state", "progress", "failed", "members")
    bases = await tools.bases.visible(OPERATOR)
    for base in bases:
        counts = await tools.documents.counts(base)
        members = ", ".join(account for account, _ in await tools.bases.members(base))
        loading = progress(counts.done, counts.total)
        cells = (counts.documents, counts.chunks, counts.state, loading, counts.failed)
        table.add_row(plain(base.name), *map(str, cells), plain(members) or "editors only")
    if bases:
        _print(table)
    else:
        errors.print(none_in(tools.settings))


async def show_documents(tools: Tools, name: str) -> None:
    """Those that are there, then what failed and why, and what is being loaded."""
    base = await tools.bases.owned(OPERATOR, name)
    table = _table("source", "title", "state", "chunks", "changed", "error")
    for document in await tools.documents.stored(base):
        source, title = plain(document.source), plain(document.title)
        table.add_row(source, title, "ready", str(document.chunks), document.changed_at, "")
    for source, state, error in await tools.loads.failed(base):
        table.add_row(plain(source), "", state, "", "", plain(error))
    _print(table)


def _table(*names: str) -> Table:
    table = Table(box=None, pad_edge=False)
    for name in names:
        table.add_column(name, overflow="fold")
    return table


def _print(table: Table) -> None:
    # Names of files are no markup.
    console = Console(highlight=False, markup=False, emoji=False)
    if not console.is_terminal:
        console.width = _FULL
    console.print(table)
