"""The templates for PostgreSQL."""

import re

import pytest
import sqlglot
from sqlglot import exp

from proxy.upstreams.dialect.functions import SIGNATURES
from proxy.upstreams.dialect.postgres import TEMPLATES, UNITS
from proxy.upstreams.dialect.templates import fill


@pytest.mark.parametrize("key", TEMPLATES)
def test_a_template_is_the_targets_sql_and_has_no_hole_without_an_argument(key: str) -> None:
    text = TEMPLATES[key].replace("%d", "3").replace("%%", "%")
    holes = [int(each) for each in re.findall(r"\b_([0-9])\b", text)]
    written = fill(text, "postgres", [exp.column(f"c{n}") for n in range(max(holes, default=2))]).sql("postgres")
    assert not re.search(r"\b_[0-9]", written)
    assert sqlglot.parse_one(written, read="postgres")
    name = re.split("[:/]", key)[0]
    if name in SIGNATURES and not SIGNATURES[name].repeats:
        assert max(holes, default=0) <= len(SIGNATURES[name].parameters)


@pytest.mark.parametrize("unit", UNITS)
def test_a_unit_is_an_interval(unit: str) -> None:
    assert isinstance(sqlglot.parse_one(f"SELECT {UNITS[unit]}", read="postgres").selects[0], exp.Interval)
