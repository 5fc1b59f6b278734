"""SHOW AI STATUS and SHOW AI PLUGINS: what the gateway and its plugins know of themselves."""

from collections.abc import Sequence
from typing import TYPE_CHECKING

from plugins.hooks import hookimpl
from plugins.session import Session
from plugins.types import Answer, Column, ColumnKind, Services, Statement, Table

if TYPE_CHECKING:
    from prometheus_client.registry import Collector

    from plugins.manager import Plugins

PLUGIN_COLUMNS = (
    *(Column(name) for name in ("name", "version", "source", "state", "why", "hooks")),
    *(Column("calls", ColumnKind.INTEGER), Column("errors", ColumnKind.INTEGER), Column("seconds", ColumnKind.REAL)),
)


@hookimpl
def askwire_statements(services: Services) -> Sequence[Statement]:
    plugins = _plugins(services)

    async def show_status(_session: Session, _text: str) -> Answer:
        rows = [(item.name, item.value) for item in plugins.status()]
        return Table(columns=(Column("name"), Column("value")), rows=rows)

    async def show_plugins(_session: Session, _text: str) -> Answer:
        return Table(PLUGIN_COLUMNS, [(*row, *figures) for row, figures in _listed(plugins)])

    return [
        Statement(name="show ai status", opening=("SHOW", "AI", "STATUS"), handle=show_status),
        Statement(name="show ai plugins", opening=("SHOW", "AI", "PLUGINS"), handle=show_plugins),
    ]


@hookimpl
def askwire_metrics(services: Services) -> "Sequence[Collector]":
    from plugins.builtin.metrics import HookCalls

    plugins = _plugins(services)
    return [HookCalls(lambda: plugins.all)]


def _listed(plugins: "Plugins") -> list[tuple[tuple[str, ...], tuple[int, int, float]]]:
    return [
        (row, (p.calls.total(), p.errors.total(), round(sum(p.seconds.values()), 3)))
        for row, p in zip(described(plugins), plugins.all, strict=True)
    ]


def described(plugins: "Plugins") -> list[tuple[str, ...]]:
    """Name, version, source, on or off, why (or the last fault), hooks; of each plugin, in the order of calls."""
    return [
        (p.name, p.version, p.source, p.state, p.off or p.fault, ", ".join(h.removeprefix("askwire_") for h in p.hooks))
        for p in plugins.all
    ]


def _plugins(services: Services) -> "Plugins":
    from plugins.manager import Plugins

    found = services.get(Plugins)
    assert found is not None
    return found
