"""Test documents, made as people make them."""

import io
import zipfile
from pathlib import Path

import docx
import fpdf
import openpyxl
from pptx import Presentation
from pptx.util import Inches

from knowledge.loading.load import load_file
from knowledge.loading.types import Document, Failed, Limits

LIMITS = Limits(seconds=30)


async def load(path: Path, limits: Limits = LIMITS) -> list[Document | Failed]:
    return [result async for result in load_file(path, path.name, limits, max_tokens=100_000)]


async def load_one(path: Path, limits: Limits = LIMITS) -> Document:
    (result,) = await load(path, limits)
    assert isinstance(result, Document), result
    return result


async def fail_one(path: Path, limits: Limits = LIMITS) -> str:
    (result,) = await load(path, limits)
    assert isinstance(result, Failed), result
    assert result.name == path.name
    return result.reason


def text_of(document: Document) -> str:
    return "\n\n".join(chunk.text for chunk in document.chunks)


def place_of(loaded: Document, word: str) -> str:
    return next(chunk.place for chunk in loaded.chunks if word in chunk.text)


def write(path: Path, content: bytes | str) -> Path:
    path.write_bytes(content.encode() if isinstance(content, str) else content)
    return path


def make_pdf(path: Path, *pages: str, title: str = "", password: str = "") -> Path:
    """A page without text has a picture, as a scanner makes it."""
    pdf = fpdf.FPDF()
    pdf.set_font("helvetica", size=12)
    if title:
        pdf.set_title(title)
    if password:
        pdf.set_encryption(owner_password="owner", user_password=password)
    for text in pages:
        pdf.add_page()
        if text:
            pdf.multi_cell(0, text=text)
        else:
            pdf.image(_picture(), x=0, y=0, w=100)
    pdf.output(str(path))
    return path


def _picture() -> "io.BytesIO":
    from PIL import Image

    buffer = io.BytesIO()
    Image.new("RGB", (40, 40), "grey").save(buffer, "PNG")
    buffer.seek(0)
    return buffer


def make_docx(path: Path) -> Path:
    document = docx.Document()
    document.add_heading("Handbook", 0)
    document.add_heading("Returns", 1)
    document.add_paragraph("Goods come back within thirty days.")
    document.add_heading("Refunds", 2)
    document.add_paragraph("Money is paid back in five days.", style="List Bullet")
    table = document.add_table(rows=2, cols=2)
    for index, text in enumerate(("country", "days", "Malta", "14")):
        table.cell(index // 2, index % 2).text = text
    document.save(str(path))
    return path


def make_pptx(path: Path) -> Path:
    deck = Presentation()
    first = deck.slides.add_slide(deck.slide_layouts[0])
    first.shapes.title.text = "Prices"
    first.placeholders[1].text = "What we charge"
    second = deck.slides.add_slide(deck.slide_layouts[5])
    second.shapes.title.text = "Discounts"
    table = second.shapes.add_table(2, 2, Inches(1), Inches(2), Inches(5), Inches(1)).table
    for index, text in enumerate(("rank", "rate", "gold", "20 %")):
        table.cell(index // 2, index % 2).text = text
    group = second.shapes.add_group_shape()
    group.shapes.add_textbox(0, 0, Inches(1), Inches(1)).text_frame.text = "Only for regulars"
    second.notes_slide.notes_text_frame.text = "Ask Ms Borg"
    deck.save(str(path))
    return path


def make_xlsx(path: Path) -> Path:
    book = openpyxl.Workbook()
    sheet = book.active
    sheet.title = "Q1"
    sheet["A1"] = "Sales by country"
    for row in (["country", "amount"], ["Malta", 12], ["Chile", 3.5]):
        sheet.append(row)
    book.create_sheet("Secret").sheet_state = "hidden"
    book["Secret"].append(["hidden", "words"])
    book.create_sheet("Empty")
    book.save(path)
    return path


def make_zip(path: Path, members: dict[str, bytes], compression: int = zipfile.ZIP_DEFLATED) -> Path:
    with zipfile.ZipFile(path, "w", compression) as archive:
        for name, data in members.items():
            archive.writestr(name, data)
    return path
