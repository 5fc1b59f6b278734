"""robots.txt (RFC 9309) and sitemaps (https://www.sitemaps.org/protocol.html)."""

import html
import math
import re
from dataclasses import dataclass

from protego import Protego

AGENT = "askwire"
MAX_ROBOTS = 512_000  # bytes; RFC 9309 asks for 500 KiB
MAX_SITEMAP = 5_000_000
MAX_SITEMAPS = 10
_PLACE = re.compile(r"<loc>\s{0,99}+([^<>\s]{1,2000}+)", re.IGNORECASE)


@dataclass(frozen=True, slots=True)
class Robots:
    """``delay``: seconds between requests. ``sitemaps``: addresses."""

    rules: Protego
    delay: float = 0.0
    sitemaps: tuple[str, ...] = ()

    def allows(self, url: str) -> bool:
        return bool(self.rules.can_fetch(url, AGENT))


def read(text: str) -> Robots:
    """Whatever it holds; what is no rule is none."""
    # NUL and the like stand in no rule.
    rules = Protego.parse(text.replace("\0", ""))
    delay = rules.crawl_delay(AGENT) or 0.0
    rate = rules.request_rate(AGENT)
    if rate is not None and rate.requests:
        delay = max(delay, rate.seconds / rate.requests)
    sitemaps = tuple(dict.fromkeys(url for url in rules.sitemaps if len(url) <= 2_000))[:MAX_SITEMAPS]
    return Robots(rules, max(0.0, delay) if math.isfinite(delay) else math.inf, sitemaps)


def places(text: str) -> list[str]:
    """The addresses that a sitemap, or an index of sitemaps, lists. It is not parsed, so no entity of it grows."""
    return [html.unescape(found) for found in _PLACE.findall(text)]


def is_index(text: str) -> bool:
    """Whether it lists sitemaps."""
    return "<sitemapindex" in text[:10_000]
