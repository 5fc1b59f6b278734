"""The templates for PostgreSQL."""

import pytest
import sqlglot
from sqlglot import exp

from proxy.upstreams.dialect.postgres import TEMPLATES, UNITS
from tests.proxy.upstreams.dialect.filling import check_template


@pytest.mark.parametrize("key", TEMPLATES)
def test_a_template_is_the_targets_sql_and_has_no_hole_without_an_argument(key: str) -> None:
    check_template(key, TEMPLATES[key], "postgres")


@pytest.mark.parametrize("unit", UNITS)
def test_a_unit_is_an_interval(unit: str) -> None:
    assert isinstance(sqlglot.parse_one(f"SELECT {UNITS[unit]}", read="postgres").selects[0], exp.Interval)
