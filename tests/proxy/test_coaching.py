"""SHOW WARNINGS after a statement that failed: the server's own rows, and the notes of plugins."""

import asyncio
import struct
from collections.abc import Iterator, Sequence
from pathlib import Path

import pymysql
import pytest

from plugins import Note, SeenStatement, Session, hookimpl
from tests.support import raw_client as raw
from tests.support.embedded import EmbeddedGateway, StatementsForTests, embedded
from tests.support.raw_client import RawClient
from tests.support.shop_server import ShopServer

NOTE = Note("Did you mean 'näme'?")


class Coach(StatementsForTests):
    """Knows 1054 and 1146; ``hangs`` makes it slow."""

    hangs = False

    @hookimpl
    async def askwire_failed_statement(self, session: Session, failed: SeenStatement) -> Sequence[Note]:
        assert failed.error is not None
        if self.hangs:
            await asyncio.sleep(60)
        await session.query("SELECT 1")
        self.texts.append(failed.text)
        return [NOTE] if failed.error.number in (1054, 1146) else []


@pytest.fixture(scope="module")
def coach() -> Coach:
    return Coach()


@pytest.fixture(scope="module")
def gateway(mariadb: ShopServer, coach: Coach, tmp_path_factory: pytest.TempPathFactory) -> Iterator[EmbeddedGateway]:
    with embedded(mariadb.url, tmp_path_factory.mktemp("coach"), coach) as made:
        yield made


CAPABILITIES = {"classic": raw.CLASSIC, "deprecate_eof": raw.MYSQL, "mariadb": raw.MARIADB}


@pytest.fixture(params=CAPABILITIES.values(), ids=CAPABILITIES)
def pair(gateway: EmbeddedGateway, mariadb: ShopServer, request: pytest.FixtureRequest) -> Iterator[list[RawClient]]:
    """Through the gateway, and direct with the same capabilities."""
    with (
        RawClient(gateway.port, request.param) as through,
        RawClient(mariadb.port, request.param & ~raw.MARIADB_CACHE_METADATA) as direct,
    ):
        yield [through, direct]


def rows(reply: list[bytes]) -> list[list[bytes]]:
    """The rows of a text result set of three columns, or of one."""
    count = reply[0][0]
    found = []
    for payload in reply[1 + count :]:
        if payload[:1] == b"\xfe":
            continue
        row, at = [], 0
        for _ in range(count):
            size, at = raw.read_lenenc(payload, at)
            row.append(payload[at : at + size])
            at += size
        found.append(row)
    return found


def test_the_servers_rows_then_the_notes(pair: list[RawClient]) -> None:
    through, direct = pair
    assert through.query("SELECT nope FROM shop.regions") == direct.query("SELECT nope FROM shop.regions")
    theirs = rows(direct.query("SHOW WARNINGS"))
    assert len(theirs) == 1
    noted = [*theirs, [b"Note", b"57000", NOTE.message.encode()]]
    assert rows(through.query("SHOW WARNINGS")) == noted
    assert rows(through.query("SHOW WARNINGS")) == noted
    assert rows(through.query("SHOW COUNT(*) WARNINGS")) == [[b"2"]]
    assert rows(through.query("SHOW ERRORS")) == theirs
    through.query("SELECT id FROM shop.regions")
    assert rows(through.query("SHOW WARNINGS")) == []


def test_counted_first(pair: list[RawClient]) -> None:
    through, _ = pair
    through.query("SELECT * FROM shop.nowhere")
    assert rows(through.query("SHOW COUNT(*) WARNINGS")) == [[b"2"]]
    through.query("SELECT * FROM shop.nowhere")
    assert len(rows(through.query("SHOW ERRORS"))) == 1
    assert len(rows(through.query("SHOW WARNINGS"))) == 2


@pytest.mark.parametrize("failing", ["SET @@x = 1", "SELECT 1 / 0", "DROP TABLE scratch.a, scratch.b", "SELECT 1"])
def test_without_notes_the_answer_is_the_servers(pair: list[RawClient], failing: str) -> None:
    for client in pair:
        client.query("SET sql_mode = 'ERROR_FOR_DIVISION_BY_ZERO'")
        client.query(failing)
    for asked in ("SHOW WARNINGS LIMIT 1", "SHOW WARNINGS", "show count(*) warnings", "SHOW ERRORS"):
        for client in pair:
            client.query(failing)
        assert pair[0].query(asked) == pair[1].query(asked), asked
        assert rows(pair[0].query("SHOW WARNINGS")) == rows(pair[1].query("SHOW WARNINGS"))


def test_prepared(pair: list[RawClient], coach: Coach) -> None:
    through, _ = pair
    with pytest.raises(raw.ServerError):
        through.prepare("SELECT nope FROM shop.regions")
    statement = through.prepare("SHOW WARNINGS")
    reply = through.execute(statement)
    assert NOTE.message.encode() in reply[-2]
    assert b"nope" in reply[-3]
    assert coach.texts[-1] == "SELECT nope FROM shop.regions"
    through.command(raw.COM_STMT_CLOSE, struct.pack("<I", statement))
    executed = through.prepare("SELECT id FROM shop.regions WHERE id = (SELECT id FROM shop.regions) AND id > ?")
    reply = through.execute(executed, [raw.Parameter(8, struct.pack("<q", 0))])
    assert reply[-1][:1] == b"\xff"
    assert len(rows(through.query("SHOW WARNINGS"))) == 1


def test_inside_a_transaction(pair: list[RawClient]) -> None:
    through, _ = pair
    through.query("BEGIN")
    through.query("SELECT nope")
    assert len(rows(through.query("SHOW WARNINGS"))) == 2
    assert through.query("SELECT @@in_transaction")[-2] == b"\x011"
    through.query("ROLLBACK")


def test_a_coach_that_takes_too_long(gateway: EmbeddedGateway, coach: Coach) -> None:
    coach.hangs = True
    try:
        with RawClient(gateway.port) as client:
            client.query("SELECT nope")
            assert len(rows(client.query("SHOW WARNINGS"))) == 1
    finally:
        coach.hangs = False


def test_after_a_pipeline_only_the_server_answers(gateway: EmbeddedGateway) -> None:
    with RawClient(gateway.port) as client:
        for sql in ("SELECT SLEEP(0.05)", "SELECT nope"):
            client.send(b"\x03" + sql.encode())
        client.reply(raw.COM_QUERY)
        client.reply(raw.COM_QUERY)
        assert len(rows(client.query("SHOW WARNINGS"))) == 1


@pytest.mark.parametrize("setting", ["watch", "coach"])
def test_off(mariadb: ShopServer, tmp_path: Path, setting: str) -> None:
    with (
        embedded(mariadb.url, tmp_path, Coach(), diagnose={setting: False}) as made,
        pymysql.connect(host="127.0.0.1", port=made.port, user="app", password="secret") as connection,
        connection.cursor() as cursor,
    ):
        with pytest.raises(pymysql.err.Error):
            cursor.execute("SELECT nope")
        cursor.execute("SHOW WARNINGS")
        assert len(cursor.fetchall()) == 1
