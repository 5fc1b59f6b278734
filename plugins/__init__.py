"""The plugin contract: hook specifications, the types that cross package borders, the plugin manager, built-ins.

A plugin is a module (or object) with functions marked ``@hookimpl``, announced by an entry point of the group
``askwire``. The AI features of askwire itself are registered in exactly this way.
"""

from plugins.answered import AnsweredStatement, Facts, Stage
from plugins.errors import AskwireError, ErrorCode
from plugins.hooks import hookimpl
from plugins.manager import Plugins, load_plugins
from plugins.session import Scratch, Session, Trial
from plugins.types import (
    Answer,
    Column,
    ColumnKind,
    Done,
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
    "Done",
    "ErrorCode",
    "Facts",
    "Note",
    "Outcome",
    "Plugins",
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
    "hookimpl",
    "load_plugins",
]
