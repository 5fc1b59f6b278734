from typing import Any

import pytest
from pydantic import ValidationError

from conf.admin import AdminSettings


@pytest.mark.parametrize(
    ("listen", "address"),
    [("", None), ("off", None), ("127.0.0.1:8307", ("127.0.0.1", 8307)), ("[::]:80", ("::", 80))],
)
def test_where_it_listens(listen: str, address: tuple[str, int] | None) -> None:
    assert AdminSettings(listen=listen).address == address


def test_it_listens_on_this_machine_alone_unless_told_otherwise() -> None:
    assert AdminSettings().address == ("127.0.0.1", 8307)


@pytest.mark.parametrize("listen", ["Off", "8307", "http://127.0.0.1:8307", "127.0.0.1:8307/console"])
def test_what_is_no_address(listen: str) -> None:
    with pytest.raises(ValidationError, match=r"listen\n.*(is not HOST:PORT|Port could not be cast)"):
        AdminSettings(listen=listen)


@pytest.mark.parametrize(
    "given",
    [
        {"connections": 0},
        {"requests_per_s": 0},
        {"requests_per_s": -1},
        {"failed_tokens_per_minute": 0},
        {"max_body_bytes": 1023},
        {"max_upload_bytes": 0},
        {"body_timeout_s": 0},
        {"logins": -1},
        {"login_idle_s": 0},
    ],
)
def test_every_limit_stays_one(given: dict[str, Any]) -> None:
    with pytest.raises(ValidationError, match=next(iter(given))):
        AdminSettings.model_validate(given)
