import time
from dataclasses import dataclass, field
from typing import Any

import pytest

from models_runtime.registry import Models
from nl2sql.candidates import FENCE, REWRITE_TOKENS, STOP, Writer, read_candidate
from nl2sql.trace import Step
from plugins import AskwireError, ErrorCode, Services
from plugins.engines import Completion, Request


@pytest.mark.parametrize(
    ("text", "sql"),
    [
        ("SELECT 1", "SELECT 1"),
        ("  SELECT 1;\n", "SELECT 1"),
        ("```sql\nSELECT 1\n```", "SELECT 1"),
        ("```mysql\nSELECT 1\n```", "SELECT 1"),
        ("```\nSELECT 1;\n```\nThis counts one.", "SELECT 1"),
        ("SELECT 1\n```\nIt is one.", "SELECT 1"),
        ("", ""),
    ],
)
def test_the_statement_in_a_models_text(text: str, sql: str) -> None:
    found = read_candidate(Completion(text, "m"))
    assert (found.sql, found.reason) == (sql, "")


@pytest.mark.parametrize(
    ("text", "reason"),
    [
        ("CANNOT: no table  holds\nprices", "no table holds prices"),
        ("-- CANNOT: no prices", "no prices"),
        ("/* cannot: no prices */", "no prices"),
        ("CANNOT", "the tables hold nothing about it"),
        ("CANNOT: " + "x" * 500, "x" * 200),
    ],
)
def test_the_models_word_that_it_cannot(text: str, reason: str) -> None:
    found = read_candidate(Completion(text, "m"))
    assert (found.sql, found.reason) == ("", reason)


@dataclass
class Asked:
    """In the place of the models: takes down what it is asked."""

    requests: list[Request] = field(default_factory=list)
    given: list[dict[str, Any]] = field(default_factory=list)

    async def complete(self, request: Request, **given: Any) -> Completion:
        self.requests.append(request)
        self.given.append(given)
        return Completion("SELECT 1", "m")

    async def sample(self, request: Request, count: int, **given: Any) -> list[Completion]:
        self.requests.append(request)
        self.given.append(given)
        return [Completion(f"SELECT {n}", "m") for n in range(count)]


def writer(models: Asked | None, seconds: float = 60.0) -> Writer:
    services = Services()
    if models is not None:
        services._by_type[Models] = models
    return Writer(services, "m", time.monotonic() + seconds, "s1")


async def test_what_a_model_is_asked() -> None:
    models = Asked()
    found = await writer(models).write("schema", "question")
    assert found.sql == "SELECT 1"
    assert models.requests == [Request("schema", "question", FENCE, stop=STOP)]
    (given,) = models.given
    assert (given["model"], given["owner"], given["task"]) == ("m", "s1", "sql")
    assert 0 < given["deadline_s"] <= 60


async def test_a_rewrite_is_held_to_the_names() -> None:
    models = Asked()
    await writer(models).rewrite("schema", "question", {"t": ("a",)})
    assert (models.requests[0].names, models.requests[0].max_tokens) == ({"t": ("a",)}, REWRITE_TOKENS)


async def test_samples_are_decoded_together() -> None:
    models = Asked()
    found = await writer(models).sample("schema", "question", 3, 0.7, 50)
    assert [candidate.sql for candidate in found] == ["SELECT 0", "SELECT 1", "SELECT 2"]
    (request,) = models.requests
    assert (request.temperature, request.seed, request.max_tokens) == (0.7, 1, 50)


@pytest.mark.parametrize(
    ("models", "seconds", "code"), [(None, 60.0, ErrorCode.NO_MODEL), (Asked(), -1.0, ErrorCode.DEADLINE)]
)
async def test_without_a_model_or_time_nothing_is_asked(models: Asked | None, seconds: float, code: ErrorCode) -> None:
    with pytest.raises(AskwireError) as caught:
        await writer(models, seconds).write("schema", "question")
    assert caught.value.code is code


@pytest.mark.parametrize(("logprob", "more"), [(None, []), (-0.25, ["log probability -0.250"])])
def test_what_a_candidate_cost(logprob: float | None, more: list[str]) -> None:
    step = Step("model 1")
    read_candidate(Completion("SELECT 1", "m", 100, 90, 7, 0.5, 0.25, 1.5, logprob=logprob)).tell(step)
    cost = "m: 100 prompt tokens, 90 cached, 7 generated; queue 0.500 s, first token 0.250 s, total 1.500 s, stop"
    assert step.detail().splitlines() == [cost, *more, "SELECT 1"]
