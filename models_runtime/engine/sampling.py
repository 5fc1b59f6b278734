"""Picks the next token: greedy or sampled, held to a grammar or to the names of a catalog if there is one."""

import ctypes

import llama_cpp as lib

from models_runtime.engine.llama import EngineError, Llama
from models_runtime.engine.statement import Statement

_TOP_P = 0.95
_TOP_K = 40
# How many of the likeliest tokens are tried before names are given up: where none fits, the lexer is wrong.
_TRIED = 1000


class Sampler:
    """Use as a context manager; it holds native memory. Raises ``EngineError`` for a malformed grammar."""

    def __init__(
        self, llama: Llama, temperature: float, seed: int, grammar: str | None, statement: Statement | None
    ) -> None:
        self._llama = llama
        self._statement = statement
        self._grammar = self._make_grammar(grammar) if grammar else None
        self._free = _chain(temperature, seed)
        # The strict chain owns the grammar.
        self._strict = _chain(temperature, seed, self._grammar) if self._grammar else None

    def __enter__(self) -> "Sampler":
        return self

    def __exit__(self, *_: object) -> None:
        lib.llama_sampler_free(self._free)
        if self._strict:
            lib.llama_sampler_free(self._strict)

    def _make_grammar(self, grammar: str) -> object:
        made = lib.llama_sampler_init_grammar(self._llama.vocab, grammar.encode(), b"root")
        if not made:
            raise EngineError("the grammar cannot be parsed")
        return made

    def next(self, row: int) -> int:
        """The token that follows ``row`` of the last batch; -1 is its end.

        Filtering all of the vocabulary through the grammar is slow, so the choice is made without it and checked;
        only one that does not fit is made again under the grammar (as llama.cpp's own ``common_sampler_sample`` does).
        """
        token: int = lib.llama_sampler_sample(self._free, self._llama.context, row)
        if self._statement is not None:
            return self._named(self._statement, token, row)
        if self._grammar is None:
            return token
        if self._fits(token):
            lib.llama_sampler_accept(self._grammar, token)
            return token
        strict: int = lib.llama_sampler_sample(self._strict, self._llama.context, row)
        return strict

    def _named(self, statement: Statement, token: int, row: int) -> int:
        """``token``, or the likeliest one that keeps to the names."""
        if not self._continues(statement, token):
            tokens = self._llama.likeliest(row, _TRIED)
            token = next((other for other in tokens if self._continues(statement, other)), token)
        if not self._llama.is_end(token):
            statement.take(self._llama.piece(token))
        return token

    def _continues(self, statement: Statement, token: int) -> bool:
        if self._llama.is_end(token):
            return statement.may_end()
        piece = self._llama.piece(token)
        return bool(piece) and statement.fits(piece)

    def _fits(self, token: int) -> bool:
        one = lib.llama_token_data(id=token, logit=1.0, p=0.0)
        array = lib.llama_token_data_array(data=ctypes.pointer(one), size=1, selected=-1, sorted=False)
        lib.llama_sampler_apply(self._grammar, ctypes.byref(array))
        return bool(one.logit != float("-inf"))


def _chain(temperature: float, seed: int, first: object = None) -> object:
    chain = lib.llama_sampler_chain_init(lib.llama_sampler_chain_default_params())
    if first is not None:
        lib.llama_sampler_chain_add(chain, first)
    if temperature <= 0:
        lib.llama_sampler_chain_add(chain, lib.llama_sampler_init_greedy())
        return chain
    lib.llama_sampler_chain_add(chain, lib.llama_sampler_init_top_k(_TOP_K))
    lib.llama_sampler_chain_add(chain, lib.llama_sampler_init_top_p(_TOP_P, 1))
    lib.llama_sampler_chain_add(chain, lib.llama_sampler_init_temp(temperature))
    lib.llama_sampler_chain_add(chain, lib.llama_sampler_init_dist(seed))
    return chain
