"""What a change may look like; the gateway's own tests try the attacks end to end."""

import pytest

from nl2sql.catalog import Catalog, CatalogColumn, CatalogTable, Link
from nl2sql.writes.guard import check_change
from plugins.readonly import Rejected

KEY = CatalogColumn("id", "int", primary=True)
BILLS = CatalogTable("bills", (KEY, CatalogColumn("client_id", "int"), CatalogColumn("status", "varchar(9)")))
CLIENTS = CatalogTable("clients", (KEY, CatalogColumn("name", "varchar(9)")))
ODD = CatalogTable("order", (KEY, CatalogColumn("a b", "int")))
VIEW = CatalogTable("seen", (CatalogColumn("id", "int"),), view=True)
CATALOG = Catalog("store", (BILLS, CLIENTS, ODD, VIEW), (Link("bills", "client_id", "clients", "id"),))


@pytest.mark.parametrize(
    ("sql", "written"),
    [
        ("update BILLS b set b.STATUS = 'x' where b.id = 7", "UPDATE `bills` SET `status` = 'x' WHERE bills.id = 7"),
        ("UPDATE bills SET status = DEFAULT WHERE id = 7", "UPDATE `bills` SET `status` = DEFAULT WHERE id = 7"),
        ("UPDATE `order` o SET `a b` = 1 WHERE o.id = 2", "UPDATE `order` SET `a b` = 1 WHERE `order`.id = 2"),
        (
            "DELETE FROM bills b WHERE EXISTS (SELECT 1 FROM clients c WHERE c.id = b.client_id)",
            "DELETE FROM `bills` WHERE EXISTS(SELECT 1 FROM clients AS c WHERE c.id = bills.client_id)",
        ),
        (
            "DELETE FROM bills WHERE status = 'x' ORDER BY client_id LIMIT 1",
            "DELETE FROM `bills` WHERE status = 'x' ORDER BY client_id, `id` LIMIT 1",
        ),
        (
            "INSERT INTO bills (id, status) VALUES (1, DEFAULT), (2, (SELECT MAX(name) FROM clients))",
            "INSERT INTO `bills` (`id`, `status`) VALUES (1, DEFAULT), (2, (SELECT MAX(name) FROM clients))",
        ),
        ("INSERT INTO bills SET id = 1, status = 'x'", "INSERT INTO `bills` (`id`, `status`) VALUES (1, 'x')"),
        ("INSERT INTO bills (id) SELECT id FROM clients", "INSERT INTO `bills` (`id`) SELECT id FROM clients"),
    ],
)
def test_what_is_written(sql: str, written: str) -> None:
    assert check_change(sql, CATALOG).sql == written


@pytest.mark.parametrize(
    ("sql", "why"),
    [
        ("UPDATE bills SET status = 'x'", "need a WHERE"),
        ("UPDATE bills SET status = 'x' WHERE id = 7 OR 1 = 1", "need a WHERE"),
        ("UPDATE bills SET status = 'x' WHERE name = 'Ada'", "only columns of bills"),
        ("UPDATE bills SET id = 8 WHERE id = 7", "primary key"),
        ("UPDATE bills SET status = 'x', status = 'y' WHERE id = 7", "twice"),
        ("UPDATE bills SET clients.name = 'x' WHERE id = 7", "not of the table"),
        ("UPDATE bills SET status = (SELECT MAX(status) FROM bills) WHERE id = 7", "reads bills"),
        ("UPDATE bills SET status = 'x' WHERE id = 7 LIMIT 1, 2", "LIMIT takes"),
        ("UPDATE seen SET id = 1 WHERE id = 2", "view"),
        ("UPDATE nothing SET id = 1 WHERE id = 2", "no table"),
        ("UPDATE bills SET state = 'x' WHERE id = 7", "no column state"),
        ("INSERT INTO bills VALUES (1, 2, 'x')", "names its columns"),
        ("INSERT INTO bills (id, id) VALUES (1, 2)", "twice"),
        ("INSERT INTO bills (id, status) VALUES (1)", "as many values"),
        ("INSERT INTO bills (status) VALUES (open)", "not columns"),
        ("WITH x AS (SELECT 1) DELETE FROM bills WHERE id = 1", "WITH"),
        ("SELECT 1", "not an INSERT"),
    ],
)
def test_what_is_rejected(sql: str, why: str) -> None:
    with pytest.raises(Rejected, match=why):
        check_change(sql, CATALOG)
