"""The attack corpus of nl2sql before the databases whose SQL the gateway writes itself: only permitted reads run."""

from collections.abc import Callable, Iterator
from contextlib import contextmanager
from pathlib import Path
from typing import Any

import pytest

from tests.nl2sql.attacks.corpus import asked, played, read_attacks
from tests.proxy.upstreams.conftest import KINDS, ShopGateway, rows
from tests.support.answering import answering
from tests.support.gateway import GatewayProcess

# Values have no bound of the server here, and the databases of these tests share the memory of the machine.
LEFT_OUT = ("memory",)
# What the guard refuses gets no further on any upstream (tests/nl2sql/test_attacks.py asks all of it), so some will do.
SOME = 25
SECRET = "CREATE TABLE vault.secrets (id INT, secret VARCHAR(30))", "INSERT INTO vault.secrets VALUES (1, 'LEAK-vault')"


@contextmanager
def vault(shop: ShopGateway) -> Iterator[None]:
    """A table of another schema, which the same account may read; SQLite has no other schemas."""
    if shop.kind == "sqlite":
        yield
        return
    with shop.connect() as connection:
        for sql in ("/*raw*/ CREATE SCHEMA vault", *(f"/*raw*/ {sql}" for sql in SECRET)):
            rows(connection, sql)
        yield
        rows(connection, "/*raw*/ DROP SCHEMA vault CASCADE")


def fingerprint(shop: ShopGateway) -> dict[str, Any]:
    """Every row of every table of the shop."""
    with shop.connect() as connection:
        tables = sorted(name for (name,) in rows(connection, "SHOW TABLES"))
        return {name: sorted(map(repr, rows(connection, f"SELECT * FROM {name}"))) for name in tables}


@pytest.mark.timeout(900)
@pytest.mark.parametrize("kind", KINDS)
def test_nothing_but_permitted_reads_runs(kind: str, shop_urls: Callable[[str], str], tmp_path: Path) -> None:
    out, file = tmp_path / "out", tmp_path / "file"
    file.write_text("LEAK-file")
    every = read_attacks("outputs.txt", OUT=str(out), FILE=str(file))
    refused = [attack for attack in every if not attack.permitted]
    attacks = [a for a in every if a.permitted and a.category not in LEFT_OUT] + refused[::SOME]
    login = ("app", "secret") if kind == "postgresql" else ("ann", "")
    with answering(played(attacks)) as url:
        settings = {
            "model": {"name": "house"},
            "models": {"house": {"engine": "openai", "url": url, "model": "any"}},
            "ask": {"warm": False, "time_limit_s": 0.25, "repair_rounds": 0},
        }
        with GatewayProcess(tmp_path / "gateway", shop_urls(kind), settings) as gateway:
            shop = ShopGateway(kind, gateway, *login, "main" if kind == "sqlite" else "shop")
            before = fingerprint(shop)
            with vault(shop), shop.connect() as connection:
                wrong = [fault for attack in attacks if (fault := asked(connection, attack))]
                ran = [row for row in rows(connection, "SHOW AI HISTORY LIMIT 10000") if row[6] == "ok"]
            assert fingerprint(shop) == before
    assert wrong == []
    assert len(ran) > 10
    assert not out.exists()
