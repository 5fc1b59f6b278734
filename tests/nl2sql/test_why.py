import pytest
import sqlglot

from nl2sql.catalog import Catalog
from nl2sql.languages.detect import language_of
from nl2sql.languages.wording import wording_of
from nl2sql.why import explain_steps

CATALOG = Catalog("db", ())
SQL = """
WITH m AS (SELECT a, COUNT(*) AS n FROM t LEFT JOIN u USING (k) WHERE b > 1 AND c = 'x' GROUP BY a HAVING COUNT(*) > 2)
SELECT DISTINCT m.a FROM m JOIN v ON v.a = m.a ORDER BY m.a DESC LIMIT 3
"""


def steps(question: str) -> list[str]:
    return explain_steps(sqlglot.parse_one(SQL, read="mysql"), CATALOG, wording_of(language_of(question)))


def test_english() -> None:
    assert steps("orders") == [
        "Prepare m: read t.",
        "Prepare m: join u on the same k, keeping rows without a match.",
        "Prepare m: keep only the rows where b > 1.",
        "Prepare m: keep only the rows where c = 'x'.",
        "Prepare m: put rows with the same a into one group.",
        "Prepare m: keep only the groups where COUNT(*) > 2.",
        "Prepare m: return a, COUNT(*) as n.",
        "Read m.",
        "Join v where v.a = m.a.",
        "Return without repetitions m.a.",
        "Sort by m.a from the highest.",
        "Return at most 3 rows.",
    ]


@pytest.mark.parametrize(
    ("question", "last"),
    [
        ("Kunden nach Region", "Gib höchstens 3 Zeilen zurück."),
        ("clientes por región", "Devolver como máximo 3 filas."),
        ("每个地区的客户", "最多返回 3 行。"),
        ("地域ごとの顧客", "最大 3 行を返す。"),
        ("Заказы", "Return at most 3 rows."),
    ],
)
def test_the_language_of_the_question(question: str, last: str) -> None:
    assert steps(question)[-1] == last
    assert len(steps(question)) == len(steps("orders"))
