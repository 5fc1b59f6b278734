"""A flying club's catalog, on which the mends of statements are tried without a database."""

from nl2sql.asked import Asked
from nl2sql.catalog import build_catalog
from nl2sql.guard import check
from nl2sql.values import FoundValue

COLUMNS = {
    "pilots": {"id": "int(11)", "name": "varchar(30)", "born": "date", "licence_year": "int(11)", "base": "int(11)"},
    "planes": {"id": "int(11)", "model": "varchar(30)", "seats": "int(11)"},
    "flights": {
        "id": "int(11)",
        "pilot_id": "int(11)",
        "plane_id": "int(11)",
        "started": "datetime",
        "landed": "datetime",
        "sold_on": "date",
        "state": "enum('ok','late')",
        "miles": "int(11)",
    },
}
CATALOG = build_catalog(
    "club",
    [(name, "BASE TABLE", "1000", "") for name in COLUMNS],
    [
        (table, name, kind, "", "PRI" if name == "id" else "", "select")
        for table, columns in COLUMNS.items()
        for name, kind in columns.items()
    ],
    [("flights", "pilot_id", "pilots", "id"), ("flights", "plane_id", "planes", "id")],
)


def mended(sql: str, question: str = "", *values: FoundValue) -> str:
    """The statement after the guard, without its LIMIT."""
    return check(sql, CATALOG, 1000, Asked(question, values)).sql.removesuffix(" LIMIT 1000")
