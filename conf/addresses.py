"""Addresses as settings write them."""

import ipaddress
import re
from urllib.parse import urlsplit


def split_address(address: str) -> tuple[str, int]:
    """``HOST:PORT`` or ``[IPV6]:PORT`` -> (host, port). Raises ValueError."""
    parts = urlsplit(f"//{address}")
    plain = parts.netloc == address and re.search(r"[@\s]", address) is None
    if not plain or parts.hostname is None or parts.port is None:
        raise ValueError(f"{address!r} is not HOST:PORT")
    return parts.hostname, parts.port


def is_loopback(host: str) -> bool:
    """An address of this machine alone, or its name."""
    try:
        return ipaddress.ip_address(host).is_loopback
    except ValueError:
        return host == "localhost"
