"""`make dist`: wheel, sdist, SBOM and checksums, and the wheel installed and run in a fresh environment.

The dependencies come from this environment, so that nothing is downloaded.
"""

import hashlib
import json
import re
import subprocess
import sys
import tarfile
import time
import zipfile
from importlib.metadata import entry_points
from pathlib import Path
from typing import Any

import pymysql
import pytest
from packaging.utils import canonicalize_name
from packaging.version import Version

from tests.docker.dockerfile import ROOT, tracked
from tests.docker.release import at_hand, packaged_files, release_script
from tests.support.gateway import LISTENING, clean_environment
from tests.support.private_mariadb import die_with_parent


@pytest.fixture(scope="module")
def dist(tmp_path_factory: pytest.TempPathFactory) -> Path:
    """What `make dist` makes."""
    folder = tmp_path_factory.mktemp("dist")
    run(sys.executable, ROOT / ".ci/dist", environment={"DIST": str(folder)})
    return folder


@pytest.fixture(scope="module")
def wheel(dist: Path) -> Path:
    (found,) = dist.glob("askwire-*.whl")
    return found


@pytest.fixture(scope="module")
def installed(wheel: Path, tmp_path_factory: pytest.TempPathFactory) -> Path:
    """The folder of programs of a fresh environment that has the wheel."""
    folder = tmp_path_factory.mktemp("fresh") / "venv"
    run(sys.executable, "-m", "venv", "--without-pip", folder)
    at_hand(folder)
    run(sys.executable, "-m", "pip", "--python", folder / "bin/python", "install", "--no-deps", "--no-index", wheel)
    return folder / "bin"


def run(*words: object, environment: dict[str, str] | None = None, cwd: Path = ROOT) -> str:
    done = subprocess.run(
        [str(word) for word in words],
        env={**clean_environment(), **(environment or {})},
        cwd=cwd,
        stdin=subprocess.DEVNULL,
        capture_output=True,
        text=True,
    )
    assert done.returncode == 0, done.stdout + done.stderr
    return done.stdout


def bill(dist: Path) -> dict[str, Any]:
    (found,) = dist.glob("askwire-*.cdx.json")
    return dict(json.loads(found.read_text()))


def version_of(wheel: Path) -> str:
    return wheel.name.split("-")[1]


def test_four_files_and_their_checksums(dist: Path) -> None:
    lines = (dist / "SHA256SUMS").read_text().splitlines()
    listed = dict(line.split("  ")[::-1] for line in lines)
    assert {"SHA256SUMS", *listed} == {path.name for path in dist.iterdir()}
    assert sorted(name.rpartition(".")[2] for name in listed) == ["gz", "json", "whl"]
    for name, checksum in listed.items():
        assert hashlib.sha256((dist / name).read_bytes()).hexdigest() == checksum


def test_the_wheel_has_every_file_of_the_packages_and_the_licence(wheel: Path) -> None:
    with zipfile.ZipFile(wheel) as archive:
        names = set(archive.namelist())
        metadata = next(name for name in names if name.endswith(".dist-info/METADATA"))
        text = archive.read(metadata).decode()
        licence = archive.read(metadata.replace("METADATA", "licenses/LICENSE"))
    assert {name for name in names if ".dist-info/" not in name} == packaged_files()
    assert "\nLicense-Expression: Apache-2.0\n" in text
    assert licence == (ROOT / "LICENSE").read_bytes()


def test_the_sdist_is_the_whole_source(dist: Path) -> None:
    (sdist,) = dist.glob("*.tar.gz")
    with tarfile.open(sdist) as archive:
        names = {name.partition("/")[2] for name in archive.getnames()}
    assert set(tracked()) <= names


def test_the_version_is_the_tags(tmp_path: Path) -> None:
    """In a clone with a tag, between tags, and in what git archives of it. The wheel's file name says it."""
    clone = tmp_path / "clone"
    clone.mkdir()
    for name in ("pyproject.toml", "README.md", "LICENSE", ".gitattributes", ".git_archival.txt"):
        (clone / name).write_bytes((ROOT / name).read_bytes())
    git = ("git", "-c", "user.name=a", "-c", "user.email=a@b", "-C", clone)
    run(*git, "init", "--quiet")
    run(*git, "add", ".")
    run(*git, "commit", "--quiet", "--message", "first")
    found = {"without a tag": scm_version(clone)}
    run(*git, "tag", "v7.1.0")
    found["tagged"] = scm_version(clone)
    run(*git, "commit", "--quiet", "--allow-empty", "--message", "second")
    found["after it"] = scm_version(clone)
    (tmp_path / "archive").mkdir()
    run(*git, "archive", "--output", tmp_path / "source.tar", "v7.1.0")
    with tarfile.open(tmp_path / "source.tar") as archive:
        archive.extractall(tmp_path / "archive", filter="data")
    found["archive"] = scm_version(tmp_path / "archive")
    (tmp_path / "archive" / ".git_archival.txt").unlink()
    found["files alone"] = scm_version(tmp_path / "archive")
    assert found["tagged"] == found["archive"] == "7.1.0"
    assert re.fullmatch(r"7\.1\.1\.dev1\+g[0-9a-f]+", found["after it"])
    assert Version(found["without a tag"]) < Version("0.1")
    assert found["files alone"] == "0.1.dev0"


def scm_version(folder: Path) -> str:
    return run(sys.executable, "-m", "setuptools_scm", "--root", folder, cwd=folder).strip()


def test_the_programs_of_a_fresh_environment(installed: Path, wheel: Path, tmp_path: Path) -> None:
    assert run(installed / "askwire", "version", cwd=tmp_path).strip() == version_of(wheel).replace("_", "+", 1)
    listed = run(installed / "askwire", "plugins", cwd=tmp_path, environment={"COLUMNS": "200"})
    ours = {point.name for point in entry_points(group="askwire")}
    assert ours >= {"knowledge", "models_runtime", "nl2sql", "diagnose"}
    assert all(re.search(rf"\b{name}\b", listed) for name in ours), listed


def test_the_code_that_runs_there_is_the_wheels(installed: Path, tmp_path: Path) -> None:
    code = "import conf, proxy.admin, plugins; print(conf.__file__, proxy.admin.__file__, plugins.__file__)"
    for place in run(installed / "python", "-c", code, cwd=tmp_path).split():
        assert Path(place).is_relative_to(installed.parent)


def test_a_gateway_there_answers(installed: Path, tmp_path: Path) -> None:
    (tmp_path / "fruit.csv").write_text("name,weight\napple,150\npear,170\n")
    words = ["serve", "--files", "fruit.csv", "--model", "none", "--listen", "127.0.0.1:0", "--admin", "off"]
    with (tmp_path / "log").open("wb") as log:
        process = subprocess.Popen(
            [*die_with_parent(), str(installed / "askwire"), *words, "--data-dir", str(tmp_path / "data")],
            cwd=tmp_path, env=clean_environment(), stdin=subprocess.DEVNULL, stdout=log, stderr=subprocess.STDOUT,
        )  # fmt: skip
    try:
        client = pymysql.connect(host="127.0.0.1", port=port_of(process, tmp_path / "log"), user="me")
        with client, client.cursor() as cursor:
            cursor.execute("SELECT name FROM fruit WHERE weight > 160")
            assert cursor.fetchall() == (("pear",),)
            cursor.execute("SHOW AI STATUS")
            assert cursor.fetchall()
    finally:
        process.terminate()
        assert process.wait(30) == 0


def port_of(process: "subprocess.Popen[bytes]", log: Path) -> int:
    while not (found := LISTENING.search(log.read_text())):
        assert process.poll() is None, log.read_text()
        time.sleep(0.05)
    return int(found[2])


def test_every_runtime_dependency_is_in_the_sbom(dist: Path) -> None:
    made = bill(dist)
    assert (made["bomFormat"], made["specVersion"]) == ("CycloneDX", "1.6")
    listed = {canonicalize_name(one["name"]): one for one in made["components"]}
    closure = release_script().closure()
    assert len(closure) > 80
    assert {name: one["version"] for name, one in listed.items()} == {
        name: one.version for name, one in closure.items()
    }
    assert not listed.keys() & {"pytest", "mypy", "ruff", "mkdocs", "hypothesis"}
    without = {name for name, one in listed.items() if not one.get("licenses")}
    assert without == set()


def test_the_sbom_says_whose_it_is(dist: Path, wheel: Path) -> None:
    component = bill(dist)["metadata"]["component"]
    assert (component["name"], component["type"]) == ("askwire", "application")
    assert component["version"] == version_of(wheel).replace("_", "+", 1)
    assert component["licenses"][0]["license"]["id"] == "Apache-2.0"
    needed = next(one["dependsOn"] for one in bill(dist)["dependencies"] if one["ref"] == component["bom-ref"])
    assert any(ref.startswith("sqlglot==") for ref in needed)
