import pytest

from conf.metrics import REGISTRY
from models_runtime.breaker import Breaker, Circuit
from models_runtime.fair_queue import FairQueue
from models_runtime.metrics import Tally, watch
from plugins.engines import Completion


def sample(name: str, **labels: str) -> float:
    return REGISTRY.get_sample_value(f"askwire_model_{name}", labels) or 0.0


def answer(**given: float) -> Completion:
    plain = {"prompt_tokens": 100, "cached_tokens": 80, "completion_tokens": 20}
    times = {"queue_s": 0.5, "first_token_s": 0.25, "total_s": 2.75}
    return Completion("x", "m", **{**plain, **times, **given})  # type: ignore[arg-type]


def test_before_the_first_answer_nothing_is_known() -> None:
    tally = Tally("tally-new")
    assert (tally.first_token_s, tally.tokens_per_s, tally.cached_share) == (None, None, None)
    assert tally.summary() == "0 requests, 0 failed"


def test_answers_are_summed_up() -> None:
    tally = Tally("tally-sums")
    tally.answered([answer(), answer(completion_tokens=20, prompt_tokens=100)])
    tally.answered([answer(first_token_s=0.75, total_s=3.25, cached_tokens=0)])
    tally.failed("deadline")
    tally.failed("cancelled")
    assert (tally.answers, tally.failures, tally.cancelled) == (2, 1, 1)
    assert (tally.prompt_tokens, tally.cached_tokens, tally.cached_share) == (200, 80, 0.4)  # one prefill for both
    assert (tally.first_token_s, tally.tokens_per_s) == (0.5, 15.0)
    assert tally.summary() == ("4 requests, 1 failed, 15.0 tokens/s, first token 0.50 s, 40 % of prompt tokens cached")


def test_what_metrics_show() -> None:
    tally = Tally("tally-shown")
    tally.answered([answer()])
    tally.answered([answer(cached_tokens=0, total_s=0.75)])  # all of it at once: no speed can be told
    tally.failed("model_busy")
    model = {"model": "tally-shown"}
    assert sample("requests_total", **model, outcome="answered") == 2
    assert sample("requests_total", **model, outcome="model_busy") == 1
    assert {kind: sample("tokens_total", **model, kind=kind) for kind in ("prompt", "cached", "answer")} == {
        "prompt": 200,
        "cached": 80,
        "answer": 40,
    }
    assert sample("cache_hits_total", **model) == 1
    assert sample("first_token_seconds_count", **model) == 2
    assert sample("tokens_per_second_count", **model) == 1
    assert sample("tokens_per_second_sum", **model) == pytest.approx(10.0)


def test_only_the_last_answers_tell_how_fast_it_is() -> None:
    tally = Tally("tally-recent")
    tally.answered([answer(first_token_s=50.0, total_s=100.0)])
    for _ in range(100):
        tally.answered([answer()])
    assert (tally.first_token_s, tally.tokens_per_s) == (0.25, 10.0)
    assert tally.answers == 101


def test_gauges_are_read_when_they_are_asked_for() -> None:
    breaker = Breaker()
    watch("tally-gauges", FairQueue("tally-gauges", 1, 5), breaker)
    assert sample("waiting", model="tally-gauges") == sample("in_flight", model="tally-gauges") == 0
    assert {s.value: sample("circuit", model="tally-gauges", state=s.value) for s in Circuit} == {
        s.value: float(s is Circuit.CLOSED) for s in Circuit
    }
    while breaker.circuit is Circuit.CLOSED:
        breaker.failed()
    assert sample("circuit", model="tally-gauges", state=Circuit.OPEN.value) == 1
