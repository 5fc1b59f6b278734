"""What every section of the settings has in common."""

from pydantic import BaseModel, ConfigDict


class Section(BaseModel):
    """A table of the settings file: immutable, and an unknown key in it is an error."""

    model_config = ConfigDict(extra="forbid", frozen=True)
