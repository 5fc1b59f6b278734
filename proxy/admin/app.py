"""The application: the routes of the gateway and of its plugins behind the guard."""

from collections.abc import Callable
from typing import Any

from fastapi import FastAPI, Security
from fastapi.security import HTTPBearer
from starlette.routing import compile_path
from starlette.types import ASGIApp

from proxy.admin import ask, errors, files, sessions, status
from proxy.admin.context import Context
from proxy.admin.guard import Guard
from proxy.admin.owned import PREFIX, Owned, Routers, fits
from proxy.admin.tokens import Tokens
from proxy.gateway import version

UPLOAD = "x-upload"
# The guard checks it, before any of this; here it is only said in the OpenAPI document.
_SAYS_BEARER = Security(HTTPBearer(auto_error=False, description="The token that `askwire token` prints."))
_RESPONSES: dict[int | str, dict[str, Any]] = {"default": {"model": errors.ErrorAnswer, "description": "An error"}}


def build(context: Context, tokens: Tokens) -> ASGIApp:
    """The whole endpoint, as uvicorn takes it."""
    hub = context.hub
    app = FastAPI(title="askwire", version=version(), docs_url=None, redoc_url=None, redirect_slashes=False)
    errors.install(app)
    pages, paths = files.routes()
    app.include_router(pages)
    app.include_router(status.public_routes(context), responses=_RESPONSES)
    own = (status.routes(context), sessions.routes(context), ask.routes(context))
    start_limit_s = hub.settings.plugins.start_limit_s
    offered = hub.plugins.http_routers(hub.settings)
    routers: Routers = [
        *((None, "", router) for router in own),
        *((plugin, PREFIX, router) for plugin, router in offered if plugin.own or fits(plugin, router, start_limit_s)),
    ]
    for _, prefix, router in routers:
        app.include_router(router, prefix=prefix, responses=_RESPONSES, dependencies=[_SAYS_BEARER])
    app.add_middleware(Owned, routers=routers, step_s=hub.plugins.time_limit_s)
    _say_errors_are_json(app)
    return Guard(app, hub.settings.admin, tokens, paths, _takes_uploads(app), hub.settings.language)


def _say_errors_are_json(app: FastAPI) -> None:
    """FastAPI's document gives them the media type of the answer itself, which may be a stream of events."""
    content = {"application/json": {"schema": {"$ref": f"#/components/schemas/{errors.ErrorAnswer.__name__}"}}}
    for methods in app.openapi()["paths"].values():  # made once, and kept
        for operation in methods.values():
            operation["responses"]["default"]["content"] = content


def _takes_uploads(app: FastAPI) -> Callable[[str, str], bool]:
    uploads = [
        (method.upper(), compile_path(path)[0])
        for path, methods in app.openapi()["paths"].items()
        for method, operation in methods.items()
        if operation.get(UPLOAD)
    ]
    return lambda method, path: any(method == its and pattern.match(path) for its, pattern in uploads)
