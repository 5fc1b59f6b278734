"""SQL read byte by byte, as tokens bring it: words, literals, signs. Comments are passed over.

A token may end anywhere, inside a character too, so text is read in bytes. One of 128 and more belongs to a name.
"""

from dataclasses import dataclass

_WORD = frozenset(b"abcdefghijklmnopqrstuvwxyzABCDEFGHIJKLMNOPQRSTUVWXYZ0123456789_$") | frozenset(range(128, 256))
_DIGITS = frozenset(b"0123456789")
_SPACE = frozenset(b" \t\r\n\f\v")


class Misfit(Exception):
    """The text cannot go on like this."""


@dataclass(slots=True)
class Lexer:
    """Calls ``on_…`` for what it reads; a subclass may raise ``Misfit`` there."""

    word: str = ""  # as far as it was read, in lower case, one character for each byte
    inside: str = ""  # a quote; "-" or "/": perhaps a comment; "--" or "/*": a comment; "0": a number or variable
    escaped: bool = False
    last: str = ""

    def on_beginning(self, quoted: bool) -> None:
        """``word`` got longer."""

    def on_word(self, word: str, after: str, quoted: bool) -> None:
        """A whole word, and the byte after it (empty for a quoted one)."""

    def on_literal(self) -> None:
        """A string ended, or a number or variable began."""

    def on_sign(self, sign: str) -> None:
        """Anything else but space."""

    def feed(self, data: bytes) -> None:
        """Read on. Raises ``Misfit``, in an undefined state."""
        for byte in data:
            if not (self.inside and self._goes_on(byte)):
                self._start(byte)
            self.last = chr(byte)

    def _start(self, byte: int) -> None:
        """A byte outside of literals, comments and quoted names."""
        sign = chr(byte)
        if byte in _WORD and (self.word or byte not in _DIGITS):
            self.word += sign.lower()
            self.on_beginning(False)
            return
        if self.word:
            word, self.word = self.word, ""
            self.on_word(word, sign, False)
        if byte in _DIGITS or sign == "@":
            self.inside = "0"
            self.on_literal()
        elif sign in "'\"`-/":
            self.inside = sign
        elif sign == "#":
            self.inside = "--"
        elif byte not in _SPACE:
            self.on_sign(sign)

    def _goes_on(self, byte: int) -> bool:
        """Read ``byte`` as part of what it is inside of; ``False`` if it comes after that."""
        sign = chr(byte)
        if self.inside in ("-", "/"):
            if self.inside + sign in ("--", "/*"):
                self.inside += sign
                return True
            before, self.inside = self.inside, ""
            self.on_sign(before)
            return False
        if self.inside == "0":
            if byte in _WORD or sign in ".@":
                return True
            self.inside = ""
            return False
        if self.inside in ("--", "/*"):
            if (sign == "\n") if self.inside == "--" else (self.last + sign == "*/"):
                self.inside = ""
        elif self.inside == "`":
            self._quoted_name(sign)
        elif self.escaped or sign == "\\":
            self.escaped = not self.escaped
        elif sign == self.inside:
            self.inside = ""
            self.on_literal()
        return True

    def _quoted_name(self, sign: str) -> None:
        if sign == "`":
            word, self.word, self.inside = self.word, "", ""
            self.on_word(word, "", True)
        else:
            self.word += sign.lower()
            self.on_beginning(True)
