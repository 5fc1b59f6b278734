"""The model and its lanes. Queries have a lane of their own: a search never waits for what is being loaded."""

import gc
import threading
import traceback
from typing import TYPE_CHECKING, Any

from models_runtime.embedder.lane import Job, Lane

if TYPE_CHECKING:
    from models_runtime.embedder.model import Embedder

Pair = tuple[str, str]
_STALLED_S = 300.0  # a batch is over within seconds


class Worker:
    """``state``: ``loading``, ``ready``, ``failed`` (``error`` says why) or ``stalled``.

    ``kind``: ``embedder`` or ``reranker``; ``path``: the model's folder.
    """

    def __init__(self, kind: str, path: str, threads: int) -> None:
        self._kind = kind
        self._path = path
        self._threads = threads
        self._state = "loading"
        self._lanes: list[Lane[str]] = []  # documents, queries
        self._pairs: list[Lane[Pair]] = []
        self.error = ""
        self.model: Embedder | None = None

    def start(self) -> None:
        """Load in the background."""
        threading.Thread(target=self._load, name="load", daemon=True).start()

    @property
    def state(self) -> str:
        lanes: list[Lane[Any]] = [*self._lanes, *self._pairs]
        busy_s = max((lane.busy_s for lane in lanes), default=0.0)
        return "stalled" if busy_s > _STALLED_S else self._state

    def embed(self, job: Job[str], query: bool) -> None:
        """Each result is a vector (float32). Not for a reranker, and not before it is ready."""
        self._lanes[int(query)].submit(job)

    def score(self, job: Job[Pair]) -> None:
        """Each result is a score. Not for an embedder, and not before it is ready."""
        self._pairs[0].submit(job)

    @property
    def is_reranker(self) -> bool:
        return self._kind == "reranker"

    def _load(self) -> None:
        gc.disable()  # what the libraries make stays: to look through it for garbage is a fifth of the loading
        try:
            if self.is_reranker:
                self._load_reranker()
            else:
                self._load_embedder()
        except BaseException as error:
            traceback.print_exc()
            self.error, self._state = f"{type(error).__name__}: {error}"[:500], "failed"
            return
        finally:
            gc.freeze()
            gc.enable()
        self._state = "ready"

    def _load_embedder(self) -> None:
        from models_runtime.embedder.model import Embedder

        model = self.model = Embedder(self._path, self._threads)
        self._lanes = [
            # A chunk with the vector of an empty text is found by its words; without any its document would fail.
            Lane(lambda texts: list(model.embed(texts, query=False)), _bytes, _cut, model.window, "documents", ""),
            Lane(lambda texts: list(model.embed(texts, query=True)), _bytes, _cut, model.window, "queries"),
        ]

    def _load_reranker(self) -> None:
        from models_runtime.embedder.model import Reranker

        model = Reranker(self._path, self._threads)
        self._pairs = [Lane(model.score, lambda pair: sum(map(_bytes, pair)), _cut_both, model.window, "pairs")]


def _bytes(text: str) -> int:
    return len(text.encode("utf-8", "replace"))


def _cut(text: str, chars: int) -> str:
    return text[:chars]


def _cut_both(pair: Pair, chars: int) -> Pair:
    return pair[0][:chars], pair[1][:chars]
