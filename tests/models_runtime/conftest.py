"""The real model, pulled once for all checkouts."""

from pathlib import Path

import pytest

from conf.models import DEFAULT_MODEL
from models_runtime.catalog import PUBLISHED, shared_folder
from models_runtime.download import pull


@pytest.fixture(scope="session")
def model_path() -> Path:
    """The GGUF of the default model."""
    return pull(PUBLISHED[DEFAULT_MODEL], shared_folder(), lambda _doing, _done: None)
