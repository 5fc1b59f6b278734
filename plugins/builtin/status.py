"""SHOW AI STATUS: what the gateway and its plugins know of themselves."""

from typing import TYPE_CHECKING

from plugins.session import Session
from plugins.types import Answer, Column, Statement, Table

if TYPE_CHECKING:
    from plugins.manager import Plugins


def statements(plugins: "Plugins") -> list[Statement]:
    """The statement, bound to the manager whose plugins it asks."""

    async def show_status(_session: Session, _text: str) -> Answer:
        rows = [(item.name, item.value) for item in plugins.status()]
        return Table(columns=(Column("name"), Column("value")), rows=rows)

    return [Statement(name="show ai status", opening=("SHOW", "AI", "STATUS"), handle=show_status)]
