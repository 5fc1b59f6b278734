"""The section ``[audit]``: whether and how AI statements are recorded."""

from pathlib import Path
from typing import Literal

from pydantic import Field, SecretStr, field_validator

from conf.section import Section

MIN_KEY_CHARS = 16


class AuditSettings(Section):
    folder: str = ""
    key: SecretStr = SecretStr("")
    when_full: Literal["refuse", "go-on"] = "refuse"
    fsync: bool = True
    max_file_bytes: int = Field(67_108_864, ge=1024)
    queue_size: int = Field(1000, ge=1)

    @field_validator("key")
    @classmethod
    def _key(cls, value: SecretStr) -> SecretStr:
        if 0 < len(value.get_secret_value()) < MIN_KEY_CHARS:
            raise ValueError(f"takes {MIN_KEY_CHARS} characters or more")
        return value

    @property
    def path(self) -> Path | None:
        """The folder; None when nothing is recorded."""
        return Path(self.folder) if self.folder else None
