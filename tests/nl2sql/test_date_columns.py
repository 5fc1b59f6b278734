import pytest

from nl2sql.catalog import Catalog, CatalogColumn, CatalogTable
from nl2sql.date_columns import date_column

CATALOG = Catalog(
    "hotel",
    (
        CatalogTable(
            "guests",
            (
                CatalogColumn("joined_on", "date"),
                CatalogColumn("valid_until", "datetime"),
                CatalogColumn("checkedoutat", "timestamp"),
                CatalogColumn("invited", "int"),
            ),
        ),
        CatalogTable("stays", (CatalogColumn("arrived", "datetime"), CatalogColumn("started_on", "date"))),
        CatalogTable("tours", (CatalogColumn("started_at", "datetime"),)),
    ),
)


@pytest.mark.parametrize(
    ("question", "said", "column"),
    [
        ("guests who joined in the past 70 days", "in the past 70 days", "guests.joined_on"),
        ("guests joining in the past 70 days", "in the past 70 days", "guests.joined_on"),
        ("guests who arrived or joined last week", "last week", "guests.joined_on"),  # the nearest word
        ("guests who checked out last week", "last week", "guests.checkedoutat"),
        ("guests checkedout last week", "last week", "guests.checkedoutat"),
        ("stays that started last week", "last week", None),  # of two tables
        ("guests who joined before one started last week", "last week", None),
        ("guests who were invited last week", "last week", None),  # no date
        ("joined by a friend of a friend from another city last week", "last week", None),  # too far away
        ("last week joined guests", "last week", None),  # behind it
        ("guests who joined", "last week", None),
        ("guests who joined last week, say", "last week, without today", "guests.joined_on"),
        ("", "", None),
    ],
)
def test_the_date_that_a_span_is_about(question: str, said: str, column: str | None) -> None:
    assert date_column(question, said, CATALOG) == column
