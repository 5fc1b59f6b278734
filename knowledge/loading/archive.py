"""Zip archives: their members, and the guards against bombs. Formats that are archives themselves pass them as well."""

import lzma
import zipfile
import zlib
from collections.abc import Callable, Mapping
from contextlib import suppress
from pathlib import PurePosixPath
from typing import BinaryIO
from xml.parsers import expat

from knowledge.loading.draft import one_line
from knowledge.loading.kinds import ARCHIVES, PACKAGES, is_known, suffix, why_unknown
from knowledge.loading.types import Limits, LoadError

_ENCRYPTED = 0x1
# A few kilobytes of repeated text pack better than any ratio.
_SMALL_BYTES = 1_000_000
_PACKAGE_FILES = 10_000
_PIECE = 65_536
# What zipfile and the packers below it raise over damaged bytes; RuntimeError for an unknown packer or a password.
UNREADABLE = (zipfile.BadZipFile, zlib.error, lzma.LZMAError, EOFError, OSError, RuntimeError, ValueError)


def open_archive(file: BinaryIO, limits: Limits, *, files: int = 0) -> zipfile.ZipFile:
    """Raises ``LoadError`` for what is no archive, or too much of one: ``files`` (0: as the limits say), size, ratio.

    Python never unpacks more of a member than its declared size, so the sum of these is the bound.
    """
    packed = file.seek(0, 2)
    file.seek(0)
    try:
        archive = zipfile.ZipFile(file)
    except UNREADABLE as error:
        raise LoadError(f"is broken or no archive: {one_line(str(error))}") from None
    members = archive.infolist()
    if len(members) > (files or limits.archive_files):
        raise LoadError(f"is an archive of {len(members):,} files; {files or limits.archive_files:,} are read")
    size = sum(member.file_size for member in members)
    if size > limits.unpacked_bytes:
        raise LoadError(f"would unpack to {size:,} bytes; {limits.unpacked_bytes:,} are read")
    if size > max(_SMALL_BYTES, packed * limits.ratio):
        raise LoadError(f"would unpack to more than {limits.ratio} times its size")
    return archive


def documents(archive: zipfile.ZipFile) -> list[zipfile.ZipInfo]:
    """The members that are files and not a system's own notes (``__MACOSX``, names with a dot in front)."""
    return [
        member
        for member in archive.infolist()
        if not member.is_dir()
        and not any(
            (part.startswith(".") and part != "..") or part == "__MACOSX"
            for part in PurePosixPath(member.filename.replace("\\", "/")).parts
        )
    ]


def check_member(member: zipfile.ZipInfo, limits: Limits, kinds: Mapping[str, str]) -> None:
    """Raises ``LoadError`` where it may not be read."""
    name = member.filename
    if name.startswith(("/", "\\")) or ".." in name.replace("\\", "/").split("/") or ":" in name[:3]:
        raise LoadError("has a path that leads out of the archive")
    if (member.external_attr >> 16) & 0o170000 not in (0, 0o100000):
        raise LoadError("is a link or device, not a file")
    if member.flag_bits & _ENCRYPTED:
        raise LoadError("is protected by a password")
    if suffix(name) in ARCHIVES:
        raise LoadError("is an archive within an archive; unpack it first")
    if not is_known(name, kinds):
        raise LoadError(why_unknown(name, kinds))
    if member.file_size > limits.file_bytes:
        raise LoadError(f"has {member.file_size:,} bytes; {limits.file_bytes:,} are read")
    if member.file_size > max(_SMALL_BYTES, member.compress_size * limits.ratio):
        raise LoadError(f"would unpack to more than {limits.ratio} times its size")


def check_package(name: str, file: BinaryIO, limits: Limits) -> None:
    """The guards for DOCX, PPTX, XLSX, …: sizes, and no document type, which ECMA-376 forbids: it defines entities."""
    if suffix(name) not in PACKAGES:
        return
    with open_archive(file, limits, files=_PACKAGE_FILES) as archive:
        for member in archive.infolist():
            if member.flag_bits & _ENCRYPTED:
                raise LoadError("is protected by a password")
            if member.filename.lower().endswith((".xml", ".rels", ".vml")):
                try:
                    with archive.open(member) as part:
                        _refuse_document_type(part.read)
                except UNREADABLE as error:
                    raise LoadError(f"is broken: {one_line(str(error))}") from None
    file.seek(0)


class _RootReached(Exception):
    pass


def _refuse_document_type(read: Callable[[int], bytes]) -> None:
    """Parse up to the root element. A document type can stand only before it."""

    def refuse(*_: object) -> None:
        raise LoadError("defines entities, which could hold anything")

    def root(*_: object) -> None:
        raise _RootReached

    parser = expat.ParserCreate()
    parser.StartDoctypeDeclHandler = refuse
    parser.StartElementHandler = root
    # What is no XML is for the loader to tell.
    with suppress(_RootReached, expat.ExpatError):
        while piece := read(_PIECE):
            parser.Parse(piece)
