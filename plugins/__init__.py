"""The plugin contract: hook specifications, the types that cross package borders, the plugin manager, built-ins.

A plugin is a module (or object) with functions marked ``@hookimpl``, announced by an entry point of the group
``askwire``, or a file in the plugins folder of the settings. The AI features of askwire itself are registered in
exactly this way. ``plugins.vectors`` (stores of vectors, which needs numpy) is imported by its name.
"""

from plugins.answered import AnsweredStatement, Facts, Stage
from plugins.asking import Context, Question, WrittenSql
from plugins.engines import (
    Completion,
    Embedder,
    EmbedderInfo,
    EmbedderKind,
    Engine,
    EngineLost,
    EngineRefused,
    Request,
)
from plugins.errors import AskwireError, ErrorCode
from plugins.hooks import hookimpl
from plugins.loading import Draft, Fetched, FileLoader, UrlLoader
from plugins.manager import Plugins, load_plugins
from plugins.session import Scratch, Session, Trial
from plugins.types import (
    Answer,
    Column,
    ColumnKind,
    Done,
    Lifespan,
    Note,
    Outcome,
    Run,
    Services,
    Statement,
    StatusItem,
    Table,
)
from plugins.upstream import ResultColumn, ResultSet, SeenStatement, UpstreamError

__all__ = [
    "Answer",
    "AnsweredStatement",
    "AskwireError",
    "Column",
    "ColumnKind",
    "Completion",
    "Context",
    "Done",
    "Draft",
    "Embedder",
    "EmbedderInfo",
    "EmbedderKind",
    "Engine",
    "EngineLost",
    "EngineRefused",
    "ErrorCode",
    "Facts",
    "Fetched",
    "FileLoader",
    "Lifespan",
    "Note",
    "Outcome",
    "Plugins",
    "Question",
    "Request",
    "ResultColumn",
    "ResultSet",
    "Run",
    "Scratch",
    "SeenStatement",
    "Services",
    "Session",
    "Stage",
    "Statement",
    "StatusItem",
    "Table",
    "Trial",
    "UpstreamError",
    "UrlLoader",
    "WrittenSql",
    "hookimpl",
    "load_plugins",
]
