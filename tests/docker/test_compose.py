"""The compose files: read and merged by docker-compose itself, and what they promise of the containers.

Debian's docker-compose does not know the top-level ``name``, so it gets copies without it.
"""

import json
import os
import re
import subprocess
import sys
from collections.abc import Mapping
from pathlib import Path
from typing import Any

import pytest
import yaml

from conf.settings import load_settings
from tests.docker.dockerfile import ROOT
from tests.support.shop_server import ShopServer

DOCKER = ROOT / "docker"
SETS = {"cpu": ("compose.yaml",), "gpu": ("compose.yaml", "compose.gpu.yaml")}
ONCE = {"first-start", "model", "token"}


def merged(name: str, folder: Path) -> dict[str, Any]:
    """What docker-compose makes of a set of files."""
    (folder / "docker").mkdir()
    words = ["docker-compose"]
    for file in SETS[name]:
        text = (DOCKER / file).read_text()
        (folder / "docker" / file).write_text(re.sub(r"^name:.*\n", "", text, flags=re.MULTILINE))
        words += ["-f", f"docker/{file}"]
    clean = {key: value for key, value in os.environ.items() if key in ("PATH", "HOME", "LANG")}
    done = subprocess.run(
        [*words, "config"], cwd=folder, env=clean, stdin=subprocess.DEVNULL, capture_output=True, text=True
    )
    assert done.returncode == 0, done.stderr
    return dict(yaml.safe_load(done.stdout))


@pytest.fixture(scope="module")
def sets(tmp_path_factory: pytest.TempPathFactory) -> dict[str, dict[str, Any]]:
    return {name: merged(name, tmp_path_factory.mktemp(name)) for name in SETS}


@pytest.fixture(params=SETS)
def services(request: pytest.FixtureRequest, sets: Mapping[str, dict[str, Any]]) -> dict[str, dict[str, Any]]:
    return dict(sets[request.param]["services"])


def test_what_is_there(sets: Mapping[str, dict[str, Any]]) -> None:
    assert set(sets["cpu"]["services"]) == {"gateway", "database", "prometheus", "grafana", *ONCE}
    assert set(sets["gpu"]["services"]) == {*sets["cpu"]["services"], "vllm"}
    assert sets["gpu"]["services"]["model"]["profiles"] == ["embedded"]  # it does not start


def test_every_container_is_confined(services: Mapping[str, dict[str, Any]]) -> None:
    for name, service in services.items():
        assert service["cap_drop"] == ["ALL"], name
        assert service["security_opt"] == ["no-new-privileges:true"], name
        assert not service.keys() & {"privileged", "cap_add", "devices", "pid", "ipc"}, name
        assert service["mem_limit"], name
        assert service["cpu_shares"] > 0, name
        assert "cpus" not in service, name  # more of them than the machine has, and Docker creates no container
        assert service["pids_limit"] > 0, name
        assert service.get("read_only", False) == (name != "vllm"), name


def test_only_the_gateway_and_grafana_are_published_and_only_here(services: Mapping[str, dict[str, Any]]) -> None:
    published = {
        name: [str(port) for port in service["ports"]] for name, service in services.items() if "ports" in service
    }
    assert published == {"gateway": ["127.0.0.1:3307:3307/tcp"], "grafana": ["127.0.0.1:3000:3000/tcp"]}


@pytest.mark.parametrize("name", SETS)
def test_the_database_and_the_metrics_have_no_way_out(name: str, sets: Mapping[str, dict[str, Any]]) -> None:
    networks, services = sets[name]["networks"], sets[name]["services"]
    for inside in ("database", "prometheus"):
        assert all(networks[each].get("internal") for each in services[inside]["networks"])
    shared = set(services["gateway"]["networks"]) & set(services["database"]["networks"])
    assert shared == {"data"}
    assert [each for each, service in services.items() if "data" in service.get("networks", ())] == [
        "database",
        "gateway",
    ]
    assert all(services[each]["network_mode"] == "none" for each in ("first-start", "token"))


def test_no_secret_is_in_the_environment(services: Mapping[str, dict[str, Any]]) -> None:
    for name, service in services.items():
        for key, value in service.get("environment", {}).items():
            if re.search("PASSWORD|TOKEN|SECRET|KEY|CREDENTIAL", key):
                harmless = key.endswith("_FILE") or value == "true" or value.isdecimal()
                assert harmless, (name, key)


def test_images_are_of_a_version(services: Mapping[str, dict[str, Any]]) -> None:
    for service in services.values():
        image, _, tag = service["image"].partition(":")
        assert tag not in ("", "latest")
        assert (image == "askwire") == ("build" in service)
        if image == "askwire":
            assert service["build"]["target"] == tag


def test_what_is_mounted_from_the_checkout_is_there() -> None:
    for service in yaml.safe_load((DOCKER / "compose.yaml").read_text())["services"].values():
        for volume in service.get("volumes", ()):
            source, _, rest = volume.partition(":")
            if source.startswith("."):
                assert (DOCKER / source).exists(), source
                assert rest.endswith(":ro"), volume


def test_the_gateway_takes_its_settings(
    services: Mapping[str, dict[str, Any]], monkeypatch: pytest.MonkeyPatch
) -> None:
    for name, value in services["gateway"]["environment"].items():
        monkeypatch.setenv(name, str(value))
    settings = load_settings()
    assert settings.upstream == "mysql://database:3306"
    scrape = yaml.safe_load((DOCKER / "prometheus/compose.yml").read_text())["scrape_configs"][0]
    assert [f"{host}:8307" for host in settings.admin.hosts] == scrape["static_configs"][0]["targets"]
    mounts = [volume.split(":") for volume in services["prometheus"]["volumes"]]
    assert os.path.dirname(scrape["authorization"]["credentials_file"]) in [mount[1] for mount in mounts]


def test_vllm_serves_what_the_gateway_asks_for(
    sets: Mapping[str, dict[str, Any]], monkeypatch: pytest.MonkeyPatch
) -> None:
    services = sets["gpu"]["services"]
    for name, value in services["gateway"]["environment"].items():
        monkeypatch.setenv(name, str(value))
    entry = load_settings().models[load_settings().model.name]
    arguments = dict(word.removeprefix("--").partition("=")[::2] for word in services["vllm"]["command"])
    assert entry.engine == "vllm"
    assert entry.url == "http://vllm:8000/v1"
    assert entry.model == arguments["served-model-name"]
    assert entry.context_tokens == int(arguments["max-model-len"])
    assert set(services["gateway"]["networks"]) & set(services["vllm"]["networks"]) == {"model"}


def test_prometheus_scrapes_here_as_it_does_elsewhere() -> None:
    checked = subprocess.run(
        ["promtool", "check", "config", "--syntax-only", "compose.yml"],
        cwd=DOCKER / "prometheus",
        capture_output=True,
        text=True,
    )
    assert checked.returncode == 0, checked.stderr
    here, elsewhere = (
        yaml.safe_load((DOCKER / "prometheus" / name).read_text()) for name in ("compose.yml", "prometheus.yml")
    )
    for one in (here, elsewhere):
        del one["scrape_configs"][0]["static_configs"]
        del one["scrape_configs"][0]["authorization"]["credentials_file"]
    assert here == elsewhere


def test_grafana_finds_what_it_is_told(services: Mapping[str, dict[str, Any]]) -> None:
    grafana = services["grafana"]
    mounts = {target: source for source, target, *_ in (volume.split(":") for volume in grafana["volumes"])}
    home = grafana["environment"]["GF_DASHBOARDS_DEFAULT_HOME_DASHBOARD_PATH"]
    assert mounts[os.path.dirname(home)].endswith("grafana/dashboards")
    assert json.loads((DOCKER / "grafana/dashboards" / os.path.basename(home)).read_text())["title"]
    provider = yaml.safe_load(next((DOCKER / "grafana/provisioning/dashboards").iterdir()).read_text())
    assert provider["providers"][0]["options"]["path"] == os.path.dirname(home)
    source = yaml.safe_load(next((DOCKER / "grafana/provisioning/datasources").iterdir()).read_text())
    assert source["datasources"][0]["url"] == "http://prometheus:9090"
    assert "metrics" in services["prometheus"]["networks"]


def test_the_first_start(mariadb: ShopServer, tmp_path: Path) -> None:
    def start() -> dict[str, str]:
        subprocess.run([sys.executable, DOCKER / "first_start.py", tmp_path], cwd=ROOT, check=True)
        return {path.name: path.read_text() for path in tmp_path.iterdir()}

    made = start()
    assert set(made) == {"root-password", "app-password", "shop.sql"}
    assert len({made["root-password"], made["app-password"]}) == 2
    assert all(len(made[name]) >= 32 for name in ("root-password", "app-password"))
    assert {oct(path.stat().st_mode & 0o777) for path in tmp_path.iterdir()} == {"0o444"}
    (tmp_path / "shop.sql").unlink()
    assert start() == made  # the passwords stay
    mariadb.run_sql(re.sub(r"\bshop\b", "first_start", made["shop.sql"]))
    try:
        assert mariadb.run_sql("SELECT COUNT(*) FROM first_start.customers").strip().endswith("400")
    finally:
        mariadb.run_sql("DROP DATABASE first_start; REVOKE ALL ON first_start.* FROM app@'%'")
