"""What the tests of a release share."""

import subprocess
from collections.abc import Mapping
from importlib.machinery import SourceFileLoader
from importlib.metadata import Distribution, distribution
from pathlib import Path
from types import ModuleType

from tests.docker.dockerfile import ROOT, tracked

PACKAGES = ("conf", "diagnose", "knowledge", "models_runtime", "nl2sql", "plugins", "proxy")
SITE = Path(str(distribution("pluggy").locate_file("")))  # where this environment keeps the dependencies


def release_script() -> ModuleType:
    """.ci/dist as a module."""
    loader = SourceFileLoader("dist", str(ROOT / ".ci" / "dist"))
    module = ModuleType(loader.name)
    module.__file__ = loader.path
    loader.exec_module(module)
    return module


def packaged_files() -> set[str]:
    """Every file of the checkout's packages: code, and whatever lies beside it."""
    return {name for name in tracked() if name.split("/")[0] in PACKAGES}


def at_hand(place: Path) -> None:
    """Let a fresh environment at ``place`` find this one's dependencies, so that nothing is downloaded."""
    (site,) = place.glob("lib/python*/site-packages")
    (site / "dependencies.pth").write_text(f"import site; site.addsitedir({str(SITE)!r})\n")


def extension_modules(found: Mapping[str, Distribution]) -> list[Path]:
    """The shared libraries of installed distributions."""
    files = (
        Path(str(one.locate_file(file))) for one in found.values() for file in one.files or () if ".so" in file.name
    )
    return [path for path in files if path.is_file() and not path.is_symlink()]


def dynamic_section(paths: list[Path]) -> str:
    return subprocess.run(["readelf", "-d", *paths], capture_output=True, text=True).stdout
