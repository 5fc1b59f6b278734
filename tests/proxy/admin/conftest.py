"""A gateway with its admin endpoint before the real MariaDB; the model's words are scripted."""

import json
import re
import socket
import time
from collections.abc import Callable, Iterator
from contextlib import contextmanager
from dataclasses import dataclass
from pathlib import Path
from typing import Any

import httpx
import pymysql
import pytest

from tests.conftest import GatewayFactory
from tests.support.answering import answering
from tests.support.gateway import GatewayProcess

ADDRESS = re.compile(r"admin endpoint at http://([0-9.]+):([0-9]+)/")
LONG = (
    "SELECT COUNT(*) AS n FROM orders AS a, orders AS b, orders AS c WHERE a.id + b.id + c.id > 0 "
    "AND a.status <> b.status"
)
ANSWERS = {
    "how many products": "SELECT COUNT(*) AS n FROM products",
    "name and price of products": (
        "SELECT a.name, b.name AS other, a.price FROM products AS a, products AS b, products AS c"
    ),
    "number of orders and customers": LONG,
}
Events = list[tuple[str, Any]]


@dataclass(frozen=True)
class Endpoint:
    """Where it listens, and the folder with its tokens."""

    host: str
    port: int
    data_dir: Path

    def token(self, role: str = "admin") -> str:
        return (self.data_dir / f"{role}-token").read_text().strip()

    def client(self, role: str = "admin", **options: Any) -> httpx.Client:
        """With the token of ``role``; "" sends none."""
        headers = {"authorization": f"Bearer {self.token(role)}"} if role else {}
        return httpx.Client(base_url=f"http://{self.host}:{self.port}", headers=headers, timeout=60, **options)

    def raw(self, data: bytes = b"") -> socket.socket:
        """A plain connection that sent ``data``."""
        connection = socket.create_connection((self.host, self.port), timeout=60)
        connection.sendall(data)
        return connection


@dataclass(frozen=True)
class Admin(Endpoint):
    """The endpoint of a running gateway."""

    gateway: GatewayProcess

    def connect(self, **options: Any) -> "pymysql.Connection[Any]":
        """A MySQL client of the gateway, as ``app`` in the shop unless told otherwise."""
        account = {"user": "app", "password": "secret", "database": "shop", "autocommit": True}
        return pymysql.connect(host=self.gateway.host, port=self.gateway.port, **{**account, **options})


@contextmanager
def admin_of(gateway: GatewayProcess) -> Iterator[Admin]:
    """The endpoint of ``gateway``, which was started with one; stops it at the end."""
    with gateway:
        eventually(lambda: ADDRESS.search(gateway.log_text()) is not None)
        found = ADDRESS.search(gateway.log_text())
        assert found is not None
        yield Admin(found[1], int(found[2]), gateway.data_dir, gateway)


@pytest.fixture(scope="session")
def model_url() -> Iterator[str]:
    with answering(ANSWERS) as url:
        yield url


@pytest.fixture(scope="session")
def admin(gateway_factory: GatewayFactory, model_url: str) -> Iterator[Admin]:
    """One for the whole run, with generous limits."""
    limits = {"listen": "127.0.0.1:0", "requests_per_s": 2000.0, "failed_tokens_per_minute": 1000}
    house = {"engine": "openai", "url": model_url, "model": "m"}
    with admin_of(
        gateway_factory(admin=limits, ask={"limit": 10**6}, model={"name": "house"}, models={"house": house})
    ) as made:
        yield made


@pytest.fixture(scope="session")
def tight(gateway_factory: GatewayFactory) -> Iterator[Admin]:
    """One for the whole run, with small limits, and without TLS."""
    limits = {"failed_tokens_per_minute": 2, "max_body_bytes": 10_000, "max_upload_bytes": 100_000}
    off = {"tls": {"client": "off"}, "knowledge": {"embedder": "none"}}
    with admin_of(gateway_factory(admin={"listen": "127.0.0.1:0", **limits}, **off)) as made:
        yield made


@pytest.fixture
def client(admin: Admin) -> Iterator[httpx.Client]:
    with admin.client() as made:
        yield made


@pytest.fixture
def reader(admin: Admin) -> Iterator[httpx.Client]:
    with admin.client("reader") as made:
        yield made


@pytest.fixture
def login(client: httpx.Client) -> Iterator[str]:
    """``app`` in the shop."""
    made = log_in(client)
    yield made
    client.delete(f"/v1/logins/{made}")


def log_in(client: httpx.Client, user: str = "app", database: str = "shop") -> str:
    answer = client.post("/v1/logins", json={"user": user, "password": "secret", "database": database})
    assert answer.status_code == 201, answer.text
    return str(answer.json()["login"])


def ask(client: httpx.Client, login: str, question: str, **options: Any) -> Events:
    """All events of an answer."""
    with client.stream("POST", "/v1/ask", json={"login": login, "question": question, **options}) as response:
        assert response.status_code == 200, response.read()
        assert response.headers["content-type"].startswith("text/event-stream")
        return list(events(response))


def events(response: httpx.Response) -> Iterator[tuple[str, Any]]:
    """As they come; hold on to it, for httpx hangs up when it goes."""
    name = ""
    for line in response.iter_lines():
        if line.startswith("event: "):
            name = line.removeprefix("event: ")
        elif line.startswith("data: "):
            yield name, json.loads(line.removeprefix("data: "))


def error(answer: httpx.Response, status: int) -> dict[str, Any]:
    """The error of an answer, which has ``status`` and the form that all errors have."""
    assert answer.status_code == status, (answer.status_code, answer.text)
    detail = answer.json()["error"]
    assert set(answer.json()) == {"error"}
    assert set(detail) == {"code", "name", "message"}
    return dict(detail)


def eventually(condition: Callable[[], bool], timeout_s: float = 60.0) -> None:
    """Wait until ``condition`` holds; fail when it does not come."""
    deadline = time.monotonic() + timeout_s
    while not condition():
        assert time.monotonic() < deadline, "did not happen"
        time.sleep(0.02)
