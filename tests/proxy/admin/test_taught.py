"""Terms, verified queries, history, feedback and models over HTTP."""

import pytest

from tests.proxy.admin.conftest import ask, error, log_in


@pytest.fixture(autouse=True)
def nothing_left(client):
    yield
    for kind in ("terms", "queries"):
        for each in client.get(f"/v1/{kind}", params={"database": "shop"}).json()[kind]:
            client.delete(f"/v1/{kind}/{each['name']}", params={"database": "shop"})


def terms(client, database="shop"):
    return client.get("/v1/terms", params={"database": database}).json()["terms"]


def test_terms_count_for_everybody(admin, client, reader):
    new = {"database": "shop", "definition": "sum of\nall  orders"}
    assert client.put("/v1/terms/GMV", json=new).json() == {"name": "GMV"}
    assert error(reader.put("/v1/terms/GMV", json=new), 403)
    [term] = terms(reader)
    assert (term["name"], term["definition"], term["owner"]) == ("GMV", "sum of\nall orders", "operator")
    with admin.connect() as connection, connection.cursor() as cursor:
        cursor.execute("SHOW AI TERMS")
        assert [(row[0], row[3]) for row in cursor.fetchall()] == [("GMV", "everybody")]
    assert client.put("/v1/terms/gmv", json={**new, "definition": "x"}).status_code == 200
    assert [term["definition"] for term in terms(client)] == ["x"]
    assert {"upstream": client.get("/v1/status").json()["upstream"], "database": "shop"} in client.get(
        "/v1/databases"
    ).json()["databases"]
    assert client.delete("/v1/terms/Gmv", params={"database": "shop"}).json() == {"deleted": True}
    assert error(client.delete("/v1/terms/GMV", params={"database": "shop"}), 404)["code"] == 57032
    assert terms(client) == []


def test_odd_names(client):
    for name in ("profit/loss", "a b", "größe", "x%y", "..", "-", "'q'"):
        path = "/v1/terms/" + "".join(f"%{byte:02X}" for byte in name.encode())
        new = {"database": "shop", "definition": "d"}
        assert client.put(path, json=new).json() == {"name": name}, name
        assert client.delete(path, params={"database": "shop"}).json() == {"deleted": True}
    assert error(client.put("/v1/terms/%00", json={"database": "shop", "definition": "d"}), 400)["code"] == 57001
    assert error(client.put(f"/v1/terms/{'x' * 65}", json={"database": "shop", "definition": "d"}), 422)
    assert error(client.put("/v1/terms/x", json={"database": "shop", "definition": " "}), 422)
    assert error(client.get("/v1/terms"), 422)


def test_verified_queries(admin, client, login):
    sql = "SELECT name FROM regions ORDER BY name"
    new = {"login": login, "question": "which regions are there", "sql": sql}
    assert client.put("/v1/queries/regions", json=new).json() == {"name": "regions"}
    [query] = client.get("/v1/queries", params={"database": "shop"}).json()["queries"]
    assert (query["name"], query["question"], query["owner"]) == ("regions", "which regions are there", "app@%")
    # It answers another account that may read the table.
    other = log_in(client, "reader")
    done = dict(ask(client, other, "which regions are there"))["done"]
    assert done["sql"].startswith("SELECT")
    assert done["rows"] > 0
    assert client.put("/v1/queries/regions", json={**new, "sql": sql + " DESC"}).status_code == 200
    assert len(client.get("/v1/queries", params={"database": "shop"}).json()["queries"]) == 1
    assert client.delete("/v1/queries/regions", params={"database": "shop"}).json() == {"deleted": True}


def test_the_sql_of_a_verified_query_is_checked_with_the_log_ins_rights(client):
    login = log_in(client, "reader")
    new = {"login": login, "question": "q", "sql": "SELECT total FROM orders"}
    assert error(client.put("/v1/queries/q", json=new), 422)["code"] in (57037, 57007)
    for sql in ("DELETE FROM regions", "SELECT 1; DROP TABLE regions", "SELECT name FROM regions; SELECT 1", "x"):
        answer = client.put("/v1/queries/q", json={**new, "sql": sql})
        assert error(answer, answer.status_code)["code"] >= 57001
        assert 400 <= answer.status_code < 500
    assert error(client.put("/v1/queries/q", json={**new, "login": "x"}), 404)
    assert client.get("/v1/queries", params={"database": "shop"}).json() == {"queries": []}


def test_history_and_feedback(client, reader, login):
    ask(client, login, "how many products", mode="sql")
    newest = reader.get("/v1/history", params={"limit": 1}).json()["entries"]
    [entry] = newest
    assert entry["question"] == "how many products"
    assert entry["account"] == "app@%"
    before = reader.get("/v1/history", params={"limit": 1, "before": entry["id"]}).json()["entries"]
    assert all(older["id"] < entry["id"] for older in before)
    assert reader.get("/v1/history", params={"account": "nobody"}).json() == {"entries": []}
    path = f"/v1/history/{entry['id']}/feedback"
    assert error(reader.post(path, json={"login": login, "judgement": "good"}), 403)
    bad = {"login": login, "judgement": "bad", "text": "it's \\' wrong"}
    assert client.post(path, json=bad).json() == {"noted": True}
    [entry] = client.get("/v1/history", params={"limit": 1}).json()["entries"]
    assert entry["feedback"] == "bad: it's \\' wrong"
    sql = "SELECT COUNT(*) AS products FROM products"
    assert client.post(path, json={"login": login, "judgement": "as", "text": sql}).json() == {"noted": True}
    assert client.post(path, json={"login": login, "judgement": "good"}).json() == {"noted": True}
    assert error(client.post(path, json={"login": login, "judgement": "as"}), 400)["code"] == 57001
    other = log_in(client, "reader")  # did not ask it
    assert error(client.post(path, json={"login": other, "judgement": "good"}), 409)["code"] == 57036
    with_own = client.get("/v1/slow", params={"limit": 5}).json()["entries"]
    assert [e["seconds"] for e in with_own] == sorted((e["seconds"] for e in with_own), reverse=True)


def test_models(reader):
    [house, *_] = [m for m in reader.get("/v1/models").json()["models"] if m["name"] == "house"]
    assert (house["engine"], house["circuit"]) == ("openai", "closed")
