"""HTML: the main text of a page, as Markdown.

The text that the page itself calls its main one, else what trafilatura finds among menus and advertisements. Where that
is little of what is there (a page that is one table, or a list), all of the page, without what is not shown.
"""

import re
from typing import BinaryIO

import lxml.etree
import lxml.html
import trafilatura
from lxml.html import HtmlElement
from markdownify import ATX, MarkdownConverter

from knowledge.loading.draft import Draft, one_line
from knowledge.loading.encodings import decode
from knowledge.loading.types import LoadError

_META_CHARSET = re.compile(rb"""<meta[^>]{0,200}?charset\s*=\s*["']?\s*([\w.:-]{1,40})""", re.IGNORECASE)
_XML_DECLARATION = re.compile(r"\A\s*<\?xml[^>]*\?>")
_UNSEEN = (
    "//script|//style|//template|//noscript|//iframe|//object|//embed|//svg|//canvas|//comment()|//processing-instruction()"
    "|//input[@type='hidden']|//dialog[not(@open)]|//*[@hidden]|//*[@aria-hidden='true']"
)
# By element or role, or by the classes of DocBook's pages.
_AROUND = (
    "//nav|//*[@role='navigation']|//*[@class='navheader' or @class='navfooter']"
    "|//header[not(ancestor::main or ancestor::article)]|//footer|//form//button|//select"
)
_HIDING_STYLE = re.compile(
    r"display\s*:\s*none|visibility\s*:\s*(hidden|collapse)|font-size\s*:\s*0(?![.\d]*[1-9])"
    r"|opacity\s*:\s*0(?![.\d]*[1-9])|(?:left|top|text-indent)\s*:\s*-\d{3,}",
    re.IGNORECASE,
)
_WORD = re.compile(r"\w+")
_STRUCTURE = re.compile(r"^\s*(?:#{1,6}|[-*+]|\d+\.|\|) ", re.MULTILINE)
_HEADING = re.compile(r"^#{1,6} ", re.MULTILINE)
# Of what a page shows, what its main text holds at least; below it, more than what stands around was left out.
_ENOUGH = 0.6


def read(file: BinaryIO, document: Draft) -> None:
    data = file.read()
    declared = _META_CHARSET.search(data[:4096])
    text = _XML_DECLARATION.sub("", decode(data, declared[1].decode("ascii") if declared else ""))
    try:
        page = lxml.html.document_fromstring(text, parser=lxml.html.HTMLParser(huge_tree=False, no_network=True))
    except lxml.etree.ParserError:
        return
    document.title = one_line(page.findtext(".//title") or "")
    _drop_unseen(page)
    document.add(_main_text(page))


def to_markdown(html: str) -> str:
    """A fragment or page of HTML as Markdown: every word, tables and headings kept; images as their descriptions."""
    converter = MarkdownConverter(
        heading_style=ATX, bullets="-", table_infer_header=True, strip=["img", "a"], escape_underscores=False,
        escape_asterisks=False, bs4_options="lxml",
    )  # fmt: skip
    try:
        return re.sub(r"\n{3,}", "\n\n", str(converter.convert(html)))
    except RecursionError:
        raise LoadError("is nested too deeply") from None


def _main_text(page: HtmlElement) -> str:
    for element in page.xpath(_AROUND):
        _drop(element)
    mains = page.xpath("//main|//*[@role='main']")
    body = page.find("body")
    whole = to_markdown(_markup(page if body is None else body))
    if len(mains) == 1 and _is_enough(marked := to_markdown(_markup(mains[0])), whole):
        return marked
    found = trafilatura.extract(
        _markup(page), output_format="markdown", favor_recall=True, include_comments=True, include_tables=True,
        include_formatting=True, deduplicate=False,
    )  # fmt: skip
    return found if found and _is_enough(found, whole) else whole


def _markup(element: HtmlElement) -> str:
    return str(lxml.html.tostring(element, encoding="unicode", with_tail=False))


def _is_enough(part: str, whole: str) -> bool:
    """Whether most words of the page are in it, and most of its headings, lists and tables."""
    return all(len(each.findall(part)) >= _ENOUGH * len(each.findall(whole)) for each in (_WORD, _STRUCTURE, _HEADING))


def _drop_unseen(page: HtmlElement) -> None:
    for element in page.xpath(_UNSEEN):
        _drop(element)
    for element in page.xpath("//*[@style]"):
        if _HIDING_STYLE.search(element.get("style") or ""):
            _drop(element)


def _drop(element: HtmlElement) -> None:
    """Remove ``element`` and keep the text that follows it."""
    if element.getparent() is not None and element.tag not in ("html", "body"):
        if isinstance(element, HtmlElement):
            element.drop_tree()
        else:
            tail, before, parent = element.tail or "", element.getprevious(), element.getparent()
            if before is not None:
                before.tail = (before.tail or "") + tail
            else:
                parent.text = (parent.text or "") + tail
            parent.remove(element)
