"""A quick part of SQLAlchemy's suite on the other upstreams; ``make suites`` runs it whole."""

import pytest

from tests.clients.upstream_suite import LIST, QUICK, Entry, read_list, run_on, surprises, unused


@pytest.mark.timeout(600)  # the first time it downloads the suite
@pytest.mark.parametrize("upstream", ["postgresql", "duckdb"])
def test_fails_what_is_listed_and_nothing_else(upstream: str) -> None:
    outcomes = run_on(upstream, QUICK)
    assert sum(kind == "passed" for several in outcomes.values() for kind, _ in several) > 40
    assert surprises(upstream, outcomes, read_list(LIST.read_text())) == []


def test_list_is_read() -> None:
    entries = read_list("# comment\n\npostgresql duckdb: no: why\n    A::one\n    B::*[x]\nduckdb: other\n    C::two\n")
    assert entries == [
        Entry("postgresql", "A::one", "no: why"),
        Entry("duckdb", "A::one", "no: why"),
        Entry("postgresql", "B::*[x]", "no: why"),
        Entry("duckdb", "B::*[x]", "no: why"),
        Entry("duckdb", "C::two", "other"),
    ]
    with pytest.raises(ValueError, match="oracle"):
        read_list("oracle: why\n    A::one\n")
    with pytest.raises(ValueError, match="duckdb"):
        read_list("duckdb:\n    A::one\n")


def test_surprises_are_found() -> None:
    entries = [Entry("duckdb", "A::one[*]", "r"), Entry("duckdb", "A::gone", "r"), Entry("postgresql", "B::two", "r")]
    outcomes = {
        "A::one[1]": (("failed", "x"),),
        "A::one[2]": (("passed", ""),),
        "A::one[3]": (("skipped", ""),),
        "B::two": (("error", "why"),),
        "B::three": (("passed", ""),),
    }
    assert surprises("duckdb", outcomes, entries) == [
        "duckdb: listed and passes: A::one[2]",
        "duckdb: not listed and fails: B::two: why",
    ]
    assert unused("duckdb", outcomes, entries) == ["duckdb: no such test: A::gone"]
