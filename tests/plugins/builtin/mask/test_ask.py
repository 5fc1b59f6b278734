"""Masks and models: what an account is not shown is in no prompt, and what it may see leaves under another name."""

import json
import re
from collections.abc import Iterator
from typing import Any

import pytest

from tests.conftest import GatewayFactory
from tests.support.answering import Messages, answering
from tests.support.gateway import GatewayProcess
from tests.support.masked import connect, everything

RULES = [{"columns": ["shop.customers.email"], "accounts": ["app@*"], "action": "partial", "first": 1}]
EMAIL = "samuel.petrov@example.com"
PLACEHOLDER = re.compile(r"masked_[0-9a-f]{10}")


class Model:
    """Answers by what the question says, and keeps what it was asked."""

    def __init__(self) -> None:
        self.prompts: list[str] = []

    def __call__(self, messages: Messages) -> str:
        self.prompts.append(json.dumps(messages))
        asked = next(m["content"] for m in reversed(messages) if m["role"] == "user")
        if (found := PLACEHOLDER.search(asked)) and "name of" in asked:
            return f"SELECT name FROM customers WHERE email = '{found.group()}'"
        if "addresses" in asked:
            return "SELECT email FROM customers WHERE id < 3"
        if "beginning" in asked:
            return "SELECT COUNT(*) FROM customers WHERE email LIKE 's%'"
        return "SELECT name, email FROM customers WHERE id = 1"


@pytest.fixture(scope="module")
def model() -> Model:
    return Model()


@pytest.fixture(scope="module")
def asked(gateway_factory: GatewayFactory, model: Model) -> Iterator[GatewayProcess]:
    with answering(model) as url:
        house = {"engine": "openai", "url": url, "model": "house"}
        mask = {"rules": RULES, "placeholders": "any url"}
        with gateway_factory(mask=mask, model={"name": "house"}, models={"house": house}) as gateway:
            yield gateway


def ask(gateway: GatewayProcess, user: str, sql: str) -> list[tuple[Any, ...]]:
    connection = connect(gateway, user)
    try:
        return everything(connection, sql)
    finally:
        connection.close()


def test_what_an_ask_returns_is_masked(asked: GatewayProcess, model: Model) -> None:
    assert ask(asked, "app", "ASK 'the addresses of the first customers'") == [("s" + "*" * 24,), ("r" + "*" * 21,)]
    assert ask(asked, "open", "ASK 'the addresses of the first customers'")[0] == (EMAIL,)
    told = ask(asked, "app", "ASK TRACE 'the addresses of the first customers'")
    assert EMAIL not in str(told)


def test_a_question_is_no_way_around(asked: GatewayProcess) -> None:
    with pytest.raises(Exception, match="masked"):
        ask(asked, "app", "ASK 'how many customers have an address of this beginning'")
    assert ask(asked, "open", "ASK 'how many customers have an address of this beginning'")[0][0] > 0


def test_values_are_replaced_and_put_back(asked: GatewayProcess, model: Model) -> None:
    model.prompts.clear()
    assert ask(asked, "open", f"ASK 'name of the customer {EMAIL}'") == [("Samuel Petrov",)]
    assert model.prompts
    assert EMAIL not in "".join(model.prompts)


def test_rows_that_are_told_in_words(asked: GatewayProcess, model: Model) -> None:
    for user in ("open", "app"):
        model.prompts.clear()
        ask(asked, user, "ASK NARRATE 'the first customer'")
        assert any("Samuel Petrov" in prompt for prompt in model.prompts)
        assert EMAIL not in "".join(model.prompts)


def test_diagnoses(asked: GatewayProcess, model: Model) -> None:
    found = ask(asked, "app", "EXPLAIN AI SELECT name, COUNT(*) FROM customers WHERE YEAR(since) = 2024 GROUP BY name")
    assert found
    model.prompts.clear()
    found = ask(asked, "app", "EXPLAIN AI SELECT id FROM customers WHERE email LIKE 's%'")
    assert "customers.email is masked for this account" in str(found)
    assert EMAIL not in "".join(model.prompts)
