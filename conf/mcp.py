"""The section ``[mcp]``: ``askwire mcp``, the Model Context Protocol server."""

from pydantic import Field

from conf.section import Section


class McpSettings(Section):
    user: str = Field("", max_length=128)
    password: str = Field("", max_length=1024, repr=False)
    database: str = Field("", max_length=128)
    hosts: tuple[str, ...] = ()
    calls: int = Field(4, ge=1, le=64)
    max_rows: int = Field(200, ge=1, le=100_000)
    max_chars: int = Field(100_000, ge=1_000)
    time_limit_s: float = Field(30.0, gt=0)
