import pytest

from knowledge.bases import Bases
from knowledge.database import Database
from knowledge.records import OPERATOR, Who
from plugins import AskwireError, ErrorCode

A, B = "mysql://a:1", "mysql://b:1"
EDITOR, ANN, BOB = Who(A, "ed@%"), Who(A, "ann@10.0.0.1"), Who(A, "bob@%")


@pytest.fixture
async def bases(tmp_path):
    database = Database(tmp_path / "askwire.sqlite")
    yield Bases(database, ["ed"])
    await database.close()


async def refused(work):
    with pytest.raises(AskwireError) as error:
        await work
    return error.value.code


async def test_only_editors_and_the_operator_make_bases(bases):
    assert await refused(bases.create(ANN, "mine", "")) is ErrorCode.NOT_YOURS
    assert await refused(bases.create(Who(A, ""), "mine", "")) is ErrorCode.NOT_YOURS
    made = await bases.create(EDITOR, "Handbook", "mini")
    assert (made.name, made.owner, made.embedder, made.backend, made.revision) == (
        "Handbook", "ed@%", "mini", "local", 0,
    )  # fmt: skip
    assert await refused(bases.create(OPERATOR, "handbook", "")) is ErrorCode.NAME_TAKEN
    assert [b.name for b in await bases.visible(EDITOR)] == ["Handbook"]


async def test_a_refusal_says_what_to_do(bases):
    await bases.create(EDITOR, "handbook", "", ["ann"])
    for work, words in (
        (bases.create(ANN, "mine", ""), "askwire knowledge create"),
        (bases.create(ANN, "mine", ""), "'ann@10.0.0.1' listed under [knowledge] editors"),
        (bases.create(EDITOR, "handbook", ""), "DROP KNOWLEDGE first"),
        (bases.owned(ANN, "handbook"), "one of its owners"),
        (bases.owned(BOB, "handbook"), "SHOW AI KNOWLEDGE"),
    ):
        with pytest.raises(AskwireError) as error:
            await work
        assert words in str(error.value)
        assert "CREATE OR REPLACE" not in str(error.value)
        assert "TERMS" not in str(error.value)


async def test_to_others_a_base_does_not_exist_until_they_are_let_in(bases):
    await bases.create(EDITOR, "handbook", "")
    for who in (ANN, Who(A, ""), Who(A, "ed2@%")):
        assert await refused(bases.readable(who, ["handbook"])) is ErrorCode.NOT_KNOWN
        assert await refused(bases.owned(who, "handbook")) is ErrorCode.NOT_KNOWN
        assert await refused(bases.drop(who, "handbook")) is ErrorCode.NOT_KNOWN
        assert await refused(bases.admit(who, "handbook", who.account, "owner")) is ErrorCode.NOT_KNOWN
        assert await bases.visible(who) == []
    await bases.admit(EDITOR, "HANDBOOK", "ann", "reader")
    assert [b.name for b in await bases.readable(ANN, ["handbook", "handbook"])] == ["handbook"]
    assert await refused(bases.owned(ANN, "handbook")) is ErrorCode.NOT_YOURS
    assert await refused(bases.admit(ANN, "handbook", "bob", "reader")) is ErrorCode.NOT_YOURS
    assert await refused(bases.readable(BOB, ["handbook"])) is ErrorCode.NOT_KNOWN


async def test_members_are_accounts_of_one_upstream_except_the_operators(bases):
    await bases.create(EDITOR, "handbook", "")
    await bases.admit(EDITOR, "handbook", "ann", "reader")
    assert await refused(bases.readable(Who(B, "ann@%"), ["handbook"])) is ErrorCode.NOT_KNOWN
    await bases.admit(OPERATOR, "handbook", "*", "reader")
    assert await bases.readable(Who(B, "ann@%"), ["handbook"])
    assert await bases.visible(Who(B, "")) == []
    assert await bases.members(await bases.owned(EDITOR, "handbook")) == [
        ("ed@%", "owner"), ("*", "reader"), ("ann", "reader"),
    ]  # fmt: skip


async def test_an_owner_who_is_no_editor_loads_and_drops_but_makes_none(bases):
    await bases.create(OPERATOR, "handbook", "", ["*"])
    await bases.admit(OPERATOR, "handbook", "ann@10.0.0.1", "owner")
    assert await bases.role(ANN, await bases.owned(ANN, "handbook")) == "owner"
    assert await refused(bases.owned(BOB, "handbook")) is ErrorCode.NOT_YOURS
    await bases.dismiss(OPERATOR, "handbook", "ann@10.0.0.1", "owner")
    assert await refused(bases.owned(ANN, "handbook")) is ErrorCode.NOT_YOURS
    assert await refused(bases.dismiss(OPERATOR, "handbook", "ann@10.0.0.1", "owner")) is ErrorCode.NOT_KNOWN
    await bases.admit(OPERATOR, "handbook", "ann", "owner")
    await bases.drop(ANN, "handbook")
    assert await bases.visible(OPERATOR) == []


async def test_a_broken_file_is_said(tmp_path):
    (tmp_path / "askwire.sqlite").write_bytes(b"broken" * 1000)
    database = Database(tmp_path / "askwire.sqlite")
    assert await refused(Bases(database).visible(OPERATOR)) is ErrorCode.KNOWLEDGE_UNAVAILABLE
    await database.close()
