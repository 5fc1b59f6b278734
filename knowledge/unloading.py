"""Takes a document out of a knowledge base, whatever became of it."""

from knowledge.documents import Documents
from knowledge.loads import Loads
from knowledge.records import Base
from plugins import AskwireError, ErrorCode


async def unload(loads: Loads, documents: Documents, base: Base, source: str) -> None:
    """Take a document out, stop its load, and forget that it failed. Raises NOT_KNOWN when there is none of these.

    Wake the ingest, or purge, afterwards.
    """
    forgotten = await loads.forget(base, source)
    if not await documents.remove(base, source) and not forgotten:
        raise AskwireError(ErrorCode.NOT_KNOWN, f"{base.name} has no document {source!r}")
