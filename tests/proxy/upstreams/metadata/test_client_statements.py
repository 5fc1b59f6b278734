"""Everything that clients send by themselves is answered, on every kind of upstream."""

from collections.abc import Callable
from pathlib import Path

import pytest

from plugins import UpstreamError
from proxy.upstreams.metadata import Metadata
from proxy.upstreams.metadata.version_comments import first_word, unwrapped

LINES = (Path(__file__).parent / "client_statements.txt").read_text().splitlines()
STATEMENTS = sorted({line for line in LINES if line and not line.startswith("#")})


def check(metadata: Metadata, line: str) -> None:
    if line.startswith("!"):
        number, statement = line[1:].split(" ", 1)
        with pytest.raises(UpstreamError) as caught:
            metadata.answer(statement)
        assert caught.value.number == int(number)
    elif first_word(unwrapped(line)) == "SET":
        metadata.set(line)
    else:
        answer = metadata.answer(line)
        assert answer is not None
        assert answer.columns
        assert all(len(row) == len(answer.columns) for row in answer.rows)


@pytest.mark.parametrize("line", STATEMENTS, ids=[line[:60] for line in STATEMENTS])
def test_answered_on_duckdb(duckdb_metadata: Metadata, line: str) -> None:
    check(duckdb_metadata, line)


def test_answered_on_postgresql(postgres_metadata: Callable[[str], Metadata]) -> None:
    metadata = postgres_metadata("app")
    metadata.view.database = "metadata"
    for line in STATEMENTS:
        check(metadata, line.replace("shop", "metadata"))
