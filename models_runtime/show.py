"""``SHOW AI MODELS``: every model that can be asked for, what it is for, and how it does."""

from conf.models import NO_MODEL, TASKS
from conf.settings import Settings
from models_runtime.breaker import Circuit
from models_runtime.engines import engine_kind
from models_runtime.registry import Models
from models_runtime.served import ServedModel
from plugins import Answer, Column, ColumnKind, Session, Statement, Table
from plugins.types import Value

COLUMNS = (
    Column("name"),
    Column("engine"),
    Column("tasks"),
    Column("state"),
    Column("circuit"),
    Column("waiting", ColumnKind.INTEGER),
    Column("in_flight", ColumnKind.INTEGER),
    Column("answered", ColumnKind.INTEGER),
    Column("failed", ColumnKind.INTEGER),
    Column("first_token_ms", ColumnKind.INTEGER),
    Column("tokens_per_s", ColumnKind.REAL),
    Column("cached_percent", ColumnKind.INTEGER),
)


def statements(settings: Settings, models: Models) -> list[Statement]:
    """The statement, bound to the models."""

    async def show_models(_session: Session, _text: str) -> Answer:
        return Table(COLUMNS, rows(settings, models))

    return [Statement("show ai models", show_models, opening=("SHOW", "AI", "MODELS"))]


def rows(settings: Settings, models: Models) -> list[tuple[Value, ...]]:
    """One for each model, as ``COLUMNS``."""
    in_use = models.in_use()
    return [_row(name, settings, in_use.get(name)) for name in models.names()]


def _row(name: str, settings: Settings, model: ServedModel | None) -> tuple[Value, ...]:
    given = (name, engine_kind(name, settings), _tasks(name, settings))
    if model is None:
        return (*given, "not started", Circuit.CLOSED.value, 0, 0, 0, 0, None, None, None)
    tally = model.tally
    return (
        *given,
        model.engine.state,
        model.breaker.circuit.value,
        model.queue.waiting,
        model.queue.in_flight,
        tally.answers,
        tally.failures,
        None if tally.first_token_s is None else round(1000 * tally.first_token_s),
        None if tally.tokens_per_s is None else round(tally.tokens_per_s, 1),
        None if tally.cached_share is None else round(100 * tally.cached_share),
    )


def _tasks(name: str, settings: Settings) -> str:
    """``sql, narrate``, ``fallback 1``, or nothing for a model that answers only when a statement names it."""
    chosen = settings.model
    if chosen.name == NO_MODEL:
        return ""
    tasks: list[str] = [task for task in TASKS if (getattr(chosen, task) or chosen.name) == name]
    if name in chosen.fallback:
        tasks.append(f"fallback {chosen.fallback.index(name) + 1}")
    return ", ".join(tasks)
