"""Registers the crawler: who loads an address that ends in a slash."""

from collections.abc import AsyncGenerator, Sequence
from functools import partial
from pathlib import Path

from conf.settings import Settings
from plugins.builtin.crawl.scope import is_crawl
from plugins.hooks import hookimpl
from plugins.loading import Fetched, UrlLoader, Web
from plugins.types import Services


@hookimpl
def askwire_loaders(settings: Settings, services: Services) -> Sequence[UrlLoader]:
    web = services.get(Web)
    return [UrlLoader(("http", "https"), partial(_fetch, settings, web), is_crawl)] if web is not None else []


async def _fetch(settings: Settings, web: Web, url: str, folder: Path) -> AsyncGenerator[Fetched, None]:
    from plugins.builtin.crawl.crawl import crawl  # with what reads robots.txt, and only who crawls needs it

    async for fetched in crawl(settings, web, url, folder):
        yield fetched
