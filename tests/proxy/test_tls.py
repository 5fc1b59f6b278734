import concurrent.futures
import socket
import ssl
import stat
import threading
from pathlib import Path

import pymysql
import pytest
from cryptography import x509
from cryptography.hazmat.primitives import serialization
from cryptography.hazmat.primitives.asymmetric import ec, rsa
from pymysql import _auth

from conf.settings import SettingsError, TlsSettings
from proxy.tls import RsaKey, client_context, rsa_encrypt, upstream_context
from proxy.wire.actions import Rsa


def mode(path: Path) -> int:
    return stat.S_IMODE(path.stat().st_mode)


def handshake(server: ssl.SSLContext, client: ssl.SSLContext, host: str) -> str | None:
    """The TLS version that the two contexts agree on."""
    ours, theirs = socket.socketpair()

    def serve() -> None:
        try:
            with server.wrap_socket(ours, server_side=True) as tls:
                tls.recv(1)
        except OSError:
            ours.close()

    thread = threading.Thread(target=serve)
    thread.start()
    try:
        with client.wrap_socket(theirs, server_hostname=host) as tls:
            version = tls.version()
            tls.send(b"x")
            return version
    finally:
        theirs.close()
        thread.join()


def test_off(tmp_path: Path) -> None:
    settings = TlsSettings(client="off", upstream="off")
    assert client_context(settings, tmp_path) is None
    assert upstream_context(settings) is None
    assert list(tmp_path.iterdir()) == []


@pytest.mark.parametrize("upstream", ["preferred", "required"])
def test_self_made_certificate_is_taken_unchecked(tmp_path: Path, upstream: str) -> None:
    server = client_context(TlsSettings(), tmp_path / "data")
    client = upstream_context(TlsSettings.model_validate({"upstream": upstream}))
    assert server
    assert client
    assert handshake(server, client, "elsewhere.example") == "TLSv1.3"
    assert mode(tmp_path / "data" / "tls.pem") == 0o600
    assert mode(tmp_path / "data") == 0o700


@pytest.mark.parametrize("host", ["localhost", "127.0.0.1", "::1", socket.gethostname()])
def test_self_made_certificate_can_be_verified(tmp_path: Path, host: str) -> None:
    server = client_context(TlsSettings(), tmp_path)
    client = upstream_context(TlsSettings(upstream="verify", upstream_ca=str(tmp_path / "certificate.pem")))
    assert server
    assert client
    assert handshake(server, client, host) == "TLSv1.3"
    with pytest.raises(ssl.SSLCertVerificationError):
        handshake(server, client, "elsewhere.example")


def test_verify_trusts_no_stranger(tmp_path: Path) -> None:
    server, client = client_context(TlsSettings(), tmp_path), upstream_context(TlsSettings(upstream="verify"))
    assert server
    assert client
    with pytest.raises(ssl.SSLCertVerificationError):
        handshake(server, client, "localhost")


def test_old_versions_are_refused(tmp_path: Path) -> None:
    server, client = client_context(TlsSettings(), tmp_path), upstream_context(TlsSettings())
    assert server
    assert client
    assert server.minimum_version == client.minimum_version == ssl.TLSVersion.TLSv1_2
    old = ssl.SSLContext(ssl.PROTOCOL_TLS_CLIENT)
    old.check_hostname, old.verify_mode = False, ssl.CERT_NONE
    old.set_ciphers("ALL:@SECLEVEL=0")
    with pytest.warns(DeprecationWarning, match="TLSv1_1"):
        old.minimum_version = old.maximum_version = ssl.TLSVersion.TLSv1_1
    with pytest.raises(ssl.SSLError):
        handshake(server, old, "localhost")


def test_self_made_certificate_is_kept(tmp_path: Path) -> None:
    client_context(TlsSettings(), tmp_path)
    before = (tmp_path / "tls.pem").read_bytes()
    client_context(TlsSettings(), tmp_path)
    assert (tmp_path / "tls.pem").read_bytes() == before
    certificate = x509.load_pem_x509_certificate((tmp_path / "certificate.pem").read_bytes())
    days = (certificate.not_valid_after_utc - certificate.not_valid_before_utc).days
    assert 3650 <= days <= 3652
    assert b"PRIVATE" not in (tmp_path / "certificate.pem").read_bytes()


def test_configured_certificate(tmp_path: Path) -> None:
    client_context(TlsSettings(), tmp_path)
    both = (tmp_path / "tls.pem").read_text()
    at = both.index("-----BEGIN PRIVATE KEY")
    (tmp_path / "cert").write_text(both[:at])
    (tmp_path / "key").write_text(both[at:])
    settings = TlsSettings(certificate=str(tmp_path / "cert"), key=str(tmp_path / "key"))
    assert client_context(settings, tmp_path / "unused")
    assert client_context(TlsSettings(certificate=str(tmp_path / "tls.pem")), tmp_path / "unused")
    assert not (tmp_path / "unused").exists()


def test_wrong_settings(tmp_path: Path) -> None:
    (tmp_path / "junk").write_text("junk")
    encrypted = ec.generate_private_key(ec.SECP256R1()).private_bytes(
        serialization.Encoding.PEM,
        serialization.PrivateFormat.PKCS8,
        serialization.BestAvailableEncryption(b"pass phrase"),
    )
    client_context(TlsSettings(), tmp_path)
    (tmp_path / "encrypted").write_bytes(encrypted)
    certificate = str(tmp_path / "certificate.pem")
    for settings in (
        TlsSettings(key="k"),
        TlsSettings(certificate=str(tmp_path / "missing")),
        TlsSettings(certificate=str(tmp_path / "junk")),
        TlsSettings(certificate=certificate),
        TlsSettings(certificate=certificate, key=str(tmp_path / "encrypted")),
    ):
        with pytest.raises(SettingsError, match=r"tls\.(certificate|key)"):
            client_context(settings, tmp_path)
    for settings in (
        TlsSettings(upstream="verify", upstream_ca=str(tmp_path / "missing")),
        TlsSettings(upstream="verify", upstream_ca=str(tmp_path / "junk")),
        TlsSettings(upstream="required", upstream_ca=certificate),
    ):
        with pytest.raises(SettingsError, match=r"tls\.upstream_ca"):
            upstream_context(settings)


def test_broken_self_made_certificate_is_named(tmp_path: Path) -> None:
    (tmp_path / "tls.pem").write_text("junk")
    with pytest.raises(SettingsError, match=r"tls\.pem"):
        client_context(TlsSettings(), tmp_path)


def test_rsa_key(tmp_path: Path) -> None:
    key: Rsa = RsaKey(tmp_path / "data")
    assert not (tmp_path / "data").exists()
    pem = key.public_pem
    assert mode(tmp_path / "data" / "caching_sha2.pem") == 0o600
    assert RsaKey(tmp_path / "data").public_pem == pem
    nonce = b"abcdefghijklmnopqrst"
    hidden = key.decrypt(_auth.sha2_rsa_encrypt(b"secret", nonce, pem))
    assert bytes(a ^ b for a, b in zip(hidden, nonce, strict=False)) == b"secret\0"
    assert key.decrypt(key.encrypt(pem, b"data")) == b"data"
    for blob in (b"", b"x", bytes(256), b"\xff" * 256, bytes(257)):
        with pytest.raises(ValueError):
            key.decrypt(blob)


def test_rsa_key_that_is_none(tmp_path: Path) -> None:
    for content in (b"junk", b""):
        (tmp_path / "caching_sha2.pem").write_bytes(content)
        with pytest.raises(SettingsError, match=r"caching_sha2\.pem"):
            RsaKey(tmp_path).load()


def test_workers_agree_on_one_key(tmp_path: Path) -> None:
    keys = [RsaKey(tmp_path / "data") for _ in range(4)]
    with concurrent.futures.ThreadPoolExecutor(4) as pool:
        pems = set(pool.map(lambda key: key.public_pem, keys))
    assert len(pems) == 1
    assert [path.name for path in (tmp_path / "data").iterdir()] == ["caching_sha2.pem"]


def public(key: rsa.RSAPrivateKey | ec.EllipticCurvePrivateKey) -> bytes:
    return key.public_key().public_bytes(serialization.Encoding.PEM, serialization.PublicFormat.SubjectPublicKeyInfo)


def test_rsa_encrypt_takes_only_sane_keys() -> None:
    good = public(rsa.generate_private_key(65537, 2048))
    assert len(rsa_encrypt(good, b"x" * 214)) == 256
    for pem, data in (
        (good, b"x" * 215),
        (b"", b"x"),
        (b"junk", b"x"),
        (good[:100], b"x"),
        (good + b"\n" * 9000, b"x"),
        (public(ec.generate_private_key(ec.SECP256R1())), b"x"),
    ):
        with pytest.raises(ValueError):
            rsa_encrypt(pem, data)


def test_an_idle_tls_client_does_not_hold_up_the_end(gateway_factory):
    """It reads nothing, so it never answers the end of its TLS; ``stop`` fails long before the drain's time is over."""
    with gateway_factory(drain_timeout_s=3600.0) as gateway:
        connection = pymysql.connect(
            host=gateway.host, port=gateway.port, user="app", password="secret", ssl={"check_hostname": False}
        )
        gateway.stop()
        connection.close()
