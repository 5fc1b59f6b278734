"""The process that reads one file: ``python -I -m knowledge.loading.child``.

It takes one line of JSON (``fd``, ``name``, ``limits``, ``start``, ``tokenizer``, ``max_tokens``, ``kinds``,
``modules``) from standard input, and ends when that is closed.
It answers with lines of JSON, each below ``LINE_BYTES``:

- ``{"begin": 3, "name": "a.md"}``: what follows is about this member of an archive.
- ``{"chunks": [["text", "page 1"], …]}``: some of the document's.
- ``{"loaded": "title", "hash": "…", "bytes": 123}``: the document is complete.
- ``{"failed": "reason", "part": "pages 3-5"}``: it, or a part of it.
- ``{"end": true}``: nothing follows.
"""

import importlib
import io
import json
import os
import sys
import threading
import zipfile
from collections.abc import Callable, Iterator, Sequence
from dataclasses import dataclass, fields
from pathlib import Path, PurePosixPath
from typing import Any, BinaryIO

from tokenizers import Tokenizer

from knowledge.loading import archive, confine
from knowledge.loading.chunks import document_of
from knowledge.loading.draft import Draft, one_line
from knowledge.loading.kinds import ARCHIVES, PACKAGES, suffix, why_unknown
from knowledge.loading.types import Chunk, Document, Limits, Loaded, LoadError

LINE_BYTES = 1 << 20
# A character takes 6 bytes at most: \u001f, or 4 in UTF-8.
_PIECE_CHARS = 50_000
_PIECE_CHUNKS = 100
_OLE = b"\xd0\xcf\x11\xe0\xa1\xb1\x1a\xe1"


@dataclass(frozen=True, slots=True)
class _Job:
    limits: Limits
    tokenizer: Tokenizer | None
    max_tokens: int
    kinds: dict[str, str]
    modules: dict[str, str]  # files of modules that are not installed


def main() -> None:
    config = json.loads(sys.stdin.buffer.readline())
    limits = Limits(**{field.name: config["limits"][field.name] for field in fields(Limits)})
    confine.isolate()
    threading.Thread(target=_end_with_parent, daemon=True).start()
    confine.bound(limits)
    try:
        with open(config["fd"], "rb") as file:
            tokenizer = Tokenizer.from_file(config["tokenizer"]) if config["tokenizer"] else None
            job = _Job(limits, tokenizer, config["max_tokens"], config["kinds"], config["modules"])
            _read(file, config["name"], config["start"], job)
    except LoadError as error:
        _emit({"failed": str(error)})
    _emit({"end": True})
    sys.stdout.flush()
    os._exit(0)


def _end_with_parent() -> None:
    # Not sys.stdin: its lock would be held when the interpreter ends.
    while os.read(0, 1024):
        pass
    os._exit(1)


def _read(file: BinaryIO, name: str, start: int, job: _Job) -> None:
    if suffix(name) not in ARCHIVES:
        _load(name, file, job)
        return
    with archive.open_archive(file, job.limits) as opened:
        members = archive.documents(opened)
        if not members:
            raise LoadError("is an archive without files")
        for index, member in enumerate(members[start:], start=start):
            _emit({"begin": index, "name": _shown(member.filename)})
            sys.stdout.flush()
            confine.bound(job.limits)
            _load_member(opened, member, job)


def _load_member(opened: zipfile.ZipFile, member: zipfile.ZipInfo, job: _Job) -> None:
    try:
        archive.check_member(member, job.limits, job.kinds)
        data = opened.read(member)
    except LoadError as error:
        _emit({"failed": str(error)})
    except archive.UNREADABLE as error:
        _emit({"failed": f"cannot be unpacked: {one_line(str(error))}"})
    else:
        _load(member.filename, io.BytesIO(data), job)


def _load(name: str, file: BinaryIO, job: _Job) -> None:
    """Whatever a library raises over a file, the file is what is wrong."""
    try:
        draft = _draft(name, file, job)
        document = document_of(
            Loaded(name, draft.title or PurePosixPath(name).stem, draft.text, draft.marks),
            *(job.tokenizer, job.max_tokens, file.seek(0, 2)),
        )
        if not document.chunks:  # only lines across the page
            raise LoadError("holds no text")
        if sum(len(chunk.text) for chunk in document.chunks) > job.limits.text_chars:
            raise LoadError(f"is cut into more than {job.limits.text_chars:,} characters: a table with a large head")
    except MemoryError:
        _emit({"failed": "needs more memory than allowed"})
        sys.stdout.flush()
        os._exit(0)  # the parent goes on with a fresh process
    except LoadError as error:
        _emit({"failed": str(error)})
    except RecursionError:
        _emit({"failed": "is nested too deeply"})
    except Exception as error:
        _emit({"failed": f"is broken: {one_line(str(error)) or type(error).__name__}"})
    else:
        _emit_document(document, draft.failures)


def _draft(name: str, file: BinaryIO, job: _Job) -> Draft:
    limits = job.limits
    read = job.kinds.get(suffix(name))
    if read is None:
        raise LoadError(why_unknown(name, job.kinds))
    size = file.seek(0, 2)
    if not size:
        raise LoadError("is empty")
    if size > limits.file_bytes:
        raise LoadError(f"has {size:,} bytes; {limits.file_bytes:,} are read")
    file.seek(0)
    if suffix(name) in PACKAGES and file.read(len(_OLE)) == _OLE:
        # The same wrapping is used for encryption and by the formats before 2007.
        raise LoadError("is protected by a password, or of an old format under a new name")
    archive.check_package(name, file, limits)
    file.seek(0)
    document = Draft(limits)
    _reader(read, job.modules)(file, document)
    if document.is_empty:
        raise LoadError("holds no text")
    return document


def _reader(read: str, modules: dict[str, str]) -> Callable[[BinaryIO, Draft], None]:
    module, _, function = read.partition(":")
    top = module.partition(".")[0]
    if top in modules:
        from plugins.folder import PREFIX, imported  # others do without the time that this takes

        imported(top.removeprefix(PREFIX), Path(modules[top]))
    found: Callable[[BinaryIO, Draft], None] = getattr(importlib.import_module(module), function)
    return found


def _emit_document(document: Document, failures: list[tuple[str, str]]) -> None:
    for chunks in _pieces(document.chunks):
        _emit({"chunks": [[chunk.text, chunk.place] for chunk in chunks]})
    _emit({"loaded": document.title, "hash": document.hash, "bytes": document.bytes})
    for part, reason in failures:
        _emit({"failed": reason, "part": part})


def _pieces(chunks: Sequence[Chunk]) -> Iterator[list[Chunk]]:
    """So many at a time that a line holds them."""
    piece: list[Chunk] = []
    chars = 0
    for chunk in chunks:
        if piece and (chars + len(chunk.text) > _PIECE_CHARS or len(piece) == _PIECE_CHUNKS):
            yield piece
            piece, chars = [], 0
        piece.append(chunk)
        chars += len(chunk.text)
    if piece:
        yield piece


def _shown(name: str) -> str:
    return one_line(name.replace("\\", "/")) or "?"


def _emit(message: dict[str, Any]) -> None:
    sys.stdout.buffer.write(json.dumps(message, ensure_ascii=False).encode("utf-8", "replace") + b"\n")


if __name__ == "__main__":
    main()
