"""A session after a gateway statement is as it was before, whatever the model wrote and however the session is set."""

import json
import threading
from collections.abc import Iterator
from contextlib import contextmanager
from http.server import BaseHTTPRequestHandler, ThreadingHTTPServer

import pytest

from tests.conftest import GatewayFactory
from tests.support.gateway import GatewayProcess
from tests.support.raw_client import RawClient
from tests.support.shop_server import ShopServer


class _Model(BaseHTTPRequestHandler):
    """An OpenAI-compatible server that a stranger has taken over: it answers with ``sql``, whatever is asked."""

    sql = ""

    def do_POST(self) -> None:
        self.rfile.read(int(self.headers["content-length"]))
        delta = {"index": 0, "finish_reason": "stop", "delta": {"role": "assistant", "content": self.sql}}
        chunk = {"id": "x", "object": "chat.completion.chunk", "model": "m", "choices": [delta]}
        body = f"data: {json.dumps(chunk)}\n\ndata: [DONE]\n\n".encode()
        self.send_response(200)
        self.send_header("content-type", "text/event-stream")
        self.send_header("content-length", str(len(body)))
        self.end_headers()
        self.wfile.write(body)

    def log_message(self, format: str, *args: object) -> None:
        """Silent."""


@contextmanager
def asking(gateway_factory: GatewayFactory, sql: str) -> Iterator[GatewayProcess]:
    """A gateway whose model writes ``sql``."""
    model = type("Model", (_Model,), {"sql": sql})
    with ThreadingHTTPServer(("127.0.0.1", 0), model) as server:
        threading.Thread(target=server.serve_forever).start()
        entry = {"engine": "openai", "url": f"http://127.0.0.1:{server.server_port}/v1", "model": "m"}
        settings = {"model": {"name": "hostile"}, "models": {"hostile": entry}, "ask": {"warm": False}}
        try:
            with gateway_factory(**settings) as gateway:
                yield gateway
        finally:
            server.shutdown()


@pytest.mark.parametrize(
    ("charset", "sql"),
    [
        ("sjis", "SELECT name FROM regions WHERE name = '¥' OR name = ' OR sleep(60) -- '"),
        ("latin1", "SELECT name FROM regions WHERE name = '日本'"),
    ],
)
def test_sql_that_the_session_cannot_say_is_not_sent_and_leaves_no_trace(
    gateway_factory: GatewayFactory, mariadb: ShopServer, charset: str, sql: str
) -> None:
    mariadb.run_sql("CREATE OR REPLACE TABLE scratch.borrow (a INT)")
    with asking(gateway_factory, sql) as gateway, RawClient(gateway.port, database="shop") as client:
        client.query(f"SET NAMES {charset}")
        refused = client.query("ASK 'names of the regions'")[0]
        assert refused[:1] == b"\xff"
        assert b"character set lacks" in refused
        assert client.query("INSERT INTO scratch.borrow VALUES (1)")[0][:2] == b"\x00\x01"


def test_neither_marker_nor_catalog_nor_answer_heeds_sql_select_limit(gateway_factory: GatewayFactory) -> None:
    asked = asking(gateway_factory, "SELECT name FROM regions")
    with asked as gateway, RawClient(gateway.port, database="shop") as client:
        rows = client.query("ASK 'names of the regions'")
        client.query("SET sql_select_limit = 0")
        assert client.query("ASK 'names of the regions'") == rows
        assert len(client.query("SELECT name FROM regions")) < len(rows)  # for the client it still holds


def test_an_account_has_one_name_in_every_result_character_set(gateway: GatewayProcess, mariadb: ShopServer) -> None:
    mariadb.run_sql(
        "CREATE OR REPLACE USER 'é'@'%' IDENTIFIED BY 'secret'; CREATE OR REPLACE USER 'ü'@'%' IDENTIFIED BY 'secret'"
    )
    for name in "éü":
        with RawClient(gateway.port, user=name, database="") as client:
            client.query("SET character_set_results = ascii")
            client.query(f"ASK 'question of {name.encode().hex()}'")
            history = b"".join(client.query("SHOW AI HISTORY"))
            assert history.count(b"question of") == 1
            assert f"question of {name.encode().hex()}".encode() in history
