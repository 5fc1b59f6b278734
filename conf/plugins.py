"""The section ``[plugins]``: where plugins are, which are on, in which order, and what each is told."""

from typing import Annotated, Any

from pydantic import Field, StringConstraints

from conf.section import Section

PluginName = Annotated[str, StringConstraints(min_length=1, max_length=100, pattern=r"^[A-Za-z0-9][A-Za-z0-9._-]*$")]


class PluginSettings(Section):
    folder: str = ""
    off: tuple[PluginName, ...] = ()
    order: tuple[PluginName, ...] = ()
    time_limit_s: float = Field(5.0, ge=0.25)
    start_limit_s: float = Field(60.0, ge=0.25)
    settings: dict[PluginName, dict[str, Any]] = Field({}, repr=False)
