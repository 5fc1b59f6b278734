"""PPTX: each slide's title, texts, tables and notes."""

from collections.abc import Iterable, Iterator
from typing import Any, BinaryIO

from pptx import Presentation
from pptx.exc import PackageNotFoundError
from pptx.shapes.base import BaseShape
from pptx.shapes.group import GroupShape
from pptx.slide import Slide

from knowledge.loading.draft import Draft, one_line, table
from knowledge.loading.types import LoadError


def read(file: BinaryIO, document: Draft) -> None:
    try:
        deck = Presentation(file)
    except (PackageNotFoundError, ValueError) as error:
        raise LoadError(f"is broken or no PPTX: {one_line(str(error))}") from None
    if len(deck.slides) > document.limits.pages:
        raise LoadError(f"has {len(deck.slides):,} slides; {document.limits.pages:,} are read")
    document.title = one_line(deck.core_properties.title or "")
    for number, slide in enumerate(deck.slides, start=1):
        document.mark(f"slide {number}")
        for block in _slide(slide):
            document.add(block)
        if not document.title and slide.shapes.title is not None:
            document.title = one_line(slide.shapes.title.text_frame.text)


def _slide(slide: Slide) -> Iterator[str]:
    title = slide.shapes.title
    if title is not None and title.text_frame.text.strip():
        yield f"## {one_line(title.text_frame.text, 10_000)}"
    for shape in _flat(slide.shapes):
        if title is None or shape.shape_id != title.shape_id:
            yield from _shape(shape)
    if slide.has_notes_slide and (notes := slide.notes_slide.notes_text_frame) and notes.text.strip():
        yield f"Notes: {notes.text}"


def _flat(shapes: Iterable[BaseShape]) -> Iterator[BaseShape]:
    for shape in shapes:
        if isinstance(shape, GroupShape):
            yield from _flat(shape.shapes)
        else:
            yield shape


def _shape(shape: Any) -> Iterator[str]:
    """Which attributes a shape has depends on its kind."""
    if shape.has_text_frame:
        yield "\n".join(
            f"{'  ' * paragraph.level}- {text}" if paragraph.level else text
            for paragraph in shape.text_frame.paragraphs
            if (text := paragraph.text.replace("\v", "\n").strip())
        )
    elif getattr(shape, "has_table", False):
        yield table([[entry.text for entry in row.cells] for row in shape.table.rows])
    elif getattr(shape, "has_chart", False) and shape.chart.has_title:
        yield shape.chart.chart_title.text_frame.text
