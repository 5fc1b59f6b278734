"""A statement as words, for the statements that have a small grammar of their own: SHOW, SET, DESCRIBE."""

from dataclasses import dataclass

from sqlglot.dialects.mysql import MySQL
from sqlglot.errors import TokenError
from sqlglot.tokenizer_core import TokenType

from proxy.upstreams.metadata import errors

_QUOTED = frozenset({TokenType.STRING, TokenType.IDENTIFIER, TokenType.NATIONAL_STRING})


@dataclass(frozen=True, slots=True)
class Word:
    """``text`` without its quotes; ``start`` and ``end`` (exclusive) in the statement."""

    text: str
    start: int
    end: int
    quoted: bool = False
    string: bool = False


def words_of(sql: str) -> list[Word]:
    """Comments are left out, trailing semicolons too. Raises 1064."""
    try:
        tokens = MySQL().tokenize(sql)
    except TokenError as problem:
        raise errors.syntax(sql) from problem
    found: list[Word] = []
    hint_ends = -1
    for token in tokens:
        if token.token_type is TokenType.HINT:
            hint_ends = sql.find("*/", token.start) + 2
        if token.start < hint_ends:
            continue
        if token.token_type in _QUOTED:
            string = token.token_type is not TokenType.IDENTIFIER
            found.append(Word(token.text, token.start, token.end + 1, quoted=True, string=string))
            continue
        # Some keywords are one token of two words: CHARACTER SET.
        position = token.start
        for part in token.text.split():
            start = sql.find(part, position)
            start = position if start < 0 else start
            position = start + len(part)
            found.append(Word(part, start, position))
    while found and found[-1].text == ";" and not found[-1].quoted:
        found.pop()
    return found


class Words:
    """A reader of a statement's words; keywords are compared without case."""

    def __init__(self, sql: str, words: list[Word] | None = None) -> None:
        self.sql = sql
        self.words = words_of(sql) if words is None else words
        self.position = 0

    @property
    def done(self) -> bool:
        return self.position >= len(self.words)

    @property
    def next(self) -> Word:
        """Raises 1064 at the end."""
        if self.done:
            raise errors.syntax("")
        return self.words[self.position]

    @property
    def rest(self) -> str:
        """The statement from the next word on."""
        return "" if self.done else self.sql[self.next.start : self.words[-1].end]

    def take(self) -> Word:
        word = self.next
        self.position += 1
        return word

    def sees(self, *keywords: str) -> bool:
        """The next words are these."""
        ahead = self.words[self.position : self.position + len(keywords)]
        return len(ahead) == len(keywords) and all(
            not word.quoted and word.text.upper() == keyword for word, keyword in zip(ahead, keywords, strict=True)
        )

    def accept(self, *keywords: str) -> bool:
        """Pass these words if they are next."""
        if self.sees(*keywords):
            self.position += len(keywords)
            return True
        return False

    def accept_one(self, *keywords: str) -> str | None:
        """Pass one of these words if it is next."""
        return next((keyword for keyword in keywords if self.accept(keyword)), None)

    def expect(self, *keywords: str) -> None:
        if not self.accept(*keywords):
            raise errors.syntax(self.rest)

    def name(self) -> str:
        """An identifier, quoted or not. Raises 1064."""
        word = self.take()
        if word.string or not (word.quoted or word.text.replace("$", "_").replace("_", "a").isalnum()):
            raise errors.syntax(self.sql[word.start :])
        return word.text

    def qualified_name(self) -> tuple[str | None, str]:
        """``name`` or ``schema.name``."""
        first = self.name()
        return (first, self.name()) if self.accept(".") else (None, first)

    def string(self) -> str:
        """A string literal. Raises 1064."""
        word = self.take()
        if not word.string:
            raise errors.syntax(self.sql[word.start :])
        return word.text

    def finish(self) -> None:
        """Nothing may follow. Raises 1064."""
        if not self.done:
            raise errors.syntax(self.rest)


def split_at_commas(sql: str, words: list[Word]) -> list[list[Word]]:
    """The words between commas that stand in no parentheses."""
    parts: list[list[Word]] = [[]]
    depth = 0
    for word in words:
        if not word.quoted:
            depth += (word.text == "(") - (word.text == ")")
            if word.text == "," and depth == 0:
                parts.append([])
                continue
        parts[-1].append(word)
    return parts
