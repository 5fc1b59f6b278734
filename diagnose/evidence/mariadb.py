"""MariaDB's EXPLAIN FORMAT=JSON and ANALYZE FORMAT=JSON, 10.x and 11.x."""

from diagnose.evidence import shape
from diagnose.evidence.nested import read_steps
from diagnose.evidence.plan import Plan


def read_plan(text: str) -> Plan:
    """The plan. Names of tables are the statement's aliases: the JSON has no others. Raises ValueError."""
    document = shape.load(text)
    block = document.get("query_block") if isinstance(document, dict) else None
    if not isinstance(block, dict):
        raise ValueError("the plan has no query_block")
    analyzed = any(key in block for key in ("r_loops", "r_total_time_ms")) or "query_optimization" in document
    return Plan(read_steps(block), cost=shape.number(block.get("cost")), text=text, analyzed=analyzed)
