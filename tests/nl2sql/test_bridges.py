"""The way between two tables that a candidate joined directly; its rows are tried on a database in test_mend."""

import pytest

from nl2sql.catalog import Catalog, CatalogColumn, CatalogTable, Link
from nl2sql.guard import check
from plugins.readonly import Rejected

TABLES = {
    "fleets": ("fleet_id", "title"),
    "ships": ("ship_id", "fleet_id", "title"),
    "calls": ("call_id", "ship_id"),
    "moves": ("call_id", "pier_id", "tons"),
    "piers": ("pier_id", "depth"),
    "ports": ("port_id",),
}
LINKS = (
    Link("ships", "fleet_id", "fleets", "fleet_id"),
    Link("calls", "ship_id", "ships", "ship_id"),
    Link("moves", "call_id", "calls", "call_id"),
    Link("moves", "pier_id", "piers", "pier_id"),
)


def catalog(tables: dict[str, tuple[str, ...]] = TABLES, links: tuple[Link, ...] = LINKS) -> Catalog:
    columns = {name: tuple(CatalogColumn(c, "int") for c in names) for name, names in tables.items()}
    return Catalog("port", tuple(CatalogTable(name, its) for name, its in columns.items()), links)


def bridged(joins: str, known: Catalog | None = None) -> str:
    """What the guard makes of ``SELECT 1 FROM fleets AS l`` and ``joins``."""
    start = "SELECT 1 FROM fleets AS l "
    return check(start + joins, known or catalog(), 1000).sql.removeprefix(start).removesuffix(" LIMIT 1000")


CALLS = "JOIN ships ON l.fleet_id = ships.fleet_id JOIN calls AS c ON ships.ship_id = c.ship_id"


@pytest.mark.parametrize(
    ("wrong", "right"),
    [
        ("JOIN calls AS c ON c.fleet_id = l.fleet_id", CALLS),
        ("JOIN calls AS c ON l.fleet_id = c.fleet_id AND c.call_id > 5", CALLS + " AND c.call_id > 5"),
        ("JOIN calls AS c ON (c.fleet_id = l.fleet_id)", CALLS.replace("ON ships", "ON (ships") + ")"),
        (
            "JOIN moves AS m ON m.fleet_id = l.fleet_id",
            "JOIN ships ON l.fleet_id = ships.fleet_id JOIN calls ON ships.ship_id = calls.ship_id "
            "JOIN moves AS m ON calls.call_id = m.call_id",
        ),
        # A table on the way is there already, before or behind.
        (
            "JOIN ships AS s ON s.fleet_id = l.fleet_id JOIN calls AS c ON c.fleet_id = l.fleet_id",
            "JOIN ships AS s ON s.fleet_id = l.fleet_id JOIN calls AS c ON s.ship_id = c.ship_id",
        ),
        (
            "JOIN calls AS c ON c.fleet_id = l.fleet_id JOIN ships AS s ON s.fleet_id = l.fleet_id",
            "JOIN ships AS s ON s.fleet_id = l.fleet_id JOIN calls AS c ON s.ship_id = c.ship_id",
        ),
        # What an outer join keeps, it keeps once.
        (
            "LEFT JOIN calls AS c ON c.fleet_id = l.fleet_id",
            "LEFT JOIN (ships JOIN calls AS c ON ships.ship_id = c.ship_id) ON l.fleet_id = ships.fleet_id",
        ),
        (
            "LEFT JOIN moves AS m ON m.fleet_id = l.fleet_id",
            "LEFT JOIN (ships JOIN calls ON ships.ship_id = calls.ship_id JOIN moves AS m ON calls.call_id = m.call_id)"
            " ON l.fleet_id = ships.fleet_id",
        ),
        ("RIGHT JOIN calls AS c ON c.fleet_id = l.fleet_id", CALLS.replace("JOIN calls", "RIGHT JOIN calls")),
    ],
)
def test_the_one_way_is_laid(wrong: str, right: str) -> None:
    assert bridged(wrong) == right


def test_what_was_joined_is_told() -> None:
    guarded = check("SELECT 1 FROM fleets AS l JOIN calls AS c ON c.fleet_id = l.fleet_id", catalog(), 1000)
    assert set(guarded.tables) == {"fleets", "ships", "calls"}
    assert guarded.notes[0] == (
        "read c.fleet_id = l.fleet_id as the way JOIN ships ON l.fleet_id = ships.fleet_id "
        "JOIN calls ON ships.ship_id = calls.ship_id"
    )


@pytest.mark.parametrize(
    "wrong",
    [
        "JOIN ports AS p ON p.fleet_id = l.fleet_id",  # no key leads there
        "JOIN piers AS p ON p.fleet_id = l.fleet_id",  # only a very long way
        "JOIN calls AS c ON c.fleet_id = l.fleet_id OR c.call_id > 5",  # a condition that need not hold
        "JOIN calls AS c ON NOT c.fleet_id = l.fleet_id",
        "JOIN calls AS c ON c.fleet_id > l.fleet_id",
        "CROSS JOIN calls AS c WHERE c.fleet_id = l.fleet_id",  # not where the table is joined
        "JOIN ships AS s ON s.motto = l.title",  # a key leads there at once: another column was meant
        # The table on the way is there twice, and under the name of another.
        "JOIN ships AS s ON s.ship_id = l.fleet_id JOIN ships AS o ON o.ship_id = l.fleet_id "
        "JOIN calls AS c ON c.fleet_id = l.fleet_id",
        "JOIN ports AS ships ON ships.port_id = 1 JOIN calls AS c ON c.fleet_id = l.fleet_id",
        # It stands behind and cannot go before, for it needs what is joined.
        "JOIN calls AS c ON c.fleet_id = l.fleet_id JOIN ships AS s ON s.ship_id = c.ship_id",
    ],
)
def test_in_doubt_it_is_refused(wrong: str) -> None:
    with pytest.raises(Rejected, match="fleet_id"):
        bridged(wrong)


def test_of_two_ways_none_is_taken() -> None:
    tables = {**TABLES, "cargo": ("call_id", "fleet_id")}
    links = (*LINKS, Link("cargo", "call_id", "calls", "call_id"), Link("cargo", "fleet_id", "fleets", "fleet_id"))
    with pytest.raises(Rejected):
        bridged("JOIN calls AS c ON c.fleet_id = l.fleet_id", catalog(tables, links))


@pytest.mark.parametrize("name", ["vault.secrets", "order", "a AS b", "x; DROP TABLE y", "t`u", "(SELECT 1)"])
def test_a_table_on_the_way_is_this_one_whatever_its_name_spells(name: str) -> None:
    tables = {"fleets": TABLES["fleets"], name: TABLES["ships"], "calls": TABLES["calls"]}
    links = (Link(name, "fleet_id", "fleets", "fleet_id"), Link("calls", "ship_id", name, "ship_id"))
    quoted = "`" + name.replace("`", "``") + "`"
    known = catalog(tables, links)
    assert bridged("JOIN calls AS c ON c.fleet_id = l.fleet_id", known) == CALLS.replace("ships", quoted)
    # The same for a table that was forgotten.
    forgotten = check("SELECT title FROM calls AS c", known, 1000).sql
    assert f" JOIN {quoted} ON c.ship_id = {quoted}.ship_id" in forgotten
