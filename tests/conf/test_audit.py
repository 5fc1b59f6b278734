from pathlib import Path

import pytest
from pydantic import ValidationError

from conf.audit import AuditSettings


def test_nothing_is_recorded_without_a_folder() -> None:
    assert AuditSettings().path is None
    assert AuditSettings(folder="records").path == Path("records")


@pytest.mark.parametrize("key", ["", "k" * 16, "k" * 64])
def test_a_key_is_long_or_none(key: str) -> None:
    settings = AuditSettings.model_validate({"key": key})
    assert settings.key.get_secret_value() == key
    assert not key or key not in repr(settings)


@pytest.mark.parametrize("key", ["k", "k" * 15])
def test_a_short_key(key: str) -> None:
    with pytest.raises(ValidationError, match="takes 16 characters or more"):
        AuditSettings.model_validate({"key": key})


@pytest.mark.parametrize(
    "given", [{"when_full": "drop"}, {"max_file_bytes": 1023}, {"queue_size": 0}, {"fsnc": True}], ids=str
)
def test_what_it_does_not_take(given: dict[str, object]) -> None:
    with pytest.raises(ValidationError, match=next(iter(given))):
        AuditSettings.model_validate(given)
