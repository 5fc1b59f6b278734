"""A quick part of the suites of others; ``make suites`` runs them whole."""

from pathlib import Path

import pytest

from tests.clients.suites import SUITES, common_failures, differences, read_report, run_direct, run_through_gateway

REPORT = """<testsuites><testsuite>
<testcase classname="t.A" name="one"/>
<testcase classname="t.A" name="one"><failure message="first&#10;second"/></testcase>
<testcase classname="t.B" name="two"><skipped message="no"/></testcase>
<testcase classname="t.B" name="three"><error message="broken"/></testcase>
</testsuite></testsuites>"""


@pytest.mark.timeout(600)  # the first time it downloads the suite and makes its environment
@pytest.mark.parametrize("name", ["aiomysql", "sqlalchemy-pymysql"])
def test_same_direct_and_through_the_gateway(name: str) -> None:
    suite = SUITES[name]
    direct = run_direct(suite, suite.quick)
    through = run_through_gateway(suite, suite.quick)
    assert sum(kind == "passed" for several in direct.values() for kind, _ in several) > 30
    assert differences(direct, through) == []


def test_report_is_read(tmp_path: Path) -> None:
    report = tmp_path / "report.xml"
    report.write_text(REPORT)
    assert read_report(report) == {
        "t.A::one": (("passed", ""), ("failed", "first")),
        "t.B::two": (("skipped", "no"),),
        "t.B::three": (("error", "broken"),),
    }


def test_differences_are_found() -> None:
    direct = {"a": (("passed", ""),), "b": (("failed", "x"),), "c": (("passed", ""),), "d": (("failed", "why"),)}
    through = {"a": (("passed", ""),), "b": (("passed", ""),), "d": (("failed", "else"),), "e": (("skipped", ""),)}
    assert [found.split(":")[0] for found in differences(direct, through)] == ["b", "c", "e"]
    assert common_failures(direct, through) == ["d: why"]
