"""What the Python clients share: which statements they run, and how they print what they got."""

import sys
from collections.abc import Iterable, Sequence
from pathlib import Path
from typing import Any

FOLDER = Path(__file__).resolve().parent.parent
HOST, PORT, PART, DRIVER = sys.argv[1], int(sys.argv[2]), sys.argv[3], sys.argv[4]
OPTIONS = set(sys.argv[5:])
USER, PASSWORD, DATABASE = "app", "secret", "shop"
QUESTION = "how many customers are there"
SELECT = "SELECT id, name, {0} AS given FROM regions WHERE id >= {0} ORDER BY id"
PARAMETERS: tuple[tuple[Any, ...], ...] = (("grüße", 2), (None, 4), (12.5, 5))
NOTES = [("one",), ("two",), ("drei ☃",)]
NOTES_TABLE = "CREATE TEMPORARY TABLE notes (id INT PRIMARY KEY AUTO_INCREMENT, note VARCHAR(40))"
NOTES_COUNT = "SELECT COUNT(*), MAX(note) FROM notes"


def statements() -> list[tuple[str, str]]:
    """(label, SQL) of this part."""
    lines = (FOLDER / f"{PART}.txt").read_text().splitlines()
    return [(line.split("\t")[0], line.split("\t")[1]) for line in lines]


def text(value: Any) -> str:
    if value is None:
        return "NULL"
    return "0x" + bytes(value).hex() if isinstance(value, (bytes, bytearray)) else str(value)


def show(
    label: str, columns: Sequence[str] | None, rows: Iterable[Sequence[Any]], affected: int = 0, id: Any = 0
) -> None:
    print(f"-- {label}")
    if columns is None:
        print(f"ok: {affected} rows, id {id or 0}")
        return
    print("columns: " + " | ".join(columns))
    for row in rows:
        print(" | ".join(text(value) for value in row))


def show_error(label: str, error: BaseException) -> None:
    number, *words = error.args
    print(f"-- {label}\nerror: {number} {' '.join(str(word) for word in words)}")
