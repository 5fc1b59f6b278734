"""Downloads from real servers on 127.0.0.1, which the tests allow by name, and everything that is refused."""

import asyncio
import socket
import ssl
from collections.abc import AsyncIterator, Awaitable, Callable
from contextlib import asynccontextmanager
from pathlib import Path

import pytest

from knowledge.loading.fetch import fetch
from knowledge.loading.load import load_file
from knowledge.loading.types import Document, Limits
from plugins.errors import AskwireError, ErrorCode
from tests.support.certificates import make_certificates

Answer = Callable[[asyncio.StreamWriter, str], Awaitable[None]]
ALLOWED = Limits(allowed_hosts=("127.0.0.1",), fetch_seconds=20)


@asynccontextmanager
async def serving(answer: Answer, tls: ssl.SSLContext | None = None) -> AsyncIterator[tuple[str, list[str]]]:
    """A server that answers by ``answer(writer, path)`` -> (its address, the heads of the requests that it had)."""
    requests: list[str] = []

    async def handle(reader: asyncio.StreamReader, writer: asyncio.StreamWriter) -> None:
        try:
            head = (await reader.readuntil(b"\r\n\r\n")).decode()
            requests.append(head)
            await answer(writer, head.split(" ")[1])
        except (ConnectionError, asyncio.IncompleteReadError):
            pass
        finally:
            writer.close()

    server = await asyncio.start_server(handle, "127.0.0.1", 0, ssl=tls)
    try:
        yield f"http://127.0.0.1:{server.sockets[0].getsockname()[1]}", requests
    finally:
        server.close()


def plain(body: bytes, kind: str = "text/html", head: str = "", status: str = "200 OK") -> Answer:
    async def answer(writer: asyncio.StreamWriter, path: str) -> None:
        writer.write(f"HTTP/1.1 {status}\r\nContent-Type: {kind}\r\nConnection: close\r\n{head}\r\n".encode() + body)
        await writer.drain()

    return answer


def redirect(location: str) -> Answer:
    return plain(b"", head=f"Location: {location}\r\n", status="302 Found")


async def refused(url: str, folder: Path, limits: Limits = ALLOWED, **more: object) -> str:
    with pytest.raises(AskwireError) as caught:
        await fetch(url, folder, limits, **more)  # type: ignore[arg-type]
    assert caught.value.code is ErrorCode.CANNOT_LOAD
    assert list(folder.iterdir()) == []
    return caught.value.message


class Resolver:
    """Answers from a script, one list of addresses after the other."""

    def __init__(self, *answers: list[str]) -> None:
        self.answers = list(answers)
        self.asked: list[str] = []

    async def __call__(self, host: str, port: int) -> list[str]:
        self.asked.append(host)
        return self.answers.pop(0)


async def test_a_page_is_downloaded_and_loaded(tmp_path: Path) -> None:
    page = "<title>Café</title><main><p>Open from nine to five.</p></main>".encode("cp1252")
    async with serving(plain(page, "text/html; charset=windows-1252")) as (url, requests):
        file, name = await fetch(f"{url}/a?b=1#top", tmp_path, ALLOWED)
    assert name == f"{url}/a?b=1"
    assert requests[0].startswith("GET /a?b=1 HTTP/1.1\r\n")
    (loaded,) = [each async for each in load_file(file, file.name, Limits())]
    assert isinstance(loaded, Document)
    assert (loaded.title, loaded.chunks[0].text) == ("Café", "Open from nine to five.")


@pytest.mark.parametrize(
    ("path", "kind", "end"),
    [
        ("/a", "text/html", ".html"),
        ("/a.pdf", "application/octet-stream", ".pdf"),
        ("/a.md", "text/plain; charset=utf-8", ".md"),
        ("/a.php", "text/plain", ".txt"),
        ("/a.exe", "application/pdf", ".pdf"),
        ("/a.html", "application/json", ".json"),
    ],
)
async def test_the_kind_is_what_the_server_says(tmp_path: Path, path: str, kind: str, end: str) -> None:
    async with serving(plain(b"words", kind)) as (url, _):
        file, _ = await fetch(url + path, tmp_path, ALLOWED)
    assert file.suffix == end
    assert file.read_bytes() == b"words"
    assert file.stat().st_mode & 0o777 == 0o600


@pytest.mark.parametrize("kind", ["image/png", "application/octet-stream", "application/x-msdownload", ""])
async def test_other_kinds_are_refused(tmp_path: Path, kind: str) -> None:
    async with serving(plain(b"words", kind)) as (url, _):
        assert "kind" in await refused(f"{url}/a.exe", tmp_path)


@pytest.mark.parametrize(
    "url",
    [
        *(
            "ftp://example.com/a",
            "file:///etc/passwd",
            "gopher://127.0.0.1/x",
            "javascript:alert(1)",
            "//example.com/a",
        ),
        *("example.com", "", "http://", "http:///a", "http://user:word@example.com/", "http://user@example.com/"),
        *("http://example.com@127.0.0.1/", "http://a:b@[::1]/", "https://example.com\\@127.0.0.1/"),
        *(
            "http://exa mple.com/",
            "http://example.com/a\r\nHost: x",
            "http://example.com/\0",
            "http://\u202eexample.com/",
        ),
        *("http://example.com:22/", "http://example.com:3306/", "http://example.com:99999/", "http://[::1/"),
        *("http://0177.0.0.1/", "http://１２７.0.0.1/", "http://①②⑦.⓪.⓪.①/"),
        "http://example.com/" + "a" * 2000,
    ],
)
async def test_odd_addresses_are_refused_before_anything_is_asked(tmp_path: Path, url: str) -> None:
    resolver = Resolver()
    await refused(url, tmp_path, resolver=resolver)
    assert resolver.asked == []


@pytest.mark.parametrize(
    "host",
    [
        *("127.0.0.1", "127.1", "127.0.1", "2130706433", "0x7f000001", "0x7f.0.0.1", "017700000001", "127。0。0。1"),
        *(
            "0",
            "0.0.0.0",
            "localhost",
            "LOCALHOST",
            "10.0.0.1",
            "192.168.0.1",
            "172.16.0.1",
            "100.64.0.1",
        ),
        *(
            "169.254.169.254",
            "0xa9fea9fe",
            "2852039166",
            "100.100.100.200",
            "168.63.129.16",
            "224.0.0.1",
            "255.255.255.255",
        ),
        *("[::1]", "[::]", "[::ffff:127.0.0.1]", "[::ffff:7f00:1]", "[::127.0.0.1]", "[64:ff9b::7f00:1]", "[fe80::1]"),
        *("[fd00:ec2::254]", "[2002:7f00:1::]", "[ff02::1]", "[fec0::1]", "[0:0:0:0:0:ffff:a9fe:a9fe]"),
    ],
)
async def test_private_addresses_are_refused_however_they_are_written(tmp_path: Path, host: str) -> None:
    """By the system's own resolver, which knows numbers in all of these forms."""
    message = await refused(f"http://{host}/", tmp_path, Limits(fetch_seconds=20))
    assert "is not on the public network" in message
    assert "allowed_hosts" in message


async def test_one_private_address_among_public_ones_is_enough(tmp_path: Path) -> None:
    message = await refused("http://a.example/", tmp_path, resolver=Resolver(["8.8.8.8", "10.0.0.1"]))
    assert "not on the public network" in message


async def test_a_name_is_resolved_once_and_the_connection_goes_there(tmp_path: Path) -> None:
    """Rebinding: the second answer, should anyone ask for it, leads elsewhere."""
    async with serving(plain(b"words", "text/plain")) as (url, requests):
        port = url.rsplit(":", 1)[1]
        resolver = Resolver(["127.0.0.1"], ["10.0.0.1"])
        limits = Limits(allowed_hosts=("docs.example",), fetch_seconds=20)
        file, name = await fetch(f"http://docs.example:{port}/a", tmp_path, limits, resolver)
    assert resolver.asked == ["docs.example"]
    assert f"\r\nHost: docs.example:{port}\r\n" in requests[0]
    assert (file.read_bytes(), name) == (b"words", f"http://docs.example:{port}/a")


async def test_a_checked_name_that_turns_private_on_the_redirect_is_refused(tmp_path: Path) -> None:
    async with serving(redirect("http://rebind.example/")) as (url, requests):
        resolver = Resolver(["127.0.0.1"], ["127.0.0.1"])
        limits = Limits(allowed_hosts=("127.0.0.1",), fetch_seconds=20)
        assert "public network" in await refused(url, tmp_path, limits, resolver=resolver)
        assert resolver.asked == ["127.0.0.1", "rebind.example"]
        assert len(requests) == 1


@pytest.mark.parametrize(
    "location",
    [
        *(
            "http://127.0.0.2/",
            "http://localhost/",
            "//localhost/",
            "http://[::1]/",
            "http://2130706433/",
            "file:///etc/passwd",
        ),
        *("http://user:word@127.0.0.1/", "http://169.254.169.254/latest/", "ftp://127.0.0.1/", "http://127.0.0.1:x/"),
    ],
)
async def test_redirects_are_checked_like_addresses(tmp_path: Path, location: str) -> None:
    async with serving(redirect(location)) as (url, requests):
        await refused(url, tmp_path)
        assert len(requests) == 1


async def test_a_redirect_is_followed_and_gives_the_name(tmp_path: Path) -> None:
    async def answer(writer: asyncio.StreamWriter, path: str) -> None:
        await (redirect("/b.md") if path == "/a" else plain(b"words", "text/markdown"))(writer, path)

    async with serving(answer) as (url, _):
        file, name = await fetch(f"{url}/a", tmp_path, ALLOWED)
    assert (file.suffix, name) == (".md", f"{url}/b.md")


async def test_redirects_without_end_are_refused(tmp_path: Path) -> None:
    async with serving(redirect("/again")) as (url, requests):
        assert "redirects more than 5 times" in await refused(url, tmp_path)
        assert len(requests) == 6


@pytest.mark.parametrize(
    "status", ["404 Not Found", "500 Oops", "204 No Content", "206 Partial Content", "304 Not Modified"]
)
async def test_other_answers_are_refused(tmp_path: Path, status: str) -> None:
    async with serving(plain(b"", status=status)) as (url, _):
        assert f"status {status[:3]}" in await refused(url, tmp_path)


async def test_an_endless_body_is_cut_off(tmp_path: Path) -> None:
    async def answer(writer: asyncio.StreamWriter, path: str) -> None:
        writer.write(b"HTTP/1.1 200 OK\r\nContent-Type: text/plain\r\n\r\n")
        while not writer.is_closing():
            writer.write(b"x" * 65536)
            await writer.drain()

    async with serving(answer) as (url, _):
        limits = Limits(allowed_hosts=("127.0.0.1",), file_bytes=1_000_000, fetch_seconds=20)
        assert "larger than 1,000,000" in await refused(url, tmp_path, limits)


@pytest.mark.parametrize("sent", [b"", b"HTTP/1.1 200 OK\r\n", b"HTTP/1.1 200 OK\r\nContent-Type: text/plain\r\n\r\n"])
async def test_a_server_that_drips_is_given_up(tmp_path: Path, sent: bytes) -> None:
    """A byte every now and then keeps any idle limit from passing; the one for the whole does."""

    async def answer(writer: asyncio.StreamWriter, path: str) -> None:
        for byte in sent:
            writer.write(bytes([byte]))
        while not writer.is_closing():
            writer.write(b"X" if sent else b"")
            await writer.drain()
            await asyncio.sleep(0.05)

    async with serving(answer) as (url, _):
        limits = Limits(allowed_hosts=("127.0.0.1",), fetch_seconds=0.5)
        assert "took longer than 0.5 seconds" in await refused(url, tmp_path, limits)


async def test_endless_heads_are_refused(tmp_path: Path) -> None:
    async def answer(writer: asyncio.StreamWriter, path: str) -> None:
        writer.write(b"HTTP/1.1 200 OK\r\n")
        while not writer.is_closing():
            writer.write(b"X-A: " + b"x" * 60_000 + b"\r\n")
            await writer.drain()

    async with serving(answer) as (url, _):
        assert "cannot be reached" in await refused(url, tmp_path)


async def test_packed_bodies_are_refused(tmp_path: Path) -> None:
    async with serving(plain(b"x", head="Content-Encoding: gzip\r\n")) as (url, requests):
        assert "not asked for" in await refused(url, tmp_path)
        assert "\r\nAccept-Encoding: identity\r\n" in requests[0]


async def test_a_body_that_is_cut_short_is_refused(tmp_path: Path) -> None:
    async with serving(plain(b"words", head="Content-Length: 100\r\n")) as (url, _):
        assert "cannot be reached" in await refused(url, tmp_path)


async def test_no_proxy_and_no_credentials_of_the_environment(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setenv("http_proxy", "http://127.0.0.1:9")
    netrc = tmp_path / "netrc"
    netrc.write_text("machine 127.0.0.1 login me password secret\n")
    monkeypatch.setenv("NETRC", str(netrc))
    folder = tmp_path / "into"
    folder.mkdir()
    async with serving(plain(b"words", "text/plain")) as (url, requests):
        await fetch(url, folder, ALLOWED)
    assert "authorization" not in requests[0].lower()


async def test_errors_show_no_password(tmp_path: Path) -> None:
    assert "word" not in (await refused("http://me:word@h.example/", tmp_path)).replace("password", "")


async def test_a_server_that_is_not_there(tmp_path: Path) -> None:
    with socket.socket() as closed:
        closed.bind(("127.0.0.1", 0))
        assert "cannot be reached" in await refused(f"http://127.0.0.1:{closed.getsockname()[1]}/", tmp_path)


async def test_a_name_that_is_not_there(tmp_path: Path) -> None:
    async def resolver(host: str, port: int) -> list[str]:
        raise socket.gaierror(-2, "Name or service not known")

    assert "Name or service not known" in await refused("http://none.example/", tmp_path, resolver=resolver)


async def test_https_is_checked_against_the_name(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    """The connection goes to an address; the certificate must be the name's all the same, from a known authority."""
    made = make_certificates(tmp_path)
    folder = tmp_path / "into"
    folder.mkdir()
    tls = ssl.SSLContext(ssl.PROTOCOL_TLS_SERVER)
    tls.load_cert_chain(made.certificate, made.key)
    limits = Limits(allowed_hosts=("localhost", "other.example"), fetch_seconds=20)
    async with serving(plain(b"words", "text/plain"), tls) as (url, _):
        port = url.rsplit(":", 1)[1]
        assert "unable to get local issuer" in await refused(f"https://localhost:{port}/", folder, limits)
        monkeypatch.setattr("certifi.where", lambda: str(made.ca))
        message = await refused(f"https://other.example:{port}/", folder, limits, resolver=Resolver(["127.0.0.1"]))
        assert "Hostname mismatch" in message
        file, _ = await fetch(f"https://localhost:{port}/", folder, limits, Resolver(["127.0.0.1"]))
    assert file.read_bytes() == b"words"


async def test_https_does_not_become_http(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    made = make_certificates(tmp_path)
    folder = tmp_path / "into"
    folder.mkdir()
    tls = ssl.SSLContext(ssl.PROTOCOL_TLS_SERVER)
    tls.load_cert_chain(made.certificate, made.key)
    monkeypatch.setattr("certifi.where", lambda: str(made.ca))
    async with serving(redirect("http://127.0.0.1/"), tls) as (url, _):
        message = await refused(url.replace("http:", "https:"), folder)
    assert "from https to http" in message
