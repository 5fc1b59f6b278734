"""Markdown, as it is, without comments: what no reader of the page sees is no ground for an answer."""

import re
from typing import BinaryIO

from knowledge.loading.draft import Draft, one_line
from knowledge.loading.encodings import decode

_FRONT_MATTER = re.compile(r"\A---[ \t]*\n(.*?\n)---[ \t]*(?:\n|\Z)", re.DOTALL)
_TITLE = re.compile(r"^title:[ \t]*(.+)$", re.MULTILINE)
_FIRST_HEADING = re.compile(r"^#[ \t](.*)$", re.MULTILINE)
# A fenced block, up to its end or that of the text, or a comment.
_FENCE_OR_COMMENT = re.compile(
    r"^ {0,3}(```+|~~~+)[^\n]*\n.*?(?:^ {0,3}\1|\Z)|<!--.*?(?:-->|\Z)", re.DOTALL | re.MULTILINE
)


def read(file: BinaryIO, document: Draft) -> None:
    text = decode(file.read()).replace("\r\n", "\n")
    if front := _FRONT_MATTER.match(text):
        if title := _TITLE.search(front[1]):
            document.title = one_line(title[1].strip("'\" "))
        text = text[front.end() :]
    text = _FENCE_OR_COMMENT.sub(lambda found: "" if found[0].startswith("<!--") else found[0], text)
    if not document.title and (heading := _FIRST_HEADING.search(text)):
        document.title = one_line(heading[1].rstrip("# \t"))
    document.add(text)
