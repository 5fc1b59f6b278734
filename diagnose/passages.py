"""What the knowledge bases say about a diagnosis: runbooks and conventions that name its tables or its findings."""

import re
from collections.abc import Sequence

from diagnose.report import Quote
from diagnose.types import Finding
from knowledge.bases import Bases
from knowledge.passages import Passage
from knowledge.records import Who
from knowledge.retrieval import Retriever
from plugins import AskwireError, Services, Session

SEARCHED, QUOTED = 8, 2
# A passage that names a table says as a rule something about the business; of what is about the same as the findings
# the cosine is higher. Chosen on the tests' runbook.
NEAR = 0.4
QUOTE_CHARS = 300


async def quotes(services: Services, session: Session, findings: Sequence[Finding]) -> tuple[Quote, ...]:
    """Of the bases that the account may read, passages that are near to the findings and name what they name.

    None where the knowledge cannot be searched: a diagnosis is complete without.
    """
    bases, retriever = services.get(Bases), services.get(Retriever)
    if bases is None or retriever is None or not findings:
        return ()
    question = " ".join(dict.fromkeys(finding.finding for finding in findings))[:1000]
    try:
        readable = await bases.visible(Who(session.upstream, session.account))
        if not readable:
            return ()
        passages = await retriever.search(question, readable, SEARCHED)
        named = [passage for passage in passages if _names(passage, findings)]
        models = sorted({base.embedder for base in readable} - {""})
        near = await retriever.nearness(question, [p.text for p in named], models[0]) if len(models) == 1 else None
    except AskwireError:
        return ()
    kept = [p for p, cosine in zip(named, near or [1.0] * len(named), strict=True) if cosine >= NEAR]
    return tuple(Quote(_where(passage), _shown(passage.text)) for passage in kept[:QUOTED])


def _names(passage: Passage, findings: Sequence[Finding]) -> bool:
    text = passage.text.casefold()
    wanted = {name for finding in findings for name in (*finding.names, finding.code, finding.code.replace("-", " "))}
    return any(len(name) > 2 and re.search(rf"(?<!\w){re.escape(name.casefold())}(?!\w)", text) for name in wanted)


def _where(passage: Passage) -> str:
    return f"{passage.source} ({passage.place})" if passage.place else passage.source


def _shown(text: str) -> str:
    line = " ".join("".join(c if c.isprintable() else " " for c in text).split())
    return line if len(line) <= QUOTE_CHARS else f"{line[: QUOTE_CHARS - 1]}…"
