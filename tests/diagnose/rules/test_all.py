"""What holds for every rule: a stable code, a page that says what it means and what it may get wrong."""

import re
from pathlib import Path

import pytest

from diagnose.rules import RULES
from diagnose.types import Rule

DOCS = Path(__file__).parents[3] / "docs"
CODES = """missing-index missing-join-index redundant-index non-sargable-predicate implicit-conversion
collation-mismatch leading-wildcard or-prevents-index not-in-nullable correlated-subquery cartesian-join
unused-join select-star offset-pagination order-by-rand filesort temporary-table distinct-hides-join
having-without-aggregate group-by-functional count-star-large update-without-where delete-without-where
missing-limit large-in-list union-instead-of-union-all function-on-partition-key stale-statistics
bad-estimate covering-index index-order-mismatch lock-heavy-statement""".split()


def test_every_code_has_one_rule() -> None:
    assert sorted(rule.code for rule in RULES) == sorted(CODES)


@pytest.mark.parametrize("rule", RULES, ids=[rule.code for rule in RULES])
def test_every_rule_has_a_page(rule: Rule) -> None:
    page = (DOCS / "findings" / f"{rule.code}.md").read_text()
    assert page.startswith(f"# {rule.code}\n")
    assert re.search(r"^\*\*What it may get wrong\.\*\*", page, re.M)
    assert rule.title


def test_no_page_is_without_a_rule_and_all_are_listed() -> None:
    pages = {page.stem for page in (DOCS / "findings").glob("*.md")}
    assert pages == set(CODES)
    listed = set(re.findall(r"\(findings/([a-z-]+)\.md\)", (DOCS / "diagnosis.md").read_text()))
    assert listed == set(CODES)
