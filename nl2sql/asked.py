"""What a statement is compared with: the question, and what was found out about it."""

import re
from dataclasses import dataclass

from nl2sql.values import FoundValue

_RELATIVE = re.compile(
    r"\b(today|tonight|yesterday|tomorrow|now|currently|recent(ly)?|ago|upcoming|so far|to date|ytd|mtd)\b"
    r"|\b(active|available|(in)?valid|due|overdue|expir\w+|in effect|at the moment|at present|presently|as of)\b"
    r"|\bthis (morning|noon|afternoon|evening|night)\b|\b(heute|hoy|aujourd'hui)\b"
    r"|\b(age|old|since|still|yet)\b"
    r"|\b(this|last|past|previous|next|current)\s+(\w+\s+)?(days?|weeks?|months?|quarters?|years?)\b",
    re.IGNORECASE,
)

# Words of English that German and Spanish do not have.
_ENGLISH = re.compile(
    r"\b(the|of|how|what|which|who|whose|where|when|list|show|give|find|each|with|for|and|are|is|there|by|many)\b",
    re.IGNORECASE,
)
_COUNTED = re.compile(r"\s*(?:how many|(?:what is |give me |return |show )?the (?:total )?number of)\b", re.IGNORECASE)
_EACH = re.compile(r"\b(?:each|per|by|every|list|names?|ids?|split|grouped)\b", re.IGNORECASE)


@dataclass(frozen=True, slots=True)
class Asked:
    """The question, the values of the data that it names, and the definitions that belong to it."""

    question: str = ""
    values: tuple[FoundValue, ...] = ()
    terms: tuple[str, ...] = ()

    @property
    def text(self) -> str:
        """Everything that was said."""
        return " ".join((self.question, *self.terms))

    @property
    def is_count(self) -> bool:
        """Whether one number is asked for."""
        return bool(_COUNTED.match(self.question)) and not _EACH.search(self.question)

    @property
    def is_relative(self) -> bool:
        """Whether anything said may depend on the day it is said; what is not English may."""
        english = self.text.isascii() and _ENGLISH.search(self.text)
        return not english or bool(_RELATIVE.search(self.text))
