"""The tables and columns that a statement may name, prepared for the question whether a word may go on."""

from collections.abc import Iterable, Mapping

_MAX_ALIAS = 4


class Words:
    """A set of words in lower case, one character for each byte, and their beginnings."""

    def __init__(self, words: Iterable[str]) -> None:
        self.words = frozenset(words)
        self._beginnings = frozenset(word[:end] for word in self.words for end in range(1, len(word) + 1))

    def __contains__(self, word: str) -> bool:
        return word in self.words

    def has_beginning(self, text: str) -> bool:
        """Whether a word begins with ``text``, or is it."""
        return text in self._beginnings


class FewWords:
    """The same for a set that is used only a few times."""

    def __init__(self, words: Iterable[str]) -> None:
        self._words = words

    def __contains__(self, word: str) -> bool:
        return word in self._words

    def has_beginning(self, text: str) -> bool:
        """Whether a word begins with ``text``, or is it."""
        return any(word.startswith(text) for word in self._words)


class Catalog:
    """Tables and their columns, by names as a statement writes them; no database's name before a table."""

    def __init__(self, tables: Mapping[str, Iterable[str]]) -> None:
        columns = {_fold(table): [_fold(name) for name in names] for table, names in tables.items()}
        self.tables = Words(columns)
        self.columns = {table: Words(names) for table, names in columns.items()}
        self.all_columns = Words(name for names in columns.values() for name in names)


def _fold(name: str) -> str:
    return name.encode().decode("latin-1").lower()


def is_likely_alias(word: str, tables: Iterable[str], free: int = 2) -> bool:
    """Whether a table may be called ``word`` before FROM says so: ``free`` letters at most, or a few of its
    own in their order; then perhaps a number.

    Not ``id``: what looks like a column that is missing would be taken for an alias.
    """
    letters = word.rstrip("0123456789")
    if len(letters) > _MAX_ALIAS or letters == "id":
        return False
    return len(letters) <= free or any(_in_order(letters, table) for table in tables)


def _in_order(letters: str, name: str) -> bool:
    rest = iter(name)
    return all(letter in rest for letter in letters)
