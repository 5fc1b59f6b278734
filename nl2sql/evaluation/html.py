"""HTML by the standard library's element trees, which escape whatever text and attributes they are given."""

import base64
import hashlib
import re
from xml.etree import ElementTree as ET  # builds only, never parses

_CONTROL = re.compile(r"[\x00-\x08\x0b\x0c\x0e-\x1f\x7f]")


def el(parent: ET.Element, tag: str, text: object = "", cls: str = "", **attributes: str) -> ET.Element:
    """A new last child. ``data_x`` is the attribute ``data-x``."""
    child = ET.SubElement(parent, tag, {key.strip("_").replace("_", "-"): clean(v) for key, v in attributes.items()})
    if cls:
        child.set("class", cls)
    child.text = clean(str(text))
    return child


def say(parent: ET.Element, text: str) -> None:
    """Text after what ``parent`` holds already."""
    if len(parent):
        parent[-1].tail = (parent[-1].tail or "") + clean(text)
    else:
        parent.text = (parent.text or "") + clean(text)


def clean(text: str) -> str:
    """Control characters, which HTML does not take, as their pictures."""
    return _CONTROL.sub(lambda found: chr(0x2421 if found.group() == "\x7f" else 0x2400 + ord(found.group())), text)


def page(title: str, style: str, script: str) -> tuple[ET.Element, ET.Element]:
    """(html, body) of a page that fetches nothing and runs no script but this one."""
    html = ET.Element("html", {"lang": "en"})
    head = el(html, "head")
    el(head, "meta", charset="utf-8")
    allowed = base64.b64encode(hashlib.sha256(script.encode()).digest()).decode()
    policy = f"default-src 'none'; style-src 'unsafe-inline'; script-src 'sha256-{allowed}'"
    el(head, "meta", http_equiv="Content-Security-Policy", content=policy)
    el(head, "meta", name="viewport", content="width=device-width, initial-scale=1")
    el(head, "title", title)
    el(head, "style").text = style
    body = el(html, "body")
    el(head, "script", type="module").text = script
    return html, body


def render(html: ET.Element) -> bytes:
    """The file's bytes, in UTF-8."""
    return ("<!doctype html>\n" + ET.tostring(html, encoding="unicode", method="html") + "\n").encode(
        "utf-8", "replace"
    )
