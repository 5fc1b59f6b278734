"""The section ``[admin]``: where the admin HTTP endpoint listens, and what it puts up with."""

from pydantic import Field, field_validator

from conf.addresses import split_address
from conf.section import Section

OFF = ("", "off")


class AdminSettings(Section):
    listen: str = "127.0.0.1:8307"
    hosts: tuple[str, ...] = ()
    connections: int = Field(64, ge=1)
    requests_per_s: float = Field(50.0, gt=0)
    failed_tokens_per_minute: int = Field(10, ge=1)
    max_body_bytes: int = Field(1_048_576, ge=1024)
    max_upload_bytes: int = Field(268_435_456, ge=1024)
    body_timeout_s: float = Field(20.0, gt=0)
    logins: int = Field(8, ge=0)
    login_idle_s: float = Field(900.0, gt=0)

    @field_validator("listen")
    @classmethod
    def _listen(cls, value: str) -> str:
        if value not in OFF:
            split_address(value)
        return value

    @property
    def address(self) -> tuple[str, int] | None:
        """(host, port); None when it is switched off."""
        return None if self.listen in OFF else split_address(self.listen)
