"""The walk over a part of a web site, nearest pages first; what it fetched is kept, page by page."""

import asyncio
import hashlib
import os
import sqlite3
from collections import deque
from collections.abc import AsyncGenerator
from contextlib import aclosing
from pathlib import Path
from tempfile import mkstemp
from urllib.parse import urljoin, urlsplit

import structlog

from conf.crawl import CrawlSettings
from conf.settings import Settings
from plugins.builtin.crawl import page as pages
from plugins.builtin.crawl.frontier import Frontier
from plugins.builtin.crawl.polite import Failed, Late, Polite, cannot
from plugins.builtin.crawl.robots import Robots, is_index, places
from plugins.builtin.crawl.scope import Scope, normal
from plugins.builtin.crawl.store import Page, Store
from plugins.loading import Fetched, Response, Web

log = structlog.get_logger("askwire.crawl")
FILE_NAME = "crawl.db"
# Requests, of which some are redirects or fail, for each page that may be loaded.
REQUESTS_PER_PAGE = 3
FAILURES_IN_A_ROW = 5
_GONE = (404, 410)


async def crawl(settings: Settings, web: Web, url: str, folder: Path) -> AsyncGenerator[Fetched, None]:
    """Fetch what ``[crawl]`` allows of the site at ``url``, into ``folder``. Raises CANNOT_LOAD.

    What the crawl before fetched is asked for conditionally, and what was fetched before a stop is not asked for again.
    """
    start = _normal(url)
    if start is None:
        raise cannot(url, "is no address of a web page")
    store = Store(settings.data_path / "knowledge" / FILE_NAME)
    polite = Polite(web, folder, settings.crawl.pause_s, settings.crawl.max_s)
    try:
        scope = await _scope(polite, start)
        robots = await polite.robots(scope.origin)
        walk = _Walk(settings.crawl, polite, robots, store, scope, await asyncio.to_thread(store.begin, scope.base))
        async with aclosing(walk.documents(folder)) as documents:
            async for fetched in documents:
                yield fetched
        if not walk.late:  # else the next one goes on from there
            await asyncio.to_thread(store.end, scope.base, walk.run)
        log.info("crawled", site=scope.base, pages=walk.taken, requests=polite.requests)
    except sqlite3.Error as error:
        raise cannot(url, f"cannot be crawled: {FILE_NAME} in the data folder fails: {error}") from error
    finally:
        await asyncio.to_thread(store.close)


async def _scope(polite: Polite, start: str) -> Scope:
    """A site that has moved from http to https is crawled there. Raises CANNOT_LOAD."""
    if not start.startswith("http://") or urlsplit(start).port is not None:
        return Scope(start)
    secure = f"https{start.removeprefix('http')}"
    robots = await polite.robots(Scope(start).origin)
    if not robots.allows(start):
        raise cannot(start, "may not be crawled: the site's robots.txt forbids it")
    try:
        response = await polite.get(start)
    except Failed as failed:
        raise cannot(start, str(failed)) from failed
    _unlink(response)
    return Scope(secure) if _location(start, response) == secure else Scope(start)


class _Walk:
    """Of one crawl. ``taken``: pages that were met, of which not all are documents. ``late``: its time was over."""

    def __init__(
        self, settings: CrawlSettings, polite: Polite, robots: Robots, store: Store, scope: Scope, run: int
    ) -> None:
        self._settings, self._polite, self._robots = settings, polite, robots
        self._store, self._scope, self.run = store, scope, run
        self._frontier = Frontier(scope)
        self._hashes: set[str] = set()
        self._elsewhere: set[str] = set()  # pages whose own address is another one
        self._failures = 0
        self._bytes = self.taken = 0
        self.late = False

    async def documents(self, folder: Path) -> AsyncGenerator[Fetched, None]:
        if not self._robots.allows(self._scope.base):
            raise cannot(self._scope.base, "may not be crawled: the site's robots.txt forbids it")
        await self._sitemaps()
        asked = left = 0
        while self._frontier and self.taken < self._settings.max_pages and self._bytes < self._settings.max_bytes:
            url, depth = self._frontier.next()
            if not self._robots.allows(url):
                continue
            asked += 1
            if asked > self._settings.max_pages * REQUESTS_PER_PAGE:
                break
            try:
                page = await self._page(url)
            except Failed as failed:
                if isinstance(failed, Late) and url != self._scope.base:
                    left += 1
                else:
                    yield self._failed(url, failed)
                continue
            if page is None:
                continue
            self._follow(url, page, depth)
            if self._is_document(url, page):
                body = await asyncio.to_thread(self._store.body, self._scope.base, url)
                yield Fetched(await asyncio.to_thread(_file, folder, page.suffix, body), self._scope.name(url))
        if left := left + len(self._frontier):
            yield Fetched(Path(), failed=f"{left} more addresses were left out: the limits of [crawl]")

    # ---- one page

    async def _page(self, url: str) -> Page | None:
        """None when it is gone, or nothing that is read. Raises Failed, and CANNOT_LOAD for the first page."""
        site = self._scope.base
        known = await asyncio.to_thread(self._store.get, site, url)
        if known is not None and known.run == self.run:
            return self._count(known)  # before a stop
        try:
            response = await self._polite.get(url, *_conditions(known), max_bytes=self._room)
            try:
                return await self._taken(url, known, response)
            finally:
                _unlink(response)
        except Late:
            self.late = True
            if known is None or url == site:
                raise
            return self._count(known)  # as it was
        except Failed as failed:
            self._failures += 1
            if self._failures >= FAILURES_IN_A_ROW:
                raise cannot(url, f"{failed}, like the pages before it; LOAD KNOWLEDGE goes on from there") from failed
            if known is None:
                raise
            log.info("crawl_kept", url=url, reason=str(failed))
            await asyncio.to_thread(self._store.keep, site, url, self.run)
            return self._count(known)

    async def _taken(self, url: str, known: Page | None, response: Response) -> Page | None:
        site = self._scope.base
        if response.status == 304 and known is not None:
            page = known
            await asyncio.to_thread(self._store.keep, site, url, self.run)
        elif target := _location(url, response):
            page = Page(self.run, target=target)
            await asyncio.to_thread(self._store.put, site, url, page, b"")
        elif response.status == 200 and response.path is not None:
            page = await asyncio.to_thread(self._keep, url, response, response.path)
        elif response.status in (200, *_GONE):
            await asyncio.to_thread(self._store.drop, site, url)
            if url == site and response.status != 200:
                raise cannot(url, f"answers with status {response.status}")
            return None
        else:
            raise Failed(f"answers with status {response.status}")
        self._failures = 0
        return self._count(page)

    def _keep(self, url: str, response: Response, path: Path) -> Page:
        body, headers = path.read_bytes(), response.headers
        told = pages.Told()
        if path.suffix == ".html":
            told = pages.read(body.decode("utf-8", "replace"), headers.get("x-robots-tag", ""))
        elif "noindex" in headers.get("x-robots-tag", "").lower():
            told = pages.Told(index=False)
        page = Page(
            *(self.run, headers.get("etag", "")[:500], headers.get("last-modified", "")[:100], ""),
            *(hashlib.sha256(body).hexdigest(), path.suffix, told, len(body)),
        )
        self._store.put(self._scope.base, url, page, body)
        return page

    def _count(self, page: Page) -> Page:
        self._bytes += page.size
        self.taken += not page.target
        return page

    @property
    def _room(self) -> int:
        return max(1, self._settings.max_bytes - self._bytes)

    def _failed(self, url: str, failed: Failed) -> Fetched:
        if url == self._scope.base:
            raise cannot(url, str(failed)) from failed
        log.info("crawl_failed", url=url, reason=str(failed))
        return Fetched(Path(), self._scope.name(url), str(failed)[:300])

    # ---- where it leads

    def _follow(self, url: str, page: Page, depth: int) -> None:
        if page.target:
            if url == self._scope.base and self._scope.link(url, page.target) is None:
                raise cannot(url, f"leads to {page.target[:300]}, which is not below it: load that address")
            self._frontier.meet(page.target, depth, url)
            return
        base = urljoin(url, page.told.base)
        if canonical := self._canonical(url, page):
            self._frontier.meet(canonical, depth, url)
        if depth < self._settings.max_depth:
            for link in page.told.links:
                self._frontier.meet(link, depth + 1, base)

    def _canonical(self, url: str, page: Page) -> str:
        """The page's own address where that is another one of this crawl's; "" otherwise."""
        said = page.told.canonical
        canonical = self._scope.link(urljoin(url, page.told.base), said) if said else None
        return canonical if canonical is not None and canonical != url else ""

    def _is_document(self, url: str, page: Page) -> bool:
        if page.target or not page.told.index:
            return False
        canonical = self._canonical(url, page)
        if (
            canonical
            and canonical not in self._elsewhere
            and canonical in self._frontier
            and self._robots.allows(canonical)
        ):
            self._elsewhere.add(url)  # pages that name each other: the one that is met last stays
            return False
        if page.hash in self._hashes:
            return False
        self._hashes.add(page.hash)
        return True

    async def _sitemaps(self) -> None:
        """Pages that nothing links to."""
        site = self._scope
        waiting = deque([url for each in self._robots.sitemaps if (url := _normal(each)) is not None])
        waiting = waiting or deque([f"{site.origin}/sitemap.xml"])
        for _ in range(10):
            if not waiting:
                return
            url = waiting.popleft()
            if not url.startswith(f"{site.origin}/") or not self._robots.allows(url):
                continue
            try:
                text = await self._polite.text(url)
            except Failed:
                continue
            found = await asyncio.to_thread(places, text)
            if is_index(text):
                waiting += [each for place in found[:10] if (each := _normal(place)) is not None]
            else:
                for place in found[: self._settings.max_pages]:
                    self._frontier.meet(place, 1, site.base)


def _conditions(known: Page | None) -> tuple[dict[str, str]]:
    if known is None or known.target:
        return ({},)
    said = {"If-None-Match": known.etag, "If-Modified-Since": known.modified}
    return ({name: value for name, value in said.items() if value and value.isascii() and value.isprintable()},)


def _location(url: str, response: Response) -> str:
    """Where a redirect leads; "" when it is none."""
    if response.status not in (301, 302, 303, 307, 308) or not response.headers.get("location"):
        return ""
    try:
        there = urljoin(url, response.headers["location"])
        return normal(there) or there
    except ValueError:
        return response.headers["location"]


def _normal(url: str) -> str | None:
    try:
        return normal(url)
    except ValueError:
        return None


def _file(folder: Path, suffix: str, body: bytes) -> Path:
    descriptor, name = mkstemp(suffix=suffix, dir=folder)
    with os.fdopen(descriptor, "wb") as file:
        file.write(body)
    return Path(name)


def _unlink(response: Response) -> None:
    if response.path is not None:
        response.path.unlink(missing_ok=True)
