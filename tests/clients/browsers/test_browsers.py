"""phpMyAdmin and Adminer in a real browser, mycli in a terminal, each walked through before the gateway.

It is about what a client shows of an answer: the question is taught, and the gateway needs no model.
"""

from pathlib import Path

import pytest

from tests.clients.browsers.visits import Login, visit
from tests.clients.clients import taught
from tests.support.gateway import GatewayProcess

QUESTION = "monthly revenue by region"  # the walks'; their module needs the browser's environment
SQL = (
    "SELECT DATE_FORMAT(o.ordered_at, '%Y-%m') AS month, r.name AS region, SUM(i.quantity * i.unit_price) AS revenue"
    " FROM orders AS o JOIN customers AS c ON c.id = o.customer_id JOIN regions AS r ON r.id = c.region_id"
    " JOIN order_items AS i ON i.order_id = o.id GROUP BY month, region ORDER BY month, region"
)


@pytest.mark.timeout(900)  # the first time their environment is made
@pytest.mark.parametrize("client", ["phpmyadmin", "adminer", "mycli"])
def test_walk(client: str, gateway: GatewayProcess, tmp_path: Path) -> None:
    login = Login(gateway.host, gateway.port, "app", "secret", ask=True)
    with taught(login.host, login.port, QUESTION, SQL):
        said, ended_well = visit(client, login, tmp_path, every_page=False)
    assert ended_well, said
    assert said.count(": ok\n") > 20, said
    assert len(list(tmp_path.iterdir())) >= 1
