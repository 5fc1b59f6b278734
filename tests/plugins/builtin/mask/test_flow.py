import pytest

from plugins.builtin.mask.flow import ANY, CLEAN, EQUALITY, Flow, Output, Relation, Scope, derived, flow_of, together
from plugins.builtin.mask.names import Naming
from plugins.builtin.mask.rules import Column
from plugins.errors import AskwireError, ErrorCode
from tests.plugins.builtin.mask.checking import EMAIL, rules


def flow(column: str = "email", **rule: object) -> Flow:
    found = flow_of(rules({"columns": ["shop.people.*"], **rule}), "shop", "people", Column(column))
    assert found
    return found


def test_a_column_that_no_rule_means() -> None:
    assert flow_of(rules(EMAIL), "shop", "people", Column("name")) is CLEAN
    assert not CLEAN


@pytest.mark.parametrize(
    ("compare", "level", "allowed"),
    [
        ("refuse", EQUALITY, False),
        ("refuse", ANY, False),
        ("equality", EQUALITY, True),
        ("equality", ANY, False),
        ("allow", ANY, True),
        ("allow", ANY + 1, False),
    ],
)
def test_how_much_a_rule_allows(compare: str, level: int, allowed: bool) -> None:
    made = flow(compare=compare)
    if allowed:
        made.require(level, "compared")
        return
    with pytest.raises(AskwireError) as error:
        made.require(level, "compared")
    assert error.value.code is ErrorCode.MASKED
    assert error.value.message == "people.email is masked for this account and cannot be compared"


def test_the_strictest_of_several_rules_counts() -> None:
    both = together([flow("a", compare="allow"), CLEAN, flow("b")])
    with pytest.raises(AskwireError, match=r"people\.a, people\.b is masked"):
        both.require(EQUALITY, "compared")


def test_one_value_of_several() -> None:
    one = flow("a")
    assert together([]) is CLEAN
    assert together([CLEAN, one]) == one
    assert together([one, one]).plain is one.plain
    other = flow("b", name="other")
    mixed = together([one, other])
    assert (mixed.plain, mixed.names, len(mixed.rules)) == (None, {"people.a", "people.b"}, 2)
    assert derived(one).plain is None
    assert derived(one).rules == one.rules


def test_whose_text_stands_for_a_mixed_value() -> None:
    later, sooner = flow("a", name="z"), flow("b", name="a")
    assert together([later, sooner]).first.name == "a"
    assert later.first.name == "z"


@pytest.mark.parametrize(
    ("output", "name", "may", "surely"),
    [
        (Output("email"), "email", True, True),
        (Output("email"), "EMAIL", True, True),
        (Output("émail"), "email", True, False),
        (Output("email"), "name", False, False),
        (Output("x", naming=Naming.ANY), "email", True, False),
        (Output("UPPER(x)", naming=Naming.TEXT), "email", False, False),
        (Output("UPPER(x)", naming=Naming.TEXT), "UPPER(y)", True, False),
    ],
)
def test_whether_a_server_finds_it_by_a_name(output: Output, name: str, may: bool, surely: bool) -> None:
    assert (output.may_be(name), output.surely_is(name)) == (may, surely)


def test_a_relation_whose_columns_are_not_known() -> None:
    opened = Relation(open=(rules(EMAIL), "shop", "people"))
    assert opened.find("email")
    assert opened.find("whatever") is CLEAN
    assert not opened.surely_has("email")


def test_other_names() -> None:
    relation = Relation((Output("a", flow()), Output("b")))
    assert relation.renamed([]) is relation
    again = relation.renamed(["x", "s"])
    assert [(o.name, bool(o.flow), o.naming) for o in again.outputs] == [
        ("x", True, Naming.SURE),
        ("s", False, Naming.ANY),
    ]
    assert relation.renamed(["x", "s"], stored=True).outputs[1].naming is Naming.SURE
    with pytest.raises(AskwireError, match="the number of column names does not fit"):
        relation.renamed(["x"])


def scope(*sources: tuple[str, Relation], outer: Scope | None = None) -> Scope:
    return Scope(outer, {}, list(sources))


MASKED = Relation((Output("email", flow()),))
CLEAR = Relation((Output("email"),))


def test_the_nearest_name_counts() -> None:
    around = scope(("p", MASKED))
    assert scope(("q", CLEAR), outer=around).resolve("email", "", aliases=False) is CLEAN
    assert scope(("q", CLEAR), outer=around).resolve("email", "p", aliases=False)
    assert scope(("p", CLEAR), ("q", MASKED)).resolve("email", "", aliases=False)


@pytest.mark.parametrize("near", [Relation((Output("émail"),)), Relation((Output("", naming=Naming.ANY),))])
def test_what_only_may_be_it_does_not_end_the_search(near: Relation) -> None:
    assert scope(("q", near), outer=scope(("p", MASKED))).resolve("email", "", aliases=False)
    assert scope(("P", CLEAR), outer=scope(("p", MASKED))).resolve("email", "p", aliases=False)
    assert scope(("p", CLEAR), outer=scope(("p", MASKED))).resolve("email", "p", "shop", aliases=False)


def test_aliases_of_the_select_list() -> None:
    here = scope(("p", CLEAR))
    here.aliases = MASKED
    assert not here.resolve("email", "", aliases=False)
    assert here.resolve("email", "", aliases=True)


def test_a_name_of_nothing() -> None:
    with pytest.raises(AskwireError, match=r"where 'p\.nothing' comes from is not known"):
        scope(("p", CLEAR)).resolve("nothing", "p", aliases=True)


def test_a_common_table_expression_in_another_spelling() -> None:
    here = Scope(None, {"people": ("People", CLEAR)})
    assert here.table("orders") is None
    assert here.table("People") is CLEAR
    with pytest.raises(AskwireError, match="write 'People' everywhere in the same way"):
        here.table("people")
