"""What an index costs, as a person reads it."""

from diagnose.advice.candidates import Candidate
from diagnose.advice.width import index_bytes, size_text
from diagnose.wording import listed, shown


def price(candidate: Candidate, kind: str) -> str:
    """Its size, what writes to it, and the index whose place it takes. ``kind``: of the server."""
    size = index_bytes(candidate.table, candidate.columns, kind)
    about = f"It takes about {size_text(size)}, and every" if size else "Every"
    columns = listed(shown(name, 64) for name in candidate.names)
    text = f"{about} INSERT and DELETE, and every UPDATE of {columns}, writes to it too."
    if candidate.extends is not None:
        text += f" It can take the place of the index {shown(candidate.extends.name, 64)}, which it begins with."
    return text
