"""What every test may stand on: one MariaDB with the sample shop, gateways before it, and one empty PostgreSQL.

The servers are real and shared by the whole run: leave ``shop`` as you found it, make your own tables in ``scratch``
under a name of your own.
"""

import gc
import os
import subprocess
import tempfile
from collections.abc import Callable, Generator, Iterator
from contextlib import ExitStack
from pathlib import Path
from typing import Any

import hypothesis
import pytest
import structlog

from conf.models import DEFAULT_MODEL
from tests.support import leftovers
from tests.support.embedder import running_embedder
from tests.support.gateway import ASKWIRE, GatewayProcess, clean_environment
from tests.support.postgres import PostgresServer, postgres_server
from tests.support.shop_server import ShopServer, shop_server

# A loaded machine is no failure.
hypothesis.settings.register_profile("askwire", deadline=None, suppress_health_check=[hypothesis.HealthCheck.too_slow])
hypothesis.settings.load_profile("askwire")

GatewayFactory = Callable[..., GatewayProcess]
# The files that take longest. Two processes take a file each at a time (make test): a long one that begins last would
# leave the other process nothing to do. Those that wait stand between those that compute.
LONGEST_FIRST = (
    "clients/test_clients.py",
    "clients/browsers/test_browsers.py",
    "clients/test_upstreams.py",
    "models_runtime/test_chaos.py",
    "proxy/admin/console/test_console.py",
    "clients/test_suites.py",
    "proxy/upstreams/test_ask.py",
    "knowledge/quality/test_asking.py",
    "clients/test_conversation.py",
    "models_runtime/test_embeddings.py",
    "models_runtime/test_concurrency.py",
    "knowledge/test_ingest.py",
    "proxy/upstreams/test_attack_ask.py",
    "clients/test_upstream_suite.py",
    "support/test_private_mariadb.py",
    "proxy/upstreams/metadata/test_through_the_gateway.py",
    "knowledge/test_commands.py",
    "models_runtime/test_llamacpp.py",
    "proxy/upstreams/test_grants.py",
)


@pytest.hookimpl(wrapper=True)
def pytest_collection() -> Generator[None, object, object]:
    """The many thousand tests that are collected live to the end: to look for garbage among them takes seconds."""
    gc.disable()
    try:
        return (yield)
    finally:
        gc.freeze()
        gc.enable()


def pytest_collection_modifyitems(items: list[pytest.Item]) -> None:
    folder = Path(__file__).parent
    rank = {folder / name: number for number, name in enumerate(LONGEST_FIRST)}
    missing = [str(path) for path in rank if not path.is_file()]
    assert not missing, f"LONGEST_FIRST names what is not there: {missing}"
    items.sort(key=lambda item: rank.get(item.path, len(rank)))


@pytest.fixture(scope="session", autouse=True)
def no_process_left_behind() -> Iterator[None]:
    mark = leftovers.mark_this_run()
    yield
    left = leftovers.wait_for_none(mark)
    assert not left, f"processes were left behind: {left}"


@pytest.fixture(autouse=True)
def log_configuration() -> Iterator[None]:
    """A command that a test runs in this process sets it up, for that test's captured output only.

    Tracebacks are plain, as the gateway's are: rich ones take 30 ms each.
    """
    structlog.reset_defaults()
    plain = structlog.dev.ConsoleRenderer(exception_formatter=structlog.dev.plain_traceback)
    structlog.configure(processors=[*structlog.get_config()["processors"][:-1], plain])
    yield
    structlog.reset_defaults()


@pytest.fixture(scope="session")
def mariadb(no_process_left_behind: None) -> Iterator[ShopServer]:
    """One private MariaDB for the whole run; its accounts are listed at ``ShopServer``."""
    with shop_server() as server:
        yield server


@pytest.fixture(scope="session")
def postgres(no_process_left_behind: None) -> Iterator[PostgresServer]:
    """One private PostgreSQL for the whole run; its accounts are listed at ``PostgresServer``."""
    with postgres_server() as server:
        yield server


@pytest.fixture(scope="session")
def gateway_factory(mariadb: ShopServer) -> Iterator[GatewayFactory]:
    """``gateway_factory(upstream=…, tls={…}, …)`` starts a gateway, before ``mariadb`` unless told otherwise, no model.

    Use it as ``with gateway_factory(…) as gateway:``; what is still running at the end of the run is stopped then.
    """
    with ExitStack() as stack:
        root = Path(stack.enter_context(tempfile.TemporaryDirectory(prefix="askwire-gateways-")))
        started: list[GatewayProcess] = []

        def start(*, prefixes: Path | None = None, **settings: Any) -> GatewayProcess:
            gateway = GatewayProcess(root / str(len(started)), mariadb.url, settings, prefixes=prefixes)
            started.append(gateway)
            stack.callback(gateway.stop)
            return gateway

        yield start


@pytest.fixture(scope="session")
def gateway(gateway_factory: GatewayFactory) -> GatewayProcess:
    """One ``askwire serve --model none`` for the whole run."""
    return gateway_factory()


@pytest.fixture(scope="session")
def model_file() -> Path:
    """The default model's file; ``askwire model pull`` fetches it where it is not there yet (about a gigabyte)."""
    pulled = subprocess.run(
        [str(ASKWIRE), "model", "pull"],
        env=clean_environment(),
        stdin=subprocess.DEVNULL,
        capture_output=True,
        text=True,
    )
    assert pulled.returncode == 0, pulled.stderr
    return Path(pulled.stdout.strip())


@pytest.fixture(scope="session")
def prefixes(tmp_path_factory: pytest.TempPathFactory) -> Path:
    """Where all processes of the run keep the key-value states of prompts: each schema is evaluated once."""
    own = tmp_path_factory.getbasetemp()
    folder = (own.parent if "PYTEST_XDIST_WORKER" in os.environ else own) / "prefixes"
    folder.mkdir(mode=0o700, exist_ok=True)
    return folder


@pytest.fixture(scope="session")
def embedder(no_process_left_behind: None, tmp_path_factory: pytest.TempPathFactory) -> Iterator[Path]:
    """One process of the default embedder for the whole run; see ``share_embedder``."""
    with running_embedder(tmp_path_factory.mktemp("embedder")) as run:
        yield run


@pytest.fixture(scope="session")
def ask_gateway(gateway_factory: GatewayFactory, model_file: Path, prefixes: Path) -> GatewayProcess:
    """One gateway with the real default model, for the whole run. Give tests that ask a ``@pytest.mark.timeout``."""
    assert model_file.is_file()
    return gateway_factory(prefixes=prefixes, model={"name": DEFAULT_MODEL})
