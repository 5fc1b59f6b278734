"""Files of the import folder and of folders below it: never a file outside of it."""

import hashlib
import os
import stat
from collections.abc import Callable, Iterator
from pathlib import Path, PurePosixPath

from knowledge.loading.kinds import is_known
from plugins.errors import AskwireError, ErrorCode

_READ = os.O_RDONLY | os.O_NOFOLLOW | os.O_NONBLOCK | os.O_CLOEXEC
_MAX_NAME = 4096
_PIECE = 1 << 20


def import_path(folder: Path, name: str) -> Path:
    """The file or folder ``name`` below the import folder. Raises ``AskwireError``.

    It must be named below it, without ``..``, and no part of the path may be a symbolic link. What it is may change
    before it is read, so read it with ``load_file(…, beneath=folder)``, which walks the path again as it opens it.
    """
    if len(name) > _MAX_NAME or not is_name(name):
        raise _refused(f"{_cut(name)} is no name of a file")
    relative = PurePosixPath(name)
    if relative.is_absolute() or ".." in relative.parts or not relative.parts:
        raise _refused(f"{_cut(name)} is not below the import folder; name it from there, without '..'")
    try:
        descriptor = open_beneath(folder, relative)
    except FileNotFoundError:
        raise _refused(
            f"{_cut(name)} is not in the import folder ('import' in the data folder, made by hand, unless "
            "[knowledge] import_dir names another)"
        ) from None
    except (OSError, ValueError):
        raise _refused(
            f"{_cut(name)} is not a plain file or folder that the gateway may read (links are not followed)"
        ) from None
    os.close(descriptor)
    return folder.joinpath(relative)


def open_beneath(folder: Path, relative: PurePosixPath) -> int:
    """A descriptor of a plain file or folder, opened part by part, so that none can become a link in between.

    Raises ``OSError``; ``ValueError`` for what is neither.
    """
    if relative.is_absolute() or ".." in relative.parts:
        raise ValueError(f"{relative} is not below {folder}")
    current = os.open(folder, os.O_RDONLY | os.O_DIRECTORY | os.O_CLOEXEC)
    try:
        for index, part in enumerate(relative.parts):
            between = index < len(relative.parts) - 1
            following = os.open(part, _READ | (os.O_DIRECTORY if between else 0), dir_fd=current)
            os.close(current)
            current = following
        _check_plain(current, allow_folder=True)
    except BaseException:
        os.close(current)
        raise
    return current


def open_plain(path: Path) -> int:
    """A descriptor of the plain file at ``path``. Raises ``OSError``; ``ValueError`` for what is none."""
    descriptor = os.open(path, os.O_RDONLY | os.O_NONBLOCK | os.O_CLOEXEC)
    try:
        _check_plain(descriptor, allow_folder=False)
    except BaseException:
        os.close(descriptor)
        raise
    return descriptor


def digest(path: Path, most: int, *, beneath: Path | None = None) -> str:
    """The SHA-256 of the plain file at ``path`` (below ``beneath``, no links); "" for none, or over ``most`` bytes."""
    try:
        if beneath is None:
            descriptor = open_plain(path)
        else:
            descriptor = open_beneath(beneath, PurePosixPath(path.relative_to(beneath)))
    except (OSError, ValueError):
        return ""
    hashed = hashlib.sha256()
    try:
        # Not up to its size: it may grow while it is read.
        while most >= 0 and (piece := os.read(descriptor, _PIECE)):
            hashed.update(piece)
            most -= len(piece)
    except IsADirectoryError:
        return ""
    finally:
        os.close(descriptor)
    return hashed.hexdigest() if most >= 0 else ""


def _check_plain(descriptor: int, *, allow_folder: bool) -> None:
    mode = os.fstat(descriptor).st_mode
    if not (stat.S_ISREG(mode) or (allow_folder and stat.S_ISDIR(mode))):
        raise ValueError("neither a plain file nor a folder")


def walk(path: Path, recursive: bool, reads: Callable[[str], bool] = is_known) -> Iterator[Path]:
    """The files below ``path`` that a loader knows, sorted; no links, nothing hidden (a dot in front). ``OSError``.

    A folder that may not be read, or that vanishes, has none. A file whose name cannot be shown is left out.
    """
    for parent, folders, files in os.walk(path, followlinks=False):
        folders[:] = sorted(name for name in folders if recursive and not name.startswith("."))
        for name in sorted(files):
            file = Path(parent, name)
            shown = reads(name) and is_name(str(file.relative_to(path)))
            if shown and not name.startswith(".") and not file.is_symlink() and file.is_file():
                yield file


def is_name(name: str) -> bool:
    """Whether it can be a source: in a citation, the end of a line and the like would pretend to be another one."""
    return bool(name) and name.isprintable()


def _refused(message: str) -> AskwireError:
    return AskwireError(ErrorCode.CANNOT_LOAD, message)


def _cut(name: str) -> str:
    return repr(name[:200])
