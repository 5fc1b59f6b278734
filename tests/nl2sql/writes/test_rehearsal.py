"""Whatever ends a rehearsal, the session and the data are as they were."""

import threading
import time
from collections.abc import Callable

import pytest

from plugins import ErrorCode
from tests.nl2sql.writes.conftest import Client

PAY = "UPDATE bills SET status = 'paid' WHERE id = 7"
STATE = "SELECT @@autocommit, @@in_transaction, @@tx_read_only, @@innodb_lock_wait_timeout, @@sql_select_limit"
Written = Callable[[str], str]


def open_transactions(direct: Client) -> int:
    return int(direct.run("SELECT COUNT(*) FROM information_schema.INNODB_TRX")[0][0])


def wait_until(condition: Callable[[], bool]) -> None:
    deadline = time.monotonic() + 30
    while not condition():
        assert time.monotonic() < deadline, "did not happen"
        time.sleep(0.2)  # InnoDB shows nothing new to who asks more often


def test_the_session_is_as_it_was(writer: Client, direct: Client, written: Written) -> None:
    question = written(PAY)
    writer.run("SET innodb_lock_wait_timeout = 7")
    before = writer.run(STATE)
    writer.rehearse(question)
    assert writer.run(STATE) == before
    assert open_transactions(direct) == 0
    assert writer.change("CONFIRM 1") == 1
    assert writer.run(STATE) == before
    assert open_transactions(direct) == 0


def test_table_locks_stay(writer: Client, direct: Client, written: Written) -> None:
    question = written("UPDATE many SET v = 1 WHERE id = 7")
    writer.rehearse(question)
    writer.run("LOCK TABLES many WRITE, bills READ, audit READ, clients READ")
    shown = writer.rehearse(question)
    assert writer.refused("SELECT 1 FROM stock") == 1100
    direct.run("SET STATEMENT lock_wait_timeout = 1 FOR SELECT 1")
    assert writer.change(shown["confirm"]) == 1
    assert writer.refused("SELECT 1 FROM stock") == 1100
    writer.run("UNLOCK TABLES")
    assert direct.run("SELECT v FROM many WHERE id = 7") == [(1,)]


def test_inside_a_transaction(writer: Client, direct: Client, written: Written) -> None:
    writer.run("BEGIN")
    writer.run("UPDATE bills SET total = 99 WHERE id = 6")
    shown = writer.rehearse(written(PAY))
    assert writer.run("SELECT status, total FROM bills WHERE id IN (6, 7) ORDER BY id") == [
        ("open", 99),
        ("open", 20.5),
    ]
    assert writer.change(shown["confirm"]) == 1
    assert "Your transaction is still open: COMMIT or ROLLBACK decides" in writer.notes()
    assert direct.run("SELECT status FROM bills WHERE id = 7") == [("open",)]
    writer.run("ROLLBACK")
    assert direct.run("SELECT status, total FROM bills WHERE id = 7") == [("open", 20.5)]
    writer.run("BEGIN")
    writer.run("UPDATE bills SET total = 99 WHERE id = 6")
    assert writer.change(writer.rehearse(written(PAY))["confirm"]) == 1
    writer.run("COMMIT")
    assert direct.run("SELECT status, total FROM bills ORDER BY id LIMIT 2") == [("open", 99), ("paid", 20.5)]


def test_without_autocommit(connect: Callable[..., Client], direct: Client, written: Written) -> None:
    client = connect(autocommit=False)
    shown = client.rehearse(written(PAY))
    assert client.run("SELECT @@autocommit") == [(0,)]
    assert client.change(shown["confirm"]) == 1
    assert "Your transaction is still open: COMMIT or ROLLBACK decides" in client.notes()
    assert direct.run("SELECT status FROM bills WHERE id = 7") == [("open",)]
    client.raw.commit()
    assert direct.run("SELECT status FROM bills WHERE id = 7") == [("paid",)]


def test_a_read_only_transaction_of_the_caller(writer: Client, written: Written) -> None:
    question = written(PAY)
    writer.run("START TRANSACTION READ ONLY")
    assert writer.refused(f"ASK '{question}'") == 1792
    writer.run("COMMIT")
    writer.run("SET SESSION TRANSACTION READ ONLY")
    assert writer.refused(f"ASK '{question}'") == 1792
    assert writer.run("SELECT @@autocommit, @@tx_read_only") == [(1, 1)]


def test_a_row_that_another_holds(writer: Client, direct: Client, written: Written) -> None:
    question = written(PAY)
    before = writer.run(STATE)
    direct.run("BEGIN")
    direct.run("UPDATE bills SET total = 1 WHERE id = 7")
    assert writer.refused(f"ASK '{question}'") == 1205
    assert writer.run(STATE) == before
    direct.run("ROLLBACK")
    assert writer.rehearse(question)["rows"] == "1"


def start_slowly(writer: Client, direct: Client, question: str) -> tuple[threading.Thread, list[Exception]]:
    """The rehearsal is in the middle of its UPDATE, which has changed the row and goes on for as long as it may."""
    errors: list[Exception] = []

    def ask() -> None:
        try:
            writer.run(f"ASK '{question}'")
        except Exception as error:
            errors.append(error)

    thread = threading.Thread(target=ask)
    thread.start()
    own = f"SELECT COUNT(*) FROM information_schema.PROCESSLIST WHERE ID = {writer.raw.thread_id()}"
    running = "(INFO LIKE '%DO SLEEP%' OR INFO LIKE '%UPDATE `slow`%')"
    wait_until(lambda: direct.run(f"{own} AND {running}") == [(1,)])
    return thread, errors


SLOW = "UPDATE slow SET v = 2 WHERE id = 1"


def test_kill_query(writer: Client, connect: Callable[..., Client], direct: Client, written: Written) -> None:
    question, other = written(SLOW), connect()
    before = writer.run(STATE)
    thread, errors = start_slowly(writer, direct, question)
    other.run(f"KILL QUERY {writer.raw.thread_id()}")
    thread.join()
    assert [error.args[0] for error in errors] == [1317]
    assert writer.run(STATE) == before
    assert open_transactions(direct) == 0
    assert direct.run("SELECT v FROM slow") == [(1,)]
    assert writer.rehearse(written(PAY))["confirm"] == "CONFIRM 1"


def test_kill_of_the_session(writer: Client, connect: Callable[..., Client], direct: Client, written: Written) -> None:
    other = connect()
    thread, errors = start_slowly(writer, direct, written(SLOW))
    other.run(f"KILL {writer.raw.thread_id()}")
    thread.join()
    assert len(errors) == 1
    wait_until(lambda: open_transactions(direct) == 0)
    assert direct.run("SELECT v FROM slow") == [(1,)]


def test_a_client_that_leaves(writer: Client, direct: Client, written: Written) -> None:
    thread, _ = start_slowly(writer, direct, written(SLOW))
    writer.raw._sock.shutdown(2)
    thread.join()
    wait_until(lambda: open_transactions(direct) == 0)
    assert direct.run("SELECT v FROM slow") == [(1,)]


def test_a_change_that_takes_too_long(writer: Client, direct: Client, written: Written) -> None:
    before = writer.run(STATE)
    assert writer.refused(f"ASK '{written(SLOW)}'") == 1969
    assert writer.run(STATE) == before
    assert open_transactions(direct) == 0
    assert direct.run("SELECT v FROM slow") == [(1,)]


def test_rows_that_changed_meanwhile(writer: Client, direct: Client, written: Written) -> None:
    question = written("UPDATE bills SET total = 0 WHERE status = 'open'")
    for spoil in (
        "INSERT INTO bills VALUES (9, 1, 'open', 3)",
        "UPDATE bills SET status = 'paid' WHERE id = 9",
        "UPDATE bills SET status = IF(id = 8, 'open', 'paid') WHERE id IN (7, 8)",
        "UPDATE bills SET total = 0 WHERE id = 6",
    ):
        shown = writer.rehearse(question)
        direct.run(spoil)
        assert writer.refused(shown["confirm"]) == ErrorCode.CHANGED_MEANWHILE.number
        assert writer.refused(shown["confirm"]) == ErrorCode.NOTHING_TO_CONFIRM.number
        assert open_transactions(direct) == 0
    assert direct.run("SELECT COUNT(*) FROM bills WHERE total = 0") == [(1,)]
    shown = writer.rehearse(question)
    direct.run("ALTER TABLE bills RENAME COLUMN total TO amount")
    assert writer.refused(shown["confirm"]) == ErrorCode.CHANGED_MEANWHILE.number
    direct.run("ALTER TABLE bills RENAME COLUMN amount TO total")


@pytest.mark.parametrize(
    "sql",
    [
        "UPDATE many SET v = 2 WHERE id > 0",
        "DELETE FROM many WHERE id > 0",
        "INSERT INTO many SELECT id + 100, 1 FROM many",
    ],
)
def test_too_many_rows(writer: Client, direct: Client, written: Written, sql: str) -> None:
    sql = sql.replace("INTO many ", "INTO many (id, v) ")
    assert writer.refused(f"ASK '{written(sql)}'") == ErrorCode.TOO_MANY_ROWS.number
    assert direct.run("SELECT COUNT(*), MAX(v < 2) FROM many") == [(60, 1)]


def test_nothing_to_change(writer: Client, written: Written) -> None:
    shown = writer.rehearse(written("UPDATE bills SET status = 'paid' WHERE id = 8"))
    assert shown["rows"] == "0"
    assert "confirm" not in shown
    assert writer.notes()[0] == "It would change nothing"


def test_many_rows_are_not_all_shown(writer: Client, direct: Client, written: Written) -> None:
    shown = writer.rehearse(written("UPDATE many SET v = v + 1 WHERE id <= 30"))
    assert (shown["rows"], len(shown["row"]), shown["also"]) == ("30", 20, ["10 more rows are not shown"])
    shown = writer.rehearse(written("UPDATE stock SET pieces = 1 + pieces WHERE pieces >= 0"))
    assert shown["also"] == ["these are all rows of stock"]


def test_tables_that_cannot_take_a_change_back(writer: Client, direct: Client, written: Written) -> None:
    number = ErrorCode.CANNOT_REHEARSE.number
    assert writer.refused(f"ASK '{written('UPDATE notes SET text = 7 WHERE id = 1')}'") == number
    assert direct.run("SELECT text FROM notes") == [("a",)]
    writer.run("CREATE TEMPORARY TABLE many (id INT PRIMARY KEY, v INT) ENGINE=MyISAM")
    writer.run("INSERT INTO many VALUES (1, 1)")
    assert writer.refused(f"ASK '{written('UPDATE many SET v = 7 WHERE id = 1')}'") == number
    assert writer.run("SELECT v FROM many") == [(1,)]


def test_a_trigger_that_writes_without_transactions_is_told_of(
    writer: Client, direct: Client, written: Written
) -> None:
    shown = writer.rehearse(written("UPDATE watched SET v = 7 WHERE id = 1"))
    assert shown["also"][0].startswith("the database could not take everything back")
    assert direct.run("SELECT v FROM watched") == [(1,)]
    assert direct.run("SELECT COUNT(*) FROM tally") == [(1,)]


def test_rights_are_the_callers(connect: Callable[..., Client], direct: Client, written: Written) -> None:
    teller = connect("teller")
    assert teller.refused(f"ASK '{written('DELETE FROM bills WHERE id = 7')}'") == 1142
    assert teller.refused(f"ASK '{written('UPDATE bills SET total = 0 WHERE id = 7')}'") == 1143
    assert teller.change(teller.rehearse(written(PAY))["confirm"]) == 1
    assert direct.run("SELECT status, total FROM bills WHERE id = 7") == [("paid", 20.5)]


ATTACKS = (
    "UPDATE bills SET status = 'x'",
    "UPDATE bills SET status = 'x' WHERE 1 = 1",
    "UPDATE bills SET status = 'x' WHERE id = 7 OR 'a' = 'a'",
    "UPDATE bills SET status = 'x' WHERE id = 7; DELETE FROM clients",
    "UPDATE bills SET status = 'x' WHERE id = 7 /*! OR 1 = 1 */",
    "UPDATE bills, clients SET status = 'x' WHERE bills.id = 7",
    "UPDATE bills JOIN clients ON clients.id = client_id SET status = 'x', name = 'x' WHERE bills.id = 7",
    "UPDATE mysql.user SET Password = '' WHERE User = 'root'",
    "UPDATE shop.orders SET status = 'x' WHERE id = 1",
    "UPDATE bills SET status = SLEEP(3) WHERE id = 7",
    "UPDATE bills SET status = LOAD_FILE('/etc/passwd') WHERE id = 7",
    "UPDATE bills SET status = (SELECT Password FROM mysql.user LIMIT 1) WHERE id = 7",
    "UPDATE bills SET status = @x := 'x' WHERE id = 7",
    "UPDATE bills SET id = 70 WHERE id = 7",
    "UPDATE open_bills SET status = 'x' WHERE id = 7",
    "UPDATE loose SET b = 2 WHERE a = 1",
    "DELETE FROM bills",
    "DELETE FROM bills WHERE TRUE",
    "DELETE bills, clients FROM bills JOIN clients WHERE bills.id = 7",
    "DELETE FROM bills WHERE id = 7 RETURNING id",
    "TRUNCATE TABLE bills",
    "DROP TABLE bills",
    "ALTER TABLE bills DROP COLUMN total",
    "GRANT ALL ON *.* TO writer",
    "REPLACE INTO bills (id, client_id, status, total) VALUES (7, 1, 'x', 1)",
    "INSERT INTO bills (id, client_id, status, total) VALUES (7, 1, 'x', 1) ON DUPLICATE KEY UPDATE status = 'x'",
    "INSERT IGNORE INTO bills (id, client_id, status, total) VALUES (7, 1, 'x', 1)",
    "INSERT INTO mysql.user (User) VALUES ('evil')",
    "INSERT INTO bills VALUES (70, 1, 'x', 1)",
    "LOAD DATA INFILE '/etc/passwd' INTO TABLE notes",
    "SET GLOBAL general_log = 1",
    "CALL mysql.flush_logs()",
    "COMMIT",
    "BEGIN; DELETE FROM bills WHERE id = 7; COMMIT",
    "CONFIRM 1",
    "SELECT id FROM bills INTO OUTFILE '/x'",
)


@pytest.mark.parametrize("sql", ATTACKS)
def test_what_a_model_may_not_write(writer: Client, direct: Client, written: Written, sql: str) -> None:
    check = (
        "SELECT (SELECT COUNT(*) FROM clients), (SELECT GROUP_CONCAT(id, status ORDER BY id) FROM bills), b FROM loose"
    )
    before = direct.run(check)
    assert 57000 < writer.refused(f"ASK '{written(sql)}'") < 57100
    assert writer.refused("CONFIRM 1") == ErrorCode.NOTHING_TO_CONFIRM.number
    assert direct.run(check) == before
