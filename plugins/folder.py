"""Plugins in a folder: each ``NAME.py`` and each package in it is one. Its code runs with all rights of the gateway."""

import importlib.util
import os
import stat
import sys
from collections.abc import Iterator
from pathlib import Path
from types import ModuleType

# In front of a module's name, so that none hides another that is installed.
PREFIX = "askwire_plugin_"


class Unsafe(Exception):
    """Somebody else may write there; the text says where."""


def found_in(folder: Path) -> list[tuple[str, Path]]:
    """(name, file) of each plugin, by name. Raises ``OSError``, and ``Unsafe`` where others may write."""
    real = Path(os.path.realpath(folder, strict=True))
    for path in (real, *real.parents):
        _check(path, path is not real)
    return sorted(_plugins(real))


def _plugins(folder: Path) -> Iterator[tuple[str, Path]]:
    for path in folder.iterdir():
        if not path.stem.isidentifier() or path.stem.startswith("_"):
            continue
        if path.suffix == ".py" and path.is_file():
            _check(path)
            yield path.stem, path
        elif not path.suffix and (path / "__init__.py").is_file():
            for inner in (path, *path.rglob("*")):
                _check(inner)
            yield path.name, path / "__init__.py"


def _check(path: Path, is_parent: bool = False) -> None:
    """Only who runs the gateway and root may write there; in a folder above it, others only what is their own."""
    about = path.stat()
    if about.st_uid not in (0, os.geteuid()):
        raise Unsafe(f"{path} belongs to somebody else (user id {about.st_uid})")
    if about.st_mode & (stat.S_IWGRP | stat.S_IWOTH) and not (is_parent and about.st_mode & stat.S_ISVTX):
        raise Unsafe(f"others may write to {path} (mode {stat.S_IMODE(about.st_mode):o}); chmod go-w takes that away")


def imported(name: str, file: Path) -> ModuleType:
    """The module of the plugin ``name``, executed once in a process. Raises whatever it raises."""
    full = PREFIX + name
    if full in sys.modules:
        return sys.modules[full]
    within = [str(file.parent)] if file.name == "__init__.py" else None
    spec = importlib.util.spec_from_file_location(full, file, submodule_search_locations=within)
    assert spec is not None
    assert spec.loader is not None
    module = sys.modules[full] = importlib.util.module_from_spec(spec)
    try:
        spec.loader.exec_module(module)
    except BaseException:
        del sys.modules[full]
        raise
    return module
