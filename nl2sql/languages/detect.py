"""Which language a text is in: by its script, then by the words that only that language has.

Right for questions of a few words, at once, always the same; texts of other languages count as ``OTHER``.
"""

import re
from collections.abc import Mapping
from typing import Any

from nl2sql.languages.chinese import CHINESE
from nl2sql.languages.english import ENGLISH
from nl2sql.languages.german import GERMAN
from nl2sql.languages.japanese import JAPANESE
from nl2sql.languages.language import FollowUpWords, Language
from nl2sql.languages.pivot import QUOTED
from nl2sql.languages.spanish import SPANISH
from nl2sql.words import words
from plugins.words import STATE

_NOTHING = r"(?!)"
OTHER = Language("", "its own language", FollowUpWords(_NOTHING, _NOTHING, _NOTHING, _NOTHING, _NOTHING))
LANGUAGES = (ENGLISH, GERMAN, SPANISH, CHINESE, JAPANESE)
BY_CODE = {language.code: language for language in LANGUAGES}
_KANA = re.compile(r"[\u3041-\u30ff\uff66-\uff9f]")
_HAN = re.compile(r"[\u3400-\u9fff\uf900-\ufaff]")
_FOREIGN = re.compile(r"[^\W\d_a-zA-Z]")
_SPANISH_SIGNS = re.compile(r"[¿¡ñ]")


def answer_language(question: str, state: Mapping[str, Any], default: str = ENGLISH.code) -> Language:
    """In which language to answer: what SET ASK language said (in ``Session.state``), else the question's.

    ``default``: the settings' language. English, which they have by themselves, is no choice of anybody's.
    """
    chosen = state.get(STATE, default if default != ENGLISH.code else None)
    return language_of(question) if chosen is None else BY_CODE[chosen]


def language_of(text: str) -> Language:
    """The language of a question. What it quotes is data, in any language."""
    bare = QUOTED.sub(" ", text)
    if _KANA.search(bare):
        return JAPANESE
    if _HAN.search(bare):
        return JAPANESE if any(word in bare for word in JAPANESE.function_words) else CHINESE
    said = words(bare)
    if _SPANISH_SIGNS.search(bare.casefold()):
        return SPANISH
    counts = {language: sum(w in language.function_words for w in said) for language in (GERMAN, SPANISH)}
    best = max(counts, key=lambda language: counts[language])
    english = sum(w in _ENGLISH_WORDS for w in said)
    if counts[best] > english:
        return best
    # One name with an accent makes no foreign question.
    foreign = sum(1 for w in said if _FOREIGN.search(w))
    return OTHER if foreign and not english and foreign * 2 >= len(said) else ENGLISH


_ENGLISH = """
the of and or is are was were how many much what which who what when where with by per for from to last show list each
every all give me only than more in on at not without that their this have has number total average
"""
_ENGLISH_WORDS = frozenset(_ENGLISH.split())
