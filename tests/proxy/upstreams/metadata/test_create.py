"""SHOW CREATE TABLE and VIEW."""

import pytest

from proxy.upstreams.metadata.create import column_line, create_table, create_view
from proxy.upstreams.metadata.facts import Facts
from proxy.upstreams.metadata.reflection import Check, Column, ForeignKey, Index, Reflection, Table
from proxy.upstreams.metadata.session import SessionView
from proxy.upstreams.mysql_types import mysql_type

FACTS = Facts(SessionView("ann", database="shop"), lambda: Reflection(("main",)), "main", "shop", "duckdb")
INT, TEXT = mysql_type("integer"), mysql_type("text")


@pytest.mark.parametrize(
    ("column", "line"),
    [
        (Column("a", INT), "`a` int DEFAULT NULL"),
        (Column("a`b", INT, nullable=False), "`a``b` int NOT NULL"),
        (Column("a", INT, nullable=False, auto_increment=True, default="9"), "`a` int NOT NULL AUTO_INCREMENT"),
        (Column("a", INT, default="5"), "`a` int DEFAULT '5'"),
        (Column("a", mysql_type("varchar(9)"), default="it's"), "`a` varchar(9) DEFAULT 'it''s'"),
        (Column("a", TEXT), "`a` longtext"),
        (Column("a", TEXT, default="x"), "`a` longtext DEFAULT (_utf8mb4'x')"),
        (
            Column("a", mysql_type("timestamp(0)"), default="CURRENT_TIMESTAMP", default_is_expression=True),
            "`a` datetime DEFAULT CURRENT_TIMESTAMP",
        ),
        (Column("a", INT, default="1 + 1", default_is_expression=True), "`a` int DEFAULT (1 + 1)"),
        (Column("a", INT, generated="b * 2"), "`a` int GENERATED ALWAYS AS (`b` * 2) STORED"),
        (Column("a", INT, comment='c"'), "`a` int DEFAULT NULL COMMENT 'c\"'"),
    ],
)
def test_a_column(column: Column, line: str) -> None:
    assert column_line(column, "duckdb") == line


def test_keys_and_the_rest() -> None:
    table = Table(
        "main",
        "t",
        (Column("a", INT, nullable=False),),
        primary_key=("a",),
        indexes=(Index("i", ("a",)), Index("u", ("a",), unique=True), Index("e", (None,))),
        foreign_keys=(
            ForeignKey("f", ("a",), "main", "o", ("id",), on_delete="cascade"),
            ForeignKey("g", ("a",), "Other", "p", ("id",)),
        ),
        checks=(Check("c", "a > 0"),),
        comment="it's",
    )
    assert create_table(table, FACTS).split("\n") == [
        "CREATE TABLE `t` (",
        "  `a` int NOT NULL,",
        "  PRIMARY KEY (`a`),",
        "  UNIQUE KEY `u` (`a`),",
        "  KEY `i` (`a`),",
        "  CONSTRAINT `f` FOREIGN KEY (`a`) REFERENCES `o` (`id`) ON DELETE CASCADE,",
        "  CONSTRAINT `g` FOREIGN KEY (`a`) REFERENCES `Other`.`p` (`id`),",
        "  CONSTRAINT `c` CHECK ((`a` > 0))",
        ") ENGINE=InnoDB DEFAULT CHARSET=utf8mb4 COLLATE=utf8mb4_0900_ai_ci COMMENT='it''s'",
    ]


def test_a_view() -> None:
    view = Table("main", "v", is_view=True, definition='SELECT "a" FROM t')
    head = "CREATE ALGORITHM=UNDEFINED DEFINER=`ann`@`%` SQL SECURITY DEFINER VIEW `v` AS "
    assert create_view(view, FACTS) == head + "SELECT `a` FROM `t`"
