"""Passwords of the accounts that the settings list, for databases that have none of their own.

Stored is ``scrypt$LOG2N$R$P$SALT$KEY`` (RFC 7914; salt and key in base64 without padding), never the password.
"""

import base64
import binascii
import hashlib
import hmac
import os
import threading
from dataclasses import dataclass

# One of the equally strong choices of OWASP's password storage page: 16 MiB and about 0.2 s each.
LOG2_N, R, P = 14, 8, 5
SALT_BYTES = 16
KEY_BYTES = 32
# Room for stronger parameters than today's; beyond it a typing error would stop the gateway with its memory.
MAX_MEMORY_BYTES = 256 << 20
# A crowd at the door waits in line instead of taking 16 MiB each.
_SLOTS = threading.BoundedSemaphore(4)


@dataclass(frozen=True, slots=True)
class _Stored:
    log2_n: int
    r: int
    p: int
    salt: bytes
    key: bytes

    def derive(self, password: str) -> bytes:
        with _SLOTS:
            return hashlib.scrypt(
                password.encode("utf-8", "surrogatepass"),
                salt=self.salt,
                n=1 << self.log2_n,
                r=self.r,
                p=self.p,
                maxmem=2 * MAX_MEMORY_BYTES,
                dklen=len(self.key),
            )


def hash_password(password: str) -> str:
    """What to store for ``password``; salted, so that each call gives another text."""
    blank = _Stored(LOG2_N, R, P, os.urandom(SALT_BYTES), bytes(KEY_BYTES))
    return f"scrypt${LOG2_N}${R}${P}${_encode(blank.salt)}${_encode(blank.derive(password))}"


def verify(password: str, stored: str | None) -> bool:
    """Whether ``password`` is the stored one; ``None`` (there is no such user) takes as long and is never right.

    The comparison takes the same time however much of the key agrees. Raises ValueError where ``stored`` is no text
    of ``hash_password``.
    """
    account = _NOBODY if stored is None else _parse(stored)
    same = hmac.compare_digest(account.derive(password), account.key)
    return same and stored is not None


def _parse(stored: str) -> _Stored:
    fault = ValueError("a stored password is what `askwire hash-password` prints")
    try:
        name, *numbers, salt, key = stored.split("$")
        log2_n, r, p = (int(number) for number in numbers)
        account = _Stored(log2_n, r, p, _decode(salt), _decode(key))
    except (ValueError, binascii.Error):
        raise fault from None
    fits = 1 <= log2_n < 32 and r >= 1 and 1 <= p <= 64 and 128 * r << log2_n <= MAX_MEMORY_BYTES
    if name != "scrypt" or not fits or len(account.salt) < 8 or len(account.key) < 16:
        raise fault
    return account


def _encode(raw: bytes) -> str:
    return base64.b64encode(raw).decode().rstrip("=")


def _decode(text: str) -> bytes:
    return base64.b64decode(text + "=" * (-len(text) % 4), validate=True)


_NOBODY = _Stored(LOG2_N, R, P, bytes(SALT_BYTES), bytes(KEY_BYTES))
