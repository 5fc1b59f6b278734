from typing import Any

import pytest

from diagnose.evidence.nested_names import depends, own_aliases
from diagnose.evidence.shape import MAX_NODES


def table(name: str, **more: Any) -> dict[str, Any]:
    return {"table": {"table_name": name, **more}}


@pytest.mark.parametrize(
    ("found", "names"),
    [
        (table("t"), ["t"]),
        ({"nested_loop": [table("a"), table("b")]}, ["b", "a"]),
        ({"filesort": {"temporary_table": {"nested_loop": [table("a")]}}}, ["a"]),
        ({"ordering_operation": {"grouping_operation": {"duplicates_removal": table("a")}}}, ["a"]),
        ({"nested_loop": [{"block-nl-join": table("a")}, {"range-checked-for-each-record": table("b")}]}, ["b", "a"]),
        ({"query_block": table("inner")}, []),  # another block
        (table("t", materialized={"query_block": table("inner")}), ["t"]),
        ({"table": {"table_name": 7}}, []),
        ({"table": ["t"], "nested_loop": "x"}, []),
    ],
)
def test_the_tables_of_a_block_itself(found: dict[str, Any], names: list[str]) -> None:
    assert own_aliases(found) == names


@pytest.mark.parametrize(
    ("found", "dependent"),
    [
        ({"dependent": True}, True),
        ({"dependent": False, **table("i", ref=["o.id"])}, False),  # the server knows best
        ({"expression_cache": {"query_block": {}}}, True),
        (table("i", ref=["shop.o.id"]), True),
        (table("i", ref=["const"]), False),
        (table("i", attached_condition="`i`.`x` = `o`.`x`"), True),
        (table("i", index_condition="i.x = o.x"), True),
        ({"having_condition": "max(i.x) > o.x"}, True),
        (table("i", attached_condition="i.mail = 'o.smith@example.com'"), False),
        (table("i", attached_condition="i.x = 'it\\'s o.x' and i.y = 'it''s o.x'"), False),
        (table("i", attached_condition="i.x = 'a' and i.y = o.y and i.z = 'b'"), True),
        (table("i", attached_condition=f"i.x = 'o.x{'y' * 2_000}'"), False),  # cut off
        (table("i", attached_condition="i.o = 3"), False),
        ({"query_block": {"nested_loop": [table("i"), table("j", ref=["o.id"])]}}, True),
        ({"nested_loop": [table("o"), table("j", ref=["o.id"])]}, False),  # its own, of the same alias
        ({}, False),
    ],
)
def test_whether_a_block_names_one_around_it(found: dict[str, Any], dependent: bool) -> None:
    assert depends(found, frozenset({"o"})) == dependent


def test_no_more_of_a_plan_is_looked_through_than_its_bound() -> None:
    wide = {"nested_loop": [table(f"t{n}") for n in range(3 * MAX_NODES)]}
    assert len(own_aliases(wide)) < 500
    assert depends({"x": [{}] * (3 * MAX_NODES), **table("i", ref=["o.id"])}, frozenset({"o"})) is True
    late = {**table("i", ref=["o.id"]), "x": [{}] * (3 * MAX_NODES)}
    assert depends(late, frozenset({"o"})) is False
