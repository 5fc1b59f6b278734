"""sentence-transformers as the lanes need it. Importing this module imports torch, which takes seconds."""

import threading
from collections.abc import Sequence
from pathlib import Path
from typing import Any

import numpy as np
import torch
from numpy.typing import NDArray
from sentence_transformers import CrossEncoder, SentenceTransformer

_NO_LIMIT = 100_000  # tokenizers without a limit say 10**30
_USUAL_LIMIT = 512


class _Model(SentenceTransformer):
    """Two threads embed at a time; a tokenizer takes one."""

    def __init__(self, *args: Any, **kwargs: Any) -> None:
        super().__init__(*args, **kwargs)
        self._one_at_a_time = threading.Lock()

    def preprocess(self, *args: Any, **kwargs: Any) -> dict[str, Any]:
        with self._one_at_a_time:
            return super().preprocess(*args, **kwargs)


class Embedder:
    """A folder in the format of sentence-transformers; its own prompts for queries and documents are put before texts.

    Code that a folder brings along is not run. Raises what the libraries raise for a folder that does not fit.
    """

    def __init__(self, path: str, threads: int) -> None:
        torch.set_num_threads(threads)
        self._model = _Model(path, device="cpu", local_files_only=True, trust_remote_code=False)
        self.window = _limit(self._model.max_seq_length)
        self._model.max_seq_length = self.window
        self.tokenizer_file = _tokenizer_file(path)
        self.dimensions = len(self.embed(["a"], query=False)[0])
        # What of the window is left for a text: without the special tokens and the longer of the two prompts.
        taken = max(self._count(self._prompt(query)) for query in (True, False))
        self.max_tokens = max(1, self.window - taken)

    def embed(self, texts: list[str], query: bool) -> NDArray[np.float32]:
        """(n, dimensions), as the model gives them, finite; a longer text is cut."""
        encode = self._model.encode_query if query else self._model.encode_document
        vectors = encode(texts, prompt=self._prompt(query), batch_size=len(texts), show_progress_bar=False)
        finite: NDArray[np.float32] = np.nan_to_num(np.asarray(vectors, dtype="<f4"))
        return finite

    def _prompt(self, query: bool) -> str:
        """Of the names in use, the first that has one: the library gives ``document`` an empty one of its own accord,
        and would then never use the ``passage`` of a model's configuration."""
        names = ("query",) if query else ("document", "passage", "corpus")
        return next((prompt for name in names if (prompt := self._model.prompts.get(name))), "")

    def _count(self, text: str) -> int:
        return len(self._model.tokenizer(text)["input_ids"])


class Reranker:
    """A cross-encoder's folder: how well a text answers a question, 0 to 1. Raises like ``Embedder``."""

    def __init__(self, path: str, threads: int) -> None:
        torch.set_num_threads(threads)
        self._model = CrossEncoder(path, device="cpu", local_files_only=True, trust_remote_code=False, num_labels=None)
        if self._model.num_labels != 1:
            raise ValueError(f"a reranker gives one score, this model gives {self._model.num_labels}")
        self.window = _limit(self._model.max_length)
        self._model.max_length = self.window

    def score(self, pairs: list[tuple[str, str]]) -> Sequence[float]:
        """For each (question, text). The activation is the model's own, or the logistic function."""
        scores = self._model.predict(pairs, batch_size=len(pairs), show_progress_bar=False)
        finite: list[float] = np.nan_to_num(scores).astype(float).tolist()
        return finite


def _limit(tokens: int | None) -> int:
    return tokens if tokens and tokens < _NO_LIMIT else _USUAL_LIMIT


def _tokenizer_file(path: str) -> str:
    """The first module's, in the folder itself or in one of its own; "" without such a file."""
    for folder in (Path(path), *sorted(Path(path).glob("0_*"))):
        if (folder / "tokenizer.json").is_file():
            return str(folder / "tokenizer.json")
    return ""
