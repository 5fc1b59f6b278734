"""Where in a statement the text is: what comes next, and in which clause of which query."""

from dataclasses import dataclass
from enum import Enum, auto


class Expect(Enum):
    """What the next word is."""

    QUERY = auto()  # the beginning of one
    OPERAND = auto()
    TABLE = auto()
    COLUMN = auto()  # after "name."
    LABEL = auto()  # a name that is given here
    KEYWORD = auto()  # or an alias without AS
    ANYTHING = auto()  # nothing is checked any more


@dataclass(frozen=True, slots=True)
class Level:
    """A query or a pair of parentheses."""

    clause: str = ""  # select, from, with, labels (the columns in WITH), window, or other
    function: str = ""  # the word before the parenthesis
    selected: bool = False  # SELECT was read
    from_seen: bool = False
    inherited: bool = False  # the tables are known from outside

    @property
    def scoped(self) -> bool:
        return self.from_seen or (self.inherited and not self.selected)
