"""What crawls have fetched, in one SQLite file of the data folder: to go on after a stop, and to ask only what changed.

Bodies are kept, compressed: what the server says has not changed is read from here. A site that was not crawled for
``KEPT_S`` is forgotten.
"""

import json
import os
import sqlite3
import threading
import time
import zlib
from collections.abc import Callable
from dataclasses import asdict, dataclass, field
from pathlib import Path
from typing import TypeVar

from plugins.builtin.crawl.page import Told

T = TypeVar("T")
KEPT_S = 30 * 86_400.0
# A crawl that was stopped goes on within this time; later it begins anew.
RESUMED_S = 86_400.0
_SCHEMA = (
    "CREATE TABLE IF NOT EXISTS sites (url TEXT PRIMARY KEY, run INTEGER NOT NULL, done INTEGER NOT NULL,"
    " at REAL NOT NULL)",
    "CREATE TABLE IF NOT EXISTS pages (site TEXT NOT NULL, url TEXT NOT NULL, run INTEGER NOT NULL,"
    " etag TEXT NOT NULL, modified TEXT NOT NULL, target TEXT NOT NULL, hash TEXT NOT NULL, suffix TEXT NOT NULL,"
    " told TEXT NOT NULL, size INTEGER NOT NULL, body BLOB NOT NULL, PRIMARY KEY (site, url)) WITHOUT ROWID",
)
_PAGE = "run, etag, modified, target, hash, suffix, told, size"


@dataclass(frozen=True, slots=True)
class Page:
    """One that was fetched. ``target``: where it redirects to; then the rest is empty. ``suffix``: the file's end."""

    run: int
    etag: str = ""
    modified: str = ""
    target: str = ""
    hash: str = ""
    suffix: str = ""
    told: Told = field(default_factory=Told)
    size: int = 0


class Store:
    """Every method raises sqlite3.Error; use it in threads."""

    def __init__(self, path: Path) -> None:
        self._path = path
        self._lock = threading.Lock()
        self._connection: sqlite3.Connection | None = None

    def begin(self, site: str) -> int:
        """The number of this crawl: the one before's where that was stopped not long ago."""

        def work(c: sqlite3.Connection) -> int:
            now = time.time()
            for (old,) in c.execute("SELECT url FROM sites WHERE at < ?", (now - KEPT_S,)).fetchall():
                c.execute("DELETE FROM pages WHERE site = ?", (old,))
                c.execute("DELETE FROM sites WHERE url = ?", (old,))
            row = c.execute("SELECT run, done, at FROM sites WHERE url = ?", (site,)).fetchone()
            if row is not None and not row[1] and row[2] > now - RESUMED_S:
                return int(row[0])
            run = 1 if row is None else row[0] + 1
            # Crawls whose time was over did not end: of those before the last one nothing stays.
            c.execute("DELETE FROM pages WHERE site = ? AND run < ?", (site, run - 1))
            c.execute("INSERT OR REPLACE INTO sites VALUES (?, ?, 0, ?)", (site, run, now))
            return int(run)

        return self._do(work)

    def end(self, site: str, run: int) -> None:
        """It is over: pages that it did not meet are gone."""

        def work(c: sqlite3.Connection) -> None:
            c.execute("DELETE FROM pages WHERE site = ? AND run <> ?", (site, run))
            c.execute("UPDATE sites SET done = 1, at = ? WHERE url = ?", (time.time(), site))

        self._do(work)

    def get(self, site: str, url: str) -> Page | None:
        sql = f"SELECT {_PAGE} FROM pages WHERE site = ? AND url = ?"
        row = self._do(lambda c: c.execute(sql, (site, url)).fetchone())
        if row is None:
            return None
        told = json.loads(row[6])
        run, etag, modified, target, digest, suffix, _, size = row
        return Page(run, etag, modified, target, digest, suffix, Told(**{**told, "links": tuple(told["links"])}), size)

    def body(self, site: str, url: str) -> bytes:
        sql = "SELECT body FROM pages WHERE site = ? AND url = ?"
        row = self._do(lambda c: c.execute(sql, (site, url)).fetchone())
        return zlib.decompress(row[0]) if row is not None else b""

    def put(self, site: str, url: str, page: Page, body: bytes) -> None:
        values = (
            *(page.run, page.etag, page.modified, page.target, page.hash, page.suffix),
            *(json.dumps(asdict(page.told)), page.size, zlib.compress(body)),
        )
        sql = "INSERT OR REPLACE INTO pages VALUES (?, ?, ?, ?, ?, ?, ?, ?, ?, ?, ?)"
        self._do(lambda c: c.execute(sql, (site, url, *values)))

    def keep(self, site: str, url: str, run: int) -> None:
        """It is as it was."""
        self._do(lambda c: c.execute("UPDATE pages SET run = ? WHERE site = ? AND url = ?", (run, site, url)))

    def drop(self, site: str, url: str) -> None:
        """It is gone."""
        self._do(lambda c: c.execute("DELETE FROM pages WHERE site = ? AND url = ?", (site, url)))

    def close(self) -> None:
        with self._lock:
            if self._connection is not None:
                self._connection.close()
                self._connection = None

    def _do(self, work: Callable[[sqlite3.Connection], T]) -> T:
        with self._lock:
            if self._connection is None:
                self._connection = self._open()
            with self._connection:
                return work(self._connection)

    def _open(self) -> sqlite3.Connection:
        self._path.parent.mkdir(parents=True, exist_ok=True, mode=0o700)
        os.close(os.open(self._path, os.O_RDWR | os.O_CREAT | os.O_CLOEXEC, 0o600))
        connection = sqlite3.connect(self._path, check_same_thread=False, timeout=10.0)
        connection.execute("PRAGMA secure_delete = ON")  # what is gone is gone
        connection.execute("PRAGMA journal_mode = WAL")
        connection.execute("PRAGMA synchronous = NORMAL")
        for statement in _SCHEMA:
            connection.execute(statement)
        return connection
