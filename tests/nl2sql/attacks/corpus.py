"""The attack corpus: data files of one attack a line, under headings in brackets (``outputs.txt`` says how)."""

import re
from dataclasses import dataclass
from pathlib import Path

FOLDER = Path(__file__).parent
_CHARACTER = re.compile(r"<U\+([0-9A-F]{4,6})>")
_REPEATED = re.compile(r"<(\d+)\*([^<>]*)>")


@dataclass(frozen=True, slots=True)
class Attack:
    """``permitted``: it may run, because it only reads what the person may read."""

    name: str
    category: str
    text: str
    permitted: bool = False


def read_attacks(file: str, **files: str) -> list[Attack]:
    """Every attack of the file; ``files`` take the places of ``<OUT>`` and ``<FILE>``."""
    category, attacks = "", []
    for number, line in enumerate((FOLDER / file).read_text("utf-8").splitlines(), 1):
        if line.startswith("[") and line.endswith("]"):
            category = line.strip("[]")
        elif line and not line.startswith("# "):
            text = _CHARACTER.sub(lambda c: chr(int(c[1], 16)), line.removeprefix("~"))
            text = _REPEATED.sub(lambda r: r[2] * int(r[1]), text)
            for place, path in files.items():
                text = text.replace(f"<{place}>", path)
            attacks.append(Attack(f"{category} {number}", category, text, line.startswith("~")))
    return attacks
