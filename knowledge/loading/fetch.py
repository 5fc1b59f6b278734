"""Downloads a web page or document, and nothing that only the gateway's own network may see (SSRF)."""

import asyncio
import os
import re
import socket
import ssl
from collections.abc import AsyncIterator, Awaitable, Callable, Mapping
from contextlib import asynccontextmanager, suppress
from dataclasses import replace
from functools import cache
from pathlib import Path
from tempfile import mkstemp
from types import MappingProxyType

import certifi
import httpx

from knowledge.loading.addresses import is_public
from knowledge.loading.draft import one_line
from knowledge.loading.encodings import decode
from knowledge.loading.kinds import is_known, suffix
from knowledge.loading.types import Limits, LoadError
from plugins.errors import AskwireError, ErrorCode
from plugins.loading import Response

Resolver = Callable[[str, int], Awaitable[list[str]]]

_PORTS = (80, 443)
_NOT_LISTED = "and [knowledge] allowed_hosts in the settings does not list its host"
_MAX_URL = 2_000
_IDLE_S = 15.0
_REDIRECTS = (301, 302, 303, 307, 308)
# Media type -> end of the file's name.
_TYPES = {
    "text/html": ".html",
    "application/xhtml+xml": ".html",
    "text/plain": ".txt",
    "text/markdown": ".md",
    "text/csv": ".csv",
    "text/tab-separated-values": ".tsv",
    "application/json": ".json",
    "application/x-ndjson": ".jsonl",
    "application/pdf": ".pdf",
    "application/zip": ".zip",
    "application/vnd.openxmlformats-officedocument.wordprocessingml.document": ".docx",
    "application/vnd.openxmlformats-officedocument.presentationml.presentation": ".pptx",
    "application/vnd.openxmlformats-officedocument.spreadsheetml.sheet": ".xlsx",
    "application/vnd.oasis.opendocument.spreadsheet": ".ods",
    "application/vnd.ms-excel": ".xls",
}
# Servers say this of whatever they do not know; then the address tells.
_VAGUE = ("application/octet-stream", "binary/octet-stream", "text/plain", "application/x-zip-compressed", "")


async def resolve(host: str, port: int) -> list[str]:
    """The addresses of ``host``. Raises ``OSError``."""
    found = await asyncio.get_running_loop().getaddrinfo(host, port, type=socket.SOCK_STREAM)
    return [str(entry[4][0]) for entry in found]


async def fetch(url: str, folder: Path, limits: Limits, resolver: Resolver = resolve) -> tuple[Path, str]:
    """Download ``url`` into a new file in ``folder`` -> (the file, the address that it came from in the end).

    The end of the file's name tells its kind: give both names to ``load_file`` as ``load_file(file, file.name, …)`` and
    show the address. http and https, ports 80 and 443, public addresses only, unless ``limits.allowed_hosts`` lists the
    host. Each name is resolved once per request, and the connection goes to the address that was checked.
    Raises ``AskwireError`` CANNOT_LOAD.
    """
    async with _explained(url, limits):
        return await _follow(url, folder, limits, resolver)


async def get(
    limits: Limits,
    url: str,
    folder: Path,
    *,
    headers: Mapping[str, str] = MappingProxyType({}),
    max_bytes: int | None = None,
    document: bool = True,
    resolver: Resolver = resolve,
) -> Response:
    """One request, with the same checks: ``plugins.loading.Web``. Raises ``AskwireError`` CANNOT_LOAD."""
    if max_bytes is not None:
        limits = replace(limits, file_bytes=min(max_bytes, limits.file_bytes))
    async with _explained(url, limits):
        target = parse(url, limits)
        async with _request(target, limits, resolver, headers) as response:
            said = {name.lower(): value for name, value in response.headers.items()}
            path = None
            if response.status_code == httpx.codes.OK:
                end = _kind(response, target) if document else ".bin"
                path = await _save(response, end, folder, limits) if end else None
            return Response(str(target.copy_with(fragment=None)), response.status_code, said, path)


@asynccontextmanager
async def _explained(url: str, limits: Limits) -> AsyncIterator[None]:
    """A bounded time; what goes wrong is CANNOT_LOAD."""
    try:
        async with asyncio.timeout(limits.fetch_seconds):
            yield
    except TimeoutError:
        raise _failed(url, f"took longer than {limits.fetch_seconds:g} seconds") from None
    except (LoadError, httpx.InvalidURL) as error:
        raise _failed(url, str(error)) from None
    except httpx.TimeoutException:
        raise _failed(url, "does not answer in time") from None
    except (httpx.HTTPError, OSError, UnicodeError) as error:
        raise _failed(url, f"cannot be reached: {one_line(str(error)) or type(error).__name__}") from None


async def _follow(url: str, folder: Path, limits: Limits, resolver: Resolver) -> tuple[Path, str]:
    address = url
    for _ in range(limits.redirects + 1):
        target = parse(address, limits)
        async with _request(target, limits, resolver) as response:
            if response.status_code in _REDIRECTS and (location := response.headers.get("location")):
                following = target.join(location)
                if target.scheme == "https" and following.scheme == "http":
                    raise LoadError("leads from https to http")
                address = str(following)
                continue
            if response.status_code != httpx.codes.OK:
                raise LoadError(f"answers with status {response.status_code}")
            end = _kind(response, target)
            if not end:
                media = one_line(response.headers.get("content-type", "").partition(";")[0].strip().lower(), 100)
                raise LoadError(f"is of a kind that is not read ({media or 'unknown'})")
            return await _save(response, end, folder, limits), str(target.copy_with(fragment=None))
    raise LoadError(f"redirects more than {limits.redirects} times")


def parse(url: str, limits: Limits) -> httpx.URL:
    """The address, if it is one that may be asked for. Raises ``LoadError``, ``httpx.InvalidURL``."""
    if len(url) > _MAX_URL or not url.isprintable() or re.search(r"[\s\\]", url):
        raise LoadError("is no address of a web page")
    parsed = httpx.URL(url)
    if parsed.scheme not in ("http", "https") or not parsed.host:
        raise LoadError("is not http://… or https://…")
    if parsed.userinfo or "@" in url.split("//", 1)[-1].split("/")[0]:
        raise LoadError("holds a user's name or password; addresses with either are not fetched")
    if parsed.port not in (None, *_PORTS) and not _is_allowed(parsed, limits):
        raise LoadError(f"names a port other than 80 and 443, {_NOT_LISTED}")
    return parsed


def _is_allowed(url: httpx.URL, limits: Limits) -> bool:
    return url.host.lower() in {host.lower() for host in limits.allowed_hosts}


@cache
def _trust(certificates: str) -> ssl.SSLContext:
    """Reading the certificates takes tens of milliseconds of the event loop."""
    return ssl.create_default_context(cafile=certificates)


@asynccontextmanager
async def _request(
    url: httpx.URL, limits: Limits, resolver: Resolver, more: Mapping[str, str] = MappingProxyType({})
) -> AsyncIterator[httpx.Response]:
    """One request to a checked address. TLS is checked against the name, the connection goes to the address."""
    host = url.raw_host.decode("ascii")
    port = url.port or (443 if url.scheme == "https" else 80)
    addresses = await resolver(host.strip("[]"), port)
    if not addresses:
        raise LoadError("has no address")
    if not _is_allowed(url, limits) and not all(map(is_public, addresses)):
        raise LoadError(f"is not on the public network, {_NOT_LISTED}")
    headers = {
        **more,
        "Host": url.netloc.decode("ascii"),
        "User-Agent": "askwire",
        "Accept": "text/html, text/markdown, text/plain, application/pdf, */*;q=0.5",
        "Accept-Encoding": "identity",  # so that the size is bounded by what arrives
    }
    # No proxy or .netrc of the environment: either would undo the check.
    async with (
        httpx.AsyncClient(
            verify=_trust(certifi.where()), trust_env=False, follow_redirects=False, timeout=_IDLE_S
        ) as client,
        client.stream(
            "GET", url.copy_with(host=addresses[0]), headers=headers, extensions={"sni_hostname": host}
        ) as response,
    ):
        yield response


async def _save(response: httpx.Response, end: str, folder: Path, limits: Limits) -> Path:
    if response.headers.get("content-encoding", "identity").lower() != "identity":
        raise LoadError("is sent in an encoding that was not asked for")
    parameters = response.headers.get("content-type", "").partition(";")[2]
    descriptor, name = mkstemp(suffix=end, dir=folder)
    try:
        with os.fdopen(descriptor, "wb") as file:
            size = 0
            async for piece in response.aiter_raw():
                size += len(piece)
                if size > limits.file_bytes:
                    raise LoadError(f"is larger than {limits.file_bytes:,} bytes")
                file.write(piece)
        if end in (".html", ".txt", ".md", ".csv", ".tsv"):
            await asyncio.to_thread(_keep_charset, Path(name), parameters)
    except BaseException:
        with suppress(OSError):
            os.unlink(name)
        raise
    return Path(name)


def _kind(response: httpx.Response, url: httpx.URL) -> str:
    """The end of the file's name; "" for a kind that is not read."""
    media, end = response.headers.get("content-type", "").partition(";")[0].strip().lower(), suffix(url.path)
    return end if media in _VAGUE and is_known(end and f"x{end}") else _TYPES.get(media, "")


def _keep_charset(file: Path, parameters: str) -> None:
    """The header's charset goes before what the page says of itself; a byte-order mark in the file tells the loader."""
    charset = re.search(r"charset\s*=\s*[\"']?([\w.:-]{1,40})", parameters, re.IGNORECASE)
    data = file.read_bytes()
    if charset and data and charset[1].lower() not in ("utf-8", "utf8"):
        file.write_bytes(decode(data, charset[1]).encode("utf-8-sig", "replace"))


def _failed(url: str, reason: str) -> AskwireError:
    return AskwireError(ErrorCode.CANNOT_LOAD, f"{_shown(url)} {reason}")


def _shown(url: str) -> str:
    """Without a password, should it hold one."""
    return repr(re.sub(r"//[^/]*@", "//…@", one_line(url, 200)))
