"""MariaDB's EXPLAIN FORMAT=JSON and ANALYZE FORMAT=JSON, 10.x and 11.x."""

import json
import re
from typing import Any

from diagnose.evidence import shape
from diagnose.evidence.nested import read_steps
from diagnose.evidence.plan import Plan

_MEMBER = re.compile(r'(?P<key>\s*"\w+": )(?P<value>".*"|\[.+\])(?P<comma>,?)')


def read_plan(text: str) -> Plan:
    """The plan. Names of tables are the statement's aliases: the JSON has no others. Raises ValueError."""
    document = _load(text)
    block = document.get("query_block") if isinstance(document, dict) else None
    if not isinstance(block, dict):
        raise ValueError("the plan has no query_block")
    analyzed = any(key in block for key in ("r_loops", "r_total_time_ms")) or "query_optimization" in document
    return Plan(read_steps(block), cost=shape.number(block.get("cost")), text=text, analyzed=analyzed)


def _load(text: str) -> Any:
    """Each member stands on a line of its own, and is read by itself: MariaDB 10.11 writes what a condition quotes as
    it is, so a value in a statement could end the text early and tell of other rows.
    """
    return shape.load("\n".join(map(_mended, text.split("\n"))) if len(text) <= shape.MAX_CHARS else text)


def _mended(line: str) -> str:
    found = _MEMBER.fullmatch(line)
    if found is None:
        return line
    try:
        json.loads(found["value"], strict=False)
    except ValueError:
        value = json.dumps(found["value"][1:-1]) if found["value"].startswith('"') else "[]"
        return f"{found['key']}{value}{found['comma']}"
    return line
