import asyncio

import pytest

from knowledge.records import Base
from knowledge.retrieval import Retriever
from plugins import AskwireError, ErrorCode
from tests.knowledge.index.shelf import MODEL, Shelf, TinyEmbeddings

TEXTS = [
    "A customer is active when an order was placed within ninety days.",
    "Returns are accepted for thirty days with the receipt.",
    "The warehouse in Leeds ships on weekdays only.",
    "Net revenue is gross revenue without tax and refunds.",
]


@pytest.fixture
def shelf(tmp_path):
    made = Shelf(tmp_path)
    yield made
    made.close()


@pytest.fixture
async def retriever_of(shelf):
    made = []

    def make(embeddings, **more):
        made.append(Retriever(shelf.database, embeddings, shelf.folder / "index", **more))
        return made[-1]

    yield make
    for retriever in made:
        await retriever.close()
    await shelf.database.close()


async def test_a_passage_says_where_it_is_from(shelf, retriever_of):
    base = shelf.base("handbook")
    ids = shelf.add(base, "rules.md", TEXTS)
    embeddings = TinyEmbeddings()
    best, *others = await retriever_of(embeddings).search("when is a customer active", [base])
    assert (best.chunk, best.base, best.source, best.title, best.place) == (
        ids[0], "handbook", "rules.md", "Rules.Md", "page 1",
    )  # fmt: skip
    assert best.text == TEXTS[0]
    assert 0.5 < best.score <= 1
    scores = [best.score, *(passage.score for passage in others)]
    assert scores == sorted(scores, reverse=True)
    assert min(scores) >= 0
    assert embeddings.asked == [(("when is a customer active",), MODEL, True)]


async def test_sentences_are_compared_with_a_question(retriever_of):
    near, far = await retriever_of(TinyEmbeddings()).nearness("active customers", ["Active customers.", "tax"], MODEL)
    assert near > 0.99
    assert far < 0.5
    gone = TinyEmbeddings(AskwireError(ErrorCode.MODEL_UNAVAILABLE, "gone"))
    assert await retriever_of(gone).nearness("x", ["y"], MODEL) is None
    assert await retriever_of(None).nearness("x", ["y"], MODEL) is None
    assert await retriever_of(gone).nearness("x", ["y"], "") is None


async def test_a_question_that_is_the_passage_scores_one_and_a_strange_one_little(shelf, retriever_of):
    base = shelf.base()
    shelf.add(base, "d", TEXTS)
    retriever = retriever_of(TinyEmbeddings())
    same, *_ = await retriever.search(TEXTS[1], [base])
    assert same.score > 0.85
    assert all(passage.score < 0.3 for passage in await retriever.search("zeppelin quark", [base]))


@pytest.mark.parametrize("embeddings", [None, TinyEmbeddings(AskwireError(ErrorCode.MODEL_UNAVAILABLE, "gone"))])
async def test_without_an_embedder_words_alone_are_searched(shelf, retriever_of, embeddings):
    base, plain = shelf.base("a"), shelf.base("b", embedder="")
    ids = shelf.add(base, "d", TEXTS)
    (other,) = shelf.add(plain, "d", ["An inactive customer orders nothing."])
    found = await retriever_of(embeddings).search("active customers", [base, plain])
    assert [passage.chunk for passage in found] == [ids[0], other]


async def test_several_bases_and_embedders_are_asked_once_each(shelf, retriever_of):
    one, two, three = shelf.base("1"), shelf.base("2"), shelf.base("3", embedder="other")
    for base, text in zip((one, two, three), TEXTS, strict=False):
        shelf.add(base, "d", [text])
    embeddings = TinyEmbeddings()
    found = await retriever_of(embeddings).search("active customers", [one, two, three, one])
    assert {passage.base for passage in found} == {"1", "2", "3"}
    assert found[0].base == "1"
    assert sorted(model for _, model, _ in embeddings.asked) == ["other", MODEL]


@pytest.mark.parametrize("embeddings", [None, TinyEmbeddings()])
async def test_a_pattern_chooses_documents(shelf, retriever_of, embeddings):
    base = shelf.base()
    for source in ("policies/a_1.md", "policies/ab1.md", "notes.md"):
        shelf.add(base, source, [f"the plan of {source}"])
    retriever = retriever_of(embeddings)

    async def sources(pattern):
        return {passage.source for passage in await retriever.search("the plan of notes", [base], source=pattern)}

    assert await sources("policies/%") == {"policies/a_1.md", "policies/ab1.md"}
    assert await sources("POLICIES/a\\_1.md") == {"policies/a_1.md"}
    assert await sources("policies/a_1.md") == {"policies/a_1.md", "policies/ab1.md"}
    for pattern in ("%'; DROP TABLE chunks --", "nothing%"):
        with pytest.raises(AskwireError, match="No document of") as error:
            await sources(pattern)
        assert error.value.code is ErrorCode.NOT_KNOWN
    assert len(await sources("%")) == 3


async def test_only_the_bases_that_were_named_are_searched(shelf, retriever_of):
    one, two = shelf.base("1"), shelf.base("2")
    shelf.add(one, "d", ["the secret plan"])
    shelf.add(two, "d", ["the public plan"])
    retriever = retriever_of(TinyEmbeddings())
    await retriever.search("plan", [one, two])
    assert [passage.base for passage in await retriever.search("secret plan", [two])] == ["2"]
    assert await retriever.search("plan", []) == []
    assert await retriever.search("plan", [Base(99, "gone", "", MODEL)]) == []


async def test_a_deleted_passage_never_comes_back_and_a_new_one_comes_at_once(shelf, retriever_of):
    base = shelf.base()
    shelf.add(base, "old", ["the old price is ten"])
    retriever = retriever_of(TinyEmbeddings())
    assert await retriever.search("price", [base])
    shelf.add(base, "old", ["the new price is twelve"])
    assert [passage.text for passage in await retriever.search("price", [base])] == ["the new price is twelve"]
    shelf.remove(base, "old")
    assert await retriever.search("price", [base]) == []
    shelf.c.execute("DELETE FROM bases")
    assert await retriever.search("price", [base]) == []


async def test_near_duplicates_are_one(shelf, retriever_of):
    base = shelf.base()
    long = "the price list of the year holds every article of the shop with its price and its name and colour"
    ids = shelf.add(base, "a", [long])
    shelf.add(base, "b", [long + "!", long.upper()])
    (other,) = shelf.add(base, "c", ["a price is a number"])
    found = await retriever_of(TinyEmbeddings()).search("the price list of the year", [base])
    assert [passage.chunk for passage in found] == [ids[0], other]


async def test_the_number_is_kept(shelf, retriever_of):
    base = shelf.base()
    shelf.add(base, "d", [f"price of thing{n}, which is good" for n in range(100)])
    retriever = retriever_of(TinyEmbeddings())
    assert len(await retriever.search("price of thing", [base], 80)) == 80
    assert len(await retriever.search("price of thing", [base], 3)) == 3
    assert await retriever.search("price of thing", [base], 0) == []


async def test_a_reranker_decides_the_order(shelf, retriever_of):
    base = shelf.base()
    shelf.add(base, "d", TEXTS)
    embeddings = TinyEmbeddings(marks=lambda text: float("Leeds" in text))
    best, *_ = await retriever_of(embeddings).search("when is a customer active", [base])
    assert best.text == TEXTS[2]


@pytest.mark.parametrize("question", ["", "?", '" OR *', "NEAR(a b)", "x" * 100_000, "a " * 50_000, "\0", "客"])
async def test_no_question_is_an_error(shelf, retriever_of, question):
    base = shelf.base()
    shelf.add(base, "d", TEXTS)
    assert len(await retriever_of(TinyEmbeddings()).search(question, [base])) <= 4


async def test_a_file_that_fails_is_an_error_code(shelf, retriever_of):
    base = shelf.base()
    retriever = retriever_of(None)
    await retriever.search("x", [base])
    shelf.c.execute("DROP TABLE chunk_words")
    shelf.c.execute("DROP TRIGGER chunk_words_insert")
    shelf.c.execute("DROP TRIGGER chunk_words_delete")
    shelf.add(base, "d", ["x"], [None])
    with pytest.raises(AskwireError) as error:
        await retriever.search("x", [base])
    assert error.value.code is ErrorCode.KNOWLEDGE_UNAVAILABLE


async def test_many_searches_while_documents_change(shelf, retriever_of):
    base = shelf.base()
    shelf.add(base, "kept", TEXTS)
    retriever = retriever_of(TinyEmbeddings())
    for n in range(30):
        shelf.add(base, f"d{n % 3}", [f"a note about thing{n}"])
        found = await asyncio.gather(*(retriever.search(f"note thing{n}", [base], 1) for _ in range(4)))
        assert {passage.text for (passage,) in found} == {f"a note about thing{n}"}
