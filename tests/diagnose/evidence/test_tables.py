import sqlglot

from diagnose.evidence.tables import table_names


def test_each_once_and_names_of_ctes_too() -> None:
    sql = "WITH c AS (SELECT 1 FROM d.a) SELECT 1 FROM c JOIN b USING (x) JOIN B x, b y WHERE EXISTS (SELECT 1 FROM e)"
    assert sorted(table_names(sqlglot.parse_one(sql, read="mysql"))) == [
        ("", "B"), ("", "b"), ("", "c"), ("", "e"), ("d", "a"),
    ]  # fmt: skip
