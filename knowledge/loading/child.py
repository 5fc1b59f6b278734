"""The process that reads one file: ``python -I -m knowledge.loading.child``.

It takes one line of JSON (``fd``, ``name``, ``limits``, ``start``) from standard input, and ends when that is closed.
It answers with lines of JSON, each below ``LINE_BYTES``:

- ``{"begin": 3, "name": "a.md"}``: what follows is about this member of an archive.
- ``{"text": "…"}``, ``{"marks": [[0, "page 1"], …]}``: a piece of the document.
- ``{"loaded": "title"}``: the document is complete. ``{"failed": "reason", "part": "pages 3-5"}``: it, or a part of it.
- ``{"end": true}``: nothing follows.
"""

import importlib
import io
import json
import os
import sys
import threading
import zipfile
from dataclasses import fields
from typing import Any, BinaryIO

from knowledge.loading import archive, confine
from knowledge.loading.document import Document, one_line
from knowledge.loading.kinds import ARCHIVES, KINDS, PACKAGES, suffix, why_unknown
from knowledge.loading.types import Limits, LoadError

LINE_BYTES = 1 << 20
# A character takes 6 bytes at most: \u001f, or 4 in UTF-8.
_PIECE_CHARS = 100_000
_PIECE_MARKS = 200
_OLE = b"\xd0\xcf\x11\xe0\xa1\xb1\x1a\xe1"


def main() -> None:
    config = json.loads(sys.stdin.buffer.readline())
    limits = Limits(**{field.name: config["limits"][field.name] for field in fields(Limits)})
    confine.isolate()
    threading.Thread(target=_end_with_parent, daemon=True).start()
    confine.bound(limits)
    try:
        with open(config["fd"], "rb") as file:
            _read(config["name"], file, limits, config["start"])
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


def _read(name: str, file: BinaryIO, limits: Limits, start: int) -> None:
    if suffix(name) not in ARCHIVES:
        _load(name, file, limits)
        return
    with archive.open_archive(file, limits) as opened:
        members = archive.documents(opened)
        if not members:
            raise LoadError("is an archive without files")
        for index, member in enumerate(members[start:], start=start):
            _emit({"begin": index, "name": _shown(member.filename)})
            sys.stdout.flush()
            confine.bound(limits)
            _load_member(opened, member, limits)


def _load_member(opened: zipfile.ZipFile, member: zipfile.ZipInfo, limits: Limits) -> None:
    try:
        archive.check_member(member, limits)
        data = opened.read(member)
    except LoadError as error:
        _emit({"failed": str(error)})
    except (zipfile.BadZipFile, NotImplementedError, EOFError, ValueError, OSError, RuntimeError) as error:
        _emit({"failed": f"cannot be unpacked: {one_line(str(error))}"})
    else:
        _load(member.filename, io.BytesIO(data), limits)


def _load(name: str, file: BinaryIO, limits: Limits) -> None:
    """Whatever a library raises over a file, the file is what is wrong."""
    try:
        document = _document(name, file, limits)
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
        _emit_document(document)


def _document(name: str, file: BinaryIO, limits: Limits) -> Document:
    kind = KINDS.get(suffix(name))
    if kind is None:
        raise LoadError(why_unknown(name))
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
    document = Document(limits)
    importlib.import_module(f"knowledge.loading.formats.{kind}").read(file, document)
    if document.is_empty:
        raise LoadError("holds no text")
    return document


def _emit_document(document: Document) -> None:
    text = document.text
    for start in range(0, len(text), _PIECE_CHARS):
        _emit({"text": text[start : start + _PIECE_CHARS]})
    for start in range(0, len(document.marks), _PIECE_MARKS):
        _emit({"marks": [[mark.offset, mark.place] for mark in document.marks[start : start + _PIECE_MARKS]]})
    _emit({"loaded": document.title})
    for part, reason in document.failures:
        _emit({"failed": reason, "part": part})


def _shown(name: str) -> str:
    return one_line(name.replace("\\", "/")) or "?"


def _emit(message: dict[str, Any]) -> None:
    sys.stdout.buffer.write(json.dumps(message, ensure_ascii=False).encode("utf-8", "replace") + b"\n")


if __name__ == "__main__":
    main()
