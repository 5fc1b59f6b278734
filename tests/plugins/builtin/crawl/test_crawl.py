"""Crawls of a real site: what is taken, what is left, and how a site may try to keep a crawler busy."""

import gzip
import threading
import time
from collections.abc import AsyncGenerator, Iterator
from contextlib import aclosing
from dataclasses import replace
from functools import partial
from pathlib import Path
from typing import Any

import pytest

from conf.settings import Settings
from knowledge.loading.fetch import get
from knowledge.loading.types import Limits
from plugins.builtin.crawl import crawl as walking
from plugins.builtin.crawl.crawl import FAILURES_IN_A_ROW, crawl
from plugins.errors import AskwireError, ErrorCode
from plugins.loading import Fetched, Web
from tests.plugins.builtin.crawl.clock import set_clock
from tests.plugins.builtin.crawl.site import Reply, Site, page, redirect, serving

LIMITS = Limits(allowed_hosts=("127.0.0.1",), fetch_seconds=20)


@pytest.fixture
def site() -> Iterator[Site]:
    with serving() as made:
        yield made


class Crawler:
    """Of one data folder, with settings of ``[crawl]``."""

    def __init__(self, folder: Path, site: Site) -> None:
        self._folder, self._site = folder, site
        self.failed: dict[str, str] = {}

    async def files(self, path: str, limits: Limits, **crawl_settings: Any) -> AsyncGenerator[Fetched, None]:
        settings = Settings(data_dir=str(self._folder / "data"), crawl={"pause_s": 0, **crawl_settings})
        spool = self._folder / "spool"
        spool.mkdir(exist_ok=True)
        async with aclosing(crawl(settings, Web(partial(get, limits)), self._site.url + path, spool)) as files:
            async for each in files:
                yield each

    async def __call__(self, path: str = "/docs/", limits: Limits = LIMITS, **settings: Any) -> list[str]:
        """The names of the documents; nothing else stays in the spool."""
        names: list[str] = []
        self.failed.clear()
        async for each in self.files(path, limits, **settings):
            if each.failed:
                self.failed[each.name] = each.failed
                continue
            assert each.path.stat().st_size
            each.path.unlink()
            names.append(each.name)
        assert list((self._folder / "spool").iterdir()) == []
        return names

    async def refused(self, path: str = "/docs/", **settings: Any) -> str:
        with pytest.raises(AskwireError) as error:
            await self(path, **settings)
        assert error.value.code is ErrorCode.CANNOT_LOAD
        return error.value.message


@pytest.fixture
def crawled(tmp_path: Path, site: Site) -> Crawler:
    return Crawler(tmp_path, site)


async def test_links_are_followed_within_the_path(site: Site, crawled: Crawler) -> None:
    site.pages = {
        "/docs/": page(
            "a.html", "/docs/b/", "../private.html", "http://127.0.0.1:1/docs/x", "picture.png#x", text="one"
        ),
        "/docs/a.html": page("./", "b/../c.html?n=1#part", "mailto:x@y", "javascript:x()", text="two"),
        "/docs/b/": page("../a.html", "%2e%2e/%2e%2e/private.html", text="three"),
        "/docs/c.html?n=1": page(text="four"),
        "/private.html": page(text="not this"),
    }
    assert await crawled() == ["", "a.html", "b/", "c.html?n=1"]
    assert site.paths == ["/docs/", "/docs/a.html", "/docs/b/", "/docs/c.html?n=1"]


async def test_loops_and_copies_end(site: Site, crawled: Crawler) -> None:
    site.pages = {
        "/docs/": page("a", "b", "r1", text="one"),
        "/docs/a": page("b", text="two"),
        "/docs/b": page("a", ".", text="three"),
        "/docs/r1": redirect("r2"),
        "/docs/r2": redirect("r1"),
    }
    site.made = lambda path: page(text="two") if path.startswith("/docs/b?copy") else None
    site.pages["/docs/b"] = page("a", ".", "?copy=1", "?copy=2", text="three")
    assert await crawled() == ["", "a", "b", "b?copy=1"]


@pytest.mark.parametrize(
    "made",
    [
        lambda path: page(f"{path.rstrip('/')}/{len(path)}/", text=path),  # deeper and deeper
        lambda path: page("x/", "y/", text=path),  # the same names again and again
        lambda path: page(f"?n={len(path)}{'1' * (len(path) % 7)}", f"?m={path[-4:]}x", text=path),  # queries
        lambda path: page(*(f"/docs/{len(path)}-{n}" for n in range(500)), text=path),  # many
    ],
)
async def test_traps_are_bounded(site: Site, crawled: Crawler, made: Any) -> None:
    site.made = lambda path: made(path) if path.startswith("/docs/") else None
    names = await crawled(max_pages=30)
    assert 1 < len(names) <= 30
    assert len(site.asked) < 40


async def test_limits(site: Site, crawled: Crawler) -> None:
    site.made = lambda path: page(*(f"{path}{n}/" for n in (1, 2)), text=path) if path.startswith("/docs/") else None
    assert len(await crawled(max_depth=2)) == 7
    assert len(await crawled(max_depth=2, max_pages=4)) == 4
    assert crawled.failed == {"": "3 more addresses were left out: the limits of [crawl]"}
    assert len(await crawled(max_depth=0)) == 1
    assert len(await crawled(max_bytes=500)) < 4


@pytest.mark.parametrize(
    "target", ["http://127.0.0.2/docs/", "/other/", "https://example.com/", "http://[", "ftp://x/"]
)
async def test_redirects_off_the_site(site: Site, crawled: Crawler, target: str) -> None:
    site.pages = {"/docs/": page("a", "b", text="one"), "/docs/a": redirect(target), "/docs/b": page(text="two")}
    assert await crawled() == ["", "b"]
    site.pages = {"/docs/": redirect(target)}
    assert "is not below it" in await crawled.refused()
    assert {path for path, _ in site.asked} <= {"/docs/", "/docs/a", "/docs/b", "/robots.txt", "/sitemap.xml"}


async def test_a_redirect_within(site: Site, crawled: Crawler) -> None:
    site.pages = {"/docs/": redirect("/docs/start.html"), "/docs/start.html": page("a", text="one"), "/docs/a": page()}
    assert await crawled() == ["start.html", "a"]


async def test_private_addresses_are_refused_on_every_request(site: Site, crawled: Crawler) -> None:
    site.pages = {"/docs/": page()}
    with pytest.raises(AskwireError, match="names a port other than 80 and 443"):
        await crawled(limits=Limits())
    assert site.asked == []


# --- what a site asks for


async def test_robots(site: Site, crawled: Crawler) -> None:
    site.pages = {
        "/robots.txt": Reply(
            b"User-agent: *\nDisallow: /docs/no\nAllow: /docs/no/but\nDisallow: /*.pdf$\n", kind="text/plain"
        ),
        "/docs/": page("no/x", "no/but", "x.pdf", text="one"),
        "/docs/no/but": page(text="two"),
    }
    assert await crawled() == ["", "no/but"]
    assert site.paths == ["/docs/", "/docs/no/but"]
    site.pages["/robots.txt"] = Reply(b"user-agent: askwire\ndisallow: /docs\n", kind="text/plain")
    assert "robots.txt forbids it" in await crawled.refused()


@pytest.mark.parametrize(
    ("reply", "said"),
    [
        (Reply(status=500), "answers with status 500, so it is not known"),
        (redirect("http://127.0.0.2:1/robots.txt"), "so it is not known"),
        (Reply(b"x" * 600_000), "is larger than"),
        (Reply(b"User-agent: *\nCrawl-delay: 3600", kind="text/plain"), "asks for 3600 seconds"),
        (Reply(b"User-agent: *\nCrawl-delay: inf", kind="text/plain"), ""),
    ],
)
async def test_robots_that_are_not_known_allow_nothing(site: Site, crawled: Crawler, reply: Reply, said: str) -> None:
    site.pages = {"/docs/": page(text="one"), "/robots.txt": reply}
    if said:
        assert said in await crawled.refused()
        assert site.paths == []


@pytest.mark.parametrize(
    "reply",
    [
        Reply(status=404),
        Reply(status=403),
        Reply(b"\0\xff\xfe nonsense \n:::\nDisallow\n<html>"),
        redirect("/robots.txt"),
    ],
)
async def test_robots_that_are_none_allow_everything(site: Site, crawled: Crawler, reply: Reply) -> None:
    site.pages = {"/docs/": page(text="one"), "/robots.txt": reply}
    assert await crawled() == [""]


async def test_what_pages_ask_for(site: Site, crawled: Crawler) -> None:
    site.pages = {
        "/docs/": page("quiet", "leaf", "copy", "header", text="one", head="<link rel=canonical href='/docs/'>"),
        "/docs/quiet": page("under", text="two", head='<meta name="Robots" content="NOINDEX">'),
        "/docs/leaf": page("hidden", text="three", head="<meta content=nofollow name=robots>"),
        "/docs/copy": page(text="four", head='<link rel="canonical" href="under">'),
        "/docs/under": page(text="five", head='<link rel="canonical" href="copy">'),
        "/docs/header": page(text="six", headers={"X-Robots-Tag": "noindex"}),
        "/docs/hidden": page(text="seven"),
    }
    assert await crawled() == ["", "leaf", "under"]
    assert "/docs/hidden" not in site.paths


async def test_sitemaps(site: Site, crawled: Crawler) -> None:
    def listed(*urls: str, kind: str = "urlset") -> Reply:
        places = "".join(f"<url><loc> {url} </loc></url>" for url in urls)
        return Reply(f"<?xml version='1.0'?><{kind}>{places}</{kind}>".encode(), kind="application/xml")

    site.pages = {
        "/docs/": page(text="one"),
        "/docs/alone": page(text="two"),
        "/sitemap.xml": listed(f"{site.url}/maps/a.xml", "http://127.0.0.2/b.xml", kind="sitemapindex"),
        "/maps/a.xml": listed(f"{site.url}/docs/alone", f"{site.url}/other/x", "https://example.com/docs/", "&#65;"),
    }
    assert await crawled() == ["", "alone"]
    bomb = b'<!DOCTYPE x [<!ENTITY a "' + b"x" * 1000 + b'">]><urlset><loc>&a;&a;</loc></urlset>'
    site.pages["/robots.txt"] = Reply(f"Sitemap: {site.url}/bomb.xml".encode(), kind="text/plain")
    site.pages["/bomb.xml"] = Reply(bomb, kind="application/xml")
    assert await crawled() == [""]


async def test_pauses(site: Site, crawled: Crawler, monkeypatch: pytest.MonkeyPatch) -> None:
    site.pages = {
        "/robots.txt": Reply(b"User-agent: *\nCrawl-delay: 7", kind="text/plain"),
        "/docs/": page("busy", text="one"),
        "/docs/busy": Reply(status=429, headers={"Retry-After": "30"}),
    }
    slept: list[float] = []
    clock = [1000.0]

    async def sleep(seconds: float) -> None:
        slept.append(round(seconds, 3))
        clock[0] += seconds

    set_clock(monkeypatch, lambda: clock[0], sleep)
    assert await crawled() == [""]
    assert slept == [0.0, 7.0, 7.0, 7.0, 30.0, 30.0]
    assert crawled.failed == {"busy": "answers with status 429"}


# --- what goes wrong


async def test_a_slow_server_and_one_that_breaks_off(site: Site, crawled: Crawler) -> None:
    over = threading.Event()

    def slow(path: str) -> Reply | None:
        if path == "/docs/slow":
            over.wait(20)
        return Reply(b"late") if path == "/docs/slow" else None

    site.pages = {"/docs/": page("slow", "gone", "b", text="one"), "/docs/b": page(text="two")}
    site.made = slow
    assert await crawled(limits=replace(LIMITS, fetch_seconds=3)) == ["", "b"]
    over.set()
    assert crawled.failed == {"slow": "took longer than 3 seconds"}


async def test_a_compressed_bomb_is_not_unpacked(site: Site, crawled: Crawler) -> None:
    bomb = gzip.compress(b"\0" * 5_000_000)
    site.pages = {
        "/docs/": page("bomb", "bomb.html.gz", text="one"),
        "/docs/bomb": Reply(bomb, headers={"Content-Encoding": "gzip"}),
        "/docs/bomb.html.gz": Reply(bomb, kind="application/gzip"),
    }
    assert await crawled() == [""]
    assert crawled.failed == {"bomb": "is sent in an encoding that was not asked for"}


async def test_a_site_that_stops_answering_is_gone_on_with(site: Site, crawled: Crawler) -> None:
    names = [f"p{n}" for n in range(10)]
    site.pages = {"/docs/": page(*names, text="one"), **{f"/docs/{name}": page(text=name) for name in names}}
    whole = dict(site.pages)
    site.pages |= {f"/docs/{name}": Reply(status=500) for name in names[3:]}
    assert "like the pages before it" in await crawled.refused()
    assert len(site.paths) == 4 + FAILURES_IN_A_ROW
    site.pages, site.asked = whole, []
    assert await crawled() == ["", *names]
    assert site.paths == [f"/docs/{name}" for name in names[3:]], "what was fetched is not asked for again"


async def test_a_crawl_that_was_stopped_is_gone_on_with(site: Site, crawled: Crawler) -> None:
    site.pages = {"/docs/": page("a", "b", text="one"), "/docs/a": page(text="two"), "/docs/b": page(text="three")}
    async with aclosing(crawled.files("/docs/", LIMITS)) as files:
        async for each in files:
            each.path.unlink()
            if each.name == "a":
                break
    site.asked = []
    assert await crawled() == ["", "a", "b"]
    assert site.paths == ["/docs/b"]


async def test_a_crawl_takes_no_longer_than_it_may(
    site: Site, crawled: Crawler, monkeypatch: pytest.MonkeyPatch
) -> None:
    names = [f"p{n}" for n in range(6)]
    site.pages = {
        "/robots.txt": Reply(b"User-agent: *\nCrawl-delay: 60", kind="text/plain"),
        "/docs/": page(*names, text="one"),
        **{f"/docs/{name}": page(text=name) for name in names},
    }
    past = [0.0]

    async def sleep(seconds: float) -> None:
        past[0] += seconds

    set_clock(monkeypatch, lambda: time.monotonic() + past[0], sleep)
    # robots.txt, its sitemap and the first page come before.
    assert await crawled(max_s=290) == ["", "p0", "p1"]
    assert crawled.failed == {"": "4 more addresses were left out: the limits of [crawl]"}
    assert past[0] < 290
    site.asked = []
    assert await crawled(max_s=290) == ["", *names[:5]]
    assert site.paths == ["/docs/p2", "/docs/p3", "/docs/p4"], "it goes on from there"
    assert await crawled() == ["", *names]
    past[0] = 0.0
    assert await crawled(max_s=190) == ["", *names], "what was fetched the last time stays as it was"
    assert crawled.failed == {}
    assert "within the time of a crawl" in await crawled.refused("/other/", max_s=50)


async def test_a_request_ends_with_the_crawl(site: Site, crawled: Crawler) -> None:
    over = threading.Event()
    site.pages = {"/docs/": page("slow", text="one")}
    site.made = lambda path: Reply(b"late", headers={"X": str(over.wait(20))}) if path == "/docs/slow" else None
    assert await crawled(max_s=3) == [""]
    over.set()
    assert crawled.failed == {"": "1 more addresses were left out: the limits of [crawl]"}


# --- again


async def test_only_what_changed_is_fetched_fully(site: Site, crawled: Crawler) -> None:
    site.pages = {
        "/docs/": page("a", "b", "c", text="one", etag='"1"'),
        "/docs/a": page("d", text="two", etag='"1"'),
        "/docs/b": page(text="three", etag='"1"'),
        "/docs/c": page(text="four", etag='"1"'),
        "/docs/d": page(text="five", etag='"1"'),
    }
    assert await crawled() == ["", "a", "b", "c", "d"]
    site.asked = []
    site.pages["/docs/a"] = page("d", "e", text="two, again", etag='"2"')
    site.pages["/docs/b"] = Reply(status=410)
    site.pages["/docs/c"] = Reply(status=500)
    site.pages["/docs/e"] = page(text="six")
    assert await crawled() == ["", "a", "c", "d", "e"], "what is gone is left, what fails is kept"
    assert [s for p, s in site.asked if p.startswith("/docs")] == [304, 200, 410, 500, 304, 200]


async def test_another_file_in_the_place_of_the_store(site: Site, crawled: Crawler, tmp_path: Path) -> None:
    site.pages = {"/docs/": page()}
    store = tmp_path / "data/knowledge" / walking.FILE_NAME
    store.parent.mkdir(parents=True)
    store.write_bytes(b"nonsense" * 1000)
    assert "crawl.db in the data folder fails" in await crawled.refused()
