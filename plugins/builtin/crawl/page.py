"""What a page says to a crawler: its links, its own address, and what is not to be taken.

It is not parsed: pages are not trusted, and this runs in the gateway's process. Every pattern is linear in the text.
"""

import html
import re
from dataclasses import dataclass

MAX_CHARS = 2_000_000
MAX_LINKS = 2_000
# A tag ends at the first bracket, and so does one that never ends; longer ones are none.
_TAG = re.compile(r"<(a|area|base|link|meta)\s([^<>]{1,2000}+)>", re.IGNORECASE)
_ATTRIBUTE = re.compile(r"""([a-z-]{1,20}+)\s{0,9}+=\s{0,9}+(?:"([^"]*+)"|'([^']*+)'|([^\s"']++))""", re.IGNORECASE)
_HIDDEN = tuple(
    (re.compile(begin, re.IGNORECASE), re.compile(end, re.IGNORECASE))
    for begin, end in (("<!--", "-->"), ("<script", "</script"), ("<style", "</style"))
)


@dataclass(frozen=True, slots=True)
class Told:
    """``links``: as they are written. ``base``: what they are relative to, where the page says so."""

    links: tuple[str, ...] = ()
    canonical: str = ""
    base: str = ""
    index: bool = True
    follow: bool = True


def read(text: str, header: str = "") -> Told:
    """``header``: X-Robots-Tag."""
    links: dict[str, None] = {}
    canonical = base = ""
    robots = {word.strip() for word in header.lower().split(",")}
    for tag, inside in _TAG.findall(_shown(text[:MAX_CHARS])):
        said = {m[1].lower(): html.unescape(m[2] or m[3] or m[4] or "") for m in _ATTRIBUTE.finditer(inside)}
        rel = said.get("rel", "").lower().split()
        match tag.lower():
            case "meta" if said.get("name", "").lower() in ("robots", "askwire"):
                robots |= {word.strip() for word in said.get("content", "").lower().split(",")}
            case "link" if "canonical" in rel:
                canonical = canonical or said.get("href", "")
            case "base":
                base = base or said.get("href", "")
            case "a" | "area" if said.get("href") and "nofollow" not in rel and len(links) < MAX_LINKS:
                links[said["href"]] = None
    none = "none" in robots
    follow = not none and "nofollow" not in robots
    return Told(tuple(links) if follow else (), canonical, base, not none and "noindex" not in robots, follow)


def _shown(text: str) -> str:
    """Without comments and scripts."""
    for begin, end in _HIDDEN:
        parts: list[str] = []
        at = 0
        while (start := begin.search(text, at)) is not None:
            parts.append(text[at : start.start()])
            stop = end.search(text, start.end())
            at = len(text) if stop is None else stop.end()
        text = "".join(parts) + text[at:]
    return text
