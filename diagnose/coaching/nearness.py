"""Which of the names that there are is meant by one that there is not."""

from collections.abc import Iterable
from difflib import SequenceMatcher

CUTOFF = 0.7
MAX_NAMES = 5_000
_LONGEST = 64  # of MySQL's names


def nearest(word: str, names: Iterable[str], count: int = 2) -> list[str]:
    """The likest first; case, underscores and a plural's s count little."""
    plain = _plain(word)
    if not plain or len(plain) > _LONGEST:
        return []
    scored = []
    for name in list(names)[:MAX_NAMES]:
        likeness = _likeness(plain, _plain(name))
        if likeness >= CUTOFF and name != word:
            scored.append((-likeness, name))
    best = [name for _, name in sorted(scored)]
    return list(dict.fromkeys(best))[:count]


def _plain(name: str) -> str:
    return name.casefold().replace("_", "").removesuffix("s")[:_LONGEST]


def _likeness(a: str, b: str) -> float:
    if not b:
        return 0.0
    if a == b:
        return 1.0
    # A name that was cut off, or written in full: name for full_name, created for created_at.
    if min(len(a), len(b)) >= 4 and (a in b or b in a):
        return 0.9
    matcher = SequenceMatcher(None, a, b, autojunk=False)
    return matcher.ratio() if matcher.quick_ratio() >= CUTOFF else 0.0


def listed(names: list[str]) -> str:
    """``a``, ``a or b``, ``a, b or c``."""
    return names[0] if len(names) == 1 else f"{', '.join(names[:-1])} or {names[-1]}"
