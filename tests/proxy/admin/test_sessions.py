"""Sessions: seen, cancelled, ended."""

import threading
import time

import pymysql
import pytest

from tests.proxy.admin.conftest import error, eventually, log_in


def session_of(client, number):
    return next((s for s in client.get("/v1/sessions").json()["sessions"] if s["id"] == number), None)


def in_background(connection, sql):
    """Run ``sql`` in a thread; gives where its outcome will be."""
    outcome = []

    def work():
        try:
            with connection.cursor() as cursor:
                cursor.execute(sql)
                outcome.append(cursor.fetchall())
        except pymysql.MySQLError as failure:
            outcome.append(failure)

    threading.Thread(target=work, daemon=True).start()
    return outcome


def stop(client, number, outcome):
    """Cancel until it has ended: before it begins there is nothing to cancel."""
    rights = {"askwire-login": log_in(client)}
    deadline = time.monotonic() + 20
    while not outcome:
        assert time.monotonic() < deadline, "it goes on"
        client.post(f"/v1/sessions/{number}/cancel", headers=rights)
        time.sleep(0.05)


def test_an_idle_session(admin, client):
    with admin.connect() as connection:
        number = connection.thread_id()
        eventually(lambda: session_of(client, number) is not None)
        found = session_of(client, number)
        assert (found["user"], found["database"], found["state"]) == ("app", "shop", "idle")
        assert found["peer"].startswith("127.0.0.1:")
        assert found["statement"] is None
        assert client.post(f"/v1/sessions/{number}/cancel").json() == {"cancelled": False}
        with connection.cursor() as cursor:
            cursor.execute("SELECT 1")
        assert client.delete(f"/v1/sessions/{number}").json() == {"ended": True}
        with pytest.raises(pymysql.MySQLError), connection.cursor() as cursor:
            cursor.execute("SELECT 1")
        eventually(lambda: session_of(client, number) is None)


def test_an_ask_is_seen_and_cancelled(admin, client):
    with admin.connect() as connection:
        number = connection.thread_id()
        outcome = in_background(connection, "ASK 'number of orders and customers'")
        eventually(
            lambda: (
                outcome or (session_of(client, number) or {}).get("statement") == "ASK 'number of orders and customers'"
            )
        )
        assert not outcome, outcome
        found = session_of(client, number)
        assert found["state"] == "answering"
        assert found["seconds"] >= 0
        stop(client, number, outcome)
        assert isinstance(outcome[0], pymysql.MySQLError)
        assert outcome[0].args[0] == 1317
        with connection.cursor() as cursor:  # the session stays
            cursor.execute("SELECT 1")


def test_what_the_database_works_on_takes_rights(admin, client):
    with admin.connect() as connection:
        number = connection.thread_id()
        outcome = in_background(connection, "SELECT SLEEP(30)")
        eventually(lambda: (session_of(client, number) or {}).get("state") == "running")
        path = f"/v1/sessions/{number}/cancel"
        assert error(client.post(path), 403)["code"] == 1095
        other = {"askwire-login": log_in(client, "reader")}
        assert error(client.post(path, headers=other), 403)["code"] == 1095  # the database says no
        assert error(client.post(path, headers={"askwire-login": "x"}), 404)
        own = {"askwire-login": log_in(client)}
        assert client.post(path, headers=own).json() == {"cancelled": True}
        eventually(lambda: bool(outcome))
        with connection.cursor() as cursor:
            cursor.execute("SELECT 1")


def test_ending_a_session_that_the_database_works_for(admin, client, mariadb):
    with admin.connect() as connection:
        number = connection.thread_id()
        outcome = in_background(connection, "SELECT SLEEP(30)")
        eventually(lambda: (session_of(client, number) or {}).get("state") == "running")
        own = {"askwire-login": log_in(client)}
        assert client.delete(f"/v1/sessions/{number}", headers=own).json() == {"ended": True}
        eventually(lambda: bool(outcome))
        assert isinstance(outcome[0], pymysql.MySQLError)
        eventually(lambda: str(number) not in mariadb.run_sql("SELECT ID FROM information_schema.PROCESSLIST").split())


def test_one_that_is_not_there(client):
    assert error(client.delete("/v1/sessions/4294967295"), 404)["code"] == 1094
    assert error(client.post("/v1/sessions/4294967295/cancel"), 404)["code"] == 1094
    assert error(client.delete("/v1/sessions/x"), 422)["message"].startswith("path.id")


def test_cancelling_many_times_leaves_the_session_in_step(admin, client):
    with admin.connect() as connection:
        number = connection.thread_id()
        for _ in range(3):
            outcome = in_background(connection, "ASK 'number of orders and customers'")
            stop(client, number, outcome)
            with connection.cursor() as cursor:
                cursor.execute("SELECT 41 + 1")
                assert cursor.fetchone() == (42,)
