"""One model in llama.cpp and its key-value cache. Not thread-safe: one thread owns it.

Sequence 0 is the prompt and what follows it. For several answers to one prompt it is forked: the others share its cells
and add their own, out of one budget (``kv_unified``).
"""

import ctypes
import hashlib
import os
from collections.abc import Callable
from pathlib import Path

import llama_cpp as lib
import numpy as np
from numpy.typing import NDArray

from models_runtime.engine.prefixes import common_length

# Answers that are written at the same time.
MAX_SEQUENCES = 8
# Tokens per call of llama_decode: no slower than larger batches on a CPU (measured), and an abort loses at most these.
CHUNK = 128
_SEQUENCE = 0
_SAMPLE_BLOCKS = 16
_SAMPLE_BYTES = 65_536


class Interrupted(Exception):
    """The abort callback asked to stop; what was evaluated up to then is kept."""


class EngineError(Exception):
    """llama.cpp refused; the message says what."""


def fingerprint(path: Path, context_tokens: int) -> str:
    """Identify what a key-value state belongs to: model file, llama.cpp build, context size.

    The file is sampled (size and 16 blocks of 64 KiB spread over it), since hashing gigabytes would delay every start.
    """
    digest = hashlib.sha256()
    size = path.stat().st_size
    digest.update(f"{lib.__version__} {context_tokens} {size} ".encode() + lib.llama_print_system_info())
    with path.open("rb") as file:
        for block in range(_SAMPLE_BLOCKS):
            file.seek(max(0, size - _SAMPLE_BYTES) * block // (_SAMPLE_BLOCKS - 1))
            digest.update(file.read(_SAMPLE_BYTES))
    return digest.hexdigest()[:32]


class Llama:
    """``tokens`` is what sequence 0 of the key-value cache holds, always in step with llama.cpp's own memory.

    Raises ``EngineError`` when the file is no model that llama.cpp can load.
    """

    def __init__(self, path: Path, context_tokens: int, threads: int, abort: Callable[[], bool]) -> None:
        lib.llama_backend_init()
        # Referenced from C for the life of the process.
        self._abort = lib.ggml_abort_callback(lambda _data: abort())
        self._model = lib.llama_model_load_from_file(os.fsencode(path), lib.llama_model_default_params())
        if not self._model:
            raise EngineError(f"llama.cpp cannot load {path.name}")
        params = lib.llama_context_default_params()
        params.n_ctx = context_tokens
        params.n_batch = params.n_ubatch = CHUNK
        params.n_seq_max = MAX_SEQUENCES
        params.kv_unified = True
        params.n_threads = params.n_threads_batch = threads
        params.abort_callback = self._abort
        self.context = lib.llama_init_from_model(self._model, params)
        if not self.context:
            raise EngineError(f"llama.cpp cannot make a context of {context_tokens} tokens")
        self._memory = lib.llama_get_memory(self.context)
        self.vocab = lib.llama_model_get_vocab(self._model)
        self._vocab_size: int = lib.llama_vocab_n_tokens(self.vocab)
        self.context_tokens: int = lib.llama_n_ctx(self.context)
        self._batch = lib.llama_batch_init(MAX_SEQUENCES, 0, 1)
        self.tokens: list[int] = []
        self._forks: dict[int, list[int]] = {}

    @property
    def template(self) -> bytes | None:
        """The chat template of the GGUF's metadata."""
        found: bytes | None = lib.llama_model_chat_template(self._model, None)
        return found

    def tokenize(self, text: str, *, special: bool, first: bool = False) -> list[int]:
        """Tokens of ``text``. Only with ``special`` do control tokens such as ``<|im_end|>`` in it count as such."""
        data = text.encode("utf-8", "replace")
        capacity = len(data) + 8
        buffer = (lib.llama_token * capacity)()
        count = lib.llama_tokenize(self.vocab, data, len(data), buffer, capacity, first, special)
        if count < 0:
            raise EngineError("the text cannot be tokenized")
        return list(buffer[:count])

    def piece(self, token: int) -> bytes:
        """The bytes that ``token`` stands for; a control token stands for none."""
        size = 128
        while True:
            buffer = ctypes.create_string_buffer(size)
            count = lib.llama_token_to_piece(self.vocab, token, buffer, size, 0, False)
            if count >= 0:
                return buffer.raw[:count]
            size = -count

    def is_end(self, token: int) -> bool:
        return bool(lib.llama_vocab_is_eog(self.vocab, token))

    def keep(self, count: int) -> int:
        """Forget all but the first ``count`` tokens; returns how many are left (0 where a model cannot be cut)."""
        if count < len(self.tokens):
            if lib.llama_memory_seq_rm(self._memory, _SEQUENCE, count, -1):
                del self.tokens[count:]
            else:
                self.clear()
        return len(self.tokens)

    def clear(self) -> None:
        lib.llama_memory_clear(self._memory, False)
        self.tokens = []
        self._forks = {}

    def evaluate(self, tokens: list[int]) -> None:
        """Append ``tokens`` to the sequence. Raises ``Interrupted`` with the finished chunks kept."""
        for start in range(0, len(tokens), CHUNK):
            chunk = tokens[start : start + CHUNK]
            buffer = (lib.llama_token * len(chunk))(*chunk)  # the batch only points to it
            code = lib.llama_decode(self.context, lib.llama_batch_get_one(buffer, len(chunk)))
            if code == 0:
                self.tokens += chunk
                continue
            if code == 2:
                lib.llama_memory_seq_rm(self._memory, _SEQUENCE, len(self.tokens), -1)
                raise Interrupted
            self.clear()
            raise EngineError(f"llama_decode failed with {code}")

    def fork(self, count: int) -> None:
        """Let the sequences 1 to ``count - 1`` begin with all that sequence 0 holds; this takes neither time nor cells.

        They stay until ``settle``, so that what comes next can go on from any of them.
        """
        for sequence in range(1, count):
            lib.llama_memory_seq_cp(self._memory, _SEQUENCE, sequence, -1, -1)
            self._forks[sequence] = list(self.tokens)

    def settle(self, tokens: list[int]) -> None:
        """Leave one sequence, as sequence 0: the one that has the most leading tokens in common with ``tokens``."""
        if not self._forks:
            return
        best = max(range(len(self._forks) + 1), key=lambda s: common_length(self._held(s), tokens))
        if best:
            self.tokens = self._forks[best]
            lib.llama_memory_seq_rm(self._memory, _SEQUENCE, -1, -1)
            lib.llama_memory_seq_cp(self._memory, best, _SEQUENCE, -1, -1)
        for sequence in self._forks:
            lib.llama_memory_seq_rm(self._memory, sequence, -1, -1)
        self._forks = {}

    def append(self, tokens: dict[int, int]) -> None:
        """Append one token to each sequence (sequence -> token), all in one batch; their order is that of the rows.

        Raises ``Interrupted`` with nothing appended.
        """
        batch = self._batch
        batch.n_tokens = len(tokens)
        for row, (sequence, token) in enumerate(tokens.items()):
            batch.token[row] = token
            batch.pos[row] = len(self._held(sequence))
            batch.n_seq_id[row] = 1
            batch.seq_id[row][0] = sequence
            batch.logits[row] = 1
        code = lib.llama_decode(self.context, batch)
        if code == 2:
            for sequence in tokens:
                lib.llama_memory_seq_rm(self._memory, sequence, len(self._held(sequence)), -1)
            raise Interrupted
        if code != 0:
            self.clear()
            raise EngineError(f"llama_decode failed with {code}")
        for sequence, token in tokens.items():
            self._held(sequence).append(token)

    def _held(self, sequence: int) -> list[int]:
        return self._forks[sequence] if sequence else self.tokens

    def log_probability(self, row: int, token: int) -> float:
        """Natural logarithm of the probability of ``token`` at ``row`` of the last batch, at temperature 1."""
        logits = self._logits(row)
        highest = logits.max()
        return float(logits[token] - highest - np.log(np.exp(logits - highest).sum()))

    def likeliest(self, row: int, count: int) -> list[int]:
        """The ``count`` likeliest tokens at ``row`` of the last batch, the likeliest first."""
        logits = self._logits(row)
        found = np.argpartition(logits, -count)[-count:]
        tokens: list[int] = found[np.argsort(-logits[found])].tolist()
        return tokens

    def _logits(self, row: int) -> NDArray[np.float32]:
        pointer = lib.llama_get_logits_ith(self.context, row)
        return np.ctypeslib.as_array(pointer, (self._vocab_size,))

    def state(self) -> bytes:
        """The key-value state of ``tokens``; about 28 KB a token with the default model."""
        size = lib.llama_state_seq_get_size(self.context, _SEQUENCE)
        buffer = (ctypes.c_uint8 * size)()
        written = lib.llama_state_seq_get_data(self.context, buffer, size, _SEQUENCE)
        return bytes(memoryview(buffer)[:written])

    def restore(self, tokens: list[int], state: bytes) -> bool:
        """Put back a state taken with the same fingerprint; ``False`` (and an empty sequence) if it does not fit."""
        self.clear()
        buffer = (ctypes.c_uint8 * len(state)).from_buffer_copy(state)
        if lib.llama_state_seq_set_data(self.context, buffer, len(state), _SEQUENCE) != len(state):
            self.clear()
            return False
        if lib.llama_memory_seq_pos_max(self._memory, _SEQUENCE) != len(tokens) - 1:
            self.clear()
            return False
        self.tokens = list(tokens)
        return True
