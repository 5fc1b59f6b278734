"""Attacks on the endpoint: all refused, harmless, and answered in the form that all errors have."""

import contextlib
import hmac
import json
import re
import socket
import threading

import httpx
import pytest

from proxy.admin import tokens as tokens_module
from tests.proxy.admin.conftest import ask, error, eventually, log_in
from tests.proxy.admin.serving import small


def talk(admin, data, timeout_s=60.0):
    """All that comes back until the other side closes."""
    with contextlib.closing(admin.raw(data)) as connection:
        connection.settimeout(timeout_s)
        got = b""
        with contextlib.suppress(ConnectionError):
            while piece := connection.recv(65536):
                got += piece
        return got


def head(admin, method, path, *lines, role="admin", host=None):
    own = [f"Host: {host or f'127.0.0.1:{admin.port}'}", *lines]
    if role:
        own.append(f"Authorization: Bearer {admin.token(role)}")
    return "\r\n".join([f"{method} {path} HTTP/1.1", *own, "", ""]).encode()


# --- the token


def test_no_token_and_wrong_tokens(admin, client):
    right = admin.token()
    with admin.client("") as anybody:
        for path in ("/v1/status", "/metrics", "/openapi.json", "/v1/nothing", "/v1/ask", "/nothing"):
            assert error(anybody.get(path), 401)["name"] == "UNAUTHORIZED"
        wrong = [
            "", "Bearer", f"Basic {right}", f"Bearer {right[:-1]}", f"Bearer {right}x",
            "Bearer " + "x" * 8000, f"Bearer {right.swapcase()}", f"Token {right}", f"Bearer {right} {right}",
        ]  # fmt: skip
        for value in wrong:
            answer = anybody.get("/v1/status", headers={"authorization": value})
            assert error(answer, 401)
            assert answer.headers["www-authenticate"].startswith("Bearer")
        assert anybody.get("/v1/status", headers={"authorization": f"bearer {right}"}).status_code == 200
        for elsewhere in ({"params": {"token": right, "access_token": right}}, {"cookies": {"token": right}}):
            assert error(httpx.get(f"{anybody.base_url}/v1/status", **elsewhere), 401)
    assert right not in admin.gateway.log_text()
    assert right not in client.get("/v1/settings").text


def test_tokens_are_compared_in_constant_time(monkeypatch, tmp_path):
    compared = []
    real = hmac.compare_digest

    def spy(one, other):
        compared.append((one, other))
        return real(one, other)

    monkeypatch.setattr(tokens_module.hmac, "compare_digest", spy)
    kept = tokens_module.Tokens(tmp_path)
    kept.make()
    for token in (b"", b"x", (tmp_path / "admin-token").read_bytes().strip()):
        compared.clear()
        kept.role_of(token)
        assert len(compared) == len(tokens_module.Role)  # each time against all of them
        assert {len(side) for pair in compared for side in pair} == {32}  # digests, of one length


def test_guessing_is_slowed_down_but_locks_nobody_out(tmp_path):
    with small(tmp_path, failed_tokens_per_minute=3) as admin, admin.client("") as guesser, admin.client() as client:
        codes = [guesser.get("/looks", headers={"authorization": f"Bearer {n}"}).status_code for n in range(6)]
        assert codes[:3] == [401] * 3
        assert codes[-1] == 429
        answer = guesser.get("/health", headers={"authorization": "Bearer x"})
        assert int(answer.headers["retry-after"]) > 0
        assert client.get("/looks").status_code == 200


def test_a_reader_looks_and_asks_only(reader, client):
    schema = client.get("/openapi.json").json()
    tried = 0
    for path, methods in schema["paths"].items():
        for method in methods:
            if method == "get" or path in ("/v1/ask", "/v1/logins", "/v1/logins/{login}"):
                continue
            answer = reader.request(method, re.sub(r"\{.*?\}", "1", path), json={})
            assert error(answer, 403)["name"] == "FORBIDDEN", (method, path)
            tried += 1
    assert tried >= 7
    override = {"x-http-method-override": "GET", "x-original-method": "GET"}
    assert error(reader.delete("/v1/sessions/1", headers=override), 403)
    assert error(reader.post("/v1/ask/../sessions/1/cancel"), 403)
    assert error(reader.delete("/v1/logins/../sessions/1"), 403)
    assert reader.post("/v1//logins", json={}).status_code in (403, 404)


def test_a_token_that_was_replaced_does_not_count_any_more(tmp_path):
    with small(tmp_path) as admin, admin.client("reader") as client:
        path = admin.data_dir / "reader-token"
        assert path.stat().st_mode & 0o777 == 0o600
        assert client.get("/looks").status_code == 200
        tokens_module.keep_token(path, anew=True)
        assert error(client.get("/looks"), 401)
        with admin.client("reader") as renewed:
            assert renewed.get("/looks").status_code == 200
            path.chmod(0o644)
            assert error(renewed.get("/looks"), 401)
            path.unlink()
            assert error(renewed.get("/looks"), 401)
            path.write_text("\n")
            path.chmod(0o600)
            assert error(renewed.get("/looks", headers={"authorization": "Bearer"}), 401)


# --- browsers


def test_other_hosts_are_refused(admin, client):
    """DNS rebinding: the name of the attacker's page resolves to this machine."""
    for host in (
        "evil.example",
        "evil.example:8307",
        "127.0.0.1.evil.example",
        "[::ffff:1.2.3.4]",
        "10.0.0.1",
        "",
        "a b",
    ):
        answer = talk(admin, head(admin, "GET", "/v1/status", "Connection: close", host=host or " "))
        assert answer.split()[1] in (b"421", b"400"), (host, answer)
    for path in ("/", "/health"):
        assert error(client.get(path, headers={"host": "evil.example"}), 421)
    for host in ("localhost", "localhost:1", "127.0.0.1", "127.1.2.3", "[::1]:8307", "LOCALHOST"):
        assert client.get("/v1/status", headers={"host": host}).status_code == 200, host
    twice = b"GET /health HTTP/1.1\r\nHost: localhost\r\nHost: evil.example\r\nConnection: close\r\n\r\n"
    assert talk(admin, twice).split()[1] == b"400"
    absolute = head(admin, "GET", "http://evil.example/v1/status", "Connection: close")
    assert talk(admin, absolute).split()[1] == b"404"


def test_further_hosts_of_the_settings(tmp_path):
    with small(tmp_path, hosts=("Ops.example",)) as admin, admin.client() as client:
        assert client.get("/health", headers={"host": "ops.example:443"}).status_code == 200
        assert error(client.get("/health", headers={"host": "x.ops.example"}), 421)


def test_what_a_foreign_page_can_send_does_nothing(admin, client):
    """Simple requests, which browsers send without asking, and preflights."""
    with admin.connect() as connection:
        number = connection.thread_id()
        origin = {"origin": "https://evil.example", "sec-fetch-site": "cross-site"}
        with admin.client("") as browser:
            for kind in ("text/plain", "application/x-www-form-urlencoded", "multipart/form-data; boundary=x"):
                headers = {**origin, "content-type": kind}
                for path in (f"/v1/sessions/{number}/cancel", "/v1/logins", "/v1/ask"):
                    assert error(browser.post(path, content=b"{}", headers=headers), 401)
            asks = {"access-control-request-method": "DELETE", "access-control-request-headers": "authorization"}
            preflight = browser.options(f"/v1/sessions/{number}", headers={**origin, **asks})
            assert preflight.status_code == 401
        plain = client.get("/v1/status", headers=origin)
        allowed = client.options("/v1/status", headers={**origin, **asks})
        assert allowed.status_code == 405
        assert "GET" in allowed.headers["allow"]
        for answer in (preflight, plain, allowed):
            assert not [name for name in answer.headers if name.startswith("access-control-")]
        with connection.cursor() as cursor:
            assert cursor.execute("SELECT 1")


def test_a_body_that_is_no_json_is_refused(client):
    for kind in ("text/plain", "application/x-www-form-urlencoded", "multipart/form-data; boundary=x"):
        content = b'{"user": "app", "password": "secret"}'
        assert error(client.post("/v1/logins", content=content, headers={"content-type": kind}), 422)


def test_every_answer_has_the_headers_of_a_page_that_trusts_nobody(admin, client):
    with admin.client("") as anybody:
        answers = [
            client.get("/v1/status"), client.get("/nothing"), anybody.get("/health"), anybody.get("/v1/status"),
            client.get("/health", headers={"host": "evil.example"}), client.post("/v1/ask", json={}), anybody.get("/"),
        ]  # fmt: skip
    for answer in answers:
        policy = answer.headers["content-security-policy"]
        assert "default-src 'self'" in policy
        assert "frame-ancestors 'none'" in policy
        assert "unsafe" not in policy
        assert answer.headers["x-content-type-options"] == "nosniff"
        assert answer.headers["referrer-policy"] == "no-referrer"
        assert "server" not in answer.headers
    assert answers[0].headers["cache-control"] == "no-store"


# --- paths and forms


@pytest.mark.parametrize(
    "path",
    [
        "/../admin-token", "/../../data/admin-token", "/%2e%2e/%2e%2e/etc/passwd", "/..%2f..%2fetc/passwd",
        "//etc/passwd", "/console/../server.py", "/index.html/../../../../etc/passwd", "/.\\..\\x", "/%00", "/guard.py",
        "/__init__.py",
    ],
)  # fmt: skip
def test_no_path_leads_to_a_file(admin, path):
    for role in ("", "admin"):
        answer = talk(admin, head(admin, "GET", path, "Connection: close", role=role))
        assert answer.split()[1] in (b"401", b"404"), answer
        assert b"root:" not in answer


def test_errors_have_one_form(admin, client):
    assert error(client.get("/v1/nothing"), 404)["name"] == "NOT_FOUND"
    answer = client.put("/v1/status")
    assert error(answer, 405)["name"] == "METHOD_NOT_ALLOWED"
    assert answer.headers["allow"]
    assert error(client.post("/v1/ask", content=b"{", headers={"content-type": "application/json"}), 422)
    assert error(client.post("/v1/ask", json={"login": "x", "question": "x", "admin": True}), 422)["message"] == (
        "body.admin: Extra inputs are not permitted"
    )
    deep = b"[" * 100_000
    assert error(client.post("/v1/ask", content=deep, headers={"content-type": "application/json"}), 400)
    assert error(client.post("/v1/ask", json={"login": "x", "question": "x"}), 404)
    lone = b'{"login": "x", "question": "\\ud800"}'
    answer = client.post("/v1/ask", content=lone, headers={"content-type": "application/json"})
    assert answer.status_code in (404, 422)
    assert "Traceback" not in admin.gateway.log_text()


def test_what_is_no_http(admin, client):
    for data in (
        b"\0\1\2\3\r\n\r\n",
        b"GET / HTTP/1.1\r\n\r\n",
        b"\x16\x03\x01\x02\x00\x01\x00\x01\xfc\x03\x03" + b"\r\n" * 20,
    ):
        answer = talk(admin, data)
        assert answer.split()[1] == b"400", answer
        assert json.loads(answer.partition(b"\r\n\r\n")[2])["error"]["code"] == 400
    smuggled = head(admin, "POST", "/v1/logins", "Content-Length: 4", "Transfer-Encoding: chunked") + b"0\r\n\r\nGET / "
    answer = talk(admin, smuggled)
    assert answer.split()[1] == b"400"
    assert answer.count(b"HTTP/1.1 ") == 1
    upgrade = ("Connection: Upgrade", "Upgrade: websocket", "Sec-WebSocket-Version: 13", "Sec-WebSocket-Key: eHh4")
    with contextlib.closing(admin.raw(head(admin, "GET", "/v1/status", *upgrade))) as connection:
        assert b" 101 " not in connection.recv(4096)
    assert client.get("/health").status_code == 200


# --- size and pace


def test_large_heads_are_refused(admin):
    answer = talk(admin, head(admin, "GET", "/health", "Connection: close", "X: " + "x" * 20_000))
    assert answer.split()[1] == b"431"
    endless = b"GET /health HTTP/1.1\r\n" + b"X: y\r\n" * 4000
    assert talk(admin, endless).split()[1] == b"400"


def test_large_bodies_are_refused_before_they_are_read(admin, client):
    answer = talk(
        admin, head(admin, "POST", "/v1/logins", "Content-Type: application/json", "Content-Length: 99999999999")
    )
    assert answer.split()[1] == b"413"
    for length in ("-1", "1e9", "x", "9" * 5000):
        answer = talk(admin, head(admin, "POST", "/v1/logins", f"Content-Length: {length}"))
        assert answer.split()[1] in (b"400", b"413"), (length, answer)
    with_null = head(admin, "POST", "/v1/logins", "Content-Type: application/json", "Transfer-Encoding: chunked")
    with contextlib.closing(admin.raw(with_null)) as connection, contextlib.suppress(ConnectionError):
        sent = 0
        while sent < 64 << 20:  # it must stop us long before that
            connection.sendall(b"10000\r\n" + b"x" * 65536 + b"\r\n")
            sent += 65536
    assert sent < 32 << 20
    answer = client.post(
        "/v1/logins", content=(b" " * 65536 for _ in range(17)), headers={"content-type": "application/json"}
    )
    assert error(answer, 413)


def test_files_may_be_larger_than_other_bodies(tight):
    with tight.client() as client:
        assert client.post("/v1/knowledge", json={"name": "notes"}).status_code == 201
        path = "/v1/knowledge/notes/documents"
        assert client.post(path, files={"file": ("a.txt", b"word " * 15_000)}).status_code == 202
        assert error(client.post(path, files={"file": ("a.txt", b"word " * 30_000)}), 413)
        assert error(client.put(path, files={"file": ("a.txt", b"word " * 15_000)}), 413)
        assert error(client.post("/v1/knowledge", json={"name": "x" * 20_000}), 413)
        begin = b'--x\r\nContent-Disposition: form-data; name="file"; filename="a.txt"\r\n\r\n'
        body = (begin if number == 0 else b"x" * 1000 for number in range(200))  # of a length that is not said
        headers = {"content-type": "multipart/form-data; boundary=x"}
        assert error(client.post(path, content=body, headers=headers), 413)


def test_slow_bodies_are_given_up(tmp_path):
    lines = ("Content-Type: application/json", "Content-Length: 1000000")
    with small(tmp_path, body_timeout_s=0.3) as admin:
        with contextlib.closing(admin.raw(head(admin, "POST", "/reads", *lines))) as connection:
            dripping(connection)
            assert connection.recv(65536).split()[1] == b"408"
        with contextlib.closing(admin.raw(head(admin, "POST", "/reads", *lines))) as connection:
            assert connection.recv(65536).split()[1] == b"408"  # nothing came at all
        with admin.client() as client:
            assert client.post("/reads", json="x" * 1000).json() == {"bytes": 1002}


def dripping(connection):
    """Send a byte again and again, until the other side has enough."""

    def drip():
        with contextlib.suppress(OSError):
            while not stop.wait(0.02):
                connection.sendall(b" ")

    stop = threading.Event()
    threading.Thread(target=drip, daemon=True).start()


def test_requests_are_rationed_for_each_token(tmp_path):
    with small(tmp_path, requests_per_s=0.01) as admin, contextlib.ExitStack() as stack:
        anybody, client, reader = (stack.enter_context(admin.client(role)) for role in ("", "admin", "reader"))
        codes = [anybody.get("/health").status_code for _ in range(2)]
        assert codes == [200, 429]
        assert client.get("/health").status_code == 200  # those without a token do not use up the token's
        assert reader.get("/health").status_code == 200
        assert error(client.get("/health"), 429)


def test_streams_left_open_hold_nothing_up(admin, client):
    """Many clients that ask and do not read: everybody else is served."""
    logins = [log_in(client) for _ in range(4)]
    with contextlib.ExitStack() as stack:
        for login in logins:
            body = json.dumps({"login": login, "question": "name and price of products", "limit": 900_000}).encode()
            lines = ("Content-Type: application/json", f"Content-Length: {len(body)}")
            connection = stack.enter_context(contextlib.closing(admin.raw()))
            connection.setsockopt(socket.SOL_SOCKET, socket.SO_RCVBUF, 4096)
            connection.sendall(head(admin, "POST", "/v1/ask", *lines) + body)
            assert connection.recv(12) == b"HTTP/1.1 200"  # from now on it reads no more
        assert error(client.post("/v1/ask", json={"login": logins[0], "question": "x"}), 409)
        with admin.client("reader") as reader:
            assert dict(ask(reader, log_in(reader), "how many products"))["done"]["rows"] == 1
    for login in logins:  # once their client has left, they are free again, or closed
        question = {"login": login, "question": "x"}
        eventually(lambda asked=question: client.post("/v1/ask", json=asked).status_code in (200, 404))
