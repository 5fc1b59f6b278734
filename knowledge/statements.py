"""The statements about knowledge bases: CREATE, ALTER, LOAD, UNLOAD, DROP KNOWLEDGE and SHOW AI KNOWLEDGE."""

import asyncio
import os
import secrets
import shutil
from collections.abc import Sequence
from pathlib import Path
from typing import BinaryIO

from conf.settings import Settings
from knowledge.bases import OPERATORS, Bases
from knowledge.documents import Documents
from knowledge.grammar import (
    parse_alter,
    parse_create,
    parse_drop,
    parse_load,
    parse_show,
    parse_unload,
)
from knowledge.ingest import Ingest
from knowledge.loading.folder import import_path, walk
from knowledge.loads import Loads
from knowledge.records import Base, Who
from knowledge.retrieval import Retriever
from models_runtime.embeddings import Embeddings
from plugins import Answer, AskwireError, Column, ColumnKind, Done, ErrorCode, Note, Session, Statement, Table
from plugins.types import Value

BASE_COLUMNS = (
    *("name", "documents", "chunks", "state", "progress", "failed"),
    *("owners", "readers", "embedder", "backend"),
)
DOCUMENT_COLUMNS = ("source", "title", "state", "chunks", "progress", "error", "changed_at")
_COPY_BYTES = 1 << 20
_NUMBERS = {"documents", "chunks", "failed"}


class Knowledge:
    """The handlers, and what they share."""

    def __init__(
        self,
        settings: Settings,
        bases: Bases,
        loads: Loads,
        documents: Documents,
        ingest: Ingest,
        embeddings: Embeddings,
        retriever: Retriever,
    ) -> None:
        self._settings = settings
        self._bases = bases
        self._loads = loads
        self._documents = documents
        self._ingest = ingest
        self._retriever = retriever
        self.embedder = embeddings.default

    def statements(self) -> list[Statement]:
        return [
            Statement("create knowledge", self._create, ("CREATE", "KNOWLEDGE")),
            Statement("alter knowledge", self._alter, ("ALTER", "KNOWLEDGE")),
            Statement("load knowledge", self._load, ("LOAD", "KNOWLEDGE")),
            Statement("unload knowledge", self._unload, ("UNLOAD", "KNOWLEDGE")),
            Statement("drop knowledge", self._drop, ("DROP", "KNOWLEDGE")),
            Statement("show ai knowledge", self._show, ("SHOW", "AI", "KNOWLEDGE")),
        ]

    async def _create(self, session: Session, text: str) -> Answer:
        created = parse_create(text)
        who = _who(session)
        if created.if_not_exists and any(base.name == created.name for base in await self._bases.visible(who)):
            return Done(0, (Note(f"There is a knowledge base {created.name!r} already"),))
        base = await self._bases.create(who, created.name, self.embedder, created.readers)
        return Done(1, (*_reading(base, created.readers), *_searching(base)))

    async def _alter(self, session: Session, text: str) -> Answer:
        altered = parse_alter(text)
        change = self._bases.admit if altered.add else self._bases.dismiss
        await change(_who(session), altered.base, altered.account, altered.role)
        return Done(1)

    async def _load(self, session: Session, text: str) -> Answer:
        load = parse_load(text)
        who = _who(session)
        base = await self._bases.owned(who, load.base)
        loads = await self.enqueue(base, load.source, who.account)
        files = load.source if len(loads) == 1 else f"{len(loads)} files of {load.source}"
        return Done(len(loads), (Note(f"{files}: being loaded; SHOW AI KNOWLEDGE {base.name} tells how far"),))

    async def enqueue(self, base: Base, source: str, by: str) -> list[int]:
        """Have a URL, a file of the import folder, or all files of a folder in it loaded. Raises CANNOT_LOAD."""
        if self._ingest.loaders.is_url(source):
            if "@" in source.split("//", 1)[1].split("/", 1)[0]:
                # Not even kept: who reads the base sees the sources.
                raise AskwireError(ErrorCode.CANNOT_LOAD, "Addresses with a user's name or password are not fetched")
            loads = [await self._loads.enqueue(base, "url", source, source, by)]
        else:
            folder = self._settings.import_path
            path = await asyncio.to_thread(import_path, folder, source)
            files = await asyncio.to_thread(self._files, path)
            if not files:
                raise AskwireError(ErrorCode.CANNOT_LOAD, f"{source!r} holds no file that can be loaded")
            wanted = [("import", str(file), str(file.relative_to(folder))) for file in files]
            loads = await self._loads.enqueue_all(base, wanted, by)
        self._ingest.wake()
        return loads

    def _files(self, path: Path) -> list[Path]:
        return list(walk(path, True, self._ingest.loaders.reads)) if path.is_dir() else [path]

    async def upload(self, base: Base, name: str, content: BinaryIO, by: str) -> int:
        """Have ``content`` loaded as a file called ``name``, for what it held before; the id of the load."""
        path = self._ingest.spool / secrets.token_hex(16)
        try:
            await asyncio.to_thread(_copy, content, path)
            load = await self._loads.enqueue(base, "upload", str(path), name, by)
        except BaseException:
            path.unlink(missing_ok=True)
            raise
        self._ingest.wake()
        return load

    async def _unload(self, session: Session, text: str) -> Answer:
        unload = parse_unload(text)
        base = await self._bases.owned(_who(session), unload.base)
        taken = await self._documents.unload(base, unload.source)
        self._ingest.wake()
        return Done(taken)

    async def _drop(self, session: Session, text: str) -> Answer:
        name, if_exists = parse_drop(text)
        try:
            await self.drop(_who(session), name)
        except AskwireError as error:
            if if_exists and error.code is ErrorCode.NOT_KNOWN:
                return Done(0, (Note(error.message),))
            raise
        return Done(1)

    async def drop(self, who: Who, name: str) -> None:
        """Drop a base with its indexes. Raises NOT_KNOWN, NOT_YOURS."""
        await self._retriever.forget(await self._bases.drop(who, name))
        self._ingest.wake()

    async def _show(self, session: Session, text: str) -> Answer:
        name = parse_show(text)
        who = _who(session)
        if name:
            (base,) = await self._bases.readable(who, [name])
            return _table(DOCUMENT_COLUMNS, await self._documents_of(base))
        return _table(BASE_COLUMNS, [await self._row(who, base) for base in await self._bases.visible(who)])

    async def _row(self, who: Who, base: Base) -> Sequence[Value]:
        counts = await self._documents.counts(base)
        members = await self._bases.members(base)
        owners = [account for account, role in members if role == "owner"]
        if base.owner in (*owners, OPERATORS):
            owners = [base.owner, *(account for account in owners if account != base.owner)]
        readers = ["you"]  # who else reads is the owners' business
        if await self._bases.role(who, base) == "owner":
            readers = [account for account, role in members if role == "reader"]
        return (
            *(base.name, counts.documents, counts.chunks, counts.state, progress(counts.done, counts.total)),
            *(counts.failed, ", ".join(owners) or "editors", ", ".join(readers)),
            *(base.embedder or "words only", base.backend),
        )

    async def _documents_of(self, base: Base) -> list[Sequence[Value]]:
        rows: list[Sequence[Value]] = [
            (d.source, d.title, "ready", d.chunks, "", "", d.changed_at) for d in await self._documents.stored(base)
        ]
        for load in await self._loads.listed(base):
            error = load.error.removeprefix(f"{load.name}: ").removeprefix(f"{load.name!r} ")
            rows.append((load.name, "", load.state, None, progress(load.done, load.total), error, None))
        return rows


def _copy(content: BinaryIO, path: Path) -> None:
    with open(os.open(path, os.O_WRONLY | os.O_CREAT | os.O_EXCL | os.O_CLOEXEC, 0o600), "wb") as target:
        shutil.copyfileobj(content, target, _COPY_BYTES)


def progress(done: int, total: int) -> str:
    """Of the chunks that are known so far."""
    return f"{done}/{total}" if total else ""


def _who(session: Session) -> Who:
    return Who(session.upstream, session.account)


def _table(names: Sequence[str], rows: Sequence[Sequence[Value]]) -> Table:
    kinds = (ColumnKind.INTEGER if name in _NUMBERS else ColumnKind.TEXT for name in names)
    return Table(tuple(Column(name, kind) for name, kind in zip(names, kinds, strict=True)), rows)


def _reading(base: Base, readers: Sequence[str]) -> tuple[Note, ...]:
    if readers:
        return ()
    return (Note(f"You and the editors read it; others: ALTER KNOWLEDGE {base.name} ADD READER 'user' (or '*')"),)


def _searching(base: Base) -> tuple[Note, ...]:
    if base.embedder:
        return ()
    return (Note("It is searched by words only: pip install 'askwire[knowledge]' adds the meaning", "Warning"),)
