"""Values in scripts without spaces."""

import pytest

from nl2sql.catalog import Catalog, CatalogColumn, CatalogTable
from nl2sql.values import find_values, known_values, phrases

SAMPLED = Catalog(
    "db", (CatalogTable("regions", (CatalogColumn("name", "varchar(30)", values=("北部", "南", "North")),)),)
)


@pytest.mark.parametrize("question", ["北部有多少客户？", "位于北部的客户", "customers in '北部'"])
def test_a_sampled_value_is_found_inside_of_a_text(question: str) -> None:
    assert [found.value for found in known_values(question, SAMPLED)] == ["北部"]


def test_one_sign_is_no_value() -> None:
    assert known_values("南美洲的客户", SAMPLED) == []


@pytest.mark.parametrize(
    "question", ["「田中商店」の注文", "『田中商店』の注文", "“田中商店”的订单", "'田中商店' の注文"]
)
def test_quoted_values(question: str) -> None:
    assert phrases(question, SAMPLED) == ["田中商店"]


@pytest.mark.parametrize(
    "question", ["田中商店の注文数", "how many orders has '田中商店'", "{}' OR 1=1 -- 田中商店の注文"]
)
async def test_values_are_looked_up_inside_of_a_text(connect, question: str) -> None:
    root = connect("root")
    root.run("CREATE OR REPLACE TABLE shops (id INT PRIMARY KEY, `na'me` VARCHAR(40), word VARCHAR(9)) CHARSET utf8mb4")
    try:
        root.run("INSERT INTO shops VALUES (1, '田中商店', 'x'), (2, '山田商店', '田')")
        columns = (
            CatalogColumn("id", "int"),
            CatalogColumn("na'me", "varchar(40)"),
            CatalogColumn("word", "varchar(9)"),
        )
        catalog = Catalog("shop", (CatalogTable("shops", columns, rows=2),))
        found = await find_values(root, question, catalog)
        assert [(f.column, f.value) for f in found] == [("na'me", "田中商店")]
    finally:
        root.run("DROP TABLE shops")
