from dataclasses import replace

import pytest

from diagnose.advice.candidates import Candidate, Purpose
from diagnose.advice.price import price
from diagnose.advice.usage import Usage
from diagnose.evidence.facts import MARIADB, Index, Table
from tests.diagnose.samples import table

ORDERS = table("orders(id int pk, person int null key, note varchar(20) null)")


def candidate(*names: str, of: Table = ORDERS, extends: Index | None = None) -> Candidate:
    columns = tuple(column for column in of.columns if column.name in names)
    usage = Usage.__new__(Usage)
    object.__setattr__(usage, "table", of)
    return Candidate(usage, Purpose.FILTER, columns, 1, 1, extends=extends)


def test_what_writes_to_it() -> None:
    text = price(candidate("person", "note"), MARIADB)
    assert text.endswith(" Every INSERT and DELETE, and every UPDATE of person and note, writes to it too.")
    assert text.startswith("It takes about ")


def test_a_table_of_unknown_size() -> None:
    unknown = replace(ORDERS, rows=None)
    text = price(candidate("person", of=unknown), MARIADB)
    assert text == "Every INSERT and DELETE, and every UPDATE of person, writes to it too."


def test_the_index_whose_place_it_takes() -> None:
    text = price(candidate("person", extends=Index("by\nperson", ("person",))), MARIADB)
    assert "It can take the place of the index" in text
    assert text.endswith("which it begins with.")
    assert "\n" not in text


@pytest.mark.parametrize("name", ["a" * 200, "a\u202eb"])
def test_hostile_names(name: str) -> None:
    text = price(candidate("person", extends=Index(name, ("person",))), MARIADB)
    assert name not in text
