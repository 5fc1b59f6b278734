"""Plain text."""

from typing import BinaryIO

from knowledge.loading.draft import Draft
from knowledge.loading.encodings import decode


def read(file: BinaryIO, document: Draft) -> None:
    document.add(decode(file.read()))
