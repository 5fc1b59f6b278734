"""The clients' own environments of Python and Node, and copies of the PHP programs, kept in the user's cache."""

import json
import re
import shutil
import subprocess
import sys
from pathlib import Path

from tests.clients.clients import cached

# Not in pyproject.toml: only the walks run in it, and mycli brings its own versions of libraries that askwire uses.
TOOLS = ("playwright==1.65.2", "mycli==2.30.1", "pexpect==4.9.0", "pyte==0.8.2")
# Superset's own requirements leave open what it does not work with: newer versions of these, or that they are missing.
SUPERSET = (
    *("apache-superset==6.1.0", "PyMySQL==1.2.4", "mysqlclient==2.2.7", "cachetools==6.2.1", "rich==13.9.4"),
    *("Flask==2.3.3", "Flask-Caching==2.3.1", "cachelib==0.13.0", "Flask-SQLAlchemy==2.5.1", "Flask-Babel==3.1.0"),
    *("Flask-Limiter==3.12", "Werkzeug==3.1.3", "marshmallow-sqlalchemy==1.4.0"),
)
# It asks for a package `http`, which holds nothing: the module of that name is Node's own.
DBGATE = {"dependencies": {"dbgate-serve": "7.2.2"}, "overrides": {"http": "file:./nothing"}}
PHPMYADMIN = Path("/usr/share/phpmyadmin")
ADMINER = Path("/usr/share/adminer/adminer.php")


def tools() -> Path:
    """The folder with the programs of the environment that drives the clients."""
    return _environment("client-tools", TOOLS)


def superset() -> Path:
    return _environment("client-superset", SUPERSET)


def dbgate() -> Path:
    """The script that serves DbGate."""

    def make(folder: Path) -> None:
        (folder / "package.json").write_text(json.dumps(DBGATE))
        (folder / "nothing").mkdir()
        (folder / "nothing" / "package.json").write_text('{"name": "nothing", "version": "1.0.0"}')
        # Without scripts: what they would build or fetch is for other databases.
        install = ["npm", "install", "--ignore-scripts", "--no-audit", "--no-fund", "--silent"]
        subprocess.run(install, cwd=folder, check=True)

    script = "node_modules/dbgate-serve/bin/dbgate-serve.js"
    return cached("client-dbgate", json.dumps(DBGATE).encode(), make) / script


def _environment(kind: str, requirements: tuple[str, ...]) -> Path:
    def make(folder: Path) -> None:
        subprocess.run([sys.executable, "-m", "venv", folder], check=True)
        pip = [folder / "bin/python", "-m", "pip", "install", "--quiet", "--disable-pip-version-check"]
        subprocess.run([*pip, *requirements], check=True)

    return cached(kind, "\n".join([*requirements, sys.version]).encode(), make) / "bin"


def phpmyadmin() -> Path:
    """A copy of Debian's phpMyAdmin that takes its configuration and its temporary folder from the environment."""
    settings = "libraries/vendor_config.php"
    text = (PHPMYADMIN / settings).read_text()
    for name, variable in (("configFile", "PHPMYADMIN_CONFIG"), ("tempDir", "PHPMYADMIN_TEMPORARY")):
        text, changed = re.subn(rf"'{name}' => [^\n]*,", f"'{name}' => getenv('{variable}'),", text)
        assert changed == 1, f"phpMyAdmin's {settings} has no {name}"

    def make(folder: Path) -> None:
        shutil.copytree(PHPMYADMIN, folder / "www")
        (folder / "www" / settings).write_text(text)

    return cached("client-phpmyadmin", text.encode(), make) / "www"
