from nl2sql.answerable import Answerable, judge
from nl2sql.catalog import Catalog as C
from nl2sql.catalog import CatalogColumn, CatalogTable, build_catalog
from nl2sql.context import build_context, fit, grounded
from nl2sql.words import related, stem, words


def catalog_of(count):
    tables = [(f"thing{n}", "BASE TABLE", "5", "") for n in range(count)] + [("invoices", "BASE TABLE", "5", "bills")]
    columns = [(t[0], c, "int(11)", "", "", "select") for t in tables for c in ("id", "amount", "placed_on")]
    return build_catalog("db", tables, columns, [])


def test_all_tables_when_they_fit_else_the_nearest():
    catalog = catalog_of(30)
    assert fit("anything", catalog, 100_000) is catalog
    small = fit("How many invoices?", catalog, 60)
    assert "invoices" in [t.name for t in small.tables]
    assert len(small.tables) < 5
    context = build_context("How many invoices?", catalog, 60)
    assert context.left_out == 31 - len(context.catalog.tables)


def test_grounding_and_judgement():
    column = CatalogColumn("city", "varchar(20)", values=("Paris", "Rome"))
    catalog = C("db", (CatalogTable("custorders", (column, CatalogColumn("amount", "int")), comment="sales"),))
    assert judge(grounded("What is the weather in Paris?", catalog)) is Answerable.NO
    assert judge(grounded("orders from Paris", catalog)) is Answerable.YES
    assert judge(grounded("total sales", catalog)) is Answerable.YES
    assert judge(grounded("how high is the mount", catalog)) is Answerable.NO
    assert judge(grounded("which planet rises over cities tonight", catalog)) is Answerable.DOUBTFUL
    assert judge(grounded("what is the GMV", catalog, ("GMV = sum of amount",))) is Answerable.YES
    assert grounded("rows with 'weather'", catalog).unknown == ()


def test_a_definition_brings_its_idioms_where_the_question_names_it():
    terms = ("OTD = hours between order and delivery", "XYZ = median of all")
    catalog = catalog_of(2)
    assert any("TIMESTAMPDIFF(HOUR" in hint for hint in build_context("OTD of each branch", catalog, 500, terms).hints)
    assert build_context("orders of each branch", catalog, 500, terms).hints == ()


def test_words():
    assert words("orderDate_ID2 HTTPServer") == ["order", "date", "id", "2", "http", "server"]
    assert stem("cities") == stem("city")
    assert stem("ordered") == stem("orders") == stem("order")
    assert related("custom", "custname") is False
    assert related("name", "custname")
