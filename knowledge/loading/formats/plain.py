"""Plain text."""

from typing import BinaryIO

from knowledge.loading.document import Document
from knowledge.loading.encodings import decode


def read(file: BinaryIO, document: Document) -> None:
    document.add(decode(file.read()))
