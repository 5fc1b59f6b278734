from pathlib import Path

import pytest
from fastapi import FastAPI
from starlette.testclient import TestClient

from proxy.admin.files import routes


@pytest.fixture
def folder(tmp_path: Path) -> Path:
    (tmp_path / "console" / "parts").mkdir(parents=True)
    for name, text in (
        ("index.html", "<p>"), ("app.js", "js"), ("parts/a.css", "css"), ("notes.md", "no"), (".hidden", "no"),
    ):  # fmt: skip
        (tmp_path / "console" / name).write_text(text)
    (tmp_path / "secret.js").write_text("secret")
    return tmp_path / "console"


@pytest.fixture
def client(folder: Path) -> TestClient:
    app = FastAPI(openapi_url=None)
    app.include_router(routes(folder)[0])
    return TestClient(app)


def test_which_files(folder: Path) -> None:
    assert routes(folder)[1] == {"/", "/app.js", "/parts/a.css", "/words.json"}


@pytest.mark.parametrize(
    ("path", "text", "kind"),
    [
        ("/", "<p>", "text/html; charset=utf-8"),
        ("/app.js", "js", "text/javascript; charset=utf-8"),
        ("/parts/a.css", "css", "text/css; charset=utf-8"),
    ],
)
def test_a_file_as_it_is(client: TestClient, path: str, text: str, kind: str) -> None:
    found = client.get(path)
    assert (found.status_code, found.text, found.headers["content-type"]) == (200, text, kind)
    assert found.headers["cache-control"] == "no-cache"


def test_what_a_browser_has_already(client: TestClient) -> None:
    tag = client.get("/app.js").headers["etag"]
    again = client.get("/app.js", headers={"if-none-match": tag})
    assert (again.status_code, again.content) == (304, b"")
    assert client.get("/app.js", headers={"if-none-match": '"other"'}).status_code == 200
    assert client.get("/", headers={"if-none-match": tag}).status_code == 200


@pytest.mark.parametrize(
    "path",
    [
        "/index.html",
        "/notes.md",
        "/.hidden",
        "/parts",
        "/../secret.js",
        "/%2e%2e/secret.js",
        "/parts/..%2f..%2fsecret.js",
    ],
)
def test_nothing_else_is_there(client: TestClient, path: str) -> None:
    assert client.get(path).status_code == 404


def test_files_are_read_once(client: TestClient, folder: Path) -> None:
    (folder / "app.js").write_text("changed")
    assert client.get("/app.js").text == "js"
