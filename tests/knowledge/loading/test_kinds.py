import importlib

import pytest

from knowledge.loading.kinds import KINDS, is_known, suffix, why_unknown


@pytest.mark.parametrize("name", ["a.pdf", "A.PDF", "x/y.tar.zip", "docs/Guide.MD", "a.b.docx", "data.ndjson"])
def test_files_that_are_read(name: str) -> None:
    assert is_known(name)


@pytest.mark.parametrize("name", ["", "a", "pdf", ".pdf", "a.exe", "a.pdf.exe", "a.pdf ", "a.pdf/"[:-1] + "x"])
def test_files_that_are_not(name: str) -> None:
    assert not is_known(name)


def test_loaders_of_plugins() -> None:
    assert not is_known("a.epub")
    assert is_known("a.EPUB", {".epub": "plugin:read"})
    assert ".epub, .zip" in why_unknown("a.x", {".epub": "plugin:read"})


@pytest.mark.parametrize(
    ("name", "says"),
    [
        ("a.doc", "has a format that is not read; save it as DOCX or PDF"),
        ("a.PPT", "has a format that is not read; save it as PPTX or PDF"),
        ("a.exe", "has a format that is not read (.exe); read are: .adoc, .csv, .docx"),
        ("README", "has a format that is not read (no extension); read are: "),
    ],
)
def test_why_not(name: str, says: str) -> None:
    assert why_unknown(name).startswith(says)


def test_every_loader_is_there() -> None:
    for target in set(KINDS.values()):
        module, _, function = target.partition(":")
        assert callable(getattr(importlib.import_module(module), function))


def test_the_end_of_a_name() -> None:
    assert (suffix("a/b.C"), suffix(".hidden"), suffix("a.")) == (".c", "", "")
