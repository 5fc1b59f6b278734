import base64

import pytest

from proxy.upstreams import passwords
from proxy.upstreams.passwords import hash_password, verify

# RFC 7914, section 12: scrypt("pleaseletmein", "SodiumChloride", N=16384, r=8, p=1, 64 bytes).
KEY = bytes.fromhex(
    "7023bdcb3afd7348461c06cd81fd38ebfda8fbba904f8e3ea9b543f6545da1f2"
    "d5432955613f0fcf62d49705242a9af9e61e85dc0d651e40dfcf017b45575887"
)
RFC_7914 = "$".join(
    ["scrypt", "14", "8", "1", *(base64.b64encode(raw).decode().rstrip("=") for raw in (b"SodiumChloride", KEY))]
)


def test_only_the_password_fits() -> None:
    stored = hash_password("correct horse")
    assert verify("correct horse", stored)
    assert not verify("correct hors", stored)
    assert not verify("", stored)
    assert "correct" not in stored


def test_every_hash_has_a_salt_of_its_own() -> None:
    assert hash_password("same") != hash_password("same")


def test_any_text_is_a_password() -> None:
    assert verify("pä$$wörd\udc80", hash_password("pä$$wörd\udc80"))


def test_the_parameters_are_the_stored_ones() -> None:
    assert verify("pleaseletmein", RFC_7914)
    assert not verify("pleaseletmeout", RFC_7914)


def test_an_unknown_user_costs_a_hash_and_never_fits(monkeypatch: pytest.MonkeyPatch) -> None:
    calls: list[tuple[int, int, int]] = []
    original = passwords.hashlib.scrypt

    def scrypt(password: bytes, *, salt: bytes, n: int, r: int, p: int, maxmem: int, dklen: int) -> bytes:
        calls.append((n, r, p))
        return original(password, salt=salt, n=n, r=r, p=p, maxmem=maxmem, dklen=dklen)

    monkeypatch.setattr(passwords.hashlib, "scrypt", scrypt)
    stored = hash_password("x")
    assert verify("x", stored)
    assert not verify("x", None)
    assert calls[1] == calls[2]
    # Even the password whose key would be the stand-in's.
    monkeypatch.setattr(passwords.hashlib, "scrypt", lambda *_, dklen, **__: bytes(dklen))
    assert not verify("x", None)


@pytest.mark.parametrize(
    "stored",
    [
        "",
        "secret",
        "scrypt$14$8$5$AAAA",
        "md5$14$8$5$AAAAAAAAAAAAAAAAAAAAAA$AAAAAAAAAAAAAAAAAAAAAA",
        "scrypt$14$8$5$AAAAAAAAAAAAAAAAAAAAAA$",  # an empty key would fit every password
        "scrypt$14$8$5$$AAAAAAAAAAAAAAAAAAAAAA",
        "scrypt$14$8$5$AAAAAAAAAAAAAAAAAAAAAA$A!AAAAAAAAAAAAAAAAAAAA",
        "scrypt$31$8$5$AAAAAAAAAAAAAAAAAAAAAA$AAAAAAAAAAAAAAAAAAAAAA",  # terabytes
        "scrypt$14$8$-5$AAAAAAAAAAAAAAAAAAAAAA$AAAAAAAAAAAAAAAAAAAAAA",
        "scrypt$x$8$5$AAAAAAAAAAAAAAAAAAAAAA$AAAAAAAAAAAAAAAAAAAAAA",
    ],
)
def test_another_text_is_refused(stored: str) -> None:
    with pytest.raises(ValueError, match="askwire hash-password"):
        verify("x", stored)
