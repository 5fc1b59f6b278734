import pytest

from nl2sql.writes.wanted import wants_change


@pytest.mark.parametrize(
    "question",
    [
        "mark order 7 as paid",
        "Please set the city of customer 3 to Bern",
        "can you delete the oldest order?",
        "I want to add a customer named Ada",
        "increase all prices of books by 10 %",
        "make customer 4 inactive",
        "Lösche die Bestellung 7",
        "Setze den Status von Bestellung 7 auf bezahlt",
        "Elimina el pedido 7",
        "把订单7标记为已付款",
        "删除订单 7",
        "注文7を削除してください",
    ],
)
def test_a_change(question: str) -> None:
    assert wants_change(question)


@pytest.mark.parametrize(
    "question",
    [
        "how many orders are paid",
        "which orders were cancelled in May",
        "show the orders that were updated today",
        "give me the customers of Bern",
        "add up the totals of all orders",
        "orders set to paid",
        "make a list of all customers",
        "put together the sales by region",
        "number of deleted customers",
        "Wie viele Bestellungen sind storniert?",
        "订单有多少",
        "先月の注文数",
        "",
    ],
)
def test_a_question(question: str) -> None:
    assert not wants_change(question)
