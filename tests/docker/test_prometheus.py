"""Prometheus' own tool over the scrape configuration, the alerts, and what a real gateway shows at ``/metrics``."""

import json
import re
import shutil
import subprocess
import urllib.request
from collections.abc import Iterator
from pathlib import Path
from typing import Any

import pymysql
import pytest
from prometheus_client.parser import text_string_to_metric_families

from tests.support.answering import answering
from tests.support.gateway import GatewayProcess
from tests.support.shop_server import ShopServer

DOCKER = Path(__file__).resolve().parents[2] / "docker"
PROMETHEUS = DOCKER / "prometheus"
DASHBOARD = DOCKER / "grafana/dashboards/askwire.json"
NAME = re.compile(r"\baskwire_[a-z_]+")


def promtool(*words: str, given: str | None = None, folder: Path = PROMETHEUS) -> str:
    done = subprocess.run(["promtool", *words], input=given, capture_output=True, text=True, cwd=folder)
    assert done.returncode == 0, done.stdout + done.stderr
    return done.stdout + done.stderr


@pytest.fixture(scope="module")
def scrape(mariadb: ShopServer, tmp_path_factory: pytest.TempPathFactory) -> Iterator[str]:
    """What the reader's token gets after a question was answered and another failed."""
    with answering({"customers": "SELECT COUNT(*) FROM customers"}) as url:
        settings = {
            "admin": {"listen": "127.0.0.1:0"},
            "model": {"name": "house"},
            "models": {"house": {"engine": "openai", "url": url, "model": "any"}},
            "ask": {"warm": False},
        }
        with GatewayProcess(tmp_path_factory.mktemp("gateway"), mariadb.url, settings) as gateway:
            client = pymysql.connect(
                host=gateway.host, port=gateway.port, user="app", password="secret", database="shop"
            )
            with client, client.cursor() as cursor:
                cursor.execute("ASK 'how many customers are there?'")
                with pytest.raises(pymysql.err.MySQLError):
                    cursor.execute("ASK 'what is love?'")
            found = re.search(r"admin endpoint at (http://\S+)", gateway.log_text())
            assert found is not None
            token = (gateway.data_dir / "reader-token").read_text().strip()
            request = urllib.request.Request(
                f"{found[1].rstrip('/')}/metrics", headers={"Authorization": f"Bearer {token}"}
            )
            with urllib.request.urlopen(request) as answer:
                yield answer.read().decode()


def test_the_scrape_configuration_is_valid(tmp_path: Path) -> None:
    folder = tmp_path / "prometheus"
    shutil.copytree(PROMETHEUS, folder)
    (folder / "reader-token").write_text("a token")
    assert "12 rules found" in promtool("check", "config", "prometheus.yml", folder=folder)


def test_each_alert_fires_when_it_should_and_only_then() -> None:
    assert "SUCCESS" in promtool("test", "rules", "askwire.rules.test.yml")
    alerts = re.findall(r"- alert: (\w+)", (PROMETHEUS / "askwire.rules.yml").read_text())
    tested = re.findall(r"- name: (\w+)$", (PROMETHEUS / "askwire.rules.test.yml").read_text(), re.MULTILINE)
    assert tested == alerts


def test_metrics_are_as_prometheus_wants_them(scrape: str) -> None:
    assert promtool("check", "metrics", given=scrape) == ""


def expressions() -> dict[str, str]:
    """Where it stands -> an expression of the rules or the dashboard, Grafana's variables filled in."""
    dashboard: dict[str, Any] = json.loads(DASHBOARD.read_text())
    found = {
        f"{panel['title']}, {target['refId']}": target["expr"]
        for panel in dashboard["panels"]
        for target in panel.get("targets", [])
    }
    found |= {one["name"]: one["definition"] for one in dashboard["templating"]["list"]}
    found["the rules"] = (PROMETHEUS / "askwire.rules.yml").read_text()
    return found


def test_every_metric_that_is_named_exists(scrape: str) -> None:
    families = {
        family.name: {sample.name for sample in family.samples} for family in text_string_to_metric_families(scrape)
    }
    # A family with labels has no sample before it is first counted; its header is there from the start.
    types = dict(re.findall(r"^# TYPE (\S+) (\S+)$", scrape, re.MULTILINE))
    offered = set().union(*families.values())
    for name, kind in types.items():
        offered |= {name, *(f"{name}{end}" for end in ("_bucket", "_sum", "_count") if kind == "histogram")}
    for where, expression in expressions().items():
        unknown = {name for name in NAME.findall(expression) if name not in offered}
        assert not unknown, (where, unknown)


def test_the_dashboard_is_sound(tmp_path: Path) -> None:
    dashboard = json.loads(DASHBOARD.read_text())
    panels = [panel for panel in dashboard["panels"] if panel["type"] != "row"]
    assert len({panel["id"] for panel in dashboard["panels"]}) == len(dashboard["panels"])
    assert all(panel["description"] and panel["targets"] for panel in panels)
    boxes = [panel["gridPos"] for panel in dashboard["panels"]]
    for at, one in enumerate(boxes):
        assert one["x"] + one["w"] <= 24
        for other in boxes[:at]:
            apart = one["y"] >= other["y"] + other["h"] or one["x"] >= other["x"] + other["w"]
            assert apart or other["x"] >= one["x"] + one["w"] or other["y"] >= one["y"] + one["h"], (one, other)
    # promtool has no parser of single expressions; as recording rules it reads them.
    exprs = [target["expr"].replace("$__rate_interval", "5m") for panel in panels for target in panel["targets"]]
    rules = [{"record": f"panel:{at}", "expr": expr} for at, expr in enumerate(exprs)]
    (tmp_path / "rules.yml").write_text(json.dumps({"groups": [{"name": "dashboard", "rules": rules}]}))
    assert f"{len(rules)} rules found" in promtool("check", "rules", str(tmp_path / "rules.yml"))
