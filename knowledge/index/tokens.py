"""Text as words to search by, the same for passages and for questions."""

import re
import unicodedata

# Longer ones are no words: keys, hashes, encoded files.
LONGEST = 64
# Letters and digits, with the marks that belong to them in scripts that write vowels as marks.
_WORD = re.compile(r"(?:[^\W_]|[\u0300-\u036f\u0591-\u05bd\u064b-\u0670\u0900-\u0963\u0966-\u0dff])+")
_ASCII_WORD = re.compile(r"[a-z0-9]+")
# Scripts without spaces between words: CJK, kana, Hangul (whose particles cling to words), Thai, Lao, Myanmar, Khmer.
_UNSPACED = re.compile(
    r"[\u0e00-\u0eff\u1000-\u109f\u1780-\u17ff\u3041-\u30ff\u3400-\u4dbf\u4e00-\u9fff\uac00-\ud7af\U00020000-\U000323af]+"
)
_ACCENTED = re.compile(r"[\u00c0-\u024f\u0370-\u03ff\u1e00-\u1fff]")
_ACCENT = re.compile(r"[\u0300-\u036f]")


def tokens(text: str) -> list[str]:
    """The words in their order: lower case, without accents; unspaced scripts as pairs of characters."""
    if text.isascii():
        return [word[:LONGEST] for word in _ASCII_WORD.findall(text.lower())]
    plain = unicodedata.normalize("NFKC", text).casefold()
    plain = _ACCENT.sub("", _ACCENTED.sub(_without_accent, plain))
    spaced = _UNSPACED.sub(_pairs, plain)
    return [word[:LONGEST] for word in _WORD.findall(spaced)]


def _without_accent(match: re.Match[str]) -> str:
    return unicodedata.normalize("NFKD", match.group())[0]


def _pairs(match: re.Match[str]) -> str:
    run = match.group()
    pairs = (run[n : n + 2] for n in range(max(1, len(run) - 1)))
    return f" {' '.join(pairs)} "
