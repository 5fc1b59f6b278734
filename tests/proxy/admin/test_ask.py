"""Log-ins and questions, with the real database and a scripted model."""

import contextlib
import json
import threading

import httpx
import pymysql
import pytest

from tests.proxy.admin.conftest import admin_of, ask, error, events, eventually, log_in


def by_name(found):
    """The last of each event."""
    return dict(found)


def processes(mariadb):
    return mariadb.run_sql("SELECT INFO FROM information_schema.PROCESSLIST WHERE INFO IS NOT NULL")


def test_rows(client, login):
    found = ask(client, login, "how many products")
    assert [name for name, _ in found] == ["started", "columns", "rows", "notes", "done"]
    said = by_name(found)
    assert said["columns"] == [{"name": "n", "kind": "integer"}]
    [[count]] = said["rows"]
    assert count > 0
    assert said["notes"][0] == {"level": "Note", "code": 57000, "message": said["notes"][0]["message"]}
    assert said["done"]["rows"] == 1
    assert said["done"]["sql"].startswith("SELECT COUNT(*)")
    assert 0 < said["done"]["confidence"] <= 1
    assert said["done"]["seconds"] > 0


@pytest.mark.parametrize("mode", ["sql", "why", "trace"])
def test_other_modes(client, login, mode):
    said = by_name(ask(client, login, "how many products", mode=mode))
    assert said["rows"]
    assert "done" in said


def test_an_error_is_an_event(client, login):
    said = by_name(ask(client, login, "qqq zzz"))
    assert said["error"]["code"] == 57006
    assert "done" not in said
    assert by_name(ask(client, login, "how many products"))["done"]["rows"] == 1


def test_what_a_question_holds_stays_in_it(client, login):
    for question in ("it's \\' how many products", "how many products' USING nobody LIMIT 0 -- ", '\\"', "%s %d {x}"):
        said = by_name(ask(client, login, question, mode="sql"))
        code = said.get("error", {}).get("code")
        assert code != 57001, said  # no syntax error: it was one string
    assert by_name(ask(client, login, "how many products", model="nobody'; DROP"))["error"]["code"] == 57013
    entries = client.get("/v1/history").json()["entries"]
    assert any(entry["question"] == "it's \\' how many products" for entry in entries)


def test_many_rows_come_in_pieces(client, login):
    found = ask(client, login, "name and price of products", limit=3000)
    batches = [rows for name, rows in found if name == "rows"]
    assert len(batches) > 1
    assert sum(map(len, batches)) == by_name(found)["done"]["rows"] == 3000
    assert [column["kind"] for column in by_name(found)["columns"]] == ["text", "text", "decimal"]


def test_rights_are_the_accounts_own(client):
    login = log_in(client, "nobody", "")
    assert by_name(ask(client, login, "how many products"))["error"]["code"] in (57009, 57010)


def test_credentials_that_are_wrong(admin, client):
    body = {"user": "app", "password": "sesame", "database": "shop"}
    answer = client.post("/v1/logins", json=body)
    assert error(answer, 403)["code"] == 1045
    assert "sesame" not in answer.text
    assert "sesame" not in admin.gateway.log_text()
    assert error(client.post("/v1/logins", json={"user": "app", "password": "secret", "database": "no"}), 403)
    assert error(client.post("/v1/logins", json={"user": ""}), 422)
    assert error(client.post("/v1/logins", json={"user": "a", "pasword": "x"}), 422)["message"].startswith("body.pas")


def test_one_statement_at_a_time(client, login):
    with client.stream(
        "POST", "/v1/ask", json={"login": login, "question": "number of orders and customers"}
    ) as response:
        incoming = events(response)
        assert next(incoming)[0] == "started"
        again = client.post("/v1/ask", json={"login": login, "question": "x"})
        assert error(again, 409)["message"]


def test_leaving_stops_the_statement(client, login, mariadb):
    with client.stream(
        "POST", "/v1/ask", json={"login": login, "question": "number of orders and customers"}
    ) as response:
        incoming = events(response)
        assert next(incoming)[0] == "started"
        eventually(lambda: "orders" in processes(mariadb))
    eventually(lambda: "orders" not in processes(mariadb))
    # The log-in is there again, with its connection in step.
    assert by_name(ask(client, login, "how many products"))["done"]["rows"] == 1


def test_leaving_in_the_middle_of_the_rows(client, login):
    body = {"login": login, "question": "name and price of products", "limit": 200_000}
    with client.stream("POST", "/v1/ask", json=body) as response:
        for name, _ in events(response):
            if name == "rows":
                break
    assert by_name(ask(client, login, "how many products"))["done"]["rows"] == 1


def test_logging_out_stops_the_statement(client, mariadb):
    login = log_in(client)
    found = []
    thread = threading.Thread(target=lambda: found.extend(ask(client, login, "number of orders and customers")))
    thread.start()
    eventually(lambda: "orders" in processes(mariadb))
    assert client.delete(f"/v1/logins/{login}").json() == {"closed": True}
    thread.join(20)
    assert found[-1][0] == "error"
    assert error(client.delete(f"/v1/logins/{login}"), 404)


def test_a_log_in_belongs_to_its_role(client, reader):
    mine = log_in(reader)
    assert error(client.post("/v1/ask", json={"login": mine, "question": "x"}), 404)
    assert error(client.delete(f"/v1/logins/{mine}"), 404)
    assert by_name(ask(reader, mine, "how many products"))["done"]["rows"] == 1
    for guess in ("", "x", mine[:-1], mine + "x", "../" + mine):
        answer = reader.post("/v1/ask", json={"login": guess, "question": "x"})
        assert answer.status_code in (404, 422)


def test_passwords_that_fail_are_slowed_down(tight):
    with tight.client("reader") as client:
        wrong = {"user": "app", "password": "x"}
        codes = [client.post("/v1/logins", json=wrong).status_code for _ in range(4)]
        assert codes[:2] == [403, 403]
        assert codes[-1] == 429


def test_without_tls(tight):
    with tight.client() as client:
        assert client.delete(f"/v1/logins/{log_in(client)}").json() == {"closed": True}


def test_only_the_gateways_own_certificate_is_trusted(gateway_factory, mariadb, tmp_path):
    certificates = mariadb.certificates
    tls = {"client": "required", "certificate": str(certificates.certificate), "key": str(certificates.key)}
    with admin_of(gateway_factory(tls=tls, admin={"listen": "127.0.0.1:0"})) as admin, admin.client() as client:
        assert client.delete(f"/v1/logins/{log_in(client)}").json() == {"closed": True}


def test_a_gateway_that_ends_closes_what_streams(gateway_factory, model_url, mariadb):
    house = {"engine": "openai", "url": model_url, "model": "m"}
    settings = {"model": {"name": "house"}, "models": {"house": house}, "drain_timeout_s": 0.1}
    with admin_of(gateway_factory(admin={"listen": "127.0.0.1:0"}, **settings)) as admin, admin.client() as client:
        body = {"login": log_in(client), "question": "number of orders and customers"}
        with client.stream("POST", "/v1/ask", json=body) as response:
            incoming = events(response)
            assert next(incoming)[0] == "started"
            eventually(lambda: "orders" in processes(mariadb))  # the database has it, and would not end soon
            admin.gateway.stop()  # asserts a clean end
            with contextlib.suppress(httpx.TransportError):
                assert "done" not in [name for name, _ in incoming]


def test_big_and_odd_values(client, mariadb):
    mariadb.run_sql(
        "CREATE TABLE scratch.admin_odd (id BIGINT UNSIGNED, r DOUBLE, d DATE, b VARBINARY(8), t TIME, x LONGTEXT);"
        "INSERT INTO scratch.admin_odd VALUES (18446744073709551615, 0.5, '2026-01-02', x'00ff', '-12:00:01',"
        " REPEAT('x', 100000)), (NULL, NULL, NULL, NULL, NULL, NULL)"
    )
    login = log_in(client, database="scratch")
    sql = "SELECT id, r, d, b, t, x FROM admin_odd"
    new = {"login": login, "question": "show the admin odd table", "sql": sql}
    assert client.put("/v1/queries/odd", json=new).json() == {"name": "odd"}
    said = by_name(ask(client, login, "show the admin odd table"))
    full, empty = said["rows"]
    assert full[:5] == ["18446744073709551615", 0.5, "2026-01-02", "0x00ff", "-12:00:01"]
    assert len(full[5]) == 65537
    assert empty == [None] * 6
    kinds = [column["kind"] for column in said["columns"]]
    assert kinds == ["integer", "real", "date", "text", "time", "text"]
    assert client.delete("/v1/queries/odd", params={"database": "scratch"}).json() == {"deleted": True}
    mariadb.run_sql("DROP TABLE scratch.admin_odd")
    assert json.dumps(said)


def test_pymysql_never_reads_files_of_this_machine(admin):
    """An upstream may ask a client for a file (LOCAL INFILE); the connections made here refuse."""
    from proxy.admin.connection import Credentials, Listener

    listener = Listener(admin.gateway.host, admin.gateway.port, None)
    connection = listener.connect(Credentials("app", "secret", "scratch"))
    refused = pytest.raises((RuntimeError, pymysql.MySQLError))
    with contextlib.closing(connection), refused, connection.cursor() as cursor:
        cursor.execute("LOAD DATA LOCAL INFILE '/etc/passwd' INTO TABLE nowhere")


def test_a_method_of_logging_in_that_is_not_known_here_is_a_denial(admin, client, mariadb):
    """MariaDB's ed25519, which it also asks for where there is no such user."""
    if not mariadb.has_ed25519:
        pytest.skip("this MariaDB has no ed25519")
    answer = client.post("/v1/logins", json={"user": "keyed", "password": "secret", "database": "shop"})
    assert error(answer, 403)["code"] == 1251
