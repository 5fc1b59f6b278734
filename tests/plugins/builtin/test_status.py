from plugins import StatusItem, Table, hookimpl, load_plugins
from plugins.builtin.status import statements


class Tells:
    @hookimpl
    def askwire_status(self) -> list[StatusItem]:
        return [StatusItem("answer", "42")]


async def test_show_ai_status_asks_every_plugin() -> None:
    (statement,) = statements(load_plugins(Tells()))
    assert statement.opening == ("SHOW", "AI", "STATUS")
    answer = await statement.handle(None, "SHOW AI STATUS")  # type: ignore[arg-type]
    assert isinstance(answer, Table)
    assert [column.name for column in answer.columns] == ["name", "value"]
    assert ("answer", "42") in list(answer.rows)
