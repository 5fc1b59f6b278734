import pytest

from proxy import bound
from proxy.bound import PreparedTexts
from proxy.prepared import LAST_PREPARED
from proxy.wire.commands import Com


def prepare(text: bytes = b"SELECT ?") -> bytes:
    return len(text).to_bytes(3, "little") + b"\0\x16" + text


def reply(statement: int, parameters: int = 1) -> bytes:
    body = b"\0" + statement.to_bytes(4, "little") + b"\0\0" + parameters.to_bytes(2, "little") + b"\0\0\0"
    return b"\x0c\0\0\1" + body


def execute(statement: int, tail: bytes = b"") -> bytes:
    return b"\0\0\0\0\x17" + statement.to_bytes(4, "little") + b"\0\1\0\0\0" + tail


def test_what_an_execute_refers_to() -> None:
    texts = PreparedTexts()
    one = texts.prepared(prepare(b"one"), reply(1, 0), attributes=False)
    two = texts.prepared(prepare(b"two"), reply(2), attributes=False)
    assert texts.executed(execute(1)) is one
    assert texts.executed(execute(2)) is two
    assert texts.executed(execute(LAST_PREPARED)) is two
    assert texts.executed(execute(3)) is None
    assert texts.executed(b"\0\0\0\0\x17\1") is None


@pytest.mark.parametrize(
    ("parameters", "attributes", "at"), [(0, False, 0), (1, False, 15), (8, False, 15), (9, False, 16), (1, True, 16)]
)
def test_where_the_types_are_told(parameters: int, attributes: bool, at: int) -> None:
    made = PreparedTexts().prepared(prepare(), reply(1, parameters), attributes)
    assert made is not None
    assert made.types_at == at


def test_types_hold_until_others_are_told() -> None:
    texts = PreparedTexts()
    texts.prepared(prepare(), reply(1), attributes=False)
    told, silent = execute(1, b"\0\1\xfd\0"), execute(1, b"\0\0")
    for command, typed in ((silent, None), (told, told), (silent, told)):
        found = texts.executed(command)
        assert found is not None
        assert found.typed is typed


@pytest.mark.parametrize("answer", [b"", b"\0\0\0\1\xff", reply(1)[:-1], reply(1)[:12]])
def test_a_reply_that_is_an_error_or_too_short(answer: bytes) -> None:
    texts = PreparedTexts()
    made = texts.prepared(prepare(), answer, attributes=False)
    assert (made is None) == (answer[4:5] != b"\0" or len(answer) < 13)


def test_a_statement_that_is_closed() -> None:
    texts = PreparedTexts()
    texts.prepared(prepare(), reply(1), attributes=False)
    texts.unanswered(Com.STMT_CLOSE, 2)
    assert texts.executed(execute(1)) is not None
    texts.unanswered(Com.STMT_CLOSE, 1)
    assert texts.executed(execute(1)) is None


def test_values_that_are_sent_beforehand_are_not_known() -> None:
    texts = PreparedTexts()
    made = texts.prepared(prepare(), reply(1), attributes=False)
    assert made is not None
    texts.unanswered(Com.STMT_SEND_LONG_DATA, 2)
    assert not made.long_data
    texts.unanswered(Com.STMT_SEND_LONG_DATA, 1)
    assert made.long_data


def test_many_statements_are_not_kept(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(bound, "MAX_PREPARED", 2)
    texts = PreparedTexts()
    for number in (1, 2, 3):
        assert texts.prepared(prepare(), reply(number), attributes=False) is not None
    assert texts.executed(execute(3)) is None
    texts.unanswered(Com.STMT_CLOSE, 1)
    texts.prepared(prepare(), reply(4), attributes=False)
    assert texts.executed(execute(4)) is not None


def test_nor_long_texts(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(bound, "MAX_PREPARED_BYTES", 30)
    texts = PreparedTexts()
    texts.prepared(prepare(b"x" * 20), reply(1), attributes=False)
    texts.prepared(prepare(b"y" * 20), reply(2), attributes=False)
    assert (texts.executed(execute(1)) is None, texts.executed(execute(2)) is None) == (False, True)
    # The same number again takes the first one's place, and its bytes.
    texts.prepared(prepare(b"z" * 20), reply(1), attributes=False)
    found = texts.executed(execute(1))
    assert found is not None
    assert found.command == prepare(b"z" * 20)
    texts.clear()
    texts.prepared(prepare(b"y" * 20), reply(2), attributes=False)
    assert texts.executed(execute(2)) is not None
