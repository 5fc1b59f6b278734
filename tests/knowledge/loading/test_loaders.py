import sys
from collections.abc import AsyncGenerator
from pathlib import Path
from types import ModuleType

import pytest

from knowledge.loading.kinds import KINDS
from knowledge.loading.loaders import Loaders, built_in, loaders_of
from knowledge.loading.types import Limits
from plugins.folder import PREFIX
from plugins.loading import Fetched, FileLoader, UrlLoader


async def nothing(_url: str, _folder: Path) -> AsyncGenerator[Fetched, None]:
    if False:
        yield


OWN = UrlLoader(("wiki", "https"), nothing, lambda url: "wiki" in url)
EVERY = UrlLoader(("https", "http"), nothing)


def test_the_first_loader_of_a_kind_of_file_counts() -> None:
    loaders = loaders_of([FileLoader((".MD", ".own"), "plugin:read"), *built_in(Limits())])
    assert loaders.kinds[".md"] == "plugin:read"
    assert loaders.kinds[".own"] == "plugin:read"
    assert loaders.kinds[".pdf"] == KINDS[".pdf"]


def test_askwires_own_read_all_kinds() -> None:
    assert loaders_of(built_in(Limits())).kinds == KINDS


@pytest.mark.parametrize(
    ("name", "reads"), [("a.md", True), ("A.PDF", True), ("a.zip", True), ("a.exe", False), ("md", False), ("", False)]
)
def test_files_that_are_read(name: str, reads: bool) -> None:
    loaders = loaders_of(built_in(Limits()))
    assert loaders.reads(name) == reads
    assert reads or "has a format that is not read" in loaders.why_not(name)


@pytest.mark.parametrize(
    ("url", "loader"),
    [
        ("https://wiki.example/a", OWN),
        ("https://example.com/a", EVERY),
        ("WIKI://wiki/a", OWN),
        ("http://wiki", EVERY),
        ("ftp://wiki", None),
        ("docs/a.md", None),
        ("", None),
    ],
)
def test_who_accepts_an_address_comes_before_who_takes_every_one(url: str, loader: UrlLoader | None) -> None:
    assert loaders_of([EVERY, OWN]).of_url(url) is loader


@pytest.mark.parametrize(
    ("source", "is_url"),
    [
        ("https://x", True),
        ("HTTP://x", True),
        ("wiki://x", True),
        ("ftp://x", False),
        ("c:/a.md", False),
        ("a://", False),
    ],
)
def test_what_is_an_address(source: str, is_url: bool) -> None:
    assert loaders_of([EVERY, OWN]).is_url(source) == is_url


def test_modules_that_only_the_gateway_finds(monkeypatch: pytest.MonkeyPatch) -> None:
    module = ModuleType(f"{PREFIX}own")
    module.__file__ = "/plugins/own.py"
    monkeypatch.setitem(sys.modules, module.__name__, module)
    kinds = {".own": f"{module.__name__}.part:read", ".gone": f"{PREFIX}gone:read", ".md": "knowledge.x:read"}
    assert Loaders(kinds).modules == {module.__name__: "/plugins/own.py"}
