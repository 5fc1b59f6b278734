"""One process of the default embedder for many data folders: to start one takes eight seconds of a processor."""

from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path

from anyio.from_thread import start_blocking_portal

from conf.settings import load_settings
from models_runtime.embeddings import Embeddings


@contextmanager
def running_embedder(data_dir: Path) -> Iterator[Path]:
    """A gateway's embeddings with this data folder, in a thread; gives the folder where others find their process."""
    own = Embeddings(load_settings(data_dir=str(data_dir)))
    with start_blocking_portal() as portal, portal.wrap_async_context_manager(own):
        portal.call(own.info)
        yield data_dir / "run"


def share_embedder(data_dir: Path, run: Path) -> None:
    """Who uses this data folder finds the embedder that ``run`` tells of, as gateways with one data folder do."""
    data_dir.mkdir(parents=True, exist_ok=True)
    (data_dir / "run").symlink_to(run)
