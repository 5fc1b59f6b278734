import pytest

from nl2sql.catalog import build_catalog
from nl2sql.guard import check
from plugins.readonly import Rejected

TABLES = {
    "authors": ["author_id", "full_name", "country_code"],
    "books": ["book_id", "author_id", "title", "published_on", "price"],
    "Loans": ["loan_id", "book_id", "reader", "due_on"],
    "shops": ["shop_id", "city"],
}
CATALOG = build_catalog(
    "library",
    [(name, "BASE TABLE", "10", "") for name in TABLES],
    [
        (table, column, "int(11)" if column.endswith("id") else "varchar(30)", "", "PRI" if at == 0 else "", "select")
        for table, columns in TABLES.items()
        for at, column in enumerate(columns)
    ],
    [("books", "author_id", "authors", "author_id"), ("Loans", "book_id", "books", "book_id")],
)


def checked(sql):
    return check(sql, CATALOG, 1000)


@pytest.mark.parametrize(
    "sql",
    [
        "SELECT title FROM books",
        "SELECT b.title FROM books AS b",
        "SELECT library.books.title FROM library.books",
        "SELECT * FROM books",
        "SELECT b.*, a.full_name FROM books b JOIN authors a ON a.author_id = b.author_id",
        "SELECT title FROM books JOIN authors USING (author_id) WHERE author_id > 1",
        "SELECT price * 2 AS twice FROM books ORDER BY twice",
        "SELECT reader, COUNT(*) AS n FROM Loans GROUP BY reader HAVING n > 2 ORDER BY n",
        "WITH x AS (SELECT book_id AS k FROM books) SELECT k FROM x",
        "WITH x(k) AS (SELECT book_id FROM books) SELECT x.k FROM x",
        "WITH RECURSIVE n AS (SELECT 1 AS i UNION ALL SELECT i + 1 FROM n WHERE i < 3) SELECT i FROM n, books",
        "SELECT t.n FROM (SELECT COUNT(*) AS n FROM books) AS t",
        "SELECT title FROM books b WHERE EXISTS (SELECT 1 FROM Loans l WHERE l.book_id = b.book_id)",
        "SELECT title FROM books WHERE author_id IN (SELECT author_id FROM authors)",
        "SELECT title FROM books UNION SELECT reader FROM Loans ORDER BY title",
        "SELECT ROW_NUMBER() OVER (PARTITION BY author_id ORDER BY price) AS r FROM books",
        "SELECT x.title FROM (SELECT * FROM books) AS x",
        "SELECT 1 FROM books a JOIN books b ON a.author_id = b.author_id AND a.book_id < b.book_id",
    ],
)
def test_right_names_pass_unchanged(sql):
    assert not [n for n in checked(sql).notes if not n.startswith("at most")]


@pytest.mark.parametrize(
    "sql",
    [
        "SELECT user FROM (books JOIN mysql.user)",
        "SELECT b.title FROM (books b, mysql.user)",
        "SELECT title FROM (salaries)",
        "SELECT title FROM ((salaries))",
        "SELECT amount FROM (salaries) AS s",
        "SELECT title FROM books UNION (SELECT amount FROM (salaries))",
        "SELECT title FROM books WHERE book_id IN (SELECT amount FROM (books JOIN salaries))",
        "SELECT b.title FROM books b JOIN (Loans l JOIN mysql.user u ON 1) ON b.book_id = l.book_id",
        "SELECT b.title FROM books b JOIN ((mysql.user u)) ON 1",
        "SELECT title FROM books a, mysql.user a",
    ],
)
def test_no_table_hides_in_parentheses(sql):
    with pytest.raises(Rejected):
        checked(sql)


def test_tables_in_parentheses_are_read():
    joined = checked("SELECT b.title FROM books b JOIN (Loans l JOIN shops s ON 1) ON b.book_id = l.book_id")
    assert set(joined.tables) == {"books", "Loans", "shops"}


@pytest.mark.parametrize(
    ("sql", "expected"),
    [
        ("SELECT Title FROM BOOKS", "SELECT Title FROM books AS BOOKS"),
        ("SELECT reader FROM loan", "SELECT reader FROM Loans AS loan"),
        ("SELECT books.title FROM books AS b", "SELECT b.title FROM books AS b"),
        ("SELECT b.name FROM books b JOIN authors a USING (author_id)", None),
        ("SELECT b.full_name FROM books b JOIN authors a USING (author_id)", "SELECT a.full_name FROM"),
        ("SELECT b.fullname FROM authors b", "SELECT b.full_name FROM authors AS b"),
        ("SELECT x.title FROM books", "SELECT books.title FROM books"),
        (
            "SELECT reader, full_name FROM Loans",
            "SELECT reader, authors.full_name FROM Loans JOIN books ON Loans.book_id = books.book_id"
            " JOIN authors ON books.author_id = authors.author_id",
        ),
        (
            "SELECT b.full_name, title FROM books b",
            "SELECT authors.full_name, title FROM books AS b JOIN authors ON b.author_id = authors.author_id",
        ),
        (
            "SELECT authors.full_name FROM books",
            "SELECT authors.full_name FROM books JOIN authors ON books.author_id = authors.author_id",
        ),
        (
            "SELECT author_id FROM books b JOIN authors a ON a.author_id = b.author_id",
            "SELECT b.author_id FROM books AS b JOIN authors AS a ON a.author_id = b.author_id",
        ),
        (
            "SELECT price * 2 AS twice FROM books WHERE twice > 3",
            "SELECT price * 2 AS twice FROM books WHERE (price * 2) > 3",
        ),
    ],
)
def test_a_wrong_name_is_mended_when_one_right_one_exists(sql, expected):
    if expected is None:
        with pytest.raises(Rejected):
            checked(sql)
    else:
        assert checked(sql).sql.startswith(expected)


def test_a_mended_name_is_noted():
    assert "read b.fullname as b.full_name" in checked("SELECT b.fullname FROM authors b").notes
    assert "joined authors by books.author_id" in checked("SELECT full_name, title FROM books").notes


@pytest.mark.parametrize(
    ("sql", "message"),
    [
        ("SELECT colour FROM books", "books has book_id, author_id, title"),
        ("SELECT x.author_id FROM books JOIN authors ON 1", "x is not in FROM"),
        ("SELECT * FROM planets", "the tables are: authors, books, Loans, shops"),
        ("SELECT city FROM books", "city is a column of shops"),
        ("SELECT t.title FROM (SELECT book_id FROM books) AS t", "t has book_id"),
        ("SELECT * FROM (SELECT b.title FROM shops s) AS t, books b", "b is not in FROM"),
        ("SELECT SUM(price) AS s FROM books WHERE s > 1", "use a subquery or HAVING"),
        ("SELECT * FROM other.books", "outside of the selected database"),
        ("SELECT * FROM mysql.user", "outside of the selected database"),
        ("SELECT * FROM information_schema.tables", "outside of the selected database"),
        ("SELECT (SELECT password FROM mysql.user LIMIT 1) FROM books", "outside of the selected database"),
        ("SELECT other.books.title FROM books", "another database"),
        ("SELECT title FROM books LIMIT (SELECT 1)", "LIMIT takes a whole number"),
        ("SELECT b.nextval FROM books b", "there is no column"),
    ],
)
def test_what_cannot_be_mended_is_rejected_with_the_true_names(sql, message):
    with pytest.raises(Rejected) as rejected:
        checked(sql)
    assert message in rejected.value.fault.message


def test_system_schemas_are_refused_for_good():
    with pytest.raises(Rejected) as rejected:
        checked("SELECT * FROM mysql.user")
    assert rejected.value.fault.refused


@pytest.mark.parametrize(
    ("sql", "ending"),
    [
        ("SELECT title FROM books", "LIMIT 1000"),
        ("SELECT title FROM books LIMIT 5", "LIMIT 5"),
        ("SELECT title FROM books LIMIT 5000", "LIMIT 1000"),
        ("SELECT title FROM books LIMIT 2, 5", "LIMIT 5 OFFSET 2"),
        ("SELECT title FROM books UNION SELECT reader FROM Loans", "LIMIT 1000"),
        ("SELECT title FROM books FETCH FIRST 3 ROWS ONLY", "LIMIT 3"),
        ("SELECT * FROM (SELECT title FROM books LIMIT 5000) AS t", "LIMIT 5000) AS t LIMIT 1000"),
    ],
)
def test_the_outermost_limit(sql, ending):
    assert checked(sql).sql.endswith(ending)


def test_tables_and_columns_are_told():
    guarded = checked("SELECT a.full_name, COUNT(*) FROM books b JOIN authors a USING (author_id) GROUP BY a.full_name")
    assert set(guarded.tables) == {"books", "authors"}
    assert "authors.full_name" in guarded.columns
