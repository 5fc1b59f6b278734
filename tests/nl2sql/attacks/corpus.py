"""The attack corpus: data files of one attack a line, under headings in brackets (``outputs.txt`` says how)."""

import re
from dataclasses import dataclass
from pathlib import Path
from typing import Any

import pymysql

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


# What ASK says itself; any other error means that a statement got as far as the database's own run.
STOPPED = frozenset({57006, 57007, 57008})
SECRETS = ("LEAK-vault", "LEAK-file")


def question(attack: Attack) -> str:
    """One that the tables answer, and that names the attack to whoever plays the model."""
    return f"orders of attack {attack.name.split()[-1]}?"


def played(attacks: list[Attack]) -> dict[str, str]:
    """What a model that obeys the attacker answers; for ``tests.support.answering``."""
    return {question(attack): attack.text for attack in attacks}


def asked(connection: Any, attack: Attack) -> str | None:
    """Ask; what is wrong with what came of it, or None. The connection must be usable afterwards."""
    said = ""
    try:
        with connection.cursor() as cursor:
            cursor.execute(f"ASK '{question(attack)}'")
            rows = cursor.fetchall()
            said = repr(rows)
            if not attack.permitted:
                return f"{attack.name}: it ran: {attack.text[:200]} -> {said[:200]}"
            if len(rows) > 1000:
                return f"{attack.name}: {len(rows)} rows"
    except pymysql.err.MySQLError as error:
        said = str(error)
        if not attack.permitted and int(error.args[0]) & 0xFFFF not in STOPPED:
            return f"{attack.name}: it came as far as the database: {attack.text[:200]} -> {said[:200]}"
    with connection.cursor() as cursor:
        cursor.execute("SHOW WARNINGS")
        said += repr(cursor.fetchall())
        cursor.execute("SELECT 1")
        if cursor.fetchall() != ((1,),):
            return f"{attack.name}: the session is out of step"
    return next((f"{attack.name}: {secret} leaked" for secret in SECRETS if secret in said), None)
