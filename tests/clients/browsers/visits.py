"""Starts a client, walks through it, stops it."""

import os
import subprocess
import tempfile
from collections.abc import Iterator
from contextlib import contextmanager
from dataclasses import dataclass
from pathlib import Path

from tests.clients.browsers import environments, servers

ROOT = Path(__file__).resolve().parents[3]
TIMEOUT_S = 600
LOG_CHARS = 4000


@dataclass(frozen=True)
class Login:
    """An account of the server at ``host``:``port``. ``database`` holds the sample shop, and in ``scratch`` tables may
    be made; ``ask`` says whether there is a model."""

    host: str
    port: int
    user: str
    password: str
    database: str = "shop"
    scratch: str = "scratch"
    ask: bool = False


def visit(client: str, login: Login, screenshots: Path, *, every_page: bool = True) -> tuple[str, bool]:
    """What the walk said, and whether all was as it should be.

    Screenshots are written into ``screenshots``: of every page, or of the first one and of what failed.
    """
    screenshots.mkdir(parents=True, exist_ok=True)
    with tempfile.TemporaryDirectory(prefix="askwire-client-") as name, _serve(client, login, Path(name)) as url:
        words = [f"--{key}={value}" for key, value in vars(login).items() if key != "ask"]
        words += [*(["--ask"] if login.ask else []), *(["--every-page"] if every_page else [])]
        done = subprocess.run(
            [
                *(environments.tools() / "python", "-m", f"tests.clients.browsers.walks.{client}"),
                *(*words, f"--url={url}", f"--screenshots={screenshots.resolve()}"),
            ],
            cwd=ROOT,
            env={**os.environ, "HOME": name},
            stdin=subprocess.DEVNULL,
            stdout=subprocess.PIPE,
            stderr=subprocess.STDOUT,
            text=True,
            timeout=TIMEOUT_S,
        )
        faults = "" if done.returncode == 0 else _log_tail(Path(name))
    return done.stdout + faults, done.returncode == 0


def _log_tail(folder: Path) -> str:
    return "".join(f"{log.name}:\n{log.read_text(errors='replace')[-LOG_CHARS:]}" for log in folder.glob("*.log"))


@contextmanager
def _serve(client: str, login: Login, folder: Path) -> Iterator[str]:
    if client == "phpmyadmin":
        with servers.phpmyadmin(login.host, login.port, folder) as url:
            yield url
    elif client == "adminer":
        with servers.adminer(folder) as url:
            yield url
    elif client == "superset":
        with servers.superset(folder) as url:
            yield url
    elif client == "dbgate":
        with servers.dbgate(folder) as url:
            yield url
    else:
        yield ""
