"""Words of questions and of schemas, made comparable: split, lower case, lightly stemmed."""

import re
from functools import lru_cache

# Written without spaces; what is Latin among it is a word of its own.
_UNSPACED = r"\u3041-\u30ff\u3400-\u9fff\uf900-\ufaff\uff66-\uff9f"
_LOWER = rf"[^\W\d_A-Z{_UNSPACED}]"
_PART = re.compile(rf"[A-Z]+(?!{_LOWER})|[A-Z]?{_LOWER}+|[{_UNSPACED}]+|\d+")

# Words that say how to answer, not what about.
_STOP = """
a about above across after ago all also am an and answer any are as at average be been before being below between both
but by calculate can compute could count current date dates day days did didn display distinct do does doing down each
every exclude excluding exclusive fetch few final find first for from get give had happened has hasn have haven having
he her here highest him his how i if in include including inclusive into is it it's its last least less list lowest
made make many max maximum me mean min minimum month months more most much my name names no not number occurred of on
one only or order ordered other our out over overall past per please rank ranked report result return rows same she
should show so some sort sorted such sum table tell than that the their them then there these they this those through
to today top total under up us value values was we week weeks were what what's when where which while who whom whose
will with without would year years you your
"""
STOP = frozenset(_STOP.split())


@lru_cache(maxsize=8192)
def stem(word: str) -> str:
    """A light stem, plural and a few endings: matches ``cities`` with ``city``, ``ordered`` with ``order``."""
    w = word
    for ending, instead in (("ies", "y"), ("sses", "ss"), ("ing", ""), ("ed", ""), ("es", ""), ("s", "")):
        if w.endswith(ending) and len(w) - len(ending) >= 3 and not w.endswith("ss"):
            w = w[: len(w) - len(ending)] + instead
            break
    if len(w) > 4 and w[-1] == w[-2] and w[-1] not in "lsz":
        w = w[:-1]
    return w[:-1] if w.endswith("e") and len(w) > 4 else w


def words(text: str) -> list[str]:
    """Lower-case words; ``snake_case`` and ``camelCase`` are split."""
    return [part.casefold() for part in _PART.findall(text)]


def content_words(text: str) -> dict[str, str]:
    """Stem -> word, of the words that carry meaning, in order, without repetition."""
    found: dict[str, str] = {}
    for word in words(text):
        if word not in STOP and (len(word) > 1 or word.isdigit()):
            found.setdefault(stem(word), word)
    return found


def content_stems(text: str) -> list[str]:
    """The stems of the words that carry meaning, in order, without repetition."""
    return list(content_words(text))


def related(one: str, other: str) -> bool:
    """Whether two stems are likely one word: equal, or one (four letters and more) begins or ends the other."""
    if one == other:
        return True
    short, long = sorted((one, other), key=len)
    # A run-together name (``custname``) ends in its word; one letter before it (``amount``, ``mount``) is chance.
    return len(short) >= 4 and (long.startswith(short) or (long.endswith(short) and len(long) - len(short) > 1))
