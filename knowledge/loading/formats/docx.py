"""DOCX: mammoth makes HTML of it, by styles; pictures are left out."""

import io
from typing import BinaryIO

import mammoth

from knowledge.loading.draft import Draft, one_line
from knowledge.loading.formats.html import to_markdown

# Besides mammoth's own: titles.
_STYLES = "p[style-name='Title'] => h1:fresh\np[style-name='Subtitle'] => p:fresh"


def read(file: BinaryIO, document: Draft) -> None:
    result = mammoth.convert_to_html(
        io.BytesIO(file.read()),  # it would take the name of an open file for a path
        convert_image=lambda image: [],
        style_map=_STYLES,
        external_file_access=False,
        include_embedded_style_map=False,
    )
    text = to_markdown(result.value)
    heading = next((line for line in text.splitlines() if line.startswith("# ")), "")
    document.title = one_line(heading.removeprefix("# "))
    document.add(text)
