"""docs/plugins.md: every hook is there, tested and used; and the plugin written from scratch on it works."""

import importlib.metadata
import os
import re
import subprocess
import sys
from contextlib import closing
from pathlib import Path
from types import ModuleType
from typing import Any
from urllib.request import Request, urlopen

import pymysql
import pytest

from plugins.builtin import status
from plugins.hooks import Hooks
from proxy.hub import Hub
from tests.conftest import GatewayFactory
from tests.support.gateway import ASKWIRE, GatewayProcess, clean_environment, to_toml

ROOT = Path(__file__).parents[2]
PAGE = (ROOT / "docs/plugins.md").read_text()
HOOKS = [name for name in vars(Hooks) if name.startswith("askwire_")]
ROWS = {row[0]: row for row in re.findall(r"^\| `(askwire_\w+)` \| ([^|]+) \| ([^|]+) \|$", PAGE, re.MULTILINE)}


def built_in() -> dict[str, ModuleType | type]:
    points = importlib.metadata.entry_points(group="askwire")
    own = {point.name: point.load() for point in points if point.dist is not None and point.dist.name == "askwire"}
    return {**own, "status": status, "gateway": Hub}


def test_every_hook_is_on_the_page_and_no_other() -> None:
    assert sorted(ROWS) == sorted(HOOKS)


@pytest.mark.parametrize("hook", HOOKS)
def test_a_hook_is_used_by_askwire_itself_or_the_page_says_why_not(hook: str) -> None:
    users = sorted(name for name, plugin in built_in().items() if hasattr(plugin, hook))
    said = ROWS[hook][2].strip()
    if users:
        assert sorted(said.partition(":")[0].split(", ")) == users
    else:
        assert re.match(r"none: \w+", said)


@pytest.mark.parametrize("hook", HOOKS)
def test_a_hook_is_tested(hook: str) -> None:
    """Some test implements it, as a stranger would, or it is the built-in plugin's own, which has tests."""
    implemented = re.compile(rf"^\s*(async )?def {hook}\(", re.MULTILINE)
    tests = (path for path in (ROOT / "tests").rglob("test_*.py") if path != Path(__file__))
    users = [name for name, plugin in built_in().items() if hasattr(plugin, hook)]
    of_its_own = any((ROOT / "tests/plugins/builtin" / name).is_dir() for name in users)
    assert of_its_own or any(implemented.search(path.read_text()) for path in tests)


@pytest.mark.parametrize("hook", HOOKS)
def test_a_hook_has_types_and_a_docstring(hook: str) -> None:
    spec = getattr(Hooks, hook)
    assert spec.__doc__
    assert "return" in spec.__annotations__
    names = spec.__code__.co_varnames[1 : spec.__code__.co_argcount]
    assert set(names) <= set(spec.__annotations__)


# --- the plugin written from scratch


PACKAGE = ["pyproject.toml", "askwire_example.py", "test_askwire_example.py"]
IN_FOLDER = ["weekday.py", "fake.py", "mail.py"]


def files_of_the_page(folder: Path, *wanted: str) -> Path:
    """The folder with exactly what the page says."""
    files = dict(re.findall(r"^`([\w.]+)`[^\n]*:\n\n```\w+\n(.*?)^```$", PAGE, re.MULTILINE | re.DOTALL))
    assert list(files) == [*PACKAGE, *IN_FOLDER]
    for name in wanted:
        (folder / name).write_text(files[name])
        (folder / name).chmod(0o600)
    return folder


@pytest.fixture(scope="module")
def written(tmp_path_factory: pytest.TempPathFactory) -> Path:
    return files_of_the_page(tmp_path_factory.mktemp("askwire-example"), *PACKAGE)


@pytest.fixture(scope="module")
def plugins_folder(tmp_path_factory: pytest.TempPathFactory) -> Path:
    return files_of_the_page(tmp_path_factory.mktemp("plugins"), *IN_FOLDER)


@pytest.fixture(scope="module")
def site(written: Path, tmp_path_factory: pytest.TempPathFactory) -> Path:
    """A fresh folder of packages, with the plugin installed by pip as the page says. Nothing is downloaded."""
    target = tmp_path_factory.mktemp("site")
    offline = ["--no-index", "--no-deps", "--no-build-isolation", "--disable-pip-version-check", "--quiet"]
    pip = [sys.executable, "-m", "pip", "install", *offline, "--target", str(target), "."]
    done = subprocess.run(pip, cwd=written, capture_output=True, text=True)
    assert done.returncode == 0, done.stderr
    return target


def environment(site: Path) -> dict[str, str]:
    return {**clean_environment(), "PYTHONPATH": str(site), "COLUMNS": "200"}


def test_its_own_tests_pass(written: Path, site: Path, tmp_path: Path) -> None:
    (tmp_path / "test_askwire_example.py").write_text((written / "test_askwire_example.py").read_text())
    command = [sys.executable, "-m", "pytest", "-q", "-p", "no:cacheprovider"]
    bare = {**environment(site), "PYTEST_DISABLE_PLUGIN_AUTOLOAD": "1"}  # the page asks for pytest alone
    done = subprocess.run(command, cwd=tmp_path, env=bare, capture_output=True, text=True)
    assert done.returncode == 0, done.stdout
    assert "2 passed" in done.stdout


def test_the_types_fit(written: Path, plugins_folder: Path, site: Path) -> None:
    """As strictly as askwire's own; by the same settings, what `make lint` has checked is not checked again."""
    settings = ["--config-file", str(ROOT / "pyproject.toml"), "--cache-dir", str(ROOT / ".mypy_cache")]
    command = [sys.executable, "-m", "mypy", *settings, "askwire_example.py", *map(str, plugins_folder.iterdir())]
    paths = {"MYPYPATH": str(ROOT)}  # mypy does not see a checkout that is installed as it stands
    done = subprocess.run(command, cwd=written, env={**environment(site), **paths}, capture_output=True, text=True)
    assert done.returncode == 0, done.stdout


def test_askwire_plugins_lists_it(site: Path) -> None:
    done = subprocess.run([str(ASKWIRE), "plugins"], env=environment(site), capture_output=True, text=True, check=True)
    (line,) = (line for line in done.stdout.splitlines() if " example " in line)
    cells = [cell.strip() for cell in re.split("[│|]", line)]
    assert cells[1:6] == ["example", "0.1", "askwire-example", "on", ""]
    assert cells[6] == "guard, prompt_context, settings, statements"


def test_it_answers_a_client(site: Path, gateway_factory: GatewayFactory, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setitem(os.environ, "PYTHONPATH", str(site))
    with (
        gateway_factory(plugins={"settings": {"example": {"greeting": "Good morning"}}}) as gateway,
        closing(pymysql.connect(host="127.0.0.1", port=gateway.port, user="app", password="secret")) as connection,
        connection.cursor() as cursor,
    ):
        cursor.execute("HELLO")
        ((greeting, user, version),) = cursor.fetchall()
        assert (greeting, user) == ("Good morning", "app")
        cursor.execute("SELECT VERSION()")
        assert cursor.fetchall() == ((version,),)
        cursor.execute("SHOW AI PLUGINS")
        rows = {row[0]: row for row in cursor.fetchall()}
        assert rows["example"][1:4] == ("0.1", "askwire-example", "on")


# --- the plugins in a folder


def metrics_of(gateway: GatewayProcess) -> str:
    token = (gateway.data_dir / "reader-token").read_text().strip()
    found = re.search(r"admin endpoint at (http://[\d.:]+)", gateway.log_text())
    assert found is not None
    request = Request(f"{found[1]}/metrics", headers={"Authorization": f"Bearer {token}"})
    with urlopen(request, timeout=10) as answer:
        return str(answer.read(), "utf-8")


def test_those_in_a_folder_answer(
    site: Path, plugins_folder: Path, gateway_factory: GatewayFactory, monkeypatch: pytest.MonkeyPatch
) -> None:
    """The weekday with its metric; and a guard and a line for the prompt, tried without a model."""
    monkeypatch.setitem(os.environ, "PYTHONPATH", str(site))
    (plugins_folder / "fake.py").write_text((plugins_folder / "fake.py").read_text().replace("salaries", "customers"))
    given: dict[str, Any] = {
        "plugins": {"folder": str(plugins_folder), "settings": {"example": {"hidden": "customers"}}},
        "model": {"name": "fake"},
        "models": {"fake": {"engine": "fake:sql"}},
        "admin": {"listen": "127.0.0.1:0"},
    }
    with (
        gateway_factory(**given) as gateway,
        closing(
            pymysql.connect(host="127.0.0.1", port=gateway.port, user="app", password="secret", database="shop")
        ) as connection,
        connection.cursor() as cursor,
    ):
        cursor.execute("weekday '2026-11-22';")
        assert cursor.fetchall() == ((6, "Sunday"),)
        with pytest.raises(pymysql.MySQLError, match=r"WEEKDAY takes one date. Write WEEKDAY 2026-11-22;"):
            cursor.execute("WEEKDAY tomorrow")
        with pytest.raises(pymysql.MySQLError, match="the table customers is not for questions"):
            cursor.execute("ASK 'GMV by month'")
        assert "Question: GMV (the sum of quantity" in gateway.log_text()
        assert "askwire_weekday_asked_total 1.0" in metrics_of(gateway)


def test_a_loader_in_a_folder_reads(plugins_folder: Path, tmp_path: Path) -> None:
    settings = {
        "data_dir": str(tmp_path / "data"),
        "plugins": {"folder": str(plugins_folder)},
        "knowledge": {"embedder": "none"},
    }
    (tmp_path / "askwire.toml").write_text(to_toml(settings))
    (tmp_path / "hello.eml").write_text("Subject: Parcels\nContent-Type: text/plain\n\nParcels leave on Fridays.\n")

    def askwire(*words: str) -> str:
        command = [str(ASKWIRE), "knowledge", *words, "--config", "askwire.toml"]
        done = subprocess.run(command, cwd=tmp_path, env=clean_environment(), capture_output=True, text=True)
        assert done.returncode == 0, done.stdout + done.stderr
        return done.stdout

    assert "1 new or changed, 0 unchanged, 0 failed" in askwire("add", "letters", "hello.eml")
    found = askwire("search", "letters", "when do parcels leave?")
    assert "hello.eml  body" in found
    assert "Parcels leave on Fridays." in found
