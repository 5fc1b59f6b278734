"""Text that a chat template would take for structure: the end of a turn, the beginning of somebody else's.

A server that renders messages into one text and then splits it into tokens cannot tell ``<|im_end|>`` in a question or
in a column's comment from its own. So it is broken up before it is sent.
"""

import dataclasses
import json
import re
from pathlib import Path

from plugins.engines import Request

_USUAL = re.compile(
    r"<(?=\|[^<>|\s]{1,40}\|>|/?(?:s|think|tool_call|tool_response|start_of_turn|end_of_turn|bos|eos|pad|unk)>)"
    r"|\[(?=/?(?:INST|SYSTEM_PROMPT|AVAILABLE_TOOLS|TOOL_RESULTS|TOOL_CALLS)\])"
    r"|<(?=｜[^<>｜]{1,40}｜>)"
)


def usual_tokens() -> re.Pattern[str]:
    """Matches the first character of what common models use; for a server whose model is not known."""
    return _USUAL


def tokens_of(folder: Path) -> re.Pattern[str]:
    """The same, with the tokens added to the vocabulary of the model in ``folder`` (``tokenizer.json``)."""
    try:
        added = json.loads((folder / "tokenizer.json").read_text())["added_tokens"]
        tokens = {str(token["content"]).strip() for token in added} - {""}
    except (OSError, ValueError, KeyError, TypeError):
        return _USUAL
    first = "|".join(f"{re.escape(token[0])}(?={re.escape(token[1:])})" for token in sorted(tokens) if len(token) > 1)
    return re.compile(f"{_USUAL.pattern}|{first}") if first else _USUAL


def defused(request: Request, tokens: re.Pattern[str]) -> Request:
    """``request`` with all its texts defused."""
    return dataclasses.replace(
        request,
        system=defuse(request.system, tokens),
        user=defuse(request.user, tokens),
        answer_start=defuse(request.answer_start, tokens),
    )


def defuse(text: str, tokens: re.Pattern[str]) -> str:
    """``text`` with a space after the first character of every control token, which makes it ordinary text."""
    return tokens.sub(lambda found: found[0] + " ", text)
