"""A rule that masks nothing by a slip of the pen is an error, not a rule that masks nothing."""

from typing import Any

import pytest
from pydantic import ValidationError

from conf.mask import TYPES, MaskRule, MaskSettings

COLUMNS = {"columns": ["*.*.email"]}


@pytest.mark.parametrize(
    "rule",
    [
        COLUMNS,
        {"columns": ["shop.customers.email", "*.*.*"]},
        {"tags": ["pii"]},
        {"types": ["varchar", "*BLOB", "date*", "[de]*"]},
        {**COLUMNS, "accounts": ["ann@10.0.%", "a@b@*", "@localhost"], "unless": ["dba@::1"]},
        {**COLUMNS, "action": "partial", "first": 0, "last": 1000, "compare": "equality"},
    ],
    ids=str,
)
def test_rules(rule: dict[str, Any]) -> None:
    made = MaskRule.model_validate(rule).model_dump(mode="json", include=set(rule))
    assert made == rule


@pytest.mark.parametrize(
    ("rule", "says"),
    [
        ({}, "a rule takes columns, tags or types"),
        ({"columns": [], "tags": [], "types": []}, "a rule takes columns, tags or types"),
        ({"columns": ["email"]}, "'email' is not database.table.column; * stands for any"),
        ({"columns": ["customers.email"]}, "'customers.email' is not database.table.column"),
        ({"columns": ["a.b.c.d"]}, "'a.b.c.d' is not database.table.column"),
        ({"columns": ["*.*.email", "email"]}, "'email' is not database.table.column"),
        ({"columns": ["shop..email"]}, "'shop..email' is not database.table.column"),
        ({"columns": ["shop.customers."]}, "'shop.customers.' is not database.table.column"),
        (
            {"types": ["datum"]},
            "types: 'datum' is no type of a column; tinyint, smallint,",
        ),
        ({"types": ["varchar(20)"]}, r"types: 'varchar(20)' is no type"),
        ({"types": [""]}, "types: '' is no type"),
        ({**COLUMNS, "accounts": ["ann"]}, "'ann' is not user@host; * stands for any"),
        ({**COLUMNS, "unless": ["dba"]}, "'dba' is not user@host"),
        ({**COLUMNS, "accounts": ["ann@"]}, "'ann@' is not user@host"),
        ({**COLUMNS, "accounts": []}, "accounts: a rule for nobody masks nothing"),
        ({**COLUMNS, "action": "redact"}, "action"),
        ({**COLUMNS, "compare": "maybe"}, "compare"),
        ({**COLUMNS, "first": -1}, "first"),
        ({**COLUMNS, "last": 1001}, "last"),
        ({**COLUMNS, "spread": 0}, "spread"),
        ({**COLUMNS, "days": 0}, "days"),
        ({"column": ["*.*.email"]}, "column\n  Extra inputs"),
    ],
    ids=str,
)
def test_rules_that_mean_nothing(rule: dict[str, Any], says: str) -> None:
    with pytest.raises(ValidationError) as error:
        MaskRule.model_validate(rule)
    assert says in str(error.value)


def test_every_type_is_one() -> None:
    assert MaskRule(types=tuple(TYPES)).types == tuple(TYPES)


def test_what_a_rule_does_unless_told() -> None:
    rule = MaskRule.model_validate(COLUMNS)
    assert (rule.action, rule.compare, rule.accounts, rule.unless) == ("hide", "refuse", ("*@*",), ())


@pytest.mark.parametrize("pattern", ["email", "shop.email", "a.b.c.d", "shop.customers.", "..", ""])
def test_tags_stand_for_columns(pattern: str) -> None:
    with pytest.raises(ValidationError, match=r"tags\.pii: '.*' is not database\.table\.column"):
        MaskSettings(tags={"pii": ("*.*.email", pattern)})
    assert MaskSettings(tags={"pii": ("*.*.email",)}).tags == {"pii": ("*.*.email",)}
