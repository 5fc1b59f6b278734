"""Names for tables and columns, made from what files and their headings are called."""

import re
import unicodedata
from collections.abc import Iterable

import duckdb

MAX_CHARS = 64  # of a MySQL identifier
NOT_IN_A_NAME = re.compile(r"[\W_]+")


def reserved_words() -> frozenset[str]:
    """The words that DuckDB takes as a name only in quotes."""
    with duckdb.connect() as connection:
        words = connection.execute("SELECT keyword_name FROM duckdb_keywords() WHERE keyword_category = 'reserved'")
        return frozenset(word for (word,) in words.fetchall())


class Names:
    """Gives out names that need no quotes and differ from each other, also where case does not count."""

    def __init__(self, reserved: frozenset[str], *, digit_prefix: str, nameless: str) -> None:
        """``digit_prefix`` goes before a name that begins with a digit; ``nameless`` stands for one without letters."""
        self._reserved = reserved
        self._digit_prefix = digit_prefix
        self._nameless = nameless
        self._taken: set[str] = set()

    def give(self, wanted: str, *, number: int = 0) -> str:
        """The name for ``wanted``; ``number`` is appended to the one for the nameless."""
        base = self.plain(wanted) or f"{self._nameless}{number or ''}"
        name, suffix = base, 1
        while name in self._taken:
            suffix += 1
            name = f"{base[: MAX_CHARS - len(str(suffix)) - 1]}_{suffix}"
        self._taken.add(name)
        return name

    def plain(self, wanted: str) -> str:
        """``wanted`` as an identifier, whoever else has it; "" where no letter remains."""
        name = NOT_IN_A_NAME.sub("_", unicodedata.normalize("NFKC", wanted).lower()).strip("_")
        # MySQL's clients and tools know no identifiers beyond the basic plane.
        name = "".join(letter for letter in name if ord(letter) < 0x10000)
        if name[:1].isdigit():
            name = self._digit_prefix + name
        if name in self._reserved:
            name += "_"
        return name[:MAX_CHARS].rstrip("_") if len(name) > MAX_CHARS else name


def column_names(headings: Iterable[str], reserved: frozenset[str]) -> list[str]:
    """A name for each heading, in order."""
    names = Names(reserved, digit_prefix="c_", nameless="column")
    return [names.give(heading, number=number) for number, heading in enumerate(headings, 1)]
