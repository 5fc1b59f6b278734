"""SQLite: which files are served, and what sessions share."""

from pathlib import Path

import pytest

from plugins.upstream import UpstreamError
from proxy.upstreams.backends import open_backend
from tests.proxy.upstreams.backends.test_sessions import done, failure, query


@pytest.mark.parametrize(
    "url", ["sqlite:///file:x.db?mode=ro&uri=true", "sqlite:///file:x.db", "sqlite:///a.db?cache=shared"]
)
def test_uri_names_are_refused(url: str) -> None:
    with pytest.raises(UpstreamError):
        open_backend(url)


def test_no_database(tmp_path: Path) -> None:
    (tmp_path / "no.db").write_bytes(b"This is no database. " * 100)
    with pytest.raises(UpstreamError):
        open_backend(f"sqlite:///{tmp_path}/no.db")


def test_in_memory_sessions_share_it() -> None:
    backend, stranger = open_backend("sqlite://"), open_backend("sqlite://")
    first, second = backend.connect("", ""), backend.connect("", "")
    done(first, "CREATE TABLE t (a INTEGER)")
    assert query(second, "SELECT count(*) FROM t") == [[b"0"]]
    assert failure(stranger.connect("", ""), "SELECT * FROM t").number == 1146
    first.close()
    second.close()
    assert query(backend.connect("", ""), "SELECT count(*) FROM t") == [[b"0"]]
