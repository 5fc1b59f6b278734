"""What a question says about time, groups, numbers and order, put into English, which all the rules are written for.

"Umsatz pro Monat in den letzten 3 Monaten" becomes "Umsatz per month in the last 3 months". The other words stay: the
rules do not look at them. Quoted text is data and stays too.
"""

import re
from functools import lru_cache

from nl2sql.languages.language import Language

QUOTED = re.compile(r"'[^']*'|\"[^\"]*\"|“[^”]*”|「[^」]*」|『[^』]*』|„[^“”]*[“”]|«[^»]*»")
_WORDS_OF = {"n": "number", "n2": "number", "unit": "unit", "unit2": "unit", "month": "month"}


def in_english(question: str, language: Language) -> str:
    """The question with the phrases that ``language`` has a rule for in English."""
    if not language.english:
        return question
    parts, at = [], 0
    for quoted in QUOTED.finditer(question):
        parts += [_put(question[at : quoted.start()], language), quoted[0]]
        at = quoted.end()
    return " ".join("".join([*parts, _put(question[at:], language)]).split())


def _put(text: str, language: Language) -> str:
    # One pass: what one rule wrote no other rule reads.
    return _rules(language).sub(lambda found: _english(found, language), text)


@lru_cache
def _rules(language: Language) -> re.Pattern[str]:
    """All patterns as one, the names of their groups made different."""
    wholes = []
    for number, (pattern, _) in enumerate(language.english):
        named = re.sub(r"\(\?P<(\w+)>", rf"(?P<\1_{number}>", pattern)
        for name, words in language.lists.items():
            named = named.replace(f"{{{name}}}", "(?:" + "|".join(sorted(words, key=len, reverse=True)) + ")")
        wholes.append(f"(?P<rule_{number}>{named})")
    edge = r"\b" if language.spaced else ""
    return re.compile(f"{edge}(?:{'|'.join(wholes)}){edge}", re.IGNORECASE)


def _english(found: "re.Match[str]", language: Language) -> str:
    given = found.groupdict()
    number = next(n for n in range(len(language.english)) if given[f"rule_{n}"] is not None)
    english = language.english[number][1]
    for key, said in given.items():
        name, _, of = key.rpartition("_")
        if said is not None and of == str(number) and name != "rule":
            english = english.replace(f"{{{name.rstrip('2')}}}", _word(name, said, language))
    return english


def _word(name: str, said: str, language: Language) -> str:
    words = language.lists.get(_WORDS_OF.get(name, ""), {})
    return words.get(said.casefold(), said)
