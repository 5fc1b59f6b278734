from diagnose.evidence.facts import MARIADB, POSTGRES, Column, Index, Schema, Server, Table


def test_types_without_what_follows_them() -> None:
    column = Column("c", "DECIMAL(10,2) unsigned")
    assert (column.base_type, column.is_number, column.is_text, column.is_moment) == ("decimal", True, False, False)
    assert Column("c", "enum('a')").is_text
    assert Column("c", "datetime(6)").is_moment


def test_columns_are_found_in_any_case() -> None:
    table = Table("d", "t", (Column("Name", "int"),), (Index("a", ("Name",)), Index("p", ("Name",), primary=True)))
    assert table.column("nAME") is table.columns[0]
    assert table.column("names") is None
    assert table.primary is table.indexes[1]


def test_tables_exactly_so_spelled_come_first() -> None:
    lower, upper, other = Table("d", "t"), Table("d", "T"), Table("e", "x")
    schema = Schema("d", (lower, upper, other))
    assert schema.table("T") is upper
    assert schema.table("t", "D") is lower
    assert schema.table("x") is None
    assert schema.table("X", "e") is other
    assert Schema("d", (upper, Table("d", "tT"), Table("d", "TT"))).table("tt") is None  # which one is not known


def test_the_family() -> None:
    assert Server(MARIADB).is_mysql_family
    assert not Server(POSTGRES).is_mysql_family
