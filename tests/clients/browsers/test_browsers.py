"""phpMyAdmin and Adminer in a real browser, mycli in a terminal, each walked through before the gateway."""

from pathlib import Path

import pytest

from tests.clients.browsers.visits import Login, visit
from tests.support.gateway import GatewayProcess


@pytest.mark.timeout(900)  # the first time their environment is made
@pytest.mark.parametrize("client", ["phpmyadmin", "adminer", "mycli"])
def test_walk(client: str, ask_gateway: GatewayProcess, tmp_path: Path) -> None:
    login = Login(ask_gateway.host, ask_gateway.port, "app", "secret", ask=True)
    said, ended_well = visit(client, login, tmp_path, every_page=False)
    assert ended_well, said
    assert said.count(": ok\n") > 20, said
    assert len(list(tmp_path.iterdir())) >= 1
