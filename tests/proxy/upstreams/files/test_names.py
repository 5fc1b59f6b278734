import pytest

from proxy.upstreams.files.names import Names, column_names, reserved_words

RESERVED = frozenset({"select", "order"})


@pytest.mark.parametrize(
    ("wanted", "given"),
    [
        ("Sales 2026 (final)", "sales_2026_final"),
        ("Umsätze", "umsätze"),
        ("２０２６ ﬁnal", "t_2026_final"),
        ("2026-01", "t_2026_01"),
        ("Order", "order_"),
        ("a.b/c\\d;`\"'--", "a_b_c_d"),
        ("🙂", "table"),
        ("...", "table"),
        ("x" * 70, "x" * 64),
        ("𝒞x𐍈", "cx"),
    ],
)
def test_a_name_needs_no_quotes(wanted: str, given: str) -> None:
    assert Names(RESERVED, digit_prefix="t_", nameless="table").give(wanted) == given


def test_names_differ_whatever_their_case_and_length() -> None:
    names = Names(RESERVED, digit_prefix="t_", nameless="table")
    assert [names.give(name) for name in ("Sales", "SALES", "sales_2", "sales")] == [
        "sales",
        "sales_2",
        "sales_2_2",
        "sales_3",
    ]
    long = [names.give("y" * 80) for _ in range(3)]
    assert long == ["y" * 64, "y" * 62 + "_2", "y" * 62 + "_3"]


def test_columns_without_heading_have_numbers() -> None:
    given = column_names(["Name", "", "name", "", "2025"], RESERVED)
    assert given == ["name", "column2", "name_2", "column4", "c_2025"]


def test_the_reserved_words_are_duckdbs() -> None:
    assert {"select", "order", "group"} <= reserved_words()
    assert "date" not in reserved_words()
