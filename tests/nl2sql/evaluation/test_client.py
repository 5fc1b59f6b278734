from collections.abc import Iterator
from typing import Any

import pytest

from nl2sql.evaluation.client import Asker, Failed, Login, Reply, Row, Step, Traced, Unreachable
from nl2sql.statements import parse_ask


class Scripted(Asker):
    """Gives rows by the beginning of a statement, and keeps what it was asked."""

    def __init__(self, model: str | None = None, **rows: list[Row]) -> None:
        super().__init__(Login("h", 1, "u"), model)
        self.asked: list[tuple[str, str]] = []
        self._rows = rows

    def run(self, database: str, sql: str) -> tuple[tuple[str, ...], tuple[Row, ...]]:
        self.asked.append((database, sql))
        found = next((rows for words, rows in self._rows.items() if sql.startswith(words.replace("_", " "))), [])
        return ("c",), tuple(found)


@pytest.mark.parametrize("model", [None, "qwen", "my model"])
@pytest.mark.parametrize("question", ["how many?", "it's \\' over", "x'; DROP TABLE t; --", "'"])
def test_a_question_arrives_as_it_is(model: str | None, question: str) -> None:
    asker = Scripted(model)
    asker.ask("shop", question)
    asker.trace("shop", question)
    (_, asked), _warnings, _language, (database, traced) = asker.asked
    assert database == "shop"
    for sql in (asked, traced):
        read = parse_ask(sql)
        assert (read.question, read.model) == (question, model)


def test_what_is_said_of_an_answer() -> None:
    notes: list[Row] = [("Note", 1, "Tables: t"), ("Note", 1, "SQL: SELECT 'SQL: '"), ("Note", 1, "Assumed: x")]
    reply = Scripted(ASK=[(1,)], SHOW_WARNINGS=notes).ask("shop", "q")
    assert (reply.columns, reply.rows, reply.sql) == (("c",), ((1,),), "SELECT 'SQL: '")
    assert reply.notes == ("Tables: t", "Assumed: x")
    bare = Scripted().ask("shop", "q")
    assert bare == Reply(("c",), (), bare.seconds)


def test_the_gateways_own_share_of_the_time() -> None:
    steps: list[Row] = [
        ("catalog", 0.1, "x"),
        ("model 1", "1.5", "10 prompt tokens, first token 0.25 s"),
        ("model repair", 1.0, "first token 9.9 s"),
        ("total", 2.75, ""),
    ]
    asker = Scripted(ASK_TRACE=steps)
    traced = asker.trace("shop", "q")
    assert asker.asked[0] == ("shop", "SET ASK language = 'en'")
    assert traced.steps[1] == Step("model 1", 1.5, "10 prompt tokens, first token 0.25 s")
    assert (traced.first_token_s, traced.own_s) == (0.25, 0.25)
    known: list[Row] = [("known", 0.1, "verified"), ("total", 0.2, "")]
    assert Scripted(ASK_TRACE=known).trace("shop", "q").first_token_s is None
    assert Scripted().trace("shop", "q") == Traced()


def test_status() -> None:
    asker = Scripted(SHOW_AI_STATUS=[("model", "m"), ("requests", 3)])
    assert asker.status() == {"model": "m", "requests": "3"}
    assert asker.asked[0][0] == "", "a gateway without the databases has a status too"


@pytest.fixture
def asker(mariadb: int) -> Iterator[Asker]:
    opened = Asker(Login("127.0.0.1", mariadb, "app", "secret", init="SET @begun = 'yes'"))
    yield opened
    opened.close()


def test_a_connection_for_each_database_that_is_prepared_and_kept(asker: Asker) -> None:
    def one(database: str, sql: str) -> Any:
        return asker.run(database, sql)[1][0][0]

    assert asker.run("shop", "SELECT 1 AS a, NULL AS b") == (("a", "b"), ((1, None),))
    assert one("shop", "SELECT CONCAT(DATABASE(), @begun, @@autocommit)") == "shopyesON"
    assert one("", "SELECT DATABASE()") is None
    first = one("shop", "SELECT CONNECTION_ID()")
    assert one("shop", "SELECT CONNECTION_ID()") == first != one("", "SELECT CONNECTION_ID()")
    assert one("shop", "SELECT TIME '26:00:00'") == "26:00:00", "as a gold result spells it"
    assert asker.run("shop", "SET @x = 1") == ((), ())


def test_an_error_has_its_number_and_a_broken_connection_is_replaced(asker: Asker) -> None:
    with pytest.raises(Failed) as caught:
        asker.run("shop", "SELECT * FROM nowhere")
    assert (caught.value.number, "nowhere" in caught.value.message) == (1142, True)
    with pytest.raises(Failed) as caught:  # a number of the gateway's, beyond what is signed
        asker.run("shop", "SIGNAL SQLSTATE '45000' SET MYSQL_ERRNO = 57006, MESSAGE_TEXT = 'not answerable'")
    assert (caught.value.number, caught.value.message) == (57006, "not answerable")
    before = asker.run("shop", "SELECT CONNECTION_ID()")[1]
    with pytest.raises(Failed):
        asker.run("shop", "KILL CONNECTION CONNECTION_ID()")
    with pytest.raises(Failed):
        asker.run("shop", "SELECT 1")
    assert asker.run("shop", "SELECT CONNECTION_ID()")[1] != before


@pytest.mark.parametrize(
    ("changed", "reason"),
    [
        ({"password": "wrong"}, "Access denied"),
        ({"port": 1}, "Connection refused"),
        ({"tls_ca": "/no/such/file.pem"}, "No such file"),
        ({"init": "SELEC 1"}, "error in your SQL syntax"),
    ],
)
def test_what_cannot_be_reached(mariadb: int, changed: dict[str, Any], reason: str) -> None:
    login = Login(**{"host": "127.0.0.1", "port": mariadb, "user": "app", "password": "secret", **changed})
    with pytest.raises(Unreachable) as caught:
        Asker(login).run("shop", "SELECT 1")
    assert str(caught.value).startswith(f"127.0.0.1:{login.port}, database 'shop': ")
    assert reason in str(caught.value)
    assert "secret" not in str(caught.value)
