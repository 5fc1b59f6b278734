import pytest

from proxy.upstreams.metadata.spelling import as_mysql


@pytest.mark.parametrize(
    ("theirs", "ours"),
    [
        ("(n <= (1000)::double precision)", "(`n` <= 1000)"),
        ("((a)::text = 'it''s'::text)", "(`a` = 'it''s')"),
        ("('5'::text)::integer > (n)::integer", "CAST(('5') AS SIGNED) > CAST((`n`) AS SIGNED)"),
        ("not an expression (", "not an expression ("),
    ],
)
def test_types_that_postgresql_wrote_down_are_left_out(theirs: str, ours: str) -> None:
    assert as_mysql(theirs, "postgres") == ours
