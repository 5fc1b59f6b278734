"""The manifests: against Kubernetes' own schemas, and what they say of one another and of askwire.

There is no schema for RayService here, so of that the pods are checked, and what is said twice.
"""

import re
from collections.abc import Iterator
from pathlib import Path
from typing import Any

import pytest
import yaml

from conf.settings import Settings, load_settings
from tests.docker.dockerfile import ROOT, environment, last

FOLDER = ROOT / "docker" / "kubernetes"
CUSTOM = {"Kustomization", "RayService"}
Manifest = dict[str, Any]


def manifests() -> list[Manifest]:
    return [one for path in sorted(FOLDER.glob("*.yaml")) for one in yaml.safe_load_all(path.read_text())]


def one(kind: str) -> Manifest:
    (found,) = (each for each in manifests() if each["kind"] == kind)
    return found


def pod() -> Manifest:
    return dict(one("Deployment")["spec"]["template"]["spec"])


def ray_templates() -> Iterator[Manifest]:
    cluster = one("RayService")["spec"]["rayClusterConfig"]
    yield cluster["headGroupSpec"]["template"]
    yield from (group["template"] for group in cluster["workerGroupSpecs"])


@pytest.fixture
def settings(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> Settings:
    """Those of a gateway in its pod."""
    for name, value in environment("gateway").items():
        if name.startswith("ASKWIRE_"):
            monkeypatch.setenv(name, value)
    for variable in pod()["containers"][0]["env"]:
        if "value" in variable:
            monkeypatch.setenv(variable["name"], variable["value"].replace("$(POD_IP)", "10.1.2.3"))
    config = tmp_path / "askwire.toml"
    config.write_text(one("ConfigMap")["data"][config.name])
    return load_settings(config)


def test_they_fit_the_schemas() -> None:
    import kubernetes_validate  # takes seconds to import, which every process that collects the tests would pay

    for each in manifests():
        if each["kind"] not in CUSTOM:
            kubernetes_validate.validate(each, kubernetes_validate.latest_version(), strict=True)
    for template in ray_templates():
        as_pod = {"apiVersion": "v1", "kind": "Pod", **template}
        kubernetes_validate.validate(as_pod, kubernetes_validate.latest_version(), strict=True)


def test_kustomize_has_them_all() -> None:
    kustomization = one("Kustomization")
    assert {"kustomization.yaml", *kustomization["resources"]} == {path.name for path in FOLDER.glob("*.yaml")}
    others = [each for each in manifests() if each["kind"] not in ("Kustomization", "Namespace")]
    assert {each["metadata"]["namespace"] for each in others} == {kustomization["namespace"]}
    images = {container["image"].split(":")[0] for container in [*pod()["initContainers"], *pod()["containers"]]}
    assert images == {image["name"] for image in kustomization["images"]}


def test_the_pods_are_confined() -> None:
    spec = pod()
    assert spec["securityContext"]["runAsNonRoot"]
    assert f"{spec['securityContext']['runAsUser']}:{spec['securityContext']['runAsGroup']}" == last("gateway", "USER")
    for container in [*spec["initContainers"], *spec["containers"]]:
        context = container["securityContext"]
        assert context["readOnlyRootFilesystem"]
        assert not context["allowPrivilegeEscalation"]
        assert context["capabilities"] == {"drop": ["ALL"]}
        assert container["resources"]["limits"]["memory"]
    for each in [spec, *(template["spec"] for template in ray_templates())]:
        assert each["automountServiceAccountToken"] is False


def test_a_service_named_askwire_leaves_no_unknown_setting() -> None:
    """Kubernetes would put ASKWIRE_PORT into the environment, and the gateway would not start."""
    assert one("Service")["metadata"]["name"] == "askwire"
    assert pod()["enableServiceLinks"] is False


def test_what_is_mounted_is_there() -> None:
    volumes = {volume["name"] for volume in pod()["volumes"]}
    mounted = [mount for each in ("initContainers", "containers") for mount in pod()[each][0]["volumeMounts"]]
    assert {mount["name"] for mount in mounted} == volumes
    at = {mount["name"]: mount["mountPath"] for mount in pod()["containers"][0]["volumeMounts"]}
    assert at["data"] == environment("gateway")["ASKWIRE_DATA_DIR"]
    assert pod()["containers"][0]["args"] == ["serve", "--config", f"{at['settings']}/askwire.toml"]


def test_ports_and_probes(settings: Settings) -> None:
    (container,) = pod()["containers"]
    ports = {port["name"]: port["containerPort"] for port in container["ports"]}
    assert settings.listen == f"0.0.0.0:{ports['mysql']}"
    assert settings.admin.listen == f"0.0.0.0:{ports['admin']}"
    assert [port["targetPort"] for port in one("Service")["spec"]["ports"]] == ["mysql"]
    probes = {name: container[f"{name}Probe"]["httpGet"] for name in ("readiness", "liveness", "startup")}
    assert {name: probe["path"] for name, probe in probes.items()} == {
        "readiness": "/ready", "liveness": "/health", "startup": "/health"
    }  # fmt: skip
    for probe in probes.values():  # test_image.py asks a gateway so
        assert probe["port"] == "admin"
        assert probe["httpHeaders"] == [{"name": "Host", "value": "localhost"}]
    assert "10.1.2.3" in settings.admin.hosts
    hook = int(container["lifecycle"]["preStop"]["exec"]["command"][1])
    assert pod()["terminationGracePeriodSeconds"] > hook + settings.drain_timeout_s + 10


def test_the_models_are_those_that_the_gateways_ask(settings: Settings) -> None:
    service = one("RayService")
    (application,) = yaml.safe_load(service["spec"]["serveConfigV2"])["applications"]
    (llm,) = application["args"]["llm_configs"]
    entry = settings.models[settings.model.name]
    assert entry.url == f"http://{service['metadata']['name']}-serve-svc:8000/v1"
    assert entry.model == llm["model_loading_config"]["model_id"]
    assert entry.context_tokens == llm["engine_kwargs"]["max_model_len"]
    assert entry.concurrency <= llm["deployment_config"]["max_ongoing_requests"]
    (group,) = service["spec"]["rayClusterConfig"]["workerGroupSpecs"]
    gpus = group["template"]["spec"]["containers"][0]["resources"]["limits"]["nvidia.com/gpu"]
    assert int(gpus) == llm["engine_kwargs"]["tensor_parallel_size"]
    assert group["replicas"] == llm["deployment_config"]["num_replicas"]
    version = service["spec"]["rayClusterConfig"]["rayVersion"]
    for template in ray_templates():
        assert template["spec"]["containers"][0]["image"].startswith(f"rayproject/ray-llm:{version}-")


def test_policies_allow_what_is_needed_and_nothing_else(settings: Settings) -> None:
    policies = {each["metadata"]["name"]: each["spec"] for each in manifests() if each["kind"] == "NetworkPolicy"}
    assert policies["nothing"] == {"podSelector": {}, "policyTypes": ["Ingress", "Egress"]}
    labels = one("Deployment")["spec"]["template"]["metadata"]["labels"]
    gateway = policies["askwire"]
    assert gateway["podSelector"]["matchLabels"] == labels
    assert all(rule["from"] and rule["ports"] for rule in gateway["ingress"])
    assert all(rule["to"] and rule["ports"] for rule in gateway["egress"])
    egress = {port["port"] for rule in gateway["egress"] for port in rule["ports"]}
    assert egress == {settings.upstream_address[1], 8000}
    selected = policies["models"]["podSelector"]["matchLabels"].items()
    assert all(selected <= template["metadata"]["labels"].items() for template in ray_templates())
    for kind in ("PodDisruptionBudget", "Service"):
        selector = one(kind)["spec"]["selector"]
        assert selector.get("matchLabels", selector) == labels
    namespaces = [str(rule) for rule in gateway["egress"]]
    database = re.fullmatch(r"mysql://\w+\.(\w+)\.svc:\d+", settings.upstream)
    assert database is not None
    assert any(f"'{database[1]}'" in text for text in namespaces)
