"""A term's text as sentences, and what each of them defines."""

import re
from dataclasses import dataclass

from knowledge.records import Term
from nl2sql.words import words

# After a full stop, at a new line; and before a word that begins an instruction, where people forget the full stop.
_SENTENCE = re.compile(r"(?<=[.;!?])\s+(?=[A-Z\"'`(])|\n+|(?<=[a-z)])\s+(?=(?:To|Always|Never|When|If|Note)\s[a-z])")
# "ASP = …", "ASP (average selling price) = …": a definition begins here.
_DEFINED = re.compile(r"(?<!\S)(?P<name>[A-Z][A-Za-z0-9]*[A-Z0-9][A-Za-z0-9]*)(?=\s*(?:\([^()]{1,80}\)\s*)?(?:=|:))")
_IN_BRACKETS = re.compile(r"\((?P<name>[A-Z][A-Za-z0-9]*[A-Z0-9])\)")
_GENERAL = re.compile(r"\b(?:always|never|by default|unless|if not (?:mentioned|specified|given))\b", re.IGNORECASE)
# A name that only numbers what it names.
_LABEL = re.compile(r"(?:note|rule|hint|fact|remark|comment|term)s?\W*\d*", re.IGNORECASE)


@dataclass(frozen=True, slots=True)
class Sentence:
    """``names``: what it defines, folded; ``general``: it holds for every question; ``at``: its place in the term."""

    term: Term
    text: str
    names: frozenset[str]
    general: bool
    at: int


def divide(term: Term) -> list[Sentence]:
    """The term's sentences; one that defines several abbreviations is divided before each."""
    found: list[Sentence] = []
    for part in _SENTENCE.split(term.definition):
        starts = [m.start() for m in _DEFINED.finditer(part) if m.start() > 0]
        for begin, end in zip([0, *starts], [*starts, len(part)], strict=True):
            text = part[begin:end].strip()
            if words(text):
                general = _GENERAL.search(text) is not None
                found.append(Sentence(term, text, defined(text), general, len(found)))
    return found


def shown(term: Term) -> str:
    """The term as a prompt shows it: its name too, where the definition does not say what it defines."""
    if defined(term.definition) or _LABEL.fullmatch(term.name):
        return term.definition
    return f"{term.name}: {term.definition}"


def defined(text: str) -> frozenset[str]:
    """The abbreviations that ``text`` defines, folded."""
    found = [*_DEFINED.finditer(text), *_IN_BRACKETS.finditer(text)]
    return frozenset(m["name"].casefold() for m in found)
