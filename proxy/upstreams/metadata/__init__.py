"""What a MySQL client asks about the server rather than about data: variables, SHOW, INFORMATION_SCHEMA."""

from proxy.upstreams.metadata.metadata import Metadata
from proxy.upstreams.metadata.reflect import reflect
from proxy.upstreams.metadata.reflection import Reflection
from proxy.upstreams.metadata.rows import MetadataRows
from proxy.upstreams.metadata.session import Process, SessionView, Warning
from proxy.upstreams.metadata.setting import SetResult
from proxy.upstreams.metadata.substitute import Substituted, may_ask_session
from proxy.upstreams.metadata.system_tables import SYSTEM_SCHEMAS
from proxy.upstreams.metadata.variables import Change, UserValue, Variables

__all__ = [
    "SYSTEM_SCHEMAS",
    "Change",
    "Metadata",
    "MetadataRows",
    "Process",
    "Reflection",
    "SessionView",
    "SetResult",
    "Substituted",
    "UserValue",
    "Variables",
    "Warning",
    "may_ask_session",
    "reflect",
]
