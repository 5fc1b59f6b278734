"""The console's files, read once: a request can only name one of them, never a path of the file system."""

import json
from hashlib import sha256
from pathlib import Path

from fastapi import APIRouter, Request, Response

from plugins.words import console_words
from proxy.admin.language import LanguageOfCaller

INDEX = "/index.html"
WORDS = "/words.json"
FOLDER = Path(__file__).parent / "console"
_TYPES = {
    ".html": "text/html; charset=utf-8",
    ".css": "text/css; charset=utf-8",
    ".js": "text/javascript; charset=utf-8",
    ".svg": "image/svg+xml",
    ".png": "image/png",
    ".ico": "image/x-icon",
    ".woff2": "font/woff2",
}


def routes(folder: Path = FOLDER) -> tuple[APIRouter, frozenset[str]]:
    """The routes and their paths: ``/`` is ``index.html``, the others are called as in the folder."""
    router = APIRouter(include_in_schema=False)
    files = {
        f"/{path.relative_to(folder).as_posix()}": (path.read_bytes(), _TYPES[path.suffix])
        for path in sorted(folder.rglob("*"))
        if path.suffix in _TYPES and path.is_file()
    }

    if INDEX in files:
        files["/"] = files.pop(INDEX)

    async def file(request: Request) -> Response:
        return _answer(request, *files[request.url.path])

    async def words(request: Request, language: LanguageOfCaller) -> Response:
        """The page's words in the caller's language."""
        told = {"language": language, "messages": console_words(language)}
        response = _answer(request, json.dumps(told, ensure_ascii=False).encode(), "application/json")
        response.headers["vary"] = "accept-language"
        return response

    for path in files:
        router.add_api_route(path, file)
    router.add_api_route(WORDS, words)
    return router, frozenset({*files, WORDS})


def _answer(request: Request, data: bytes, kind: str) -> Response:
    tag = f'"{sha256(data).hexdigest()[:32]}"'
    headers = {"etag": tag, "cache-control": "no-cache"}
    if request.headers.get("if-none-match") == tag:
        return Response(status_code=304, headers=headers)
    return Response(data, media_type=kind, headers=headers)
