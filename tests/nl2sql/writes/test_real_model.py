"""A whole session with the real model."""

import contextlib
from pathlib import Path

import pymysql
import pytest

from conf.models import DEFAULT_MODEL
from tests.nl2sql.writes.conftest import Client
from tests.support.gateway import GatewayProcess


@pytest.mark.timeout(900)
def test_a_session(store: int, direct: Client, model_file: Path, tmp_path: Path) -> None:
    settings = {"model": {"name": DEFAULT_MODEL}, "ask": {"warm": False}}
    with (
        GatewayProcess(tmp_path, f"mysql://127.0.0.1:{store}", settings) as gateway,
        contextlib.closing(
            pymysql.connect(
                host="127.0.0.1",
                port=gateway.port,
                user="biller",  # who sees one table: the model reads it in a moment
                password="secret",
                database="store",
                autocommit=True,
            )
        ) as connection,
    ):
        client = Client(connection)
        client.run("SET ASK writes = 'rehearse'")
        shown = client.rehearse("mark bill 7 as paid")
        assert [(key, after) for key, _, after in shown["row"]] == [("id = 7", '{"status": "paid"}')]
        assert direct.run("SELECT status FROM bills WHERE id = 7") == [("open",)]
        assert client.change(shown["confirm"]) == 1
        assert direct.run("SELECT status FROM bills ORDER BY id") == [("open",), ("paid",), ("paid",)]
        assert client.run("ASK 'how many bills are there?'") == [(3,)]
