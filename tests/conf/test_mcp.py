import pytest
from pydantic import ValidationError

from conf.mcp import McpSettings


def test_the_password_is_not_shown() -> None:
    assert "very secret" not in repr(McpSettings(user="mcp", password="very secret"))


@pytest.mark.parametrize(
    ("key", "wrong"),
    [
        ("user", "u" * 129),
        ("password", "p" * 1025),
        ("database", "d" * 129),
        ("calls", 0),
        ("calls", 65),
        ("max_rows", 0),
        ("max_rows", 100_001),
        ("max_chars", 999),
        ("time_limit_s", 0),
    ],
)
def test_every_limit_stays_one(key: str, wrong: object) -> None:
    with pytest.raises(ValidationError, match=key):
        McpSettings.model_validate({key: wrong})
