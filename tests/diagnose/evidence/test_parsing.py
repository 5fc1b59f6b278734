import pytest

from diagnose.evidence.parsing import MAX_MENTIONS, parse
from plugins import AskwireError


def test_what_names_tables_without_end_is_refused() -> None:
    joins = " ".join(f"JOIN t t{n} ON t{n}.id = t0.id" for n in range(1, MAX_MENTIONS))
    assert parse(f"SELECT 1 FROM t t0 {joins}")
    with pytest.raises(AskwireError, match="names tables more than"):
        parse(f"SELECT 1 FROM t t0 {joins} JOIN t last ON last.id = t0.id")
