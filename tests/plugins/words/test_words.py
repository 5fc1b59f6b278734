"""Every message is in every catalog, and comes out of a gateway in the session's language."""

import functools
import json
import re

import pymysql
import pytest
from babel.messages.pofile import read_po

from plugins.errors import AskwireError, ErrorCode
from plugins.types import Note
from plugins.words import (
    LANGUAGES,
    Catalog,
    __file__,
    catalog,
    console_words,
    translated,
    translated_error,
    translated_note,
)
from tests.conftest import GatewayFactory
from tests.support.gateway import GatewayProcess
from tests.support.messages import LABELS, console_texts, templates, unread
from tests.support.shop_server import ShopServer

OTHERS = sorted(set(LANGUAGES) - {"en"})
HOLE = re.compile(r"\{(\w+)\}")


@functools.cache
def texts() -> set[str]:
    return templates()  # reads the whole code: not while tests are collected


def messages(language: str) -> dict[str, str]:
    """Of the gateway and of its console."""
    with open(__file__.replace("__init__.py", f"{language}.po"), "rb") as file:
        return {str(m.id): str(m.string) for m in read_po(file, locale=language) if m.id}


@pytest.mark.parametrize("language", OTHERS)
def test_a_catalog_has_every_message_of_the_code_and_no_other(language: str) -> None:
    """Whoever adds a message adds it to each ``plugins/words/*.po``."""
    known, wanted = set(messages(language)), texts() | console_texts()
    assert known >= wanted, "\n".join(sorted(wanted - known))
    assert known <= wanted, "\n".join(sorted(known - wanted))
    assert set(console_words(language)) == console_texts()


# Not the gateway's own words, or words that were put together from others: of plugins, the database, h11.
PUT_TOGETHER = {
    ("diagnose/plugin.py", "text"),
    ("diagnose/rules/joins.py", "'; '.join(filter(None, (*(found.proof for found in unused), *reads)))"),
    ("models_runtime/registry.py", "'; '.join((failure.message.rstrip('. ') for failure in failures))"),
    ("nl2sql/mend.py", "_explain(column, sources, names)"),
    ("nl2sql/writes/service.py", "reason"),
    ("plugins/calls.py", "str(fault)"),
    ("plugins/offers.py", "str(fault)"),
    ("proxy/admin/server.py", "msg"),
    ("proxy/admin/status.py", "reason"),
    ("proxy/coaching.py", "message"),
    ("proxy/respond.py", "message"),
}


def test_no_message_is_made_where_the_catalogs_cannot_see_it() -> None:
    assert set(unread()) == PUT_TOGETHER


@pytest.mark.parametrize("language", OTHERS)
def test_a_translation_has_the_same_placeholders_and_is_one(language: str) -> None:
    for text, said in messages(language).items():
        assert sorted(HOLE.findall(said)) == sorted(HOLE.findall(text)), text
        assert re.search(r"[\u3041-\u30ff\u4e00-\u9fff]", said), text
        assert "\n" not in said, text


@pytest.mark.parametrize("language", OTHERS)
def test_every_message_is_found_again_with_what_was_put_in(language: str) -> None:
    """Where two templates could have made it, either translation will do as long as nothing is lost."""
    for text in texts():
        filled = HOLE.sub(lambda hole: f"<{hole[1]}>", text)
        said = translated(filled, language)
        assert said != filled, text
        for hole in HOLE.findall(text):
            assert f"<{hole}>" in said, (text, said)
        assert translated(filled, "en") == filled


def test_messages_in_messages() -> None:
    error = AskwireError(ErrorCode.REFUSED, "Refused: DELETE is not a SELECT")
    assert translated_error(error, "zh") == (
        "已拒绝：DELETE 不是 SELECT。ASK 只读取数据。如果确实要修改，请自己编写语句。"
    )
    assert translated_error(error, "en") == str(error)
    assert translated("Assumed: read table order as orders", "ja") == "仮定：テーブル order を orders と読んだ"
    assert translated_note(Note("Assumed: at least", "Warning", 7), "zh") == Note("假定：at least", "Warning", 7)


def test_what_no_catalog_knows_stays_as_it_is() -> None:
    for text in ("", "SQL: SELECT 1", "Confidence: 0.90", "a sentence of nobody's", "x" * 100_000):
        assert translated(text, "zh") == text
    assert all(translated(label, "ja") == label for label in LABELS)


def test_what_was_put_in_is_never_taken_for_a_placeholder() -> None:
    assert translated("There is no knowledge base {name} that you may read", "zh") == "没有您可以读取的知识库 {name}"
    assert translated(r"SET ASK does not know '\1 \g<0> {name}'", "ja") == r"SET ASK は '\1 \g<0> {name}' を知らない"


def test_a_long_text_takes_time_in_proportion() -> None:
    made = Catalog({"{a} is {b}; {c} is {d}; {e}": "{e} {d} {c} {b} {a}"})
    assert made.translated(" is " * 100_000, 3) == " is " * 100_000
    assert made.translated("x is y; z is w; v", 3) == "v w z y x"


def test_no_catalog_is_read_for_english() -> None:
    catalog.cache_clear()
    translated("No database is selected", "en")
    translated_error(AskwireError(ErrorCode.SYNTAX, "x"), "en")
    assert catalog.cache_info().currsize == 0


def connect(gateway: GatewayProcess) -> "pymysql.Connection":
    return pymysql.connect(host=gateway.host, port=gateway.port, user="app", password="secret", database="shop")


def error_of(connection: "pymysql.Connection", sql: str) -> tuple[int, str, str]:
    with connection.cursor() as cursor, pytest.raises(pymysql.MySQLError) as raised:
        cursor.execute(sql)
    return raised.value.args[0] & 0xFFFF, str(raised.value.sqlstate), raised.value.args[1]


def rows_of(connection: "pymysql.Connection", sql: str) -> list[tuple[object, ...]]:
    with connection.cursor() as cursor:
        cursor.execute(sql)
        return list(cursor.fetchall())


def test_a_session_chooses_its_language(gateway: GatewayProcess) -> None:
    with connect(gateway) as one, connect(gateway) as other:
        rows_of(one, "SET ASK language = 'zh'")
        code, state, message = error_of(one, "ASK 'how many orders are there?'")
        assert (code, state) == (57002, "45000")
        assert message == "此网关没有配置模型。请带模型启动网关（--model 名称）；'askwire model list' 会列出名称。"
        assert rows_of(one, "SHOW WARNINGS") == [("Error", 57002, message)]
        assert "without a model" in error_of(other, "ASK 'how many orders are there?'")[2]
        assert error_of(one, "SET ASK language = 'xx'")[2].startswith("language 可取 en, zh, ja，不能是 'xx'。")
        options = {row[0]: row[1:] for row in rows_of(one, "SHOW ASK OPTIONS")}
        assert options["language"] == ("zh", "en, zh, ja", "消息和提示的语言")
        # The database's own errors are its own, in its own language.
        assert error_of(one, "SELECT nme FROM regions")[:2] == (1054, "42S22")
        assert "您是否想写 name？" in [row[2] for row in rows_of(one, "SHOW WARNINGS")]
        rows_of(one, "SET ASK language = default")
        assert "without a model" in error_of(one, "ASK 'how many orders are there?'")[2]


def test_findings_are_in_the_session_s_language(gateway: GatewayProcess) -> None:
    sql = "EXPLAIN AI SELECT id FROM orders ORDER BY RAND() LIMIT 3"
    with connect(gateway) as connection:
        english = rows_of(connection, sql)
        rows_of(connection, "SET ASK language = 'ja'")
        japanese = rows_of(connection, sql)
        assert [row[:2] for row in japanese] == [row[:2] for row in english]
        (found,) = (str(row[2]) for row in japanese if row[1] == "order-by-rand")
        assert re.fullmatch(r"約 [\d,]+ 行が乱数で並べ替えられる。", found)  # an estimate of the server's
        text = "".join(str(row[0]) for row in rows_of(connection, sql.replace(" AI ", " AI FORMAT=TEXT ")))
        assert "乱数で並べ替えられる" in text
        document = json.loads(str(rows_of(connection, sql.replace(" AI ", " AI FORMAT=JSON "))[0][0]))
        assert "乱数" in next(f for f in document["findings"] if f["code"] == "order-by-rand")["finding"]


def test_the_settings_choose_it_for_all(gateway_factory: GatewayFactory, mariadb: ShopServer) -> None:
    with gateway_factory(language="ja") as gateway, connect(gateway) as connection:
        assert error_of(connection, "ASK 'x'")[2].startswith("このゲートウェイはモデルなしで動いている。")
        rows_of(connection, "SET ASK language = 'en'")
        assert "without a model" in error_of(connection, "ASK 'how many orders are there?'")[2]


def test_a_question_is_explained_in_the_chosen_language(gateway: GatewayProcess) -> None:
    question = "how many regions have words?"
    with connect(gateway) as connection:
        rows_of(connection, f"CREATE VERIFIED QUERY with_words FOR '{question}' AS SELECT COUNT(*) FROM regions")
        assert "Return" in str(rows_of(connection, f"ASK WHY '{question}'"))
        rows_of(connection, "SET ASK language = 'zh'")
        assert "返回 COUNT(*)" in str(rows_of(connection, f"ASK WHY '{question}'"))
        assert ("Note", 57000, "验证过的查询：with_words") in rows_of(connection, "SHOW WARNINGS")
        rows_of(connection, "DROP VERIFIED QUERY with_words")
