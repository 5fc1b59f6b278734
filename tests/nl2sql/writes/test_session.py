"""A person's session: a change is asked for, looked at, and confirmed."""

import json
from collections.abc import Callable

import pytest

from plugins import ErrorCode
from tests.nl2sql.writes.conftest import Client

PAY = "UPDATE bills SET status = 'paid' WHERE id = 7"
Written = Callable[[str], str]


def test_an_update(writer: Client, direct: Client, written: Written) -> None:
    shown = writer.rehearse(written(PAY))
    assert shown["statement"] == "UPDATE `bills` SET `status` = 'paid' WHERE id = 7"
    assert shown["rows"] == "1"
    assert shown["confirm"] == "CONFIRM 1"
    assert shown["valid"].startswith("300 seconds")
    assert [(k, json.loads(b), json.loads(a)) for k, b, a in shown["row"]] == [
        ("id = 7", {"status": "open"}, {"status": "paid"})
    ]
    assert shown["also"] == ["the trigger bills_audit runs after each row"]
    assert "Nothing has changed yet: CONFIRM 1" in writer.notes()
    assert direct.run("SELECT status FROM bills WHERE id = 7") == [("open",)]
    assert direct.run("SELECT COUNT(*) FROM audit") == [(0,)]
    assert writer.change("CONFIRM 1") == 1
    assert writer.notes()[0] == f"SQL: {shown['statement']}"
    assert direct.run("SELECT status FROM bills ORDER BY id") == [("open",), ("paid",), ("paid",)]
    assert direct.run("SELECT bill FROM audit") == [(7,)]
    assert writer.refused("CONFIRM 1") == ErrorCode.NOTHING_TO_CONFIRM.number
    history = writer.run("SHOW AI HISTORY LIMIT 2")
    assert [(row[3], row[6], row[7]) for row in history] == [("confirm", "ok", 1), ("rows", "rehearsed", 1)]


def test_a_delete_shows_what_goes_and_what_follows(writer: Client, direct: Client, written: Written) -> None:
    shown = writer.rehearse(written("DELETE FROM clients WHERE name = 'Bob'"))
    assert [(k, json.loads(b), a) for k, b, a in shown["row"]] == [
        ("id = 2", {"id": "2", "name": "Bob", "city": "Bern"}, None)
    ]
    assert shown["also"] == ["rows of bills that refer to these follow, uncounted: ON DELETE CASCADE"]
    assert direct.run("SELECT COUNT(*) FROM bills") == [(3,)]
    assert writer.change(shown["confirm"]) == 1
    assert direct.run("SELECT id FROM bills") == [(6,)]


@pytest.mark.parametrize(
    ("sql", "keys"),
    [
        ("INSERT INTO clients (name) VALUES ('Dee'), ('Eve')", None),
        ("INSERT INTO clients (id, name) VALUES (50, 'Dee'), (51, 'Eve')", ["id = 50", "id = 51"]),
        ("INSERT INTO clients (name) SELECT status FROM bills WHERE client_id = 2", None),
    ],
)
def test_an_insert(writer: Client, direct: Client, written: Written, sql: str, keys: list[str] | None) -> None:
    writer.run("INSERT INTO clients (name) VALUES ('Zed')")
    last = writer.run("SELECT LAST_INSERT_ID()")
    shown = writer.rehearse(written(sql))
    assert shown["rows"] == "2"
    assert [json.loads(after)["city"] for _, _, after in shown["row"]] == ["Bern", "Bern"]
    assert keys is None or [key for key, _, _ in shown["row"]] == keys
    assert direct.run("SELECT COUNT(*) FROM clients") == [(4,)]
    assert writer.run("SELECT LAST_INSERT_ID()") == last
    assert writer.change(shown["confirm"]) == 2
    assert direct.run("SELECT COUNT(*) FROM clients") == [(6,)]


def test_a_key_of_two_columns(writer: Client, direct: Client, written: Written) -> None:
    shown = writer.rehearse(written("UPDATE stock SET pieces = pieces + 1 WHERE item = 'nut'"))
    assert [key for key, _, _ in shown["row"]] == ["shelf = 1, item = nut", "shelf = 2, item = nut"]
    assert [json.loads(after) for _, _, after in shown["row"]] == [{"pieces": "6"}, {"pieces": "1"}]
    assert writer.change(shown["confirm"]) == 2


def test_only_in_its_own_session(writer: Client, connect: Callable[..., Client], written: Written) -> None:
    other = connect()
    shown = writer.rehearse(written(PAY))
    assert other.refused(shown["confirm"]) == ErrorCode.NOTHING_TO_CONFIRM.number
    writer.raw.select_db("information_schema")
    assert writer.refused(shown["confirm"]) == ErrorCode.NOTHING_TO_CONFIRM.number


def test_it_is_off_unless_asked_for(connect: Callable[..., Client], direct: Client, written: Written) -> None:
    client = connect(writes="off")
    assert client.refused(f"ASK '{written(PAY)}'") == ErrorCode.REFUSED.number
    client.run("SET ASK writes = 'rehearse'")
    client.rehearse(written(PAY))
    client.run("SET ASK writes = default")
    assert client.refused(f"ASK '{written(PAY)}'") == ErrorCode.REFUSED.number
    assert client.refused("SET ASK writes = 'on'") == ErrorCode.BAD_OPTION_VALUE.number


def test_questions_are_answered_as_ever(writer: Client, answers: dict[str, str], written: Written) -> None:
    written("SELECT COUNT(*) AS n FROM bills")
    assert writer.run("ASK 'the number of bills'") == [(3,)]
    assert writer.refused("ASK 'set bill number'") == ErrorCode.REFUSED.number
    assert writer.refused("ASK WHY 'set bill number'") == ErrorCode.REFUSED.number


def test_ask_sql_tries_nothing(writer: Client, written: Written) -> None:
    assert writer.run(f"ASK SQL '{written(PAY)}'")[0][:2] == (
        "UPDATE `bills` SET `status` = 'paid' WHERE id = 7",
        "bills",
    )
    assert writer.refused("CONFIRM 1") == ErrorCode.NOTHING_TO_CONFIRM.number


def test_confirm_is_the_databases_where_it_is_no_number(writer: Client) -> None:
    assert writer.refused("CONFIRM") == 1064
    assert writer.refused("CONFIRM ALL") == 1064
    assert writer.refused("CONFIRM 1 2") == 1064
