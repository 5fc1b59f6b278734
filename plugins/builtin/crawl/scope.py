"""Which addresses belong to a crawl: those of its site below its path."""

import mimetypes
import re
from collections import Counter
from dataclasses import dataclass
from urllib.parse import SplitResult, urljoin, urlsplit, urlunsplit

MAX_URL, MAX_SEGMENTS, MAX_REPEATED = 1_000, 20, 3
# What a server may take for the folder above, where it stands after ``//`` or is written in percents.
_DOTS = re.compile(r"/(?:\.|%2e){1,2}(?:/|\Z)", re.IGNORECASE)
_PORTS = {"http": 80, "https": 443}
# Kinds of files that hold no text to read; servers answer them, so they are not even asked for.
_NO_TEXT = ("image/", "audio/", "video/", "font/", "text/css", "text/javascript", "application/javascript")


@dataclass(frozen=True, slots=True)
class Scope:
    """``base``: the address that the crawl begins with; its path ends in a slash."""

    base: str

    @property
    def origin(self) -> str:
        parts = urlsplit(self.base)
        return f"{parts.scheme}://{parts.netloc}"

    def link(self, page: str, href: str) -> str | None:
        """The address that a link on ``page`` leads to, without its fragment; None where it is not the crawl's."""
        try:
            url = normal(urljoin(page, href.strip()))
        except ValueError:
            return None
        return url if url is not None and self.holds(url) else None

    def holds(self, url: str) -> bool:
        """Whether a normal address is the crawl's."""
        return url.startswith(self.base) and not _is_trap(urlsplit(url).path)

    def name(self, url: str) -> str:
        """What stands behind the base; "" for the base itself."""
        return url.removeprefix(self.base)


def normal(url: str) -> str | None:
    """One spelling of an address of the web: lower-case host, no default port, no fragment, no ``..``. ValueError."""
    parts = urlsplit(url)
    if parts.scheme not in _PORTS or not parts.hostname or parts.username is not None or parts.password is not None:
        return None
    host = f"[{parts.hostname}]" if ":" in parts.hostname else parts.hostname
    port = parts.port
    netloc = host if port in (None, _PORTS[parts.scheme]) else f"{host}:{port}"
    path = urljoin("/", parts.path or "/")
    if _DOTS.search(path):
        return None
    made = urlunsplit(SplitResult(parts.scheme, netloc, path, parts.query, ""))
    return made if len(made) <= MAX_URL and made.isprintable() and " " not in made and "\\" not in made else None


def is_text(url: str) -> bool:
    """Whether the end of its path does not tell that it holds none."""
    kind = mimetypes.guess_type(urlsplit(url).path)[0] or ""
    return not kind.startswith(_NO_TEXT)


def is_crawl(url: str) -> bool:
    """Whether a whole part of a site is meant: the path ends in a slash, and there is no query."""
    try:
        parts = urlsplit(url)
    except ValueError:
        return False
    return parts.path.endswith("/") and not parts.query and not parts.fragment


def _is_trap(path: str) -> bool:
    """Paths that servers make up without end, as by a relative link to a folder within itself."""
    segments = [segment for segment in path.split("/") if segment]
    return len(segments) > MAX_SEGMENTS or any(count > MAX_REPEATED for count in Counter(segments).values())
