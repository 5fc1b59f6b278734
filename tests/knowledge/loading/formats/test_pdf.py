import io
import logging
from collections.abc import Iterator
from pathlib import Path

import fpdf
import pytest

from knowledge.loading.draft import Draft
from knowledge.loading.formats.pdf import join_hyphenated, read
from knowledge.loading.types import Document, Failed, Limits, LoadError
from tests.knowledge.loading.files import fail_one, load, load_one, make_pdf, place_of


async def test_pdf_has_pages_and_a_title(tmp_path: Path) -> None:
    loaded = await load_one(make_pdf(tmp_path / "a.pdf", "first words", "second words", title="Handbook"))
    assert (loaded.name, loaded.title) == ("a.pdf", "Handbook")
    assert place_of(loaded, "first") == "page 1"
    assert place_of(loaded, "second") == "page 2"


async def test_scanned_pages_are_named_and_the_rest_is_read(tmp_path: Path) -> None:
    loaded, failed = await load(make_pdf(tmp_path / "a.pdf", "words", "", "more", "", ""))
    assert isinstance(loaded, Document)
    assert place_of(loaded, "more") == "page 3"
    assert isinstance(failed, Failed)
    assert failed.name == "a.pdf (pages 2, 4-5)"
    assert "scanned" in failed.reason


async def test_a_scanned_pdf_is_reported(tmp_path: Path) -> None:
    assert "scanned" in await fail_one(make_pdf(tmp_path / "a.pdf", "", ""))


async def test_a_pdf_with_a_password_is_reported(tmp_path: Path) -> None:
    assert "password" in await fail_one(make_pdf(tmp_path / "a.pdf", "words", password="secret"))


@pytest.fixture(autouse=True)
def logs_again() -> Iterator[None]:
    """The loader silences its process, which here is everybody's."""
    yield
    logging.disable(logging.NOTSET)


def drafted(content: bytes, limits: Limits | None = None) -> Draft:
    document = Draft(limits or Limits())
    read(io.BytesIO(content), document)
    return document


@pytest.mark.parametrize(
    "content", [b"", b"no PDF", b"%PDF-1.7\n", b"%PDF-1.7\n1 0 obj\n<< /Type /Catalog >>\nendobj\ntrailer"]
)
def test_what_is_no_pdf(content: bytes) -> None:
    with pytest.raises(LoadError, match="is broken or no PDF"):
        drafted(content)


def test_a_file_that_ends_in_the_middle(tmp_path: Path) -> None:
    whole = make_pdf(tmp_path / "a.pdf", "first words", "second words").read_bytes()
    for part in (len(whole) // 4, len(whole) // 2):
        with pytest.raises(LoadError):
            drafted(whole[:part])


def test_too_many_pages_are_refused(tmp_path: Path) -> None:
    content = make_pdf(tmp_path / "a.pdf", "a", "b", "c").read_bytes()
    with pytest.raises(LoadError, match="has 3 pages; 2 are read"):
        drafted(content, Limits(pages=2))
    assert [mark.place for mark in drafted(content, Limits(pages=3)).marks] == ["page 1", "page 2", "page 3"]


def test_pages_without_anything_hold_no_text() -> None:
    pdf = fpdf.FPDF()
    pdf.add_page()
    with pytest.raises(LoadError, match="holds no text"):
        drafted(bytes(pdf.output()))


@pytest.mark.parametrize(
    ("text", "joined"),
    [
        ("the infor-\nmation here", "the information\n here"),
        ("the infor\u00ad\nmation", "the information\n"),
        ("a well-\nknown thing", "a well-known\n thing"),  # elsewhere it stands with its hyphen
        ("North-\nSouth", "North-South\n"),  # a name
        ("pages 3-\n5", "pages 3-\n5"),
        ("a - \nlist", "a - \nlist"),
        ("plain\nlines", "plain\nlines"),
    ],
)
def test_words_that_a_line_parts(text: str, joined: str) -> None:
    assert join_hyphenated(text, {"well-known"}) == joined
