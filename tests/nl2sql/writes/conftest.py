"""A real gateway before a real MariaDB, with a model that answers from a table, and a database to change."""

import contextlib
from collections.abc import Callable, Iterator
from typing import Any

import pymysql
import pytest

from tests.nl2sql.conftest import statements
from tests.support.answering import answering
from tests.support.gateway import GatewayProcess

STORE = """
CREATE DATABASE store; USE store;
CREATE TABLE clients (id INT PRIMARY KEY AUTO_INCREMENT, name VARCHAR(40) NOT NULL, city VARCHAR(30) DEFAULT 'Bern',
  photo BLOB);
CREATE TABLE bills (id INT PRIMARY KEY, client_id INT NOT NULL, status VARCHAR(10) NOT NULL,
  total DECIMAL(8,2) NOT NULL,
  FOREIGN KEY (client_id) REFERENCES clients (id) ON DELETE CASCADE);
CREATE TABLE stock (shelf INT, item VARCHAR(10), pieces INT, PRIMARY KEY (shelf, item));
CREATE TABLE audit (id INT PRIMARY KEY AUTO_INCREMENT, bill INT) ENGINE=InnoDB;
CREATE TABLE notes (id INT PRIMARY KEY, text VARCHAR(20)) ENGINE=MyISAM;
CREATE TABLE tally (n INT) ENGINE=MyISAM;
CREATE TABLE loose (a INT, b INT);
CREATE TABLE watched (id INT PRIMARY KEY, v INT);
CREATE TABLE many (id INT PRIMARY KEY, v INT);
CREATE VIEW open_bills AS SELECT * FROM bills WHERE status = 'open';
CREATE TRIGGER bills_audit AFTER UPDATE ON bills FOR EACH ROW INSERT INTO audit (bill) VALUES (NEW.id);
CREATE TRIGGER watched_tally AFTER UPDATE ON watched FOR EACH ROW INSERT INTO tally VALUES (1);
CREATE TABLE slow (id INT PRIMARY KEY, v INT);
INSERT INTO slow VALUES (1, 1);
INSERT INTO many SELECT seq, 0 FROM seq_1_to_60;
CREATE USER writer@'%' IDENTIFIED BY 'secret'; GRANT ALL ON store.* TO writer@'%';
CREATE USER teller@'%' IDENTIFIED BY 'secret'; GRANT SELECT ON store.* TO teller@'%';
GRANT UPDATE (status) ON store.bills TO teller@'%';
CREATE USER biller@'%' IDENTIFIED BY 'secret'; GRANT SELECT, UPDATE ON store.bills TO biller@'%';
CREATE DEFINER = writer@'%' TRIGGER slow_sleeps AFTER UPDATE ON slow FOR EACH ROW DO SLEEP(30)
"""
ROWS = """
DELETE FROM bills; DELETE FROM clients; DELETE FROM stock; DELETE FROM audit; DELETE FROM notes; DELETE FROM tally;
DELETE FROM watched; DELETE FROM loose; ALTER TABLE clients AUTO_INCREMENT = 10;
INSERT INTO clients (id, name, photo) VALUES (1, 'Ada', x'00ff'), (2, 'Bob', NULL), (3, 'Cy', NULL);
INSERT INTO bills VALUES (6, 1, 'open', 10.00), (7, 2, 'open', 20.50), (8, 2, 'paid', 5.00);
INSERT INTO stock VALUES (1, 'nut', 5), (1, 'bolt', 7), (2, 'nut', 0);
INSERT INTO notes VALUES (1, 'a'); INSERT INTO watched VALUES (1, 1); INSERT INTO loose VALUES (1, 1)
"""

Connection = Any
Connect = Callable[..., Connection]


class Client:
    """A driver's connection, with what tests ask of it."""

    def __init__(self, connection: "pymysql.Connection[Any]") -> None:
        self.raw = connection

    def run(self, sql: str) -> list[tuple[Any, ...]]:
        with self.raw.cursor() as cursor:
            cursor.execute(sql)
            return list(cursor.fetchall())

    def change(self, sql: str) -> int:
        with self.raw.cursor() as cursor:
            return int(cursor.execute(sql))

    def refused(self, sql: str) -> int:
        """The number of the error."""
        with pytest.raises(pymysql.err.Error) as error:
            self.run(sql)
        return int(error.value.args[0]) & 0xFFFF

    def notes(self) -> list[str]:
        return [message for _, _, message in self.run("SHOW WARNINGS")]

    def rehearse(self, question: str) -> dict[str, Any]:
        """The items of a rehearsal; ``row`` and ``also`` are lists."""
        found: dict[str, Any] = {"row": [], "also": []}
        for item, detail, before, after in self.run(f"ASK '{question}'"):
            if item == "row":
                found["row"].append((detail, before, after))
            elif item == "also":
                found["also"].append(detail)
            else:
                found[item] = detail
        return found


@pytest.fixture(scope="session")
def store(mariadb: int) -> int:
    """The port of the server with the database ``store``."""
    with contextlib.closing(pymysql.connect(host="127.0.0.1", port=mariadb, user="root")) as root:
        for statement in statements(STORE):
            root.cursor().execute(statement)
    return mariadb


@pytest.fixture(scope="session")
def answers() -> dict[str, str]:
    """What the model writes: the answer of the first key that the question holds."""
    return {}


@pytest.fixture(scope="session")
def store_gateway(
    store: int, answers: dict[str, str], tmp_path_factory: pytest.TempPathFactory
) -> Iterator[GatewayProcess]:
    with answering(answers) as url:
        settings = {
            "model": {"name": "house"},
            "models": {"house": {"engine": "openai", "url": url, "model": "any"}},
            "ask": {"warm": False, "max_changed_rows": 50},
        }
        with GatewayProcess(tmp_path_factory.mktemp("gateway"), f"mysql://127.0.0.1:{store}", settings) as gateway:
            yield gateway


@pytest.fixture
def direct(store: int) -> Iterator[Client]:
    """The administrator, past the gateway; the rows are as they were at the beginning."""
    with contextlib.closing(
        pymysql.connect(host="127.0.0.1", port=store, user="root", database="store", autocommit=True)
    ) as connection:
        client = Client(connection)
        for statement in ROWS.split(";"):
            client.run(statement)
        yield client


@pytest.fixture
def connect(store_gateway: GatewayProcess, direct: Client) -> Iterator[Callable[..., Client]]:
    """Sessions through the gateway with ``writes = 'rehearse'``."""
    with contextlib.ExitStack() as stack:

        def opened(user: str = "writer", *, writes: str = "rehearse", **options: Any) -> Client:
            connection = pymysql.connect(
                host="127.0.0.1",
                port=store_gateway.port,
                user=user,
                password="secret",
                database="store",
                **{"autocommit": True, **options},
            )
            stack.callback(lambda: connection.open and connection.close())
            client = Client(connection)
            if writes != "off":
                client.run(f"SET ASK writes = '{writes}'")
            return client

        yield opened


@pytest.fixture
def writer(connect: Callable[..., Client]) -> Client:
    return connect()


@pytest.fixture
def written(answers: dict[str, str]) -> Callable[[str], str]:
    """The model writes this SQL; gives the question to ask for it."""

    def put(sql: str) -> str:
        answers.clear()
        answers["number"] = sql
        return "set the status of the bill number"

    return put
