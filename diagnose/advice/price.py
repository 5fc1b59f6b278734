"""What an index costs, as a person reads it."""

from diagnose.advice.candidates import Candidate
from diagnose.advice.width import index_bytes, size_text
from diagnose.wording import listed, shown


def price(candidate: Candidate, kind: str) -> str:
    """Its size, what writes to it, and the index whose place it takes. ``kind``: of the server."""
    size = index_bytes(candidate.table, candidate.columns, kind)
    columns = listed(shown(name, 64) for name in candidate.names)
    written = f"Every INSERT and DELETE, and every UPDATE of {columns}, writes to it too."
    costs = f"It takes about {size_text(size)}. {written}" if size else written
    if candidate.extends is None:
        return costs
    return f"{costs} It can take the place of the index {shown(candidate.extends.name, 64)}, which it begins with."
