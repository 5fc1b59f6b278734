"""Some of the written questions, with the real embedder and the real small model; all of them: tests/bench/docs.py."""

from collections.abc import AsyncIterator
from pathlib import Path

import pytest
import pytest_asyncio

from conf.models import DEFAULT_MODEL
from conf.settings import load_settings
from models_runtime.embeddings import Embeddings
from models_runtime.registry import Models
from tests.knowledge.quality.asking import Asked, ask, is_said
from tests.knowledge.quality.question_set import QUESTIONS, pages, shelf

PAGES = ("disk-full.html", "manage-ag-dropdb.html", "postgres-user.html", "role-membership.html")
BESIDE = "indexes-unique.html"  # nobody asks about it
LANGUAGES = ("en", "de", "zh")
UNANSWERED = ("Kubernetes", "PostGIS", "e-mail", "capital of France", "boil an egg")


@pytest_asyncio.fixture(scope="module", loop_scope="module")
async def asked(tmp_path_factory: pytest.TempPathFactory, model_file: Path) -> AsyncIterator[list[Asked]]:
    assert model_file.is_file()
    assert pages(), "install postgresql-doc-15: .ci/servers"
    folder = tmp_path_factory.mktemp("quality")
    settings = load_settings(data_dir=str(folder), model={"name": DEFAULT_MODEL})
    # One of each page (the model reads each for seconds): the last, which is in another language where there is one.
    answered = {q.page: q for q in QUESTIONS if q.page in PAGES and q.language in LANGUAGES}
    unanswered = [q for q in QUESTIONS if any(words in q.ask for words in UNANSWERED)]
    async with (
        Embeddings(settings) as embeddings,
        Models(settings) as models,
        shelf(folder, embeddings, (*PAGES, BESIDE)) as one,
    ):
        yield await ask(one, models, [*answered.values(), *unanswered])


pytestmark = [pytest.mark.asyncio(loop_scope="module"), pytest.mark.timeout(600)]


async def test_every_citation_says_what_it_is_cited_for(asked: list[Asked]) -> None:
    assert sum(len(one.answer.sentences) for one in asked) >= 6
    assert [one.uncited for one in asked if one.uncited] == []


async def test_what_the_documents_answer_is_answered_in_any_language(asked: list[Asked]) -> None:
    answerable = [one for one in asked if one.question.page]
    right = [one for one in answerable if one.is_right]
    assert len(right) >= 0.7 * len(answerable), [one.question.ask for one in answerable if not one.is_right]
    assert any(one.question.language != "en" for one in right)


async def test_what_they_do_not_answer_is_declined(asked: list[Asked]) -> None:
    unanswered = [one for one in asked if not one.question.page]
    assert len(unanswered) == len(UNANSWERED)
    assert [one.question.ask for one in unanswered if one.answer.sentences] == []


async def test_the_check_of_citations_can_fail(asked: list[Asked]) -> None:
    passage = next(one.answer.sentences[0].passage for one in asked if one.answer.sentences)
    assert is_said(passage.text[:60], passage)
    assert not is_said("The zebra crossed the river at noon.", passage)
    assert not is_said("7777", passage)
