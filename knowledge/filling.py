"""Fills a base with what one load names: reads its files, embeds what is new in them, publishes it.

Nothing is done twice: documents that were published are known by their hash, and chunks that have vectors keep them.
"""

import asyncio
from collections.abc import AsyncGenerator, Sequence
from contextlib import aclosing
from dataclasses import dataclass, replace
from functools import partial
from pathlib import Path
from typing import NamedTuple

import numpy as np
import structlog
from numpy.typing import NDArray

from knowledge.documents import Documents
from knowledge.loading.folder import digest
from knowledge.loading.load import load_file
from knowledge.loading.loaders import Loaders
from knowledge.loading.types import Document, Failed, Limits
from knowledge.loads import Loads
from knowledge.records import Base, Load
from models_runtime.embeddings import Embeddings
from plugins import AskwireError, ErrorCode
from plugins.engines import EmbedderInfo

log = structlog.get_logger("askwire.knowledge")

BATCH = 64
# Batches that the embedder has at a time: while one is embedded the next one is on its way.
AHEAD = 2
WORDS_ONLY_TOKENS = 256
HEAD_TOKENS = 32


@dataclass(frozen=True, slots=True)
class Turn:
    """``before``: the load that is worked at before this one. ``read`` is set when this one's first document is."""

    before: asyncio.Task[None] | None
    read: asyncio.Event

    async def come(self) -> None:
        """Documents are published in the order in which they are staged: ids of chunks rise with it."""
        self.read.set()
        if self.before is not None:
            await asyncio.wait({self.before})


class _Readout(NamedTuple):
    """``content``: a hash of the origin, "" where there is none; ``seen``: the sources of its documents."""

    content: str
    seen: list[str]
    failed: str


@dataclass(frozen=True, slots=True)
class _File:
    """``called`` tells its kind, ``name`` is its source; ``no_title``: what a title is that says nothing."""

    path: Path
    called: str
    name: str
    no_title: str | None = None


class _Cancelled(Exception):
    """The load was cancelled, or its base dropped."""


class Filler:
    """``spool``: where downloads go, a folder that is there; ``imports``: below it links are not followed."""

    def __init__(
        self,
        spool: Path,
        imports: Path,
        loads: Loads,
        documents: Documents,
        embeddings: Embeddings | None,
        limits: Limits,
        loaders: Loaders,
    ) -> None:
        self._spool = spool
        self._imports = imports
        self._loads = loads
        self._documents = documents
        self._embeddings = embeddings
        self._limits = limits
        self._loaders = loaders

    async def fill(self, load: Load, base: Base, turn: Turn) -> None:
        """Work at ``load`` until it has ended, as done or as failed. Raises KNOWLEDGE_UNAVAILABLE."""
        if not await self._loads.begin(load.id):
            return
        try:
            content, seen, failed = await self._read(load, base, turn)
        except _Cancelled:
            return
        except AskwireError as error:
            if error.code is ErrorCode.KNOWLEDGE_UNAVAILABLE:
                raise
            await self._loads.end(load, "failed", error.message)
            log.warning("load_failed", base=base.name, name=load.name, reason=error.message)
        except OSError as error:
            await self._loads.end(load, "failed", error.strerror or str(error))
        else:
            nothing = not seen and failed
            await self._loads.end(load, "failed" if nothing else "done", failed, "" if failed else content, seen)
            log.info("loaded", base=base.name, name=load.name, documents=len(seen), failed=failed or None)
        finally:
            await self._tidy(load)

    async def _tidy(self, load: Load) -> None:
        """An upload is not needed any more once its load is over."""
        now = await self._loads.get(load.id)
        if load.kind == "upload" and (now is None or not now.open):
            await asyncio.to_thread(Path(load.origin).unlink, missing_ok=True)

    async def _read(self, load: Load, base: Base, turn: Turn) -> _Readout:
        if load.kind != "url":
            # An upload's kind is told by the name that it came with.
            return await self._file(load, base, turn, _File(Path(load.origin), load.name, load.name))
        loader = self._loaders.of_url(load.origin)
        if loader is None:
            raise AskwireError(ErrorCode.CANNOT_LOAD, f"{load.name!r} is of a kind that nobody fetches any more")
        parts: list[_Readout] = []
        async with aclosing(loader.fetch(load.origin, self._spool)) as files:
            async for fetched in files:
                if fetched.failed:
                    await self._loads.fail(load.id, load.name + fetched.name, fetched.failed)
                    parts.append(_Readout("", [], f"{load.name + fetched.name}: {fetched.failed}"))
                    continue
                try:
                    name = load.name + fetched.name
                    # A download's kind is told by its file's name.
                    file = _File(fetched.path, fetched.path.name, name, fetched.path.stem)
                    parts.append(await self._file(load, base, turn, file, alone=not fetched.name))
                finally:
                    await asyncio.to_thread(fetched.path.unlink, missing_ok=True)
        return parts[0] if len(parts) == 1 else _together(parts)

    async def _file(self, load: Load, base: Base, turn: Turn, file: _File, alone: bool = True) -> _Readout:
        """``alone``: the load has no other, so that a file that has not changed is not read again."""
        # The name is enough here: an embedder is not loaded for what is not embedded.
        embedder = "" if self._embeddings is None else base.embedder
        content = await asyncio.to_thread(self._hash, load.kind, file.path, embedder) if alone else ""
        if content and content == await self._loads.loaded_before(load):
            return _Readout(content, await self._documents.sources(base, load.name), "")
        info = await self._info(base)
        seen: list[str] = []
        failures: list[str] = []
        async with aclosing(self._items(file.path, file.called, load.kind, info)) as items:
            async for item in items:
                await turn.come()
                name = file.name + item.name.removeprefix(file.called)
                if isinstance(item, Failed):
                    failures.append(f"{name}: {item.reason}")
                    await self._loads.fail(load.id, name, item.reason)
                else:
                    seen.append(name)
                    title = name if item.title == file.no_title else item.title
                    await self._document(load, base, replace(item, name=name, title=title), info)
        return _Readout(content, seen, "; ".join(failures))

    def _items(
        self, path: Path, name: str, kind: str, info: EmbedderInfo | None
    ) -> AsyncGenerator[Document | Failed, None]:
        load = partial(load_file, path, name, self._limits, beneath=self._imports if kind == "import" else None)
        load = partial(load, kinds=self._loaders.kinds, modules=self._loaders.modules)
        if info is None:
            return load(max_tokens=WORDS_ONLY_TOKENS)
        # The title and headings stand in front of what is embedded.
        tokens = max(info.max_tokens - HEAD_TOKENS, info.max_tokens // 2)
        return load(tokenizer_file=info.tokenizer_file, max_tokens=tokens)

    def _hash(self, kind: str, path: Path, embedder: str) -> str:
        """Of the file and its embedder; "" for one that is too large or not plain, of which ``load_file`` says so."""
        found = digest(path, self._limits.file_bytes, beneath=self._imports if kind == "import" else None)
        return f"{found} {embedder}" if found else ""

    async def _info(self, base: Base) -> EmbedderInfo | None:
        if not base.embedder or self._embeddings is None:
            return None
        return await self._embeddings.info(base.embedder)

    async def _document(self, load: Load, base: Base, document: Document, info: EmbedderInfo | None) -> None:
        content = f"{document.hash} {info.name if info else ''}"
        if await self._documents.has(base, document.name, content):
            return
        chunks = [(chunk.place, chunk.text) for chunk in document.chunks]
        staged = await self._documents.stage(load, document.name, document.title, content, document.bytes, chunks)
        if info is not None:
            await self._embed(load, base, document.title, staged)
        if not await self._documents.publish(load, staged):
            raise _Cancelled

    async def _embed(self, load: Load, base: Base, title: str, staged: int) -> None:
        embeddings = self._embeddings
        assert embeddings is not None
        after, waiting = -1, list[tuple[list[int], asyncio.Task[NDArray[np.float32]]]]()
        try:
            while True:
                rows = await self._documents.bare(staged, BATCH, after)
                if rows:
                    after = rows[-1][0]
                    texts = [embedded_text(title, place, text) for _, place, text in rows]
                    work = asyncio.create_task(embeddings.embed(texts, model=base.embedder))
                    waiting.append(([ordinal for ordinal, _, _ in rows], work))
                if waiting and (len(waiting) == AHEAD or not rows):
                    ordinals, work = waiting[0]
                    await self._keep(load, staged, ordinals, await work)
                    waiting.pop(0)
                if not rows and not waiting:
                    return
        finally:
            for _, work in waiting:
                work.cancel()
            await asyncio.gather(*(work for _, work in waiting), return_exceptions=True)

    async def _keep(self, load: Load, staged: int, ordinals: Sequence[int], vectors: NDArray[np.float32]) -> None:
        rows = [(v.astype("<f4").tobytes(), o) for v, o in zip(vectors, ordinals, strict=True)]
        if not await self._documents.put_vectors(load, staged, rows):
            raise _Cancelled


def _together(parts: Sequence[_Readout]) -> _Readout:
    return _Readout("", [name for part in parts for name in part.seen], "; ".join(p.failed for p in parts if p.failed))


def embedded_text(title: str, place: str, text: str) -> str:
    """What a vector is made of: a passage says less without the title and headings that it stands under."""
    head = " > ".join(dict.fromkeys(part for part in (title, place) if part))
    return f"{head}\n{text}" if head else text
