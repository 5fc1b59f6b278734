import os
import stat
from pathlib import Path

import pytest
from starlette.types import Message, Receive, Scope, Send

from conf.settings import SettingsError
from plugins.builtin.mcp.http import LEAST_CHARS, TokenGuard, allowed, keep_token

TOKEN = "t" * LEAST_CHARS


def test_a_token_is_made_once_and_nobody_else_may_read_it(tmp_path: Path) -> None:
    path = tmp_path / "data" / "mcp-token"
    token = keep_token(path)
    assert len(token) >= LEAST_CHARS
    assert keep_token(path) == token
    assert stat.S_IMODE(path.stat().st_mode) == 0o600
    assert stat.S_IMODE(path.parent.stat().st_mode) == 0o700
    assert keep_token(tmp_path / "other") != token


@pytest.mark.parametrize("mode", [0o604, 0o640, 0o666])
def test_a_token_that_others_may_read(tmp_path: Path, mode: int) -> None:
    path = tmp_path / "mcp-token"
    path.write_text(TOKEN)
    path.chmod(mode)
    with pytest.raises(SettingsError, match="may be read by others: its mode must be 0600"):
        keep_token(path)


def test_a_link_in_the_tokens_place(tmp_path: Path) -> None:
    (tmp_path / "mine").write_text(TOKEN)
    os.chmod(tmp_path / "mine", 0o600)
    (tmp_path / "mcp-token").symlink_to(tmp_path / "mine")
    with pytest.raises(SettingsError, match="may be read by others"):
        keep_token(tmp_path / "mcp-token")


@pytest.mark.parametrize("content", ["", "\n", "short", "t" * (LEAST_CHARS - 1) + "\n  "])
def test_a_short_token(tmp_path: Path, content: str) -> None:
    path = tmp_path / "mcp-token"
    path.write_text(content)
    path.chmod(0o600)
    with pytest.raises(SettingsError, match=f"holds fewer than {LEAST_CHARS} characters"):
        keep_token(path)


async def called(headers: list[tuple[bytes, bytes]], kind: str = "http") -> int | str:
    """The status, or "passed" where the guard let the request through."""
    sent: list[Message] = []
    passed: list[Scope] = []

    async def app(scope: Scope, _receive: Receive, _send: Send) -> None:
        passed.append(scope)

    async def receive() -> Message:
        return {"type": "http.request", "body": b""}

    async def send(message: Message) -> None:
        sent.append(message)

    scope = {"type": kind, "headers": headers, "method": "POST", "path": "/mcp"}
    await TokenGuard(app, TOKEN)(scope, receive, send)
    assert bool(passed) != bool(sent)
    if passed:
        return "passed"
    assert (b"www-authenticate", b"Bearer") in sent[0]["headers"]
    return int(sent[0]["status"])


@pytest.mark.parametrize("header", [f"Bearer {TOKEN}", f"bearer {TOKEN}", f"BEARER  {TOKEN} "])
async def test_the_token(header: str) -> None:
    assert await called([(b"authorization", header.encode())]) == "passed"


@pytest.mark.parametrize(
    "header",
    [
        *(
            "",
            TOKEN,
            f"Basic {TOKEN}",
            "Bearer",
            "Bearer ",
            f"Bearer {TOKEN}x",
        ),
        *(f"Bearer {TOKEN[:-1]}", f"Bearer\t{TOKEN}", "Bearer é"),
    ],
)
async def test_a_wrong_token(header: str) -> None:
    assert await called([(b"authorization", header.encode("latin-1"))]) == 401


async def test_no_token() -> None:
    assert await called([]) == 401
    assert await called([(b"x-authorization", f"Bearer {TOKEN}".encode())]) == 401
    assert await called([], "lifespan") == "passed"


async def test_only_http_comes_in() -> None:
    assert await called([(b"authorization", f"Bearer {TOKEN}".encode())], "websocket") == 401


def test_by_which_names_it_may_be_called() -> None:
    names = allowed("::", 8308, ("mcp.example", "other:1"))
    assert set(names.allowed_hosts) == {
        *("[::]:8308", "127.0.0.1:8308", "localhost:8308", "[::1]:8308"),
        *("mcp.example:8308", "mcp.example", "other:1:8308", "other:1"),
    }
    assert "https://mcp.example" in names.allowed_origins
    assert not any("evil" in name or "*" in name for name in (*names.allowed_hosts, *names.allowed_origins))
