"""The Dockerfile: checked by hadolint, and its steps replayed without an engine, as far as that goes.

The context is what .dockerignore lets through; the wheel is built there by the image's own command; it is installed
into a fresh /opt/askwire, and runs as the image's user, without capabilities, on a file system that cannot be written
to. The dependencies come from this environment, so the compiling stages and the base image are not tried.
"""

import http.client
import re
import subprocess
import sys
import zipfile
from collections.abc import Iterator
from pathlib import Path

import pymysql
import pytest
import yaml
from packaging.requirements import Requirement

from tests.docker import dockerfile
from tests.docker.container import Container, Serving
from tests.docker.release import SITE, at_hand, dynamic_section, extension_modules, packaged_files, release_script
from tests.support.shop_server import ShopServer

DOCKER = dockerfile.ROOT / "docker"
# What the base image has; libstdc++ comes with apt there.
OF_THE_BASE = {
    *("libc.so.6", "libm.so.6", "libpthread.so.0", "libdl.so.2", "librt.so.1", "libresolv.so.2", "libgcc_s.so.1"),
    *("libstdc++.so.6", "libz.so.1", "libcrypto.so.3", "libssl.so.3", "ld-linux-x86-64.so.2", "ld-linux-aarch64.so.1"),
}
PACKAGE_OF = {"libgomp.so.1": "libgomp1"}


@pytest.fixture(scope="module")
def wheel(tmp_path_factory: pytest.TempPathFactory) -> Path:
    """Built as the stage "wheel" builds it, but with the tools of this environment."""
    folder = tmp_path_factory.mktemp("image")
    dockerfile.copy_context(folder / "src")
    (command,) = (rest for word, rest in dockerfile.stages()["wheel"].instructions if word == "RUN")
    command = re.sub(r"(?<=\s)/(wheels|src)\b", rf"{folder}/\1", command)
    command = command.replace("pip wheel", f"{sys.executable} -m pip wheel --no-build-isolation --quiet")
    done = subprocess.run(["sh", "-ec", f"VERSION=9.8.7; {command}"], capture_output=True, text=True, cwd=folder)
    assert done.returncode == 0, done.stderr
    (made,) = (folder / "wheels").iterdir()
    return made


@pytest.fixture(scope="module")
def container(wheel: Path, tmp_path_factory: pytest.TempPathFactory) -> Container:
    folder = tmp_path_factory.mktemp("container")
    for name in ("opt", "data"):
        (folder / name).mkdir(mode=0o700)
    environment = dockerfile.environment("embedded")
    environment["PATH"] = environment["PATH"].replace("$PATH", "/usr/local/bin:/usr/bin:/bin")
    made = Container(folder / "opt", folder / "data", SITE, environment)
    made.run(sys.executable, "-m", "venv", "--without-pip", "/opt/askwire", writable=True)
    at_hand(folder / "opt")
    pip = (sys.executable, "-m", "pip", "--python", "/opt/askwire/bin/python", "install", "--no-deps", "--no-index")
    wanted = f"askwire[mcp,qdrant,local] @ file:///run/wheels/{wheel.name}"
    made.run(*pip, wanted, mounts={wheel.parent: "/run/wheels"}, writable=True)
    return made


@pytest.fixture(scope="module")
def serving(container: Container, mariadb: ShopServer, tmp_path_factory: pytest.TempPathFactory) -> Iterator[Serving]:
    """The image's entry point, with compose.yaml's settings; Kubernetes' init container prepared the data folder."""
    folder = tmp_path_factory.mktemp("serving")
    prepare(container, folder)
    composed = yaml.safe_load((DOCKER / "compose.yaml").read_text())["services"]["gateway"]["environment"]
    for name, value in composed.items():
        container.environment[name] = re.sub(r":\d+$", ":0", value)  # ports that are free
    container.environment |= {"ASKWIRE_UPSTREAM": mariadb.url, "ASKWIRE_LISTEN": "127.0.0.1:0"}
    command = [*dockerfile.words("embedded", "ENTRYPOINT"), *dockerfile.words("embedded", "CMD")]
    with container.serve(command, folder / "log") as gateway:
        yield gateway


def prepare(container: Container, folder: Path) -> None:
    """Run the init container of the Deployment: tokens, and what was taught."""
    for name in ("tokens", "taught"):
        (folder / name).mkdir()
    for role in ("admin", "reader"):
        (folder / "tokens" / f"{role}-token").write_text(token(role))
    documents = yaml.safe_load_all((DOCKER / "kubernetes/gateway.yaml").read_text())
    (pod,) = (one["spec"]["template"]["spec"] for one in documents if one["kind"] == "Deployment")
    (init,) = pod["initContainers"]
    mounts = {folder / "tokens": "/run/tokens", folder / "taught": "/run/taught"}
    container.run(*init["command"], *init["args"], mounts=mounts)


def token(role: str) -> str:
    return f"the-{role}-of-this-test-" * 2


def admin_port(serving: Serving) -> int:
    found = re.search(r"admin endpoint at http://[0-9.]+:(\d+)", serving.log_text())
    assert found is not None
    return int(found[1])


def get(serving: Serving, path: str, headers: dict[str, str]) -> tuple[int, str]:
    connection = http.client.HTTPConnection("127.0.0.1", admin_port(serving), timeout=20)
    connection.request("GET", path, headers=headers)
    answer = connection.getresponse()
    return answer.status, answer.read().decode()


def test_hadolint_finds_nothing() -> None:
    hadolint = Path(sys.executable).parent / "hadolint"
    tool = hadolint if hadolint.exists() else SITE.parents[2] / "bin" / "hadolint"
    done = subprocess.run([tool, dockerfile.DOCKERFILE], capture_output=True, text=True)
    assert (done.returncode, done.stdout) == (0, "")


@pytest.mark.parametrize("target", ["gateway", "embedded"])
def test_the_last_stages_compile_nothing_and_run_as_nobody_of_this_machine(target: str) -> None:
    assert dockerfile.last(target, "USER") == "10001:10001"
    compilers = re.compile(r"\b(gcc|g\+\+|cmake|make|build-essential|pip)\b")
    assert not [rest for word, rest in dockerfile.inherited(target) if word == "RUN" and compilers.search(rest)]
    copied = [rest for word, rest in dockerfile.inherited(target) if word == "COPY"]
    assert [re.sub(r"--from=\S+", "--from=…", rest) for rest in copied] == ["--from=… /opt/askwire /opt/askwire"]


def test_only_the_embedded_image_waits_for_the_compiled_engine() -> None:
    def needs(name: str) -> set[str]:
        stage = dockerfile.stages().get(name)
        if stage is None:
            return set()
        sources = [rest.split()[0].removeprefix("--from=") for word, rest in stage.instructions if word == "COPY"]
        return {name, *needs(stage.base), *(one for source in sources for one in needs(source))}

    assert "compiled-engine" not in needs("gateway")
    assert "compiled-engine" in needs("embedded")


def test_what_git_does_not_have_is_no_part_of_the_context(tmp_path: Path) -> None:
    dockerfile.copy_context(tmp_path)
    found = {path.name for path in tmp_path.iterdir()}
    assert found >= {"pyproject.toml", "README.md", "LICENSE", "docker", "conf", "proxy"}
    assert not found & {".git", "tests", "docs", ".venv", ".ci"}
    assert [path.name for path in (tmp_path / "docker").iterdir()] == ["constraints.txt"]


def test_the_wheel_has_every_file_of_the_packages(wheel: Path) -> None:
    with zipfile.ZipFile(wheel) as archive:
        names = set(archive.namelist())
    inside = {name for name in names if ".dist-info/" not in name}
    assert inside == packaged_files()
    assert any(name.endswith(".dist-info/licenses/LICENSE") for name in names)


def test_the_version_is_the_one_that_was_given(container: Container) -> None:
    assert container.run("askwire", "version").stdout == "9.8.7\n"


def test_nothing_but_the_data_folder_and_tmp_can_be_written_to(container: Container) -> None:
    tried = (
        "for at in / /opt/askwire /opt /usr /etc /run /var/lib /var/lib/askwire /tmp; do touch $at/x && echo $at; done"
    )
    done = container.run("sh", "-c", f"id -u; {tried} 2>/dev/null; grep CapEff /proc/self/status")
    assert done.stdout.split() == ["10001", "/var/lib/askwire", "/tmp", "CapEff:", "0" * 16]


def test_the_gateway_relays(serving: Serving) -> None:
    client = pymysql.connect(host=serving.host, port=serving.port, user="app", password="secret", database="shop")
    with client, client.cursor() as cursor:
        cursor.execute("SELECT COUNT(*) FROM customers")
        assert cursor.fetchone() == (400,)
        cursor.execute("SHOW AI MODELS")
        assert "askwire model pull" in str(cursor.fetchall())


def test_the_model_is_looked_for_where_the_image_pulls_it(container: Container) -> None:
    code = "from models_runtime.catalog import shared_folder; print(shared_folder())"
    done = container.run("/opt/askwire/bin/python", "-c", code)
    assert done.stdout == "/var/lib/askwire/.cache/askwire/models\n"


def test_the_health_check_tells_a_ready_gateway_from_none(container: Container, serving: Serving) -> None:
    check = dockerfile.words("embedded", "HEALTHCHECK")
    assert "8307" in check[-1]
    assert container.run(*check, ok=False).returncode != 0  # nothing listens there
    container.run(*[word.replace("8307", str(admin_port(serving))) for word in check])


def test_prometheus_is_served_by_the_name_and_token_that_it_uses(serving: Serving) -> None:
    scrape = yaml.safe_load((DOCKER / "prometheus/compose.yml").read_text())["scrape_configs"][0]
    (target,) = scrape["static_configs"][0]["targets"]
    bearer = {"Authorization": f"Bearer {token('reader')}"}
    status, body = get(serving, scrape["metrics_path"], {"Host": target, **bearer})
    assert status == 200
    assert "askwire_build_info" in body
    assert get(serving, "/metrics", {"Host": "elsewhere:8307", **bearer})[0] == 421
    assert get(serving, "/ready", {"Host": "localhost"})[0] == 200  # as the probes of Kubernetes ask


def test_the_token_that_is_handed_to_prometheus(container: Container, serving: Serving) -> None:
    service = yaml.safe_load((DOCKER / "compose.yaml").read_text())["services"]["token"]
    *shell, command = service["entrypoint"]
    written = f"{command.replace('/run/askwire', '/tmp')}; cat /tmp/reader-token"
    assert container.run(*shell, written).stdout == token("reader") + "\n"


def test_every_shared_library_is_in_the_image() -> None:
    closure = release_script().closure
    of_the_gateway = extension_modules(closure(("mcp", "qdrant")))
    of_the_engine = [path for path in extension_modules(closure(("local",))) if path not in of_the_gateway]
    needed = re.compile(r"\(NEEDED\).*\[(.+)\]")
    own = {path.name for path in [*of_the_gateway, *of_the_engine]}

    def missing(paths: list[Path]) -> set[str]:
        return set(needed.findall(dynamic_section(paths))) - OF_THE_BASE - own

    assert of_the_gateway
    assert of_the_engine
    assert missing(of_the_gateway) == set()
    packages = {PACKAGE_OF[name] for name in missing(of_the_engine)}
    installed = [rest for word, rest in dockerfile.stages()["embedded"].instructions if word == "RUN"]
    assert packages == set(re.findall(r"--no-install-recommends ([\w.+-]+)", " ".join(installed)))


def test_the_versions_that_the_image_gets_fit_what_is_asked_for() -> None:
    lines = (DOCKER / "constraints.txt").read_text().splitlines()
    pinned = dict(line.split("==") for line in lines if not line.startswith("#"))
    script = release_script()
    for text in script.asked_for(script.EXTRAS):
        wanted = Requirement(text)
        assert wanted.specifier.contains(pinned[script.canonicalize_name(wanted.name)]), text
