"""``askwire knowledge add``: what is to be loaded, under which names, and how far it is."""

import asyncio
import os
from collections.abc import Mapping, Sequence
from contextlib import suppress
from dataclasses import dataclass
from pathlib import Path

import typer
from rich.progress import BarColumn, MofNCompleteColumn, Progress, TextColumn, TimeRemainingColumn

from knowledge.loading.folder import walk
from knowledge.loading.loaders import Loaders
from knowledge.records import Base, Load
from knowledge.shell import Tools, errors, fail, plain

INTERRUPTED = 130  # 128 + SIGINT, as shells have it


@dataclass(frozen=True, slots=True)
class Origin:
    """What is to be loaded: a URL, or the real path of a file; ``name``: what people see."""

    kind: str
    path: str
    name: str


@dataclass(slots=True)
class Outcome:
    """How many loads ended how."""

    changed: int = 0
    unchanged: int = 0
    failed: int = 0


def found(paths: Sequence[str], recursive: bool, loaders: Loaders) -> list[str]:
    """The files and URLs that were named; a folder's are those that a loader knows. Ends the command for others."""
    files: list[str] = []
    for name in paths:
        path = Path(name)
        if loaders.is_url(name):
            files.append(name)
        elif path.is_dir():
            files += [str(file) for file in walk(path, recursive, loaders.reads)]
        elif not path.is_file():
            fail(f"there is no file {name}")
        elif not loaders.reads(name):
            fail(f"{name} {loaders.why_not(name)}")
        else:
            files.append(str(path))
    if not files:
        fail("there is no file to load" + ("" if recursive else "; --recursive looks into folders of folders"))
    return files


def origins(files: Sequence[str], known: Mapping[str, str], loaders: Loaders) -> list[Origin]:
    """Each once, under the name by which the base knows its path (``known``), else as it was given.

    A name that another file has, one that is still there, would take that one's place: it is the path then.
    """
    names = {os.path.realpath(path): name for path, name in known.items()}
    held = {name: path for path, name in names.items()}
    listed: dict[str, Origin] = {}
    for file in files:
        if loaders.is_url(file):
            listed.setdefault(file, Origin("url", file, file))
            continue
        path = os.path.realpath(file)
        name = names.get(path, file)
        if held.get(name, path) != path and os.path.exists(held[name]):
            name = path
        if path not in listed:
            listed[path] = Origin("file", path, name)
            held[name] = path
    return list(listed.values())


async def load_all(tools: Tools, base: Base, wanted: Sequence[Origin]) -> Outcome:
    """Load them, and show how far it is. Ctrl-C ends the command; what was begun goes on with the next one."""
    outcome, loads = Outcome(), list[int]()
    try:
        loads = await tools.loads.enqueue_all(base, [(one.kind, one.path, one.name) for one in wanted], "operator")
        await _follow(tools, loads, outcome)
    except asyncio.CancelledError:
        ended = max(0, len(loads) - (await tools.documents.counts(base)).open)
        errors.print(f"Stopped after {ended} of {len(wanted)}; run it again to go on.")
        raise typer.Exit(INTERRUPTED) from None
    return outcome


async def _follow(tools: Tools, loads: Sequence[int], outcome: Outcome) -> None:
    columns = TextColumn("{task.description}", markup=False), BarColumn(), MofNCompleteColumn(), TimeRemainingColumn()
    with Progress(*columns, console=errors, transient=True, disable=not errors.is_terminal) as bar:
        files = bar.add_task("files", total=len(loads))
        chunks = bar.add_task("chunks", total=None)
        for number in loads:
            ending = asyncio.create_task(tools.ingest.finish(number))
            try:
                while not ending.done():
                    now = await tools.loads.get(number)
                    if now is not None:
                        bar.update(
                            chunks, description=plain(now.name[-60:]), completed=now.done, total=now.total or None
                        )
                    await asyncio.wait({ending}, timeout=0.2)
                await _tell(tools, ending.result(), outcome)
            finally:
                ending.cancel()
                with suppress(asyncio.CancelledError):
                    await ending
            bar.advance(files)


async def _tell(tools: Tools, load: Load | None, outcome: Outcome) -> None:
    """Say what of a load could not be read, and count it."""
    if load is None:
        outcome.failed += 1
        return
    failures = await tools.loads.failures(load.id)
    for name, reason in failures:
        errors.print(plain(f"{name}: {reason}"))
    if load.state != "done":
        if not failures:
            errors.print(plain(f"{load.name}: {load.error or load.state}"))
        outcome.failed += 1
    elif load.total or load.hash != await tools.loads.loaded_before(load):
        outcome.changed += 1
    else:
        outcome.unchanged += 1
