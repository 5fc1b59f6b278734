"""The bearer tokens of the admin endpoint: a file of the data folder for each role, made on first start, mode 0600.

The files are looked at with every request, so a token that was replaced or deleted does not count from that moment on.
"""

import hmac
import os
import secrets
import stat
from dataclasses import dataclass
from enum import Enum
from hashlib import sha256
from pathlib import Path

from conf.settings import SettingsError
from proxy.tls import keep_private

_LEAST_CHARS = 32  # of a token that somebody wrote by hand
_MOST_BYTES = 4096


class Role(Enum):
    """What a token allows: a reader sees and asks; an admin changes things."""

    READER = "reader"
    ADMIN = "admin"


@dataclass(frozen=True, slots=True)
class _Kept:
    """A file as it was read; ``digest`` None: it holds no token that counts."""

    seen: tuple[int, int, int]
    digest: bytes | None


class Tokens:
    """``make`` before the first request."""

    def __init__(self, data_path: Path) -> None:
        self._paths = {role: data_path / f"{role.value}-token" for role in Role}
        self._kept: dict[Role, _Kept] = {}

    def make(self) -> None:
        """Make the files that are missing. Raises ``SettingsError`` for one that others may read, OSError."""
        for role, path in self._paths.items():
            keep_token(path)
            fault = _fault(path)
            if fault:
                raise SettingsError(f"{path} {fault}: make it right, or delete it and a new {role.value} token is made")

    def role_of(self, token: bytes) -> Role | None:
        """The role of whoever sends ``token``. Takes as long for a wrong one as for a right one."""
        digest = sha256(token).digest()
        found: Role | None = None
        for role in Role:
            ours = self._digest(role)
            if hmac.compare_digest(digest, ours or bytes(len(digest))) and ours is not None:
                found = role
        return found

    def _digest(self, role: Role) -> bytes | None:
        path = self._paths[role]
        try:
            state = os.lstat(path)
        except OSError:
            return None
        seen = state.st_ino, state.st_mtime_ns, state.st_mode
        kept = self._kept.get(role)
        if kept is None or kept.seen != seen:
            digest = None if _fault(path) else sha256(read_token(path).encode()).digest()
            kept = self._kept[role] = _Kept(seen, digest)
        return kept.digest


def keep_token(path: Path, *, anew: bool = False) -> str:
    """The token in ``path``; made when there is none, or ``anew``. Raises OSError."""
    if anew:
        path.unlink(missing_ok=True)
    if not os.path.lexists(path):
        keep_private(path, f"{secrets.token_urlsafe(32)}\n".encode())
    return read_token(path)


def read_token(path: Path) -> str:
    with path.open("rb") as file:
        return file.read(_MOST_BYTES).decode("ascii", "replace").strip()


def _fault(path: Path) -> str:
    state = os.lstat(path)
    if not stat.S_ISREG(state.st_mode):
        return "is not a plain file"
    if state.st_mode & 0o077:
        return "may be read by others (its mode must be 0600)"
    return "" if len(read_token(path)) >= _LEAST_CHARS else f"holds fewer than {_LEAST_CHARS} characters"
