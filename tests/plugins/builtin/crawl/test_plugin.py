"""LOAD KNOWLEDGE of a part of a site, by a gateway and by the command line."""

import subprocess
import time
from collections.abc import Iterator
from pathlib import Path

import pymysql
import pytest

from tests.conftest import GatewayFactory
from tests.plugins.builtin.crawl.site import Reply, Site, page, serving
from tests.support.gateway import ASKWIRE, GatewayProcess, clean_environment, to_toml

Cursor = pymysql.cursors.Cursor
SETTINGS = {
    "knowledge": {"allowed_hosts": ["127.0.0.1"], "embedder": "none", "editors": ["app"]},
    "crawl": {"pause_s": 0.0, "max_pages": 4},
}


@pytest.fixture(scope="module")
def crawling(gateway_factory: GatewayFactory) -> Iterator[GatewayProcess]:
    with gateway_factory(**SETTINGS) as gateway:
        yield gateway


@pytest.fixture
def cursor(crawling: GatewayProcess) -> Iterator[Cursor]:
    with (
        pymysql.connect(host=crawling.host, port=crawling.port, user="app", password="secret") as connection,
        connection.cursor() as made,
    ):
        yield made


@pytest.fixture
def site() -> Iterator[Site]:
    with serving() as made:
        yield made


def loaded(cursor: Cursor, base: str) -> dict[str, tuple[str, str, str]]:
    """Of the base: title, state and error by source, when nothing is being loaded any more."""
    until = time.monotonic() + 60
    while True:
        cursor.execute(f"SHOW AI KNOWLEDGE {base}")
        rows = {row[0]: (row[1], row[2], row[5]) for row in cursor.fetchall()}
        if rows and not any(state in ("waiting", "reading", "embedding") for _, state, _ in rows.values()):
            return rows
        assert time.monotonic() < until
        time.sleep(0.05)


def test_a_part_of_a_site(cursor: Cursor, site: Site) -> None:
    site.pages = {
        "/docs/": page("a.html", "b", text="First", etag='"1"'),
        "/docs/a.html": page(text="Second", etag='"1"'),
        "/docs/b": Reply(b"# Third\n\nIt is Markdown.", kind="text/markdown", etag='"1"'),
    }
    cursor.execute("CREATE KNOWLEDGE handbook")
    url = f"{site.url}/docs/"
    cursor.execute(f"LOAD KNOWLEDGE '{url}' INTO handbook")
    shown = loaded(cursor, "handbook")
    assert {source: title for source, (title, _, _) in shown.items()} == {
        url: "First",
        f"{url}a.html": "Second",
        f"{url}b": "Third",
    }
    site.pages["/docs/a.html"] = Reply(status=404)
    site.pages["/docs/"] = page("c", "b", *"defg", text="First, again")
    site.pages["/docs/c"] = page(text="New")
    site.pages |= {f"/docs/{name}": page(text=name) for name in "defg"}
    site.asked.clear()
    cursor.execute(f"LOAD KNOWLEDGE '{url}' INTO handbook")
    shown = loaded(cursor, "handbook")
    assert sorted(source.removeprefix(url) for source in shown) == ["", "b", "c", "d"]
    assert ("/docs/b", 304) in site.asked


def test_one_page_without_the_slash(cursor: Cursor, site: Site) -> None:
    site.pages = {"/docs/a.html": page("b", text="One"), "/docs/b": page(text="Two")}
    cursor.execute("CREATE KNOWLEDGE single")
    cursor.execute(f"LOAD KNOWLEDGE '{site.url}/docs/a.html' INTO single")
    assert list(loaded(cursor, "single")) == [f"{site.url}/docs/a.html"]
    assert [path for path, _ in site.asked] == ["/docs/a.html"]


def test_a_site_that_forbids_it(cursor: Cursor, site: Site) -> None:
    site.pages = {"/": page(), "/robots.txt": Reply(b"User-agent: *\nDisallow: /", kind="text/plain")}
    cursor.execute("CREATE KNOWLEDGE forbidden")
    cursor.execute(f"LOAD KNOWLEDGE '{site.url}/' INTO forbidden")
    ((_, state, error),) = loaded(cursor, "forbidden").values()
    assert (state, "robots.txt forbids it" in error) == ("failed", True)


def test_by_command(site: Site, tmp_path: Path) -> None:
    site.pages = {"/docs/": page("a", "b", text="One"), "/docs/a": page(text="Two"), "/docs/b": Reply(status=500)}
    config = tmp_path / "askwire.toml"
    config.write_text(to_toml({"data_dir": str(tmp_path), **SETTINGS}))
    done = subprocess.run(
        [str(ASKWIRE), "knowledge", "add", "handbook", f"{site.url}/docs/", "--config", str(config)],
        env=clean_environment(),
        capture_output=True,
        text=True,
    )
    assert "1 new or changed, 0 unchanged, 0 failed" in done.stdout, done.stderr
    assert f"{site.url}/docs/b: answers with status 500" in done.stderr
