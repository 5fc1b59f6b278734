"""SQL byte by byte: what is a word, what is not."""

import pytest

from models_runtime.engine.lexer import Lexer


class Recorder(Lexer):
    """Writes down what it is called with."""

    def __init__(self) -> None:
        super().__init__()
        self.found: list[str] = []

    def on_word(self, word: str, after: str, quoted: bool) -> None:
        self.found.append(f"`{word}`" if quoted else word)

    def on_literal(self) -> None:
        self.found.append("?")

    def on_sign(self, sign: str) -> None:
        self.found.append(sign)


def read(text: bytes) -> list[str]:
    recorder = Recorder()
    for byte in text:  # a token may end anywhere
        recorder.feed(bytes([byte]))
    recorder.feed(b" ")
    return recorder.found


@pytest.mark.parametrize(
    ("text", "expected"),
    [
        (b"SELECT c.Name", ["select", "c", ".", "name"]),
        (b"a >= 1.5e3", ["a", ">", "=", "?"]),
        (b"a-1", ["a", "-", "?"]),
        (b"a/b", ["a", "/", "b"]),
        (b"a2 x -- b 'c\nd", ["a2", "x", "d"]),
        (b"a /* b ' */ c # d\ne", ["a", "c", "e"]),
        (b"'it''s' \"a b\" 'x\\'y' z", ["?", "?", "?", "?", "z"]),
        (b"'a\\\\' b", ["?", "b"]),
        (b"`two words`.`b`", ["`two words`", ".", "`b`"]),
        (b"@x @@global.y 0x1F", ["?", "?", "?"]),
        ("größe".encode(), ["größe".encode().decode("latin-1").lower()]),
    ],
)
def test_words_literals_and_signs(text: bytes, expected: list[str]) -> None:
    assert read(text) == expected
