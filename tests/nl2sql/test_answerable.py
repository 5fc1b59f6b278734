from typing import Any, cast

import pytest

from nl2sql.answerable import PROBE, YES_OR_NO, Answerable, judge, probe
from nl2sql.candidates import Writer
from nl2sql.context import Grounding
from plugins.engines import Completion, Request

A, AB = ("a",), ("a", "b")


@pytest.mark.parametrize(
    ("names", "values", "unknown", "lenient", "verdict"),
    [
        (A, (), (), False, Answerable.YES),
        ((), (), (), False, Answerable.DOUBTFUL),  # nothing was said
        (A, (), A, False, Answerable.YES),
        (A, (), AB, False, Answerable.DOUBTFUL),
        (A, A, AB, False, Answerable.YES),
        ((), (), A, False, Answerable.NO),
        ((), A, A, False, Answerable.NO),  # a value alone says nothing
        ((), (), A, True, Answerable.DOUBTFUL),
        ((), A, AB, True, Answerable.YES),
        ((), (), (), True, Answerable.YES),
    ],
)
def test_by_words_alone(
    names: tuple[str, ...], values: tuple[str, ...], unknown: tuple[str, ...], lenient: bool, verdict: Answerable
) -> None:
    assert judge(Grounding(names, values, unknown), lenient) is verdict


@pytest.mark.parametrize(
    ("said", "answerable"), [("yes", True), ("no", False), (" No.", False), ("NO", False), ("", True), ("maybe", True)]
)
async def test_the_models_own_word(said: str, answerable: bool) -> None:
    class Asked:
        requests: list[Request] = []  # noqa: RUF012 - one test, one list

        async def complete(self, request: Request) -> Completion:
            self.requests.append(request)
            return Completion(said, "m")

    asked: Any = Asked()
    asked.requests = []
    assert await probe(cast(Writer, asked), "schema", "how \n many?") == answerable
    (request,) = asked.requests
    assert (request.system, request.user) == ("schema", f"Question: how many?\n{PROBE}")
    assert (request.grammar, request.max_tokens) == (YES_OR_NO, 2)
