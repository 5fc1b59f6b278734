"""A web site on 127.0.0.1, made of a dictionary."""

import threading
from collections.abc import Callable, Iterator, Mapping
from contextlib import contextmanager
from dataclasses import dataclass, field
from http.server import BaseHTTPRequestHandler, ThreadingHTTPServer


@dataclass(frozen=True)
class Reply:
    """``etag``: a request that has it gets 304."""

    body: bytes = b""
    status: int = 200
    kind: str = "text/html"
    headers: Mapping[str, str] = field(default_factory=dict)
    etag: str = ""


def page(*links: str, text: str = "", head: str = "", **more: object) -> Reply:
    """A page of HTML with these links."""
    anchors = "".join(f'<p><a href="{link}">on</a></p>' for link in links)
    body = (
        f"<html><head><title>{text}</title>{head}</head><body><h1>{text}</h1><p>{text} says this.</p>{anchors}</body>"
    )
    return Reply(body.encode(), **more)  # type: ignore[arg-type]


def redirect(location: str) -> Reply:
    return Reply(status=302, headers={"Location": location})


@dataclass
class Site:
    """``pages``: by path, with the query; or made from it. ``asked``: (path, status) of each request, in order."""

    url: str = ""
    pages: dict[str, Reply] = field(default_factory=dict)
    made: Callable[[str], Reply | None] = lambda _path: None
    asked: list[tuple[str, int]] = field(default_factory=list)

    @property
    def paths(self) -> list[str]:
        """What was asked for beside robots.txt and the sitemap."""
        return [path for path, _ in self.asked if path not in ("/robots.txt", "/sitemap.xml")]

    def reply(self, path: str, condition: str) -> Reply:
        found = self.pages.get(path) or self.made(path) or Reply(status=404)
        return Reply(status=304) if found.etag and found.etag == condition else found


@contextmanager
def serving() -> Iterator[Site]:
    site = Site()

    class Handler(BaseHTTPRequestHandler):
        def do_GET(self) -> None:
            reply = site.reply(self.path, self.headers.get("If-None-Match", ""))
            site.asked.append((self.path, reply.status))
            self.send_response(reply.status)
            self.send_header("Content-Type", reply.kind)
            self.send_header("Content-Length", str(len(reply.body)))
            if reply.etag:
                self.send_header("ETag", reply.etag)
            for name, value in reply.headers.items():
                self.send_header(name, value)
            self.end_headers()
            self.wfile.write(reply.body)

        def log_message(self, *_: object) -> None:
            pass

    server = ThreadingHTTPServer(("127.0.0.1", 0), Handler)
    thread = threading.Thread(target=server.serve_forever, kwargs={"poll_interval": 0.01})
    thread.start()
    site.url = f"http://127.0.0.1:{server.server_port}"
    try:
        yield site
    finally:
        server.shutdown()
        thread.join()
        server.server_close()
