"""Web servers for the clients that are web applications; each ends with its context."""

import os
import signal
import subprocess
import time
import urllib.error
import urllib.request
from collections.abc import Iterator, Mapping, Sequence
from contextlib import contextmanager
from pathlib import Path

from tests.clients.browsers import environments
from tests.support.gateway import clean_environment
from tests.support.private_mariadb import die_with_parent, free_port

START_TIMEOUT_S = 120.0
PHPMYADMIN_CONFIG = """<?php
$cfg['blowfish_secret'] = 'only for tests, 32 characters ..';
$cfg['Servers'][1] = ['host' => '{host}', 'port' => '{port}', 'auth_type' => 'cookie', 'AllowNoPassword' => true];
$cfg['SendErrorReports'] = 'never';
$cfg['PmaNoRelation_DisableWarning'] = true;
"""
SUPERSET_CONFIG = """
SECRET_KEY = "only for tests, forty-two characters long."
SQLALCHEMY_DATABASE_URI = "sqlite:///{store}"
TALISMAN_ENABLED = False
WTF_CSRF_ENABLED = False
"""


@contextmanager
def phpmyadmin(host: str, port: int, folder: Path) -> Iterator[str]:
    """Serves phpMyAdmin for the database server at ``host``:``port``; gives its URL. Writes into ``folder``."""
    config, temporary = folder / "config.inc.php", folder / "temporary"
    config.write_text(PHPMYADMIN_CONFIG.format(host=host, port=port))
    temporary.mkdir()
    settings = {"PHPMYADMIN_CONFIG": str(config), "PHPMYADMIN_TEMPORARY": f"{temporary}/"}
    with _php(environments.phpmyadmin(), folder, settings) as url:
        yield url


@contextmanager
def adminer(folder: Path) -> Iterator[str]:
    """Serves Adminer, which asks for the database server at the log-in; gives its URL."""
    root = folder / "www"
    root.mkdir()
    (root / "index.php").write_text(f"<?php include '{environments.ADMINER}';\n")
    with _php(root, folder, {}) as url:
        yield url


@contextmanager
def superset(folder: Path) -> Iterator[str]:
    """Serves Superset with an empty store of its own in ``folder``, and an account ``admin``; gives its URL."""
    programs, port = environments.superset(), free_port()
    config = folder / "superset_config.py"
    config.write_text(SUPERSET_CONFIG.format(store=folder / "superset.db"))
    variables = {"SUPERSET_CONFIG_PATH": str(config), "SUPERSET_HOME": str(folder), "FLASK_APP": "superset"}
    account = ("--username", "admin", "--password", "admin", "--email", "admin@localhost")
    names = ("--firstname", "Ada", "--lastname", "Admin")
    for words in (("db", "upgrade"), ("fab", "create-admin", *account, *names), ("init",)):
        done = subprocess.run(
            [programs / "superset", *words],
            env={**clean_environment(), **variables},
            cwd=folder,
            stdin=subprocess.DEVNULL,
            stdout=subprocess.PIPE,
            stderr=subprocess.STDOUT,
            text=True,
        )
        if done.returncode != 0:
            raise RuntimeError(f"superset {words[0]} ended with {done.returncode}:\n{done.stdout[-4000:]}")
    command = [str(programs / "superset"), "run", "--with-threads", "-p", str(port)]
    with serving(command, f"http://127.0.0.1:{port}/", folder / "superset.log", variables) as url:
        yield url


@contextmanager
def dbgate(folder: Path) -> Iterator[str]:
    """Serves DbGate with an empty workspace in ``folder``; gives its URL."""
    port = free_port()
    variables = {"WORKSPACE_DIR": str(folder / "workspace"), "PORT": str(port), "HOME": str(folder)}
    command = ["node", str(environments.dbgate())]
    with serving(command, f"http://127.0.0.1:{port}/", folder / "dbgate.log", variables) as url:
        yield url


@contextmanager
def _php(root: Path, folder: Path, variables: Mapping[str, str]) -> Iterator[str]:
    port = free_port()
    # What a newer PHP warns of in them would break their JSON; it goes to the log.
    options = ["display_errors=0", f"session.save_path={folder}", f"sys_temp_dir={folder}"]
    command = ["php", *(word for option in options for word in ("-d", option)), "-S", f"127.0.0.1:{port}"]
    with serving([*command, "-t", str(root)], f"http://127.0.0.1:{port}/", folder / "php.log", variables) as url:
        yield url


@contextmanager
def serving(command: Sequence[str], url: str, log: Path, variables: Mapping[str, str]) -> Iterator[str]:
    """Runs ``command`` until the context is left; gives ``url`` once it answers. Raises RuntimeError if it does not."""
    with log.open("wb") as output:
        process = subprocess.Popen(
            [*die_with_parent(), *command],
            stdin=subprocess.DEVNULL,
            stdout=output,
            stderr=subprocess.STDOUT,
            env={**clean_environment(), **variables},
            cwd=log.parent,
            start_new_session=True,
        )
    try:
        _wait(process, url, log)
        yield url
    finally:
        os.killpg(process.pid, signal.SIGTERM)
        process.wait(timeout=30)


def _wait(process: subprocess.Popen[bytes], url: str, log: Path) -> None:
    deadline = time.monotonic() + START_TIMEOUT_S
    while True:
        try:
            with urllib.request.urlopen(url, timeout=30):
                return
        except (urllib.error.URLError, ConnectionError):
            ended = process.poll() is not None
            if ended or time.monotonic() > deadline:
                raise RuntimeError(f"{url} does not answer:\n{log.read_text(errors='replace')[-4000:]}") from None
            time.sleep(0.1)
