from dataclasses import replace

from diagnose.advice.spelling import index_name, spell, statement
from diagnose.evidence.facts import POSTGRES
from diagnose.types import Command, CreateIndex, DropIndex, Finding, Rewrite, Severity
from tests.diagnose.samples import evidence, table

SEEN = evidence("SELECT 1", table("orders(id int pk, a int, ix_b int key)"))


def test_statements() -> None:
    index = CreateIndex("orders", ("a", "no`te"), descending=(False, True), prefixes=(None, 100), schema="shop")
    assert statement(index, SEEN) == "CREATE INDEX `ix_a_no``te` ON `orders` (`a`, `no``te`(100) DESC)"
    assert (
        statement(CreateIndex("x", ("a",), True, schema="far"), SEEN) == "CREATE UNIQUE INDEX `ix_a` ON `far`.`x` (`a`)"
    )
    assert statement(DropIndex("orders", "a"), SEEN) == "DROP INDEX `a` ON `orders`"
    assert statement(Command("ANALYZE TABLE t"), SEEN) == "ANALYZE TABLE t"
    assert statement(Rewrite("SELECT 2"), SEEN) == "SELECT 2"


def test_names_are_free_and_short() -> None:
    assert index_name(CreateIndex("orders", ("b",)), SEEN) == "ix_b_2"
    long = CreateIndex("orders", ("a" * 60, "b" * 60))
    other = replace(long, columns=("a" * 60, "c" * 60))
    assert len(index_name(long, SEEN)) == 64
    assert index_name(long, SEEN) != index_name(other, SEEN)
    behind = replace(SEEN, server=replace(SEEN.server, kind=POSTGRES))
    assert len(f"orders.{index_name(long, behind)}".encode()) <= 63


def test_findings_without_a_remedy_stay_as_they_are() -> None:
    plain = Finding("x", Severity.LOW, "f", "e")
    assert spell([plain], SEEN) == (plain,)
    assert spell([replace(plain, remedy=DropIndex("orders", "a"))], SEEN)[0].statement
