"""What is told of rules that name what nobody has."""

from collections.abc import Mapping

import pytest
from structlog.testing import capture_logs

from conf.mask import MaskRule, MaskSettings
from plugins.builtin.mask.doubts import Doubts
from plugins.builtin.mask.rules import AllRules, Column
from plugins.upstream import ResultSet, UpstreamError
from tests.plugins.builtin.mask.checking import Database, result

Told = list[tuple[str, str, str]]


class Columns(Database):
    """What one session sees of information_schema.COLUMNS."""

    def __init__(self, *seen: str) -> None:
        super().__init__()
        self.seen: tuple[str, ...] | None = seen

    async def query(self, sql: str) -> ResultSet:
        self.asked.append(sql)
        if self.seen is None:
            raise UpstreamError(1158, "08S01", "lost")
        return result(*(tuple(part.encode() for part in column.split(".")) for column in self.seen))


def settings(*rules: Mapping[str, object], **tags: tuple[str, ...]) -> MaskSettings:
    return MaskSettings(tags=tags, rules=tuple(MaskRule.model_validate(rule) for rule in rules))


def at_start(given: MaskSettings, *accounts: str) -> Told:
    with capture_logs() as lines:
        doubts = Doubts(given, accounts)
    assert doubts.count == len(lines)
    assert all(line["log_level"] == "warning" for line in lines)
    return [(line["event"], str(line.get("tag", line.get("account"))), line["reason"]) for line in lines]


def test_a_tag_that_is_not_listed() -> None:
    rule = {"tags": ["pie"], "accounts": ["ann@*"]}
    why = "mask.tags lists no column for it: it means columns whose comment holds @pie alone"
    assert at_start(settings(rule)) == [("mask_tag_not_listed", "pie", why)]
    assert at_start(settings(rule, pii=("a.b.c",))) == [
        ("mask_tag_not_listed", "pie", f"{why}; did you mean 'pii'?"),
        ("mask_tag_not_used", "pii", "no rule names it"),
    ]
    assert at_start(settings(rule, pie=())) == [("mask_tag_not_listed", "pie", why)]
    assert at_start(settings(rule, pie=("a.b.c",))) == []


def test_tags_have_no_case() -> None:
    given = settings({"tags": ["PII"]}, pii=("a.b.c",), Pii=("a.b.d",))
    assert at_start(given) == []
    rules = AllRules(given).for_account("ann", "::1")
    assert rules is not None
    assert [rules.of("a", "b", Column(name)) is not None for name in "cde"] == [True, True, False]


def test_an_account_that_nobody_has() -> None:
    given = settings({"columns": ["*.*.*"], "accounts": ["ann@10.*", "b*@*"], "unless": ["dba@*"], "name": "mine"})
    assert at_start(given) == []  # the upstream's own accounts are not known
    why = "[accounts] has nobody like it"
    assert at_start(given, "Ann", "bob") == [
        ("mask_account_unknown", "ann@10.*", why),
        ("mask_account_unknown", "dba@*", why),
    ]


async def looked(doubts: Doubts, database: Columns) -> list[str]:
    with capture_logs() as lines:
        await doubts.look(database.facts())
    return [line["column"] for line in lines if line["event"] == "mask_column_unknown"]


async def test_columns_that_are_not_there() -> None:
    given = settings(
        {"columns": ["shop.People.email", "shop.people.emial", "shop.*.phone"]},
        {"tags": ["PII"]},
        pii=("hr.staff.iban",),
    )
    doubts, database = Doubts(given, ()), Columns("Shop.people.EMAIL", "shop.people.phone")
    assert await looked(doubts, database) == ["shop.people.emial", "hr.staff.iban"]
    assert doubts.count == 2
    (sql,) = database.asked
    assert "WHERE TABLE_SCHEMA IN ('hr', 'shop') AND LOWER(TABLE_NAME) IN ('people', 'staff')" in sql
    assert await looked(doubts, database) == []
    assert len(database.asked) == 1  # once


async def test_who_could_not_look_leaves_it_to_the_next() -> None:
    doubts, database = Doubts(settings({"columns": ["a.b.c"]}), ()), Columns("a.b.d")
    database.seen = None
    assert await looked(doubts, database) == []
    database.seen = ("a.b.d",)
    assert await looked(doubts, database) == ["a.b.c"]


@pytest.mark.parametrize("schema", ["main", "Shop"])
async def test_other_names_of_the_schema(schema: str) -> None:
    doubts = Doubts(settings({"columns": ["shop.b.c", "shop.b.d"]}), (), frozenset({"Shop", "main"}))
    database = Columns(f"{schema}.b.c")
    assert await looked(doubts, database) == ["shop.b.d"]
    assert "IN ('Shop', 'main', 'shop')" in database.asked[0]


async def test_nothing_is_asked_where_no_rule_names_a_column_in_full() -> None:
    database = Columns()
    assert await looked(Doubts(settings({"columns": ["shop.*.email"], "types": ["date"]}), ()), database) == []
    assert database.asked == []
