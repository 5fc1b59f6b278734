import io
from pathlib import Path

import pytest
from pptx import Presentation

from knowledge.loading.draft import Draft
from knowledge.loading.formats.pptx import read
from knowledge.loading.types import Limits, LoadError
from tests.knowledge.loading.files import load_one, make_pptx, place_of


async def test_pptx_has_slides_tables_groups_and_notes(tmp_path: Path) -> None:
    loaded = await load_one(make_pptx(tmp_path / "a.pptx"))
    assert loaded.title == "Prices"
    assert place_of(loaded, "What we charge") == "slide 1: Prices"
    for text in ("## Discounts", "| gold | 20 % |", "Only for regulars", "Notes: Ask Ms Borg"):
        assert place_of(loaded, text) == "slide 2: Discounts"


def drafted(content: bytes, limits: Limits | None = None) -> Draft:
    document = Draft(limits or Limits())
    read(io.BytesIO(content), document)
    return document


def test_the_decks_own_title_comes_before_the_first_slides() -> None:
    deck = Presentation()
    deck.core_properties.title = "Prices  2026"
    slide = deck.slides.add_slide(deck.slide_layouts[1])
    slide.shapes.title.text = "Discounts"
    first, second = slide.placeholders[1].text_frame, None
    first.text = "one"
    second = first.add_paragraph()
    second.text, second.level = "below", 1
    buffer = io.BytesIO()
    deck.save(buffer)
    draft = drafted(buffer.getvalue())
    assert draft.title == "Prices 2026"
    assert draft.text == "## Discounts\n\none\n  - below\n\n"


def test_too_many_slides_are_refused(tmp_path: Path) -> None:
    content = make_pptx(tmp_path / "a.pptx").read_bytes()
    with pytest.raises(LoadError, match="has 2 slides; 1 are read"):
        drafted(content, Limits(pages=1))


def test_another_office_file_is_no_deck(tmp_path: Path) -> None:
    from tests.knowledge.loading.files import make_docx

    with pytest.raises(LoadError, match="is broken or no PPTX"):
        drafted(make_docx(tmp_path / "a.docx").read_bytes())
