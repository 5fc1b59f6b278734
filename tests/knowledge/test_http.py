"""``/v1/knowledge`` on a real gateway, words only."""

import re
import time

import httpx
import pytest

from tests.knowledge.work import HANDBOOK


@pytest.fixture(scope="module")
def http(gateway_factory, tmp_path_factory):
    data = tmp_path_factory.mktemp("data")
    (data / "import").mkdir()
    (data / "import" / "a.txt").write_text("The office opens at eight.")
    settings = {
        "data_dir": str(data),
        "admin": {"listen": "127.0.0.1:0"},
        "knowledge": {"embedder": "none"},
        "drain_timeout_s": 0,
    }
    with gateway_factory(**settings) as gateway:
        url = re.search(r"admin endpoint at (http://\S+?)/? ", gateway.log_text())[1]
        token = (data / "admin-token").read_text().strip()
        with httpx.Client(
            base_url=f"{url}/v1", headers={"Authorization": f"Bearer {token}"}, trust_env=False
        ) as client:
            yield client


def settled(http, base):
    until = time.monotonic() + 30
    while http.get(f"/knowledge/{base}").json()["state"] == "loading":
        assert time.monotonic() < until
        time.sleep(0.05)
    return http.get(f"/knowledge/{base}/documents").json()


def refused(response):
    return response.status_code, response.json()["error"]["name"]


def test_a_base_from_its_making_to_its_end(http):
    made = http.post("/knowledge", json={"name": "handbook", "readers": ["ann"]})
    assert made.status_code == 201
    assert (made.json()["readers"], made.json()["state"], made.json()["embedder"]) == (["ann"], "empty", "")
    assert refused(http.post("/knowledge", json={"name": "Handbook"})) == (409, "NAME_TAKEN")
    sent = http.post("/knowledge/handbook/documents", files={"file": ("../../hand book.md", HANDBOOK)})
    assert sent.status_code == 202
    documents = settled(http, "handbook")["documents"]
    assert [(d["source"], d["title"]) for d in documents] == [("hand book.md", "Customers")]
    assert http.post("/knowledge/handbook/sources", json={"source": "a.txt"}).status_code == 202
    assert [d["source"] for d in settled(http, "handbook")["documents"]] == ["a.txt", "hand book.md"]
    found = http.get("/knowledge/handbook/search", params={"q": "which customer is active?", "limit": 1}).json()
    assert "90 days" in found["passages"][0]["text"]
    assert http.put("/knowledge/handbook/owners/bob@%25").status_code == 204
    assert http.delete("/knowledge/handbook/readers/ann").status_code == 204
    assert refused(http.delete("/knowledge/handbook/readers/ann")) == (404, "NOT_KNOWN")
    (shown,) = [base for base in http.get("/knowledge").json()["bases"] if base["name"] == "handbook"]
    assert (shown["owners"], shown["readers"], shown["documents"]) == (["bob@%"], [], 2)
    assert http.delete(f"/knowledge/handbook/documents/{documents[0]['id']}").status_code == 204
    assert refused(http.delete(f"/knowledge/handbook/documents/{documents[0]['id']}")) == (404, "NOT_KNOWN")
    assert http.delete("/knowledge/handbook").status_code == 204
    assert refused(http.get("/knowledge/handbook")) == (404, "NOT_KNOWN")


def test_several_files_in_one_request_are_all_loaded_or_none(http):
    def send(*names):
        return http.post(
            "/knowledge/several/documents", files=[("file", (name, f"It is {name}.".encode())) for name in names]
        )

    http.post("/knowledge", json={"name": "several"})
    for names in (("a.md", "b.exe"), ("a.md", "other/a.md")):
        assert refused(send(*names)) == (422, "CANNOT_LOAD")
    assert http.get("/knowledge/several/documents").json() == {"documents": [], "loads": []}
    assert len(send("a.md", "b.md").json()["loads"]) == 2
    assert [d["source"] for d in settled(http, "several")["documents"]] == ["a.md", "b.md"]


def test_what_cannot_be_loaded_is_said(http):
    http.post("/knowledge", json={"name": "broken"})
    for name in ("a.exe", "..", ".md", ""):
        answer = http.post("/knowledge/broken/documents", files={"file": (name, b"x")})
        assert answer.status_code == 422, name
    for source in ("../askwire.sqlite", "/etc/passwd", "nothing.md"):
        assert refused(http.post("/knowledge/broken/sources", json={"source": source})) == (422, "CANNOT_LOAD")
    http.post("/knowledge/broken/sources", json={"source": "http://127.0.0.1:1/x"})
    http.post("/knowledge/broken/documents", files={"file": ("broken.pdf", b"%PDF-1.7")})
    settled_ = settled(http, "broken")
    assert settled_["documents"] == []
    assert [(load["name"], load["state"]) for load in settled_["loads"]] == [
        ("http://127.0.0.1:1/x", "failed"), ("broken.pdf", "failed"),
    ]  # fmt: skip
    assert refused(http.delete(f"/knowledge/broken/loads/{settled_['loads'][0]['id']}")) == (404, "NOT_KNOWN")


def test_nobody_without_the_token(http):
    for method, path in (("GET", "/knowledge"), ("POST", "/knowledge"), ("DELETE", "/knowledge/h")):
        assert httpx.request(method, f"{http.base_url}{path.lstrip('/')}", trust_env=False).status_code == 401
