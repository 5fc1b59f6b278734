"""The section ``[knowledge]``: who teaches, and which models embed and rerank."""

import difflib
import os
import re
from collections.abc import Iterator
from pathlib import Path
from typing import Annotated

from pydantic import Field, SecretStr, StringConstraints

from conf.models import PLUGINS_OWN, ModelEntry, ModelName
from conf.section import Section

BUILT_IN_EMBEDDER = "all-minilm-l6-v2"
NO_EMBEDDER = "none"

_Printable = StringConstraints(max_length=1000, pattern=r"^[^\x00-\x1f\x7f]*$")


class KnowledgeSettings(Section):
    editors: tuple[str, ...] = ()
    import_dir: str = ""
    pgvector: SecretStr = SecretStr("")
    qdrant: str = ""
    qdrant_api_key: SecretStr = SecretStr("")
    allowed_hosts: tuple[str, ...] = ()
    embedder: Annotated[str, _Printable] = BUILT_IN_EMBEDDER
    reranker: Annotated[str, _Printable] = ""
    embedder_threads: int = Field(0, ge=0, le=1024)

    def named(self) -> Iterator[tuple[str, str]]:
        """(setting, model) of those that name one."""
        if self.embedder != NO_EMBEDDER:
            yield "embedder", self.embedder
        if self.reranker:
            yield "reranker", self.reranker


def as_folder(name: str) -> Path | None:
    """The model's folder, absolute, where ``name`` is a path: with a slash, or beginning with a dot or a tilde."""
    if os.sep not in name and not name.startswith((".", "~")):
        return None
    return Path(os.path.abspath(os.path.expanduser(name)))


def is_plugins(name: str) -> bool:
    """Whether a plugin has it: PLUGIN:NAME."""
    return re.fullmatch(PLUGINS_OWN, name) is not None


def check_embedders(knowledge: KnowledgeSettings, models: dict[ModelName, ModelEntry]) -> None:
    """Every model that is named can be one. Raises ValueError."""
    for setting, name in knowledge.named():
        entry = models.get(name)
        if entry is not None and not entry.url:
            raise ValueError(f"knowledge.{setting}: models.{name} has no url; for a folder write its path here")
        if (
            entry is not None
            or as_folder(name)
            or is_plugins(name)
            or (setting == "embedder" and name == BUILT_IN_EMBEDDER)
        ):
            continue
        known = [*([BUILT_IN_EMBEDDER, NO_EMBEDDER] if setting == "embedder" else []), *models]
        near = difflib.get_close_matches(name, known, n=1, cutoff=0.5)
        hint = f"; did you mean {near[0]!r}?" if near else ""
        raise ValueError(
            f"knowledge.{setting}: there is no model {name!r}{hint}; takes a folder's path, [models.NAME] with an url"
            + (f", or: {', '.join(known)}" if known else "")
        )
