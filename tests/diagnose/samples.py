"""Evidence for unit tests, made from short texts."""

import sqlglot

from diagnose.evidence.evidence import Evidence
from diagnose.evidence.facts import MARIADB, Column, ForeignKey, Index, Schema, Server, Table
from diagnose.evidence.plan import Plan


def table(text: str, rows: float = 100_000, *, partitions: tuple[str, ...] = ()) -> Table:
    """``orders(id int pk, customer_id int null key, note varchar(20) null, key(a, b), unique(c), fk(a) t(b))``.

    A column is ``name type [null] [pk] [key] [unique]``. Values are different in keys, a tenth of ``rows`` elsewhere.
    """
    name, _, rest = text.partition("(")
    columns: list[Column] = []
    indexes: list[Index] = []
    foreign: list[ForeignKey] = []
    for part in _split(rest.rstrip()[:-1]):
        head, _, inner = part.partition("(")
        word = head.strip().lower()
        names = tuple(n.strip() for n in inner.partition(")")[0].split(","))
        if word in ("key", "unique", "pk"):
            indexes.append(_index(word, names, rows))
        elif word == "fk":
            to, _, to_columns = part.partition(")")[2].strip().partition("(")
            foreign.append(ForeignKey(names, to, tuple(n.strip() for n in to_columns.rstrip(")").split(","))))
        else:
            words = part.split()
            key = next((w for w in words[2:] if w in ("pk", "key", "unique")), "")
            distinct = rows if key in ("pk", "unique") else max(rows / 10, 1)
            kind = words[1]
            text_type = kind.startswith(("char", "varchar", "text"))
            collation = next((w for w in words[2:] if "_" in w), "utf8mb4_general_ci") if text_type else ""
            charset = collation.partition("_")[0]
            columns.append(Column(words[0], kind, "null" in words, collation, charset, distinct=distinct))
            if key:
                indexes.append(_index(key, (words[0],), rows))
    return Table(
        "shop",
        name.strip(),
        tuple(columns),
        tuple(indexes),
        tuple(foreign),
        rows=rows,
        data_bytes=int(rows * 100),
        engine="InnoDB",
        partition_columns=partitions,
    )


def _index(word: str, columns: tuple[str, ...], rows: float) -> Index:
    name = "PRIMARY" if word == "pk" else "_".join(columns)
    steps = tuple(rows if word != "key" else max(rows / 10, 1) for _ in columns)
    return Index(name, columns, unique=word != "key", primary=word == "pk", cardinality=steps)


def _split(text: str) -> list[str]:
    parts, depth, start = [], 0, 0
    for at, character in enumerate(text):
        depth += (character == "(") - (character == ")")
        if character == "," and depth == 0:
            parts.append(text[start:at].strip())
            start = at + 1
    return [*parts, text[start:].strip()]


def evidence(sql: str, *tables: Table, plan: Plan | None = None, kind: str = MARIADB) -> Evidence:
    """The statement over ``tables`` of the database ``shop``."""
    tree = sqlglot.parse_one(sql, dialect="mysql")
    return Evidence(sql, tree, Server(kind, "10.11.6-MariaDB"), Schema("shop", tables), plan)
