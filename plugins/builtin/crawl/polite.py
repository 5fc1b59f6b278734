"""Requests to one site: one at a time, with a pause between them, and as often as it asks for when it is busy."""

import asyncio
import time
from collections.abc import Mapping
from pathlib import Path
from types import MappingProxyType
from urllib.parse import urljoin

from plugins.builtin.crawl import robots as rules
from plugins.builtin.crawl.robots import MAX_ROBOTS, MAX_SITEMAP, Robots
from plugins.errors import AskwireError, ErrorCode
from plugins.loading import Response, Web

# A site that wants more between two requests is not crawled.
MAX_DELAY_S = 60.0
MAX_WAIT_S = 120.0
TRIES = 3
_BUSY = (429, 503)
_NO_RULES = range(400, 500)  # RFC 9309, 2.3.1.3: as if there were no robots.txt


class Failed(Exception):
    """One page could not be fetched; the text says why, as the end of a sentence that starts with its address."""


class Late(Failed):
    """The crawl's time is over."""

    def __init__(self) -> None:
        super().__init__("was not fetched within the time of a crawl ([crawl] max_s)")


class Polite:
    """``requests``: how many were made; none lasts beyond ``max_s`` seconds from now on."""

    def __init__(self, web: Web, folder: Path, pause_s: float, max_s: float) -> None:
        self._web, self._folder, self._pause = web, folder, pause_s
        self._until = time.monotonic() + max_s
        self._next = 0.0
        self._robots: dict[str, Robots] = {}
        self.requests = 0

    async def get(
        self, url: str, headers: Mapping[str, str] = MappingProxyType({}), *, max_bytes: int | None = None,
        document: bool = True,
    ) -> Response:  # fmt: skip
        """Raises Failed."""
        for again in range(TRIES):
            if max(self._next, time.monotonic()) >= self._until:
                raise Late
            await asyncio.sleep(max(0.0, self._next - time.monotonic()))
            self.requests += 1
            try:
                async with asyncio.timeout(self._until - time.monotonic()):
                    response = await self._web.get(
                        url, self._folder, headers=headers, max_bytes=max_bytes, document=document
                    )
            except TimeoutError:
                raise Late from None
            except AskwireError as error:
                raise Failed(error.message.removeprefix(f"{url!r} ")) from error
            finally:
                self._next = time.monotonic() + self._pause
            if response.status not in _BUSY or again == TRIES - 1:
                return response
            self._pause = min(MAX_DELAY_S, max(self._pause, 0.5) * 2)
            self._next = time.monotonic() + max(self._pause, _asked(response))
        raise AssertionError("it returned or raised")

    async def text(self, url: str, max_bytes: int = MAX_SITEMAP) -> str:
        """Of whatever kind. Raises Failed."""
        response = await self.get(url, max_bytes=max_bytes, document=False)
        if response.path is None:
            raise Failed(f"answers with status {response.status}")
        try:
            return (await asyncio.to_thread(response.path.read_bytes)).decode("utf-8", "replace")
        finally:
            await asyncio.to_thread(response.path.unlink, missing_ok=True)

    async def robots(self, origin: str) -> Robots:
        """The site's rules, read once. Raises CANNOT_LOAD where it does not say, or asks for too long pauses."""
        if origin not in self._robots:
            found = await self._rules(origin)
            if found.delay > MAX_DELAY_S:
                raise cannot(
                    origin, f"asks for {found.delay:g} seconds between requests; at most {MAX_DELAY_S:g} are kept"
                )
            self._robots[origin] = found
            self._pause = max(self._pause, found.delay)
            self._next = max(self._next, time.monotonic() + found.delay)
        return self._robots[origin]

    async def _rules(self, origin: str) -> Robots:
        url = f"{origin}/robots.txt"
        try:
            for _ in range(6):
                response = await self.get(url, max_bytes=MAX_ROBOTS, document=False)
                if response.path is not None:
                    try:
                        text = (await asyncio.to_thread(response.path.read_bytes)).decode("utf-8-sig", "replace")
                    finally:
                        await asyncio.to_thread(response.path.unlink, missing_ok=True)
                    return await asyncio.to_thread(rules.read, text)
                if response.status in _NO_RULES and response.status not in _BUSY:
                    return rules.read("")
                if not 300 <= response.status < 400 or "location" not in response.headers:
                    raise Failed(f"answers with status {response.status}")
                url = urljoin(url, response.headers["location"])
            return rules.read("")  # RFC 9309, 2.3.1.2: after five redirects as if there were none
        except (Failed, ValueError) as failed:
            # RFC 9309, 2.3.1.4: nothing is allowed.
            raise cannot(f"{origin}/robots.txt", f"{failed}, so it is not known what may be crawled") from failed


def _asked(response: Response) -> float:
    """Seconds that the server asks for; a date is taken for the pause."""
    said = response.headers.get("retry-after", "").strip()
    return min(MAX_WAIT_S, float(said)) if said.isascii() and said.isdigit() and len(said) < 9 else 0.0


def cannot(url: str, reason: str) -> AskwireError:
    """CANNOT_LOAD; ``reason``: the end of a sentence that starts with the address."""
    return AskwireError(ErrorCode.CANNOT_LOAD, f"{url[:300]!r} {reason}")
