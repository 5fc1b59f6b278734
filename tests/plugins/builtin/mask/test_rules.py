import pytest
from pydantic import ValidationError

from conf.mask import MaskRule, MaskSettings
from plugins.builtin.mask.rules import AllRules, Column, folded


def settings(**rule: object) -> MaskSettings:
    return MaskSettings(tags={"pii": ("shop.*.email", "hr.people.?ban")}, rules=(MaskRule.model_validate(rule),))


@pytest.mark.parametrize(
    ("rule", "schema", "table", "column", "meant"),
    [
        ({"columns": ["shop.customers.email"]}, "shop", "customers", Column("email"), True),
        ({"columns": ["shop.customers.email"]}, "SHOP", "Customers", Column("EMAIL"), True),
        ({"columns": ["shop.customers.email"]}, "shop", "customers", Column("emails"), False),
        ({"columns": ["*.*.*mail*"]}, "a", "b", Column("Email2"), True),
        ({"tags": ["pii"]}, "hr", "people", Column("iban"), True),
        ({"tags": ["pii"]}, "hr", "people", Column("x", comment="bank @PII, see there"), True),
        ({"tags": ["pii"]}, "hr", "people", Column("x", comment="mail@pii and @pii2"), False),
        ({"types": ["date*"]}, "a", "b", Column("x", "DATETIME"), True),
        ({"types": ["date*"]}, "a", "b", Column("x", "int"), False),
        ({"columns": ["a.b.c[1]"]}, "a", "b", Column("c1"), True),
    ],
)
def test_which_columns(rule: dict[str, object], schema: str, table: str, column: Column, meant: bool) -> None:
    rules = AllRules(settings(**rule)).for_account("ann", "::1")
    assert rules is not None
    assert (rules.of(schema, table, column) is not None) is meant


@pytest.mark.parametrize(
    ("accounts", "unless", "user", "host", "meant"),
    [
        (["*@*"], [], "ann", "10.0.0.1", True),
        (["ann@%"], [], "ann", "10.0.0.1", True),
        (["ann@%"], [], "Ann", "10.0.0.1", False),  # user names have case
        (["ann@10.0.*"], [], "ann", "10.1.0.1", False),
        (["*@*"], ["dba@10.0.0.?"], "dba", "10.0.0.1", False),
        (["*@*"], ["dba@10.0.0.?"], "dba", "10.0.0.11", True),
        (["a@b@*"], [], "a@b", "::1", True),
    ],
)
def test_which_accounts(accounts: list[str], unless: list[str], user: str, host: str, meant: bool) -> None:
    rules = AllRules(settings(columns=["*.*.*"], accounts=accounts, unless=unless)).for_account(user, host)
    assert (rules is not None) is meant


def test_the_first_rule_counts() -> None:
    rules = [MaskRule(columns=("a.b.*",), action="hash"), MaskRule(columns=("*.*.*",), name="second")]
    found = AllRules(MaskSettings(rules=tuple(rules))).for_account("x", "y")
    assert found is not None
    assert [found.of("a", t, Column("c")).name for t in ("b", "d")] == ["rule 1", "second"]  # type: ignore[union-attr]


def test_names_that_a_server_may_take_for_others() -> None:
    assert folded("emaİl") == folded("EMAIL") == folded("ema\u0131l") == "email"
    assert folded("ban\u212a") == "bank"


@pytest.mark.parametrize(
    "wrong", [{}, {"columns": ["email"]}, {"types": ["x"], "accounts": ["ann"]}, {"types": ["x"], "first": -1}]
)
def test_rules_that_mean_nothing(wrong: dict[str, object]) -> None:
    with pytest.raises(ValidationError):
        MaskRule.model_validate(wrong)
