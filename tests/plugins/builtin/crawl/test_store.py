import sqlite3
import stat
from collections.abc import Iterator
from pathlib import Path
from typing import Any

import pytest

from plugins.builtin.crawl import store as module
from plugins.builtin.crawl.page import Told
from plugins.builtin.crawl.store import KEPT_S, RESUMED_S, Page, Store

SITE, OTHER = "https://h/docs/", "https://h/other/"


@pytest.fixture
def clock(monkeypatch: pytest.MonkeyPatch) -> list[float]:
    now = [1_800_000_000.0]
    monkeypatch.setattr(module.time, "time", lambda: now[0])
    return now


@pytest.fixture
def store(tmp_path: Path, clock: list[float]) -> Iterator[Store]:
    made = Store(tmp_path / "data" / "crawl.db")
    yield made
    made.close()


def page(run: int = 1, **given: Any) -> Page:
    return Page(run, etag='"e"', modified="m", hash="h", suffix=".html", size=3, **given)


def test_a_page_as_it_was_put(store: Store) -> None:
    put = page(told=Told(links=("https://h/a", "https://h/b")))
    store.put(SITE, "https://h/docs/x", put, b"abc" * 1000)
    assert store.get(SITE, "https://h/docs/x") == put
    assert store.body(SITE, "https://h/docs/x") == b"abc" * 1000
    assert store.get(OTHER, "https://h/docs/x") is None
    assert store.body(OTHER, "https://h/docs/x") == b""


def test_another_one_takes_its_place(store: Store) -> None:
    store.put(SITE, "u", page(), b"old")
    store.put(SITE, "u", Page(2, target="v"), b"")
    assert store.get(SITE, "u") == Page(2, target="v")
    assert store.body(SITE, "u") == b""
    store.drop(SITE, "u")
    assert store.get(SITE, "u") is None


def test_a_crawl_that_was_stopped_goes_on(store: Store, clock: list[float]) -> None:
    assert store.begin(SITE) == 1
    clock[0] += RESUMED_S - 1
    assert store.begin(SITE) == 1
    clock[0] += 2
    assert store.begin(SITE) == 2
    store.end(SITE, 2)
    assert store.begin(SITE) == 3
    assert store.begin(OTHER) == 1


def test_pages_that_a_crawl_did_not_meet_are_gone(store: Store) -> None:
    for url in ("a", "b"):
        store.put(SITE, url, page(1), b"x")
    store.put(OTHER, "a", page(1), b"x")
    store.keep(SITE, "a", 2)
    store.end(SITE, 2)
    assert store.get(SITE, "a") is not None
    assert store.get(SITE, "b") is None
    assert store.get(OTHER, "a") is not None


def test_of_crawls_that_never_end_only_the_last_one_stays(store: Store, clock: list[float]) -> None:
    for run in (1, 2, 3):
        assert store.begin(SITE) == run
        store.put(SITE, f"page {run}", page(run), b"x")
        clock[0] += RESUMED_S + 1
    assert store.get(SITE, "page 1") is None
    assert store.get(SITE, "page 2") is not None


def test_a_site_that_is_not_crawled_any_more(store: Store, clock: list[float]) -> None:
    store.begin(SITE)
    store.put(SITE, "a", page(), b"x")
    clock[0] += KEPT_S + 1
    store.begin(OTHER)
    assert store.get(SITE, "a") is None
    assert store.begin(SITE) == 1


def test_only_its_owner_may_read_it(store: Store, tmp_path: Path) -> None:
    store.put(SITE, "a", page(), b"")
    path = tmp_path / "data" / "crawl.db"
    assert stat.S_IMODE(path.stat().st_mode) == 0o600
    assert stat.S_IMODE(path.parent.stat().st_mode) == 0o700


def test_it_opens_again_after_it_was_closed(store: Store) -> None:
    store.put(SITE, "a", page(), b"x")
    store.close()
    store.close()
    assert store.body(SITE, "a") == b"x"


def test_a_file_that_is_none(tmp_path: Path) -> None:
    path = tmp_path / "crawl.db"
    path.write_bytes(b"no database at all" * 100)
    with pytest.raises(sqlite3.DatabaseError, match="not a database"):
        Store(path).begin(SITE)
