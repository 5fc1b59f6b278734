"""What the settings make: servers, limits, a retriever that is closed; no secret in what is said."""

import sys
from pathlib import Path
from typing import Any

import pytest
from structlog.testing import capture_logs

from conf.settings import Settings
from knowledge.database import Database
from knowledge.making import limits_of, own_stores, retrieving
from plugins import load_plugins
from tests.knowledge.index.shelf import TinyEmbeddings

SECRET = "wrongsecret"
SERVERS = {"pgvector": f"postgresql://app:{SECRET}@127.0.0.1:1/x", "qdrant": "http://127.0.0.1:1"}


def settings(folder: Path, **knowledge: Any) -> Settings:
    return Settings(data_dir=str(folder), knowledge=knowledge)  # type: ignore[arg-type]  # pydantic reads it


def test_the_servers_of_the_settings_and_none_without(tmp_path: Path) -> None:
    assert own_stores(settings(tmp_path)) == {}
    made = own_stores(settings(tmp_path, **SERVERS))
    assert sorted(made) == ["pgvector", "qdrant"]
    for store in made.values():
        store.close()


def test_without_qdrant_s_client_the_gateway_starts_and_the_rest_is_there(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setitem(sys.modules, "knowledge.index.qdrant", None)
    with capture_logs() as logs:
        made = own_stores(settings(tmp_path, **SERVERS))
    assert list(made) == ["pgvector"]
    (said,) = logs
    assert said["event"] == "not_installed"
    assert "pip install 'askwire[qdrant]'" in said["reason"]
    assert SECRET not in str(logs)


def test_loading_reaches_only_the_hosts_of_the_settings(tmp_path: Path) -> None:
    assert limits_of(settings(tmp_path)).allowed_hosts == ()
    assert limits_of(settings(tmp_path, allowed_hosts=["wiki.example"])).allowed_hosts == ("wiki.example",)


async def test_what_searches_opens_nothing_before_it_is_needed_and_is_closed(tmp_path: Path) -> None:
    database = Database(tmp_path / "askwire.sqlite")
    async with retrieving(settings(tmp_path), database, TinyEmbeddings(), load_plugins()) as retriever:  # type: ignore[arg-type]
        assert retriever.backends.names == ("local",)
        assert not list(tmp_path.iterdir())
    with pytest.raises(RuntimeError, match="after shutdown"):
        retriever.backends._searching.submit(int)
    await database.close()
