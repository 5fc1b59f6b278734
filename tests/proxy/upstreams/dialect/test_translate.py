"""The forms that the databases cannot show: exact SQL, names, and what is refused."""

import pytest

from plugins.upstream import UpstreamError
from proxy.upstreams.dialect import FixedSchema, Untranslatable, parse, translate
from tests.proxy.upstreams.dialect.conftest import Translate


def test_names_take_the_case_of_the_schema_and_labels_that_of_the_client(to: Translate) -> None:
    assert to("postgres", "SELECT NAME, p.id FROM People p") == (
        'SELECT "name" AS "NAME", "p"."Id" AS "id" FROM "people" AS "p"'
    )


def test_an_expression_is_named_by_its_text(to: Translate) -> None:
    assert 'AS "COUNT(*)"' in to("postgres", "SELECT COUNT(*) FROM people")
    assert 'AS "1 +  1"' in to("duckdb", "select 1 +  1")


def test_the_tree_is_left_as_it_was(to: Translate) -> None:
    (tree,) = parse("SELECT IF(active, 1, 0), name FROM people WHERE name LIKE 'a%' GROUP BY 1")
    before = tree.sql("mysql")
    for target in ("postgres", "duckdb", "sqlite"):
        translate(tree, target, FixedSchema())
    assert tree.sql("mysql") == before


def test_functions_of_mysql_s_stay_readable_to_others() -> None:
    (tree,) = parse("SELECT date_format(a, '%Y'), DATABASE(), my_own(1) FROM t")
    assert tree.sql("mysql") == "SELECT DATE_FORMAT(a, '%Y'), SCHEMA(), MY_OWN(1) FROM t"


def test_a_truth_column_is_compared_with_numbers(to: Translate) -> None:
    assert to("postgres", "SELECT name FROM people WHERE active = 1").endswith('WHERE "active" = TRUE')
    assert to("postgres", "SELECT name FROM people WHERE active <> 0").endswith('WHERE "active" <> FALSE')
    assert (
        to("postgres", "SELECT SUM(active) AS n FROM people")
        == 'SELECT SUM(CAST("active" AS INT)) AS "n" FROM "people"'
    )


def test_a_comparison_keeps_the_column_bare_for_its_index(to: Translate) -> None:
    assert to("postgres", "SELECT name FROM people WHERE id = '5'").endswith("""WHERE "Id" = '5'""")
    assert to("duckdb", "SELECT name FROM people WHERE id = '5'").endswith('WHERE "Id" = 5')
    assert to("duckdb", "SELECT name FROM people WHERE born >= '2024-1-5'").endswith(
        """WHERE "born" >= CAST('2024-01-05' AS DATE)"""
    )


def test_a_unique_key_decides_on_duplicate_key_update(to: Translate) -> None:
    sql = "INSERT INTO counters (day, hits) VALUES ('2024-01-01', 1) ON DUPLICATE KEY UPDATE hits = hits + VALUES(hits)"
    assert to("postgres", sql) == (
        """INSERT INTO "counters" ("day", "hits") VALUES (CAST('2024-01-01' AS DATE), 1) """
        """ON CONFLICT("day") DO UPDATE SET "hits" = "counters"."hits" + excluded."hits\""""
    )
    for form in ("AS new ON DUPLICATE KEY UPDATE hits = new.hits", "AS new(d, h) ON DUPLICATE KEY UPDATE hits = h"):
        assert to("postgres", f"INSERT INTO counters (day, hits) VALUES ('2024-01-01', 1) {form}").endswith(
            """SET "hits" = excluded."hits\""""
        )


def test_several_unique_keys_are_refused_where_one_must_be_named(to: Translate) -> None:
    with pytest.raises(Untranslatable, match="several unique keys"):
        to("postgres", "INSERT INTO people (Id, name) VALUES (1, 'a') ON DUPLICATE KEY UPDATE name = 'b'")
    # The other key cannot be violated when the database numbers the row.
    assert 'ON CONFLICT("name")' in to(
        "postgres", "INSERT INTO people (name) VALUES ('a') ON DUPLICATE KEY UPDATE score = 1"
    )


def test_null_and_zero_ask_for_a_number(to: Translate) -> None:
    assert "VALUES (DEFAULT, 'a'), (DEFAULT, 'b'), (7, 'c')" in to(
        "postgres", "INSERT INTO people (id, name) VALUES (NULL, 'a'), (0, 'b'), (7, 'c')"
    )


@pytest.mark.parametrize("value", ["'0000-00-00'", "'0000-00-00 00:00:00'", "'2024-02-30'", "'soon'", "0"])
def test_a_date_that_is_none_is_refused_as_in_strict_mode(to: Translate, value: str) -> None:
    for sql in (f"INSERT INTO counters (day) VALUES ({value})", f"UPDATE counters SET day = {value}"):
        with pytest.raises(UpstreamError) as caught:
            to("duckdb", sql)
        assert (caught.value.number, caught.value.sqlstate) == (1292, "22007")


def test_the_zero_date_is_before_every_other(to: Translate) -> None:
    assert to("postgres", "SELECT name FROM people WHERE born > '0000-00-00'").endswith(
        """WHERE "born" > CAST('-infinity' AS DATE)"""
    )


def test_bytes_and_strings(to: Translate) -> None:
    assert "CAST('\\x0041' AS BYTEA)" in to("postgres", "INSERT INTO people (name, photo) VALUES ('a', 0x0041)")
    assert "CONVERT_TO('x', 'UTF8')" in to("postgres", "INSERT INTO people (name, photo) VALUES ('a', 'x')")


@pytest.mark.parametrize(
    ("target", "expected"),
    [
        ("postgres", """JSONB_PATH_QUERY_FIRST(CAST("people"."name" AS JSONB), CAST('$.a' AS JSONPATH))"""),
        ("duckdb", """JSON_EXTRACT(CAST("people"."name" AS JSON), '$.a')"""),
        ("sqlite", """"people"."name" -> '$.a'"""),
    ],
)
def test_json_arrows(to: Translate, target: str, expected: str) -> None:
    assert expected in to(target, "SELECT people.name->'$.a' AS x FROM people")
    assert expected in to(target, "SELECT LENGTH(`people`.name->>'$.a') > 2 AS x FROM people")


def test_unsigned_enum_and_comments_become_what_the_target_has(to: Translate) -> None:
    sql = "CREATE TABLE t (a INT UNSIGNED AUTO_INCREMENT PRIMARY KEY COMMENT 'it''s', b ENUM('x'), KEY (b)) COMMENT='c'"
    assert to("postgres", sql) == (
        'CREATE TABLE "t" ("a" BIGINT GENERATED BY DEFAULT AS IDENTITY PRIMARY KEY, '
        """"b" VARCHAR CHECK ("b" IN ('x'))); COMMENT ON COLUMN "t"."a" IS 'it''s'; """
        """CREATE INDEX "t.b" ON "t" ("b"); COMMENT ON TABLE "t" IS 'c'"""
    )
    assert to("sqlite", sql).startswith('CREATE TABLE "t" ("a" INTEGER PRIMARY KEY AUTOINCREMENT,')


def test_what_has_no_effect_is_noted() -> None:
    (tree,) = parse("CREATE TABLE t (a TIMESTAMP ON UPDATE CURRENT_TIMESTAMP, FULLTEXT KEY (a))")
    assert len(translate(tree, "postgres", FixedSchema()).notes) == 2
    (tree,) = parse("LOCK TABLES t WRITE")
    locked = translate(tree, "postgres", FixedSchema())
    assert locked.sql == ()
    assert len(locked.notes) == 1


def test_a_syntax_error_quotes_the_text_from_where_it_begins() -> None:
    with pytest.raises(UpstreamError) as caught:
        parse("SELECT 1\nFROM t WHERE x = = 2 AND `a b` = 'c'")
    assert caught.value.number == 1064
    assert "near '= 2 AND `a b` = 'c'' at line 2" in caught.value.message


def test_several_statements_are_parted_outside_of_strings() -> None:
    trees = parse("SELECT ';' ; ; SELECT 2 -- ;\n; SELECT `a;b`")
    assert [tree.meta["sql"] for tree in trees] == ["SELECT ';'", "SELECT 2", "SELECT `a;b`"]


def test_another_dialect_gets_sqlglot_s_own_translation() -> None:
    (tree,) = parse("SELECT `a` FROM `b` LIMIT 1, 2")
    assert translate(tree, "trino", FixedSchema()).sql == ('SELECT "a" FROM "b" OFFSET 1 LIMIT 2',)


def test_a_generated_column_is_one_without_a_word_for_its_kind(to: Translate) -> None:
    sql = "CREATE TABLE sq (a INT, b INT GENERATED ALWAYS AS (a * a), c INT AS (a + 1) STORED)"
    assert 'GENERATED ALWAYS AS ("a" * "a") STORED, "c" INT GENERATED' in to("postgres", sql)
    assert 'GENERATED ALWAYS AS ("a" * "a") VIRTUAL, "c" INT GENERATED' in to("duckdb", sql)


def test_the_largest_limit_is_none(to: Translate) -> None:
    sql = "SELECT id FROM people LIMIT 5, 18446744073709551615"
    assert to("postgres", sql).endswith('"people" OFFSET 5')
    assert to("duckdb", sql).endswith('"people" OFFSET 5')
    assert to("sqlite", sql).endswith('"people" LIMIT -1 OFFSET 5')
    assert to("postgres", "SELECT id FROM people LIMIT 9223372036854775807").endswith("LIMIT 9223372036854775807")


def test_national_characters_are_characters(to: Translate) -> None:
    sql = "CREATE TABLE n (a NATIONAL CHAR(5), b NATIONAL VARCHAR(6), c NCHAR(7))"
    assert to("postgres", sql) == 'CREATE TABLE "n" ("a" VARCHAR(5), "b" VARCHAR(6), "c" VARCHAR(7))'


def test_a_table_s_comment_is_changed(to: Translate) -> None:
    assert to("postgres", "ALTER TABLE people COMMENT 'all of them'").endswith("""ON TABLE "people" IS 'all of them'""")
    assert to("duckdb", "ALTER TABLE people COMMENT ''").endswith("""ON TABLE "people" IS NULL""")


def test_foreign_keys_stay_in_their_database(to: Translate) -> None:
    sql = "CREATE TABLE other.child (p INT, FOREIGN KEY (p) REFERENCES {} (id))"
    assert 'REFERENCES "other"."parent" ("id")' in to("postgres", sql.format("parent"))
    assert 'REFERENCES "other"."parent" ("id")' in to("duckdb", sql.format("parent"))
    assert 'REFERENCES "else"."parent" ("id")' in to("postgres", sql.format("`else`.parent"))
    assert "REFERENCES" not in to("duckdb", sql.format("`else`.parent"))


def test_a_constant_number_of_days_needs_no_function(to: Translate) -> None:
    # PostgreSQL's ROUND is written in SQL: running it while planning makes HypoPG forget that it is explaining.
    assert "ROUND" not in to("postgres", "SELECT name FROM people WHERE born < DATE '2024-01-01' + INTERVAL 3 MONTH")
    assert "ROUND" in to("postgres", "SELECT name FROM people WHERE born < DATE '2024-01-01' + INTERVAL 1.5 DAY")
