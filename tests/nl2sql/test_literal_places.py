import pytest

from nl2sql.catalog import Catalog, CatalogColumn, CatalogTable, Link
from nl2sql.literal_places import place_values
from nl2sql.names import resolve
from nl2sql.values import FoundValue
from plugins.readonly import parse_one

CATALOG = Catalog(
    "shop",
    (
        CatalogTable(
            "funds",
            (
                CatalogColumn("id", "int"),
                CatalogColumn("symbol", "varchar(9)"),
                CatalogColumn("kind", "enum('bond','stock')", values=("bond", "stock")),
                CatalogColumn("note", "varchar(90)"),
            ),
        ),
        CatalogTable(
            "trades", (CatalogColumn("id", "int"), CatalogColumn("fund_id", "int"), CatalogColumn("side", "varchar(9)"))
        ),
        CatalogTable("cities", (CatalogColumn("name", "varchar(9)"),)),
    ),
    (Link("trades", "fund_id", "funds", "id"),),
)
VTI = FoundValue("funds", "symbol", "VTI")


def placed(sql: str, *values: FoundValue) -> tuple[str, list[str]]:
    tree = parse_one(sql)
    names = resolve(tree, CATALOG)
    before = list(names.notes)
    place_values(tree, names, values)
    return tree.sql("mysql"), [note for note in names.notes if note not in before]


def test_a_literal_goes_to_the_column_that_has_it() -> None:
    sql, notes = placed("SELECT id FROM funds WHERE id = 'VTI'", VTI)
    assert sql == "SELECT id FROM funds WHERE funds.symbol = 'VTI'"
    assert notes == ["looked for 'VTI' in funds.symbol, which has it, not in id"]


@pytest.mark.parametrize(
    ("sql", "values", "placed_sql"),
    [
        (
            "SELECT f.id FROM funds AS f WHERE f.id LIKE '%vti%'",
            [VTI],
            "SELECT f.id FROM funds AS f WHERE f.symbol LIKE '%vti%'",
        ),
        (
            "SELECT id FROM funds WHERE kind = 'VTI'",  # all values of an enum are known
            [VTI],
            "SELECT id FROM funds WHERE funds.symbol = 'VTI'",
        ),
        (
            "SELECT id FROM funds WHERE note = 'VTI'",  # was looked for there in vain
            [FoundValue("funds", "symbol", "VTI", frozenset({"funds.note"}))],
            "SELECT id FROM funds WHERE funds.symbol = 'VTI'",
        ),
        (
            "SELECT trades.id FROM trades WHERE trades.id = 'VTI'",  # a foreign key leads there
            [VTI],
            "SELECT trades.id FROM trades JOIN funds ON trades.fund_id = funds.id WHERE funds.symbol = 'VTI'",
        ),
    ],
)
def test_where_a_literal_belongs(sql: str, values: list[FoundValue], placed_sql: str) -> None:
    assert placed(sql, *values)[0] == placed_sql


@pytest.mark.parametrize(
    ("sql", "values"),
    [
        ("SELECT id FROM funds WHERE id = 'VTI'", []),
        ("SELECT id FROM funds WHERE symbol = 'VTI'", [VTI]),
        ("SELECT id FROM funds WHERE note = 'VTI'", [VTI]),  # nobody looked: it may be there
        (
            "SELECT id FROM funds WHERE note LIKE '%VTI%'",
            [FoundValue("funds", "symbol", "VTI", frozenset({"funds.note"}))],
        ),
        ("SELECT id FROM funds WHERE kind = 'stock'", [FoundValue("funds", "symbol", "stock")]),
        ("SELECT id FROM funds WHERE id = 'V71'", [FoundValue("funds", "symbol", "V71")]),  # a number may be meant
        ("SELECT id FROM funds WHERE id = 'VTI'", [FoundValue("cities", "name", "VTI")]),  # no way there
        (
            "SELECT id FROM funds WHERE id = 'VTI'",
            [FoundValue("cities", "name", "VTI"), FoundValue("trades", "side", "VTI")],
        ),
        ("SELECT id FROM funds WHERE id = 'other'", [VTI]),
        ("SELECT id FROM funds WHERE id = 'VTI'", [VTI, FoundValue("funds", "note", "VTI")]),  # which of both?
        ("SELECT id FROM funds WHERE id = 5", [FoundValue("funds", "symbol", "5")]),
    ],
)
def test_where_it_may_be_right_a_literal_stays(sql: str, values: list[FoundValue]) -> None:
    assert placed(sql, *values) == (sql, [])
