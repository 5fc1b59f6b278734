"""Health, readiness, status, settings and metrics."""

import contextlib
import socket

import pytest
from prometheus_client.parser import text_string_to_metric_families

from tests.proxy.admin.conftest import admin_of, ask, error, eventually, log_in


def samples(client):
    families = text_string_to_metric_families(client.get("/metrics").text)
    return {(s.name, tuple(sorted(s.labels.items()))): s.value for family in families for s in family.samples}


def test_health_and_readiness_need_no_token(admin):
    with admin.client("") as anybody:
        assert anybody.get("/health").json() == {"status": "ok"}
        assert anybody.get("/ready").json() == {"status": "ready"}
        assert anybody.head("/health").content == b""


def test_not_ready_without_the_upstream(gateway_factory):
    with contextlib.closing(socket.socket()) as taken:
        taken.bind(("127.0.0.1", 0))  # nobody listens there, and nobody else takes it
        upstream = f"mysql://127.0.0.1:{taken.getsockname()[1]}"
        with (
            admin_of(gateway_factory(upstream=upstream, admin={"listen": "127.0.0.1:0"})) as admin,
            admin.client("") as c,
        ):
            assert "2003" in error(c.get("/ready"), 503)["message"]
            assert c.get("/health").status_code == 200


@pytest.fixture(scope="module")
def files(gateway_factory, tmp_path_factory):
    """A gateway before a file, whose settings hold secrets."""
    table = tmp_path_factory.mktemp("files") / "t.csv"
    table.write_text("a,b\n1,2\n")
    url = "http://user:sesame@127.0.0.1:1/v1?key=sesame"
    house = {"engine": "openai", "url": url, "model": "m", "api_key": "sesame"}
    vllm = {"engine": "vllm", "path": "/x", "args": ["--api-key", "sesame", "--hf-token=sesame", "--seed", "1"]}
    settings = {"model": {"name": "house"}, "models": {"house": house, "big": vllm}, "knowledge": {"embedder": "none"}}
    upstream = {"upstream": "", "files": [str(table)]}
    with admin_of(gateway_factory(**upstream, admin={"listen": "127.0.0.1:0"}, **settings)) as made:
        yield made


def test_a_file_upstream_is_ready(files):
    with files.client() as c:
        assert c.get("/ready").status_code == 200
        login = c.post("/v1/logins", json={"user": "anyone", "database": "files"}).json()
        assert login["account"].startswith("anyone@")
        [session] = c.get("/v1/sessions").json()["sessions"]
        assert session["user"] == "anyone"
        assert c.delete(f"/v1/sessions/{session['id']}").json() == {"ended": True}


def test_secrets_of_the_settings_are_masked(files):
    with files.client() as client:
        answer = client.get("/v1/settings")
        assert "sesame" not in answer.text
        shown = answer.json()["settings"]
        assert shown["models"]["house"]["model"] == "m"
        assert shown["models"]["big"]["args"] == ["--api-key", "***", "--hf-token=***", "--seed", "1"]
        assert shown["ask"]["limit"] == 1000
        assert client.get("/v1/models").json()["models"][0]["name"]


def test_readiness_does_not_get_the_host_blocked(admin, mariadb, client):
    """A probe that broke off its log-in would count towards max_connect_errors."""
    before = mariadb.run_sql("SHOW GLOBAL STATUS LIKE 'Connection_errors%'")
    assert client.get("/ready").status_code == 200
    assert mariadb.run_sql("SHOW GLOBAL STATUS LIKE 'Connection_errors%'") == before


def test_status(admin, client, reader):
    with admin.connect():
        eventually(lambda: client.get("/v1/status").json()["sessions"] >= 1)
        found = client.get("/v1/status").json()
    assert found["upstream"].startswith("mysql://")
    assert found["role"] == "admin"
    assert reader.get("/v1/status").json()["role"] == "reader"
    names = {item["name"] for item in found["items"]}
    assert {"gateway.uptime_s", "ask.statements"} <= names


def test_metrics_have_help_and_count(admin, client, login):
    before = samples(client)
    ask(client, login, "how many products")
    after = samples(client)
    key = "askwire_statements_total", (("name", "ask"), ("outcome", "answered"))
    assert after[key] == before.get(key, 0) + 1
    assert after["askwire_statement_seconds_count", (("name", "ask"),)] >= 1
    assert after["askwire_sessions", ()] >= 1
    assert after["askwire_admin_logins", ()] >= 1
    text = client.get("/metrics").text
    assert all(line.split(" ", 3)[3] for line in text.splitlines() if line.startswith("# HELP"))
    assert "_created" not in text
    assert 'askwire_build_info{python="3.' in text


def test_several_workers_are_one(gateway_factory):
    with contextlib.closing(socket.socket()) as free:
        free.bind(("127.0.0.1", 0))
        listen = f"127.0.0.1:{free.getsockname()[1]}"
    with admin_of(gateway_factory(workers=3, listen=listen, admin={"listen": "127.0.0.1:0"})) as admin:
        eventually(lambda: admin.gateway.log_text().count("listening on") == 3)
        with contextlib.ExitStack() as stack, admin.client() as client:
            clients = [stack.enter_context(admin.connect()) for _ in range(12)]
            eventually(lambda: client.get("/v1/status").json()["sessions"] == 12)
            ids = {session["id"] for session in client.get("/v1/sessions").json()["sessions"]}
            assert ids == {each.thread_id() for each in clients}
            found = samples(client)
            assert found["askwire_sessions", ()] == 12
            assert [v for (name, _), v in found.items() if name == "askwire_build_info"] == [1]
            for number in ids:  # whichever worker has it
                assert client.delete(f"/v1/sessions/{number}").json() == {"ended": True}
            eventually(lambda: client.get("/v1/status").json()["sessions"] == 0)
            login = log_in(client)
            assert [name for name, _ in ask(client, login, "x", mode="trace")][-1] in ("error", "done")
