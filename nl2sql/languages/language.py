"""What is known of one language."""

from dataclasses import dataclass, field


@dataclass(frozen=True, slots=True)
class FollowUpWords:
    """Regular expressions (no case) by which a follow-up question is known.

    ``opens`` and ``leans`` match at the beginning: the first says outright that it goes on, the second only where
    nothing complete follows. ``refers`` matches anywhere. ``part`` is one phrase of a fragment ("by month"), in which
    ``{thing}`` stands for what is named: a stretch of time (``§``), or a noun or two.
    ``asks``: a whole question is asked. ``group``: what is grouped by, with its preposition.
    """

    opens: str
    leans: str
    refers: str
    part: str
    asks: str
    group: str = r"(?!)"


@dataclass(frozen=True, slots=True, eq=False)
class Language:
    """``code``: ISO 639-1. ``function_words``: by these a text is known; none of them is an English word.

    ``english``: patterns of what is said about time, groups, numbers and order, with their English, in which ``{unit}``
    is what the group ``unit`` found. ``{number}`` in a pattern stands for the words of ``lists["number"]``,
    whose values are English. ``plain``: words that ask, but about nothing.
    ``answer_in``: the wish to be answered in it, in itself: a small model does not heed one in English.
    """

    code: str
    name: str
    follows: FollowUpWords
    function_words: frozenset[str] = frozenset()
    plain: frozenset[str] = frozenset()
    spaced: bool = True
    no_rows: str = "No rows answer this."
    answer_in: str = ""
    english: tuple[tuple[str, str], ...] = ()
    lists: dict[str, dict[str, str]] = field(default_factory=dict)
