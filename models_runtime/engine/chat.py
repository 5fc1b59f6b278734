"""Messages -> tokens, by the chat template of the model.

What a person or a database wrote is tokenized apart from the template, as plain text: a question that contains
``<|im_end|>`` cannot end its turn and speak as somebody else.
"""

import ctypes
import secrets
from dataclasses import dataclass

import llama_cpp as lib

from models_runtime.engine.llama import EngineError, Llama


@dataclass(frozen=True, slots=True)
class Message:
    role: str
    content: str


@dataclass(frozen=True, slots=True)
class Prompt:
    """``tokens[:prefix]`` is the part that does not change from question to question: all before the user's text."""

    tokens: list[int]
    prefix: int


def make_prompt(llama: Llama, messages: list[Message], answer_start: str) -> Prompt:
    """Render ``messages`` and open the assistant's turn, which begins with ``answer_start``."""
    literals = _literals(llama.template, [message.role for message in messages])
    tokens = llama.tokenize(literals[0], special=True, first=True)
    prefix = len(tokens)
    for index, message in enumerate(messages):
        tokens += llama.tokenize(message.content, special=False)
        tokens += llama.tokenize(literals[index + 1], special=True)
        if message.role == "system":
            prefix = len(tokens)
    return Prompt(tokens + llama.tokenize(answer_start, special=False), prefix)


def _literals(template: bytes | None, roles: list[str]) -> list[str]:
    """What the template puts before, between and after the contents of messages of these roles."""
    marks = [secrets.token_hex(8) for _ in roles]
    rendered = _apply(template, roles, marks)
    if rendered is None:
        rendered = _apply(b"chatml", roles, marks)
    literals = []
    for mark in marks:
        before, found, rendered = (rendered or "").partition(mark)
        if not found:
            raise EngineError("the model's chat template leaves messages out")
        literals.append(before)
    return [*literals, rendered or ""]


def _apply(template: bytes | None, roles: list[str], contents: list[str]) -> str | None:
    """The rendered template, or ``None`` where llama.cpp does not know it."""
    messages = (lib.llama_chat_message * len(roles))(
        *(lib.llama_chat_message(r.encode(), c.encode()) for r, c in zip(roles, contents, strict=True))
    )
    size = 65_536
    buffer = ctypes.create_string_buffer(size)
    count = lib.llama_chat_apply_template(template or b"chatml", messages, len(roles), True, buffer, size)
    return buffer.raw[:count].decode() if 0 <= count <= size else None
