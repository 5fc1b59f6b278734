"""TLS on both legs, and the RSA key for passwords from clients without TLS.

Everything self-made is kept in the data folder: ``tls.pem`` (certificate and key of the client leg), a copy of the
certificate alone in ``certificate.pem`` for clients to trust, and ``caching_sha2.pem`` (the RSA key). Files with a key
have mode 0600. Workers that start together agree on one: the first file to be linked in place wins.
"""

import contextlib
import datetime
import ipaddress
import os
import socket
import ssl
import tempfile
from functools import cached_property
from pathlib import Path

from cryptography import x509
from cryptography.exceptions import UnsupportedAlgorithm
from cryptography.hazmat.primitives import hashes, serialization
from cryptography.hazmat.primitives.asymmetric import ec, padding, rsa
from cryptography.hazmat.primitives.asymmetric.types import PrivateKeyTypes
from cryptography.x509.oid import ExtendedKeyUsageOID, NameOID

from conf.settings import SettingsError, TlsSettings

YEARS = 10
_MAX_PUBLIC_KEY = 8192  # bytes of PEM, and bits of modulus
# SHA-1 is what the protocol prescribes here; OAEP does not need it to resist collisions.
_SHA1 = hashes.SHA1()  # noqa: S303
_OAEP = padding.OAEP(mgf=padding.MGF1(_SHA1), algorithm=_SHA1, label=None)


def client_context(settings: TlsSettings, data_path: Path) -> ssl.SSLContext | None:
    """For the client leg: the configured certificate, else a self-made one. None: TLS is off.

    Raises ``SettingsError``.
    """
    if settings.client == "off":
        return None
    if settings.key and not settings.certificate:
        raise SettingsError("tls.key is given without tls.certificate")
    context = ssl.SSLContext(ssl.PROTOCOL_TLS_SERVER)
    context.minimum_version = ssl.TLSVersion.TLSv1_2
    certificate = settings.certificate or str(_self_made(data_path))
    try:
        context.load_cert_chain(certificate, settings.key or None, password=_no_password)
    except (OSError, ValueError) as error:
        raise SettingsError(f"tls.certificate {certificate}: {error}") from error
    return context


def upstream_context(settings: TlsSettings) -> ssl.SSLContext | None:
    """For the upstream leg; only "verify" checks the certificate and the host name. None: TLS is off.

    Raises ``SettingsError``.
    """
    if settings.upstream == "off":
        return None
    if settings.upstream_ca and settings.upstream != "verify":
        raise SettingsError('tls.upstream_ca is used only with tls.upstream = "verify"')
    context = ssl.SSLContext(ssl.PROTOCOL_TLS_CLIENT)
    context.minimum_version = ssl.TLSVersion.TLSv1_2
    if settings.upstream != "verify":
        context.check_hostname = False
        context.verify_mode = ssl.CERT_NONE
    elif settings.upstream_ca:
        try:
            context.load_verify_locations(settings.upstream_ca)
        except OSError as error:
            raise SettingsError(f"tls.upstream_ca {settings.upstream_ca}: {error}") from error
    else:
        context.load_default_certs()
    return context


class RsaKey:
    """The gateway's RSA key of 2048 bits, made on first use; implements ``proxy.wire.actions.Rsa``.

    Making it takes some tenths of a second: call ``load`` before clients wait.
    """

    def __init__(self, data_path: Path) -> None:
        self._path = data_path / "caching_sha2.pem"

    def load(self) -> None:
        """Raises ``SettingsError`` when the file is no RSA key, OSError when it cannot be read or written."""
        _ = self._key

    @cached_property
    def _key(self) -> rsa.RSAPrivateKey:
        if not self._path.exists():
            keep_private(self._path, _private_pem(rsa.generate_private_key(65537, 2048)))
        try:
            key = serialization.load_pem_private_key(self._path.read_bytes(), None)
        except (ValueError, TypeError, UnsupportedAlgorithm):
            key = None
        if not isinstance(key, rsa.RSAPrivateKey):
            raise SettingsError(f"{self._path} is not an RSA key; delete it, and a new one will be made")
        return key

    @cached_property
    def public_pem(self) -> bytes:
        return self._key.public_key().public_bytes(
            serialization.Encoding.PEM, serialization.PublicFormat.SubjectPublicKeyInfo
        )

    def decrypt(self, blob: bytes) -> bytes:
        """Raises ValueError."""
        return self._key.decrypt(blob, _OAEP)

    def encrypt(self, public_pem: bytes, data: bytes) -> bytes:
        """Encrypt for the owner of ``public_pem``. Raises ValueError."""
        return rsa_encrypt(public_pem, data)


def rsa_encrypt(public_pem: bytes, data: bytes) -> bytes:
    """RSA with OAEP (SHA-1). Raises ValueError when it is no RSA key of a sane size, or the data is too long for it."""
    if len(public_pem) > _MAX_PUBLIC_KEY:
        raise ValueError("public key too large")
    try:
        key = serialization.load_pem_public_key(public_pem)
    except UnsupportedAlgorithm as error:
        raise ValueError("public key of an unknown kind") from error
    if not isinstance(key, rsa.RSAPublicKey) or not 1024 <= key.key_size <= _MAX_PUBLIC_KEY:
        raise ValueError("not an RSA key of 1024 to 8192 bits")
    return key.encrypt(data, _OAEP)


def _self_made(data_path: Path) -> Path:
    """The file with the self-made certificate and its key."""
    path = data_path / "tls.pem"
    if not path.exists():
        keep_private(path, _make_certificate())
    with contextlib.suppress(ValueError):  # load_cert_chain will say what is wrong with it
        public = x509.load_pem_x509_certificate(path.read_bytes()).public_bytes(serialization.Encoding.PEM)
        copy = data_path / "certificate.pem"
        if not copy.exists() or copy.read_bytes() != public:
            copy.write_bytes(public)
    return path


def _make_certificate() -> bytes:
    """A certificate for this host and the loop-back addresses, and its key, as PEM."""
    key = ec.generate_private_key(ec.SECP256R1())
    host = socket.gethostname()
    name = x509.Name([x509.NameAttribute(NameOID.COMMON_NAME, f"askwire on {host}"[:64])])
    addresses = [x509.IPAddress(ipaddress.ip_address(address)) for address in ("127.0.0.1", "::1")]
    names = [x509.DNSName(host)] if host and host.isascii() and host != "localhost" else []
    now = datetime.datetime.now(datetime.UTC)
    certificate = (
        x509.CertificateBuilder()
        .subject_name(name)
        .issuer_name(name)
        .public_key(key.public_key())
        .serial_number(x509.random_serial_number())
        .not_valid_before(now - datetime.timedelta(days=1))
        .not_valid_after(now + datetime.timedelta(days=365 * YEARS))
        .add_extension(x509.SubjectAlternativeName([x509.DNSName("localhost"), *names, *addresses]), critical=False)
        .add_extension(x509.BasicConstraints(ca=True, path_length=0), critical=True)
        .add_extension(x509.ExtendedKeyUsage([ExtendedKeyUsageOID.SERVER_AUTH]), critical=False)
        .add_extension(x509.SubjectKeyIdentifier.from_public_key(key.public_key()), critical=False)
        .sign(key, hashes.SHA256())
    )
    return certificate.public_bytes(serialization.Encoding.PEM) + _private_pem(key)


def _private_pem(key: PrivateKeyTypes) -> bytes:
    return key.private_bytes(
        serialization.Encoding.PEM, serialization.PrivateFormat.PKCS8, serialization.NoEncryption()
    )


def keep_private(path: Path, secret: bytes) -> None:
    """Write a file of mode 0600, whole or not at all; one that is there already stays."""
    path.parent.mkdir(mode=0o700, parents=True, exist_ok=True)
    handle, temporary = tempfile.mkstemp(dir=path.parent)  # made with mode 0600
    try:
        with os.fdopen(handle, "wb") as file:
            file.write(secret)
        with contextlib.suppress(FileExistsError):
            os.link(temporary, path)
    finally:
        os.unlink(temporary)


def _no_password() -> str:
    """Keeps OpenSSL from asking on the terminal."""
    raise ValueError("the key is encrypted; give it without a pass phrase")
