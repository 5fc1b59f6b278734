"""The console in headless Chromium before a real gateway, MariaDB behind it; see ``walks``."""

import contextlib
import json
import re
import subprocess
import threading
from collections.abc import Callable, Iterator
from pathlib import Path
from typing import Any

import pymysql
import pytest

from tests.clients.browsers import environments
from tests.support.answering import Messages, answering
from tests.support.gateway import GatewayProcess
from tests.support.private_mariadb import die_with_parent
from tests.support.shop_server import ShopServer

ROOT = Path(__file__).resolve().parents[4]
SHORT = "<img src=x onerror=hit()>"
HOSTILE = " ".join(
    (
        SHORT,
        "\"'><script>hit()</script></textarea></title></style>",
        "<svg onload=hit()><iframe srcdoc='<script>parent.hit()</script>'>",
        "javascript:hit() data:text/html,<script>hit()</script> {{constructor.constructor('hit()')()}} ${hit()}",
        "&lt;b&gt; &#60;img src=x onerror=hit()&#62; <!-- --> ]]> \\u003cscript>",
    )
)
TURNED = "\u202egpj.exe " + "unbroken" * 60  # written backwards from here on, and wider than any page
REVENUE = (
    "SELECT DATE_FORMAT(o.ordered_at, '%Y-%m') AS month, r.name AS region, SUM(i.quantity * i.unit_price) AS revenue"
    " FROM orders o JOIN customers c ON c.id = o.customer_id JOIN regions r ON r.id = c.region_id"
    " JOIN order_items i ON i.order_id = o.id GROUP BY month, region ORDER BY month, region"
)
STATUSES = "SELECT status, COUNT(*) AS orders, COUNT(DISTINCT customer_id) AS customers FROM orders GROUP BY status"
REMARKS = f"SELECT remark AS `{SHORT}`, COUNT(*) AS times FROM remarks GROUP BY remark"
SQL = {
    "monthly revenue": REVENUE,
    "per status": STATUSES,
    "all lines": "SELECT * FROM order_items",
    "number of customers": "SELECT COUNT(*) AS n FROM customers",
    "remarks": REMARKS,
    "impossible": f"CANNOT: {HOSTILE}",
}
FILES = {
    "returns.md": "# Returns\n\nA parcel may be returned within thirty days.\n",
    "broken.pdf": "no PDF at all",
    f"hostile/{SHORT}.md": f"# {SHORT}\n\n{HOSTILE} parcels {HOSTILE}\n",
    f"hostile/{SHORT}.pdf": "no PDF at all",
}


class Model:
    """Writes the SQL of the table above, or a sentence; ``slow customers`` waits until it is released."""

    def __init__(self) -> None:
        self.released = threading.Event()

    def __call__(self, messages: Messages) -> str:
        said = "\n".join(message["content"] for message in messages)
        if "slow customers" in said:
            self.released.wait(60)
        if messages[0]["content"].startswith("You state the answer"):
            return f"It was {SHORT} said." if "remarks" in said else "The shop sold a lot."
        last = next(message["content"] for message in reversed(messages) if message["role"] == "user")
        asked = last.rpartition("Question: ")[2]  # what was taught stands before it
        return next((sql for key, sql in SQL.items() if key in asked), "CANNOT: nothing is about it")


@pytest.fixture(scope="module")
def files(tmp_path_factory: pytest.TempPathFactory) -> Path:
    folder = tmp_path_factory.mktemp("files")
    for name, text in FILES.items():
        (folder / name).parent.mkdir(exist_ok=True)
        (folder / name).write_text(text)
    return folder


@pytest.fixture(scope="module")
def remarks(mariadb: ShopServer) -> Iterator[None]:
    """Hostile rows, and an account whose name is hostile too."""
    quoted = HOSTILE.replace("\\", "\\\\").replace("'", "''")
    mariadb.run_sql("CREATE TABLE remarks (id INT PRIMARY KEY, remark VARCHAR(2000) NOT NULL)", database="scratch")
    mariadb.run_sql(
        f"INSERT INTO remarks VALUES (1, '{quoted}'), (2, '{SHORT}'), (3, '=1+1'), (4, '{TURNED}')", database="scratch"
    )
    mariadb.run_sql("CREATE VIEW shop.remarks AS SELECT * FROM scratch.remarks")
    mariadb.run_sql(f"CREATE USER '{SHORT}'@'%' IDENTIFIED BY 'secret'")
    yield
    mariadb.run_sql(f"DROP USER '{SHORT}'@'%'; DROP VIEW shop.remarks; DROP TABLE scratch.remarks")


@pytest.fixture(scope="module")
def model() -> Iterator[Model]:
    model = Model()
    yield model
    model.released.set()


@pytest.fixture(scope="module")
def house(
    mariadb: ShopServer, remarks: None, model: Model, tmp_path_factory: pytest.TempPathFactory
) -> Iterator[GatewayProcess]:
    with answering(model) as url:
        settings = {
            "admin": {"listen": "127.0.0.1:0"},
            "model": {"name": "house"},
            "models": {"house": {"engine": "openai", "url": url, "model": "any"}},
            "ask": {"warm": False, "repair_rounds": 0, "candidates": 1, "limit": 100_000},
            "knowledge": {"embedder": "none", "editors": ["app"]},
        }
        with GatewayProcess(tmp_path_factory.mktemp("gateway"), mariadb.url, settings) as gateway:
            yield gateway


@pytest.fixture(scope="module")
def facts(house: GatewayProcess, files: Path) -> dict[str, Any]:
    found = re.search(r"admin endpoint at (http://\S+)", house.log_text())
    assert found is not None, house.log_text()
    tokens = {role: (house.data_dir / f"{role}-token").read_text().strip() for role in ("admin", "reader")}
    return {
        "url": f"{found[1].rstrip('/')}/",
        "files": str(files),
        "hostile": HOSTILE,
        "short": SHORT,
        "turned": TURNED,
        **tokens,
    }


Walk = Callable[..., None]


@pytest.fixture(scope="module")
def walker() -> Iterator["subprocess.Popen[str]"]:
    """The process with the browser."""
    program = [*die_with_parent(), environments.tools() / "python", "-m", "tests.proxy.admin.console.walks"]
    process = subprocess.Popen(program, cwd=ROOT, stdin=subprocess.PIPE, stdout=subprocess.PIPE, text=True)
    with process:
        yield process
        assert process.stdin is not None
        process.stdin.close()
        assert process.wait(60) == 0


@pytest.fixture
def walk(walker: "subprocess.Popen[str]", facts: dict[str, Any], tmp_path: Path) -> Walk:
    """``walk(name, **more facts)``: fails with what went wrong."""

    def run(name: str, **more: Any) -> None:
        assert walker.stdin is not None
        assert walker.stdout is not None
        given = {**facts, "screenshots": str(tmp_path), "walk": name, **more}
        walker.stdin.write(json.dumps(given) + "\n")
        walker.stdin.flush()
        line = walker.stdout.readline()
        assert line, "the browser's process ended"
        wrong = json.loads(line)
        assert not wrong, f"{wrong}\nscreenshot in {tmp_path}"

    return run


@contextlib.contextmanager
def connected(house: GatewayProcess, user: str = "app") -> Iterator["pymysql.Connection[Any]"]:
    with contextlib.closing(
        pymysql.connect(host=house.host, port=house.port, user=user, password="secret")
    ) as connection:
        yield connection


pytestmark = pytest.mark.timeout(600)  # the first time Chromium's environment is made


def test_operating(walk: Walk, house: GatewayProcess) -> None:
    ended: list[BaseException] = []

    def sleep(connection: "pymysql.Connection[Any]") -> None:
        try:
            connection.query("SELECT SLEEP(120) + (SELECT COUNT(*) FROM shop.orders)")
        except pymysql.err.MySQLError as error:
            ended.append(error)

    with connected(house) as idle, connected(house) as busy:
        idle_id, busy_id = idle.thread_id(), busy.thread_id()
        sleeper = threading.Thread(target=sleep, args=(busy,))
        sleeper.start()
        walk("operating", idle=idle_id, busy=busy_id)
        sleeper.join(20)
        assert not sleeper.is_alive()
        assert [error.args[0] for error in ended] in ([], [1317])  # MariaDB's SLEEP gives 1 when it is interrupted
        busy.ping(reconnect=False)
        with pytest.raises(pymysql.err.MySQLError):
            idle.query("SELECT 1")


def test_tokens(walk: Walk) -> None:
    walk("tokens")


def test_asking(walk: Walk, mariadb: ShopServer) -> None:
    lines = int(mariadb.run_sql("SELECT COUNT(*) FROM shop.order_items").split()[-1])
    assert lines > 3000
    walk("asking", lines=lines)


def test_teaching(walk: Walk) -> None:
    walk("teaching")


def test_documents(walk: Walk) -> None:
    walk("documents")


def test_keyboard(walk: Walk) -> None:
    walk("keyboard")


def test_looks(walk: Walk) -> None:
    walk("looks")


def test_hostile_texts(walk: Walk, house: GatewayProcess) -> None:
    with connected(house, SHORT):
        walk("hostile")
