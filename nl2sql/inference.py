"""Foreign keys that nobody declared, guessed from names and types.

A guess is made only when one table fits: it has a one-column primary key of a like type, and the column is called as
that key (when the key's name is not the bare ``id``) or as the table and its key (``customer_id`` for
``customers.id``). A prefix that all columns of a table share does not count (``ord_cust_id`` for ``cust_id``).
Compare the heuristics of Rostin et al., "A Machine Learning Approach to Foreign Key Discovery" (WebDB 2009).
"""

from collections.abc import Iterator, Sequence
from typing import TYPE_CHECKING

if TYPE_CHECKING:
    from nl2sql.catalog import CatalogColumn, CatalogTable

_WHOLE = {"tinyint", "smallint", "mediumint", "int", "bigint"}
_TEXT = {"char", "varchar", "text", "tinytext"}
_BARE = {"id", "uid", "key", "code", "no", "nr", "pk"}


def inferred_links(
    tables: "Sequence[CatalogTable]", declared: set[tuple[str, str]]
) -> Iterator[tuple[str, str, str, str]]:
    """Yield (table, column, to_table, to_column), leaving out the columns in ``declared``."""
    keyed = [(t, keys[0]) for t in tables if not t.view and len(keys := [c for c in t.columns if c.primary]) == 1]
    for table in tables:
        prefix = _shared_prefix(table)
        for column in table.columns:
            if (table.name, column.name) in declared:
                continue
            fits = [
                (to, key)
                for to, key in keyed
                if to is not table and _alike(column, key) and _names(column.name, prefix, to, key)
            ]
            own_key = any(t is table and k is column for t, k in keyed)
            if len(fits) == 1 and not own_key:
                yield table.name, column.name, fits[0][0].name, fits[0][1].name


def _alike(column: "CatalogColumn", key: "CatalogColumn") -> bool:
    a, b = column.base_type, key.base_type
    return a == b or {a, b} <= _WHOLE or {a, b} <= _TEXT


def _names(column: str, prefix: int, table: "CatalogTable", key: "CatalogColumn") -> bool:
    """Whether the column's name points at the table's key; its first ``prefix`` characters say only its own table."""
    name, key_name = _flat(column), _flat(key.name)
    bare = _flat(column[prefix:])
    if name in _BARE or bare in _BARE:
        return False
    if key_name not in _BARE and len(key_name) > 3 and name.endswith(key_name):
        return True
    if prefix and len(bare) > 3 and key_name.endswith(bare):
        return True
    own = {
        form + suffix for form in _singulars(table.name) for suffix in (key_name if key_name in _BARE else "id", "id")
    }
    return name in own or any(column.casefold().replace("_id", "id").endswith("_" + form) for form in own)


def _shared_prefix(table: "CatalogTable") -> int:
    """Characters that all column names of the table begin with, when that is a habit of it and not chance."""
    names = [c.name.casefold() for c in table.columns]
    return len(_common(min(names), max(names))) if len(names) >= 3 else 0


def _common(one: str, other: str) -> str:
    """What both begin with; of the least and the greatest of many strings it is what all begin with."""
    at = next((i for i, (a, b) in enumerate(zip(one, other, strict=False)) if a != b), min(len(one), len(other)))
    return one[:at]


def _flat(name: str) -> str:
    return name.replace("_", "").casefold()


def _singulars(table: str) -> set[str]:
    """The table's name and its likely singular, without underscores."""
    flat = _flat(table)
    forms = {flat}
    if flat.endswith("ies"):
        forms.add(flat[:-3] + "y")
    if flat.endswith("es"):
        forms.add(flat[:-2])
    if flat.endswith("s"):
        forms.add(flat[:-1])
    return forms
