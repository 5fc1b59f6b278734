import pytest

from models_runtime.engine.levels import Level


@pytest.mark.parametrize(
    ("level", "scoped"),
    [
        (Level(), False),
        (Level(selected=True), False),
        (Level(selected=True, from_seen=True), True),
        (Level(inherited=True), True),
        (Level(inherited=True, selected=True), False),  # a query of its own, before its FROM
        (Level(inherited=True, selected=True, from_seen=True), True),
    ],
)
def test_whether_the_tables_are_known(level: Level, scoped: bool) -> None:
    assert level.scoped == scoped
