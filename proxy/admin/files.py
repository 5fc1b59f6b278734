"""The console's files, read once: a request can only name one of them, never a path of the file system."""

from hashlib import sha256
from pathlib import Path

from fastapi import APIRouter, Request, Response
from starlette.exceptions import HTTPException

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


def routes(folder: Path = FOLDER) -> APIRouter:
    """``GET /`` is ``index.html``; the others are below ``/console/``."""
    router = APIRouter(include_in_schema=False)
    files = {
        path.relative_to(folder).as_posix(): (path.read_bytes(), _TYPES[path.suffix])
        for path in sorted(folder.rglob("*"))
        if path.suffix in _TYPES and path.is_file()
    }

    @router.get("/")
    async def page(request: Request) -> Response:
        return _answer("index.html", request)

    @router.get("/console/{name:path}")
    async def file(name: str, request: Request) -> Response:
        return _answer(name, request)

    def _answer(name: str, request: Request) -> Response:
        if name not in files:
            raise HTTPException(404, "There is no such file")
        data, kind = files[name]
        tag = f'"{sha256(data).hexdigest()[:32]}"'
        headers = {"etag": tag, "cache-control": "no-cache"}
        if request.headers.get("if-none-match") == tag:
            return Response(status_code=304, headers=headers)
        return Response(data, media_type=kind, headers=headers)

    return router
