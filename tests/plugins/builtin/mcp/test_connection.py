"""What becomes of cells and of PyMySQL's errors; sessions with a server are in ``test_server``."""

import socket
import threading
from typing import Any

import pytest

from plugins.builtin.mcp.connection import Connection, Login, Rows, _cell, _read, visible
from plugins.upstream import UpstreamError


@pytest.mark.parametrize("text", ["", "plain", "größe", "tab\tline\n", "नमस्\u200dते", "می\u200cخواهم", "👍🏽❤\ufe0f"])
def test_what_people_write_stays(text: str) -> None:
    assert visible(text) == text


@pytest.mark.parametrize(
    ("text", "told"),
    [
        ("a\u202eb", r"a\u{202e}b"),
        ("\u200bx\ufeff", r"\u{200b}x\u{feff}"),
        ("\x00\x1b[2J", r"\u{0}\u{1b}[2J"),
        ("\U000e0041\U000e0042", r"\u{e0041}\u{e0042}"),
        ("\ue000", r"\u{e000}"),
        ("\ud800", r"\u{d800}"),
        ("a\U000e0100\U000e01ef", r"a\u{e0100}\u{e01ef}"),
        ("a\ufe00", r"a\u{fe00}"),
        ("\u3164\u115f\uffa0\u034f\u180b", r"\u{3164}\u{115f}\u{ffa0}\u{34f}\u{180b}"),
        ("a\u2028b", r"a\u{2028}b"),
    ],
)
def test_what_nobody_sees_is_spelled_out(text: str, told: str) -> None:
    """Tags, changes of direction, variation selectors and fillers: bytes can be hidden in each."""
    assert visible(text) == told


@pytest.mark.parametrize(
    ("value", "cell"),
    [
        (None, None),
        (5, 5),
        (2**53, 2**53),
        (2**53 + 1, "9007199254740993"),
        (-(2**63), "-9223372036854775808"),
        (1.5, 1.5),
        (float("inf"), "inf"),
        (float("nan"), "nan"),
        (b"\x00\xff", "0x00ff"),
        ("x" * 10, "x" * 10),
        ("x" * 11, "x" * 10 + " … (cut)"),
        (b"\xff" * 11, "0x" + "f" * 8 + " … (cut)"),
    ],
)
def test_cells(value: object, cell: object) -> None:
    assert _cell(value, 10) == cell


class Cursor:
    def __init__(self, *rows: tuple[object, ...], columns: tuple[str, ...] | None = ("a",)) -> None:
        self.description = None if columns is None else [(name,) for name in columns]
        self._rows = list(rows)

    def fetchone(self) -> tuple[object, ...] | None:
        return self._rows.pop(0) if self._rows else None


def read(*rows: tuple[object, ...], max_rows: int = 10, max_chars: int = 100, **given: Any) -> Rows:
    return _read(Cursor(*rows, **given), max_rows, max_chars, 20)


def test_rows() -> None:
    assert read((1,), ("x",), columns=("a\u202e",)) == Rows(("a\\u{202e}",), ((1,), ("x",)))
    assert read(columns=None) == Rows()
    assert read(*[(n,) for n in range(10)]).cut == ""


def test_why_not_everything_is_there() -> None:
    many = read(*[(n,) for n in range(11)])
    assert (len(many.rows), many.cut) == (10, "only the first 10 rows are here; ask for fewer, or aggregate in SQL")
    long = read(*[("x" * 20,)] * 9)
    assert len(long.rows) == 5
    assert long.cut == "only the first 5 rows are here, because they are long; select fewer columns or rows"
    assert read(("x" * 21,)).cut == "long values are cut after 20 characters"


def test_nobody_listens() -> None:
    with socket.create_server(("127.0.0.1", 0)) as taken:
        port = taken.getsockname()[1]
    with pytest.raises(UpstreamError) as error:
        Connection(Login("127.0.0.1", port, "u", "very secret", None), "")
    assert error.value.number == 2003
    assert "very secret" not in repr(Login("h", 1, "u", "very secret", None)) + str(error.value)


def test_who_listens_is_no_server() -> None:
    with socket.create_server(("127.0.0.1", 0)) as server:
        server.settimeout(5)

        def answer() -> None:
            with server.accept()[0] as client:
                client.sendall(b"HTTP/1.1 400 Bad Request\r\n\r\n")

        thread = threading.Thread(target=answer)
        thread.start()
        with pytest.raises(UpstreamError) as error:
            Connection(Login("127.0.0.1", server.getsockname()[1], "u", "p", None), "")
        thread.join()
    assert error.value.number in (2003, 2013, 2027)
