import pytest
from pydantic import ValidationError

from conf.section import Section


class Table(Section):
    limit: int = 1


def test_an_unknown_key_is_an_error() -> None:
    with pytest.raises(ValidationError, match=r"limt\n  Extra inputs are not permitted"):
        Table.model_validate({"limt": 2})


def test_it_cannot_be_changed() -> None:
    table = Table(limit=2)
    with pytest.raises(ValidationError, match="frozen"):
        table.limit = 3  # type: ignore[misc]
    assert table.limit == 2
