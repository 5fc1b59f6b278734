"""What one client may hold of the server: connections, and the time for a head."""

import contextlib

import httpx

from proxy.admin import server
from tests.proxy.admin.conftest import eventually
from tests.proxy.admin.serving import small
from tests.proxy.admin.test_guard import dripping


def until_closed(connection):
    """What comes until the other side ends it; an error when it does not."""
    got = b""
    with contextlib.suppress(ConnectionError):
        while piece := connection.recv(65536):
            got += piece
    return got


def test_slow_heads_are_given_up(tmp_path, monkeypatch):
    """A connection that never sends a whole head is closed by its timer, whatever trickles in."""
    monkeypatch.setattr(server, "HEAD_TIMEOUT_S", 0.3)
    with small(tmp_path) as admin:
        begin = b"GET /health HTTP/1.1\r\nHost: "
        for sent in (begin, b"GET /health HTTP/1.1\r\nHost: localhost\r\n\r\n" + begin, b""):
            with contextlib.closing(admin.raw(sent)) as connection:
                if sent:
                    dripping(connection)
                answer = until_closed(connection)
                assert answer.startswith(b"HTTP/1.1 200") == (b"\r\n\r\n" in sent)
                assert answer.count(b"HTTP/1.1") <= 1
        with admin.client() as client:
            assert client.get("/health").status_code == 200


def test_a_body_that_nobody_reads_is_bounded(tmp_path, monkeypatch):
    """A request is refused by its head; its body goes on for ever, fast or slowly."""
    refused = b"POST /looks HTTP/1.1\r\nHost: localhost\r\nContent-Length: 1000000000\r\n\r\n"
    with small(tmp_path) as admin:
        with contextlib.closing(admin.raw(refused)) as connection:
            assert connection.recv(65536).startswith(b"HTTP/1.1 401")
            sent = 0
            with contextlib.suppress(ConnectionError):
                while sent < 64 << 20:
                    sent += connection.send(b"x" * 65536)
            assert sent < 32 << 20
        monkeypatch.setattr(server, "HEAD_TIMEOUT_S", 0.3)
        with contextlib.closing(admin.raw(refused)) as connection:
            assert connection.recv(12) == b"HTTP/1.1 401"
            dripping(connection)
            until_closed(connection)


def test_connections_that_ask_for_nothing_make_way(tmp_path):
    with small(tmp_path, connections=8) as admin, contextlib.ExitStack() as stack:
        held = [stack.enter_context(contextlib.closing(admin.raw())) for _ in range(4)]
        with admin.client() as client:
            assert client.get("/looks").status_code == 200
            assert until_closed(held[0]) == b""  # the one that waited longest
            flood = [stack.enter_context(contextlib.closing(admin.raw(b"GET /"))) for _ in range(20)]
            assert until_closed(flood[0]) == b""
        with admin.client() as client:
            assert client.get("/looks").status_code == 200


def test_too_many_connections_of_one_peer_that_are_at_work(tmp_path):
    with small(tmp_path, connections=8) as admin:
        with contextlib.ExitStack() as stack:
            lines = f"Host: localhost\r\nAuthorization: Bearer {admin.token()}\r\nContent-Length: 1\r\n\r\n"
            for _ in range(4):
                busy = stack.enter_context(contextlib.closing(admin.raw(f"POST /waits HTTP/1.1\r\n{lines}".encode())))
                assert busy.recv(12) == b"HTTP/1.1 200"  # the rest comes after the body
            with contextlib.closing(admin.raw()) as more:
                assert until_closed(more) == b""
        with admin.client() as client:
            eventually(lambda: healthy(client))


def healthy(client):
    try:
        return client.get("/health").status_code == 200
    except httpx.TransportError:
        return False
