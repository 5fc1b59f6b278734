from conf.plugins import PluginSettings
from plugins import Statement, StatusItem, Table, hookimpl, load_plugins
from tests.plugins.support import SETTINGS


class Tells:
    @hookimpl
    def askwire_status(self) -> list[StatusItem]:
        return [StatusItem("answer", "42")]


async def asked(statement: Statement) -> list[dict[str, object]]:
    answer = await statement.handle(None, "")  # type: ignore[arg-type]
    assert isinstance(answer, Table)
    return [dict(zip((column.name for column in answer.columns), row, strict=True)) for row in answer.rows]


async def test_show_ai_status_asks_every_plugin() -> None:
    statements = {statement.opening: statement for statement in load_plugins(Tells()).statements(SETTINGS)}
    rows = await asked(statements["SHOW", "AI", "STATUS"])
    assert {"name": "answer", "value": "42"} in rows


async def test_show_ai_plugins_tells_of_each_what_it_does_and_why_it_does_not() -> None:
    settings = PluginSettings(off=("diagnose",), settings={"nowhere": {}})
    plugins = load_plugins(Tells(), settings=settings)
    plugins.status()
    statements = {statement.opening: statement for statement in plugins.statements(SETTINGS)}
    rows = {row["name"]: row for row in await asked(statements["SHOW", "AI", "PLUGINS"])}
    assert rows["Tells"]["source"] == "program"
    assert (rows["Tells"]["state"], rows["Tells"]["hooks"], rows["Tells"]["calls"]) == ("on", "status", 1)
    assert (rows["knowledge"]["source"], rows["knowledge"]["errors"]) == ("askwire", 0)
    assert rows["knowledge"]["version"] == rows["status"]["version"] != ""
    assert (rows["diagnose"]["state"], rows["diagnose"]["hooks"]) == ("off", "")
    assert "[plugins] off" in str(rows["diagnose"]["why"])
    assert (rows["nowhere"]["state"], rows["nowhere"]["source"]) == ("off", "")
    assert "not installed" in str(rows["nowhere"]["why"])
