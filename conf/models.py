"""The sections ``[model]`` and ``[models.NAME]``: which models there are, and which of them answers what."""

import difflib
import re
from collections.abc import Iterator
from typing import Annotated, Literal, Self
from urllib.parse import urlsplit

from pydantic import AfterValidator, Field, SecretStr, StringConstraints, model_validator

from conf.section import Section

DEFAULT_MODEL = "qwen2.5-coder-1.5b"
# The models that `askwire model pull` knows: they need no entry in the settings.
PULLED_MODELS = (DEFAULT_MODEL,)
NO_MODEL = "none"

Task = Literal["sql", "narrate"]
TASKS: tuple[Task, ...] = ("sql", "narrate")
# Printable, for logs and metrics, and nothing that an SQL client would have to quote in an odd way.
ModelName = Annotated[str, StringConstraints(min_length=1, max_length=100, pattern=r"^[A-Za-z0-9][A-Za-z0-9._:/@+-]*$")]
# Askwire's own, or a plugin's: with the plugin's name and a colon in front, so that a slip of the pen is found out.
OWN_ENGINES = ("llamacpp", "openai", "vllm")
PLUGINS_OWN = r"[A-Za-z0-9][A-Za-z0-9._-]{0,99}:[A-Za-z0-9][A-Za-z0-9._-]{0,99}"


def _engine(name: str) -> str:
    if name in OWN_ENGINES or re.fullmatch(PLUGINS_OWN, name):
        return name
    raise ValueError(f"takes {', '.join(OWN_ENGINES)}, or a plugin's as PLUGIN:NAME, not {name!r}")


EngineName = Annotated[str, AfterValidator(_engine)]


class ModelSettings(Section):
    name: str = DEFAULT_MODEL
    sql: str = ""
    narrate: str = ""
    fallback: tuple[str, ...] = ()
    queue_size: int = Field(32, ge=1)
    threads: int = Field(0, ge=0)
    context_tokens: int = Field(8192, ge=512)
    max_answer_tokens: int = Field(400, ge=16)
    cache_bytes: int = Field(2_000_000_000, ge=0)
    hang_timeout_s: float = Field(60.0, ge=1)

    def named(self) -> Iterator[tuple[str, str]]:
        """(setting, model) of every place that names one."""
        yield "name", self.name
        yield from ((task, getattr(self, task)) for task in TASKS if getattr(self, task))
        yield from (("fallback", name) for name in self.fallback)


class ModelEntry(Section):
    engine: EngineName
    path: str = ""
    args: tuple[str, ...] = ()
    startup_timeout_s: float = Field(900.0, gt=0)
    url: str = ""
    model: str = ""
    api_key: SecretStr = SecretStr("")
    concurrency: int = Field(8, ge=1, le=1024)
    queue_size: int | None = Field(None, ge=1)
    context_tokens: int | None = Field(None, ge=512)
    max_answer_tokens: int | None = Field(None, ge=16)

    @model_validator(mode="after")
    def _fits_together(self) -> Self:
        if self.engine == "openai" and not self.url:
            raise ValueError("the engine openai takes a url: http://HOST:PORT/v1")
        if self.engine == "vllm" and self.url and (self.path or self.args):
            raise ValueError("the engine vllm takes either the url of a running server or the path of a model to serve")
        if self.engine == "llamacpp" and self.url:
            raise ValueError("the engine llamacpp takes a path; a llama.cpp server with a url has the engine openai")
        address = urlsplit(self.url)
        _ = address.port  # raises ValueError where it is none
        if self.url and (address.scheme not in ("http", "https") or not address.hostname):
            raise ValueError(f"{self.url!r} is not http://HOST:PORT/PATH or https://…")
        if not re.fullmatch("[ -~]*", self.api_key.get_secret_value()):
            raise ValueError("api_key takes the characters of an HTTP header: printable ASCII")
        return self


def check_models(model: ModelSettings, models: dict[ModelName, ModelEntry]) -> None:
    """Every model that is named is there. Raises ValueError."""
    if NO_MODEL in models:
        raise ValueError(f"models.{NO_MODEL}: the name means that no model answers; take another")
    known = [*PULLED_MODELS, *(name for name in models if name not in PULLED_MODELS)]
    for name, entry in models.items():
        if entry.engine == "llamacpp" and not entry.path and name not in PULLED_MODELS:
            raise ValueError(f"models.{name}: the engine llamacpp takes the path of a GGUF file")
    for setting, name in model.named():
        if name in known or (name == NO_MODEL and setting == "name"):
            continue
        near = difflib.get_close_matches(name, known, n=1, cutoff=0.5)
        hint = f"; did you mean {near[0]!r}?" if near else ""
        there = ", ".join([*known, NO_MODEL] if setting == "name" else known)
        raise ValueError(f"model.{setting}: there is no model {name!r}{hint}; there is: {there}")
