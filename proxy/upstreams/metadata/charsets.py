"""MySQL's character sets and collations, by name. https://dev.mysql.com/doc/refman/8.4/en/charset-charsets.html"""

from dataclasses import dataclass
from functools import cache

from proxy.upstreams.metadata.system_variables import data_lines


@dataclass(frozen=True, slots=True)
class CharacterSet:
    name: str
    description: str
    default_collation: str
    max_length: int  # of a character, in bytes


@dataclass(frozen=True, slots=True)
class Collation:
    name: str
    character_set: str
    id: int
    is_default: str  # "Yes" or nothing
    sort_length: int

    @property
    def pad(self) -> str:
        return "NO PAD" if "_0900_" in self.name or self.name == "binary" else "PAD SPACE"


@cache
def character_sets() -> dict[str, CharacterSet]:
    lines = (line.split("|") for line in data_lines("charsets.txt"))
    return {name: CharacterSet(name, text, collation, int(size)) for name, text, collation, size in lines}


@cache
def collations() -> dict[str, Collation]:
    lines = (line.split("|") for line in data_lines("collations.txt"))
    return {name: Collation(name, charset, int(n), default, int(s)) for name, charset, n, default, s in lines}


def character_set_named(name: str) -> CharacterSet | None:
    """By name, without case; ``utf8`` is utf8mb3."""
    folded = name.lower()
    return character_sets().get("utf8mb3" if folded == "utf8" else folded)


def collation_named(name: str) -> Collation | None:
    """By name, without case; ``utf8_…`` are utf8mb3's, as older clients spell them."""
    folded = name.lower()
    return collations().get(f"utf8mb3_{folded[5:]}" if folded.startswith("utf8_") else folded)


def collation_numbered(number: int) -> Collation | None:
    """By the id that the protocol uses."""
    return next((collation for collation in collations().values() if collation.id == number), None)
