"""What the knowledge bases say about a diagnosis: runbooks and conventions that name its tables or its findings."""

import re
from collections.abc import Sequence

from diagnose.report import Quote
from diagnose.types import Finding
from diagnose.wording import shown
from knowledge.bases import Bases
from knowledge.passages import Passage
from knowledge.records import Who
from knowledge.retrieval import Retriever
from plugins import AskwireError, Services, Session

FINDINGS, SEARCHED, QUOTED = 4, 8, 2
# By all-MiniLM-L6-v2 passages about the findings had cosines of 0.50 to 0.72, others of the same tables 0.20 to 0.38.
NEAR = 0.45
QUOTE_CHARS = 300
# Where no embedder tells what is near: one of these must stand in a passage.
_WORK = re.compile(
    r"\b(?:index(?:es)?|indices|quer(?:y|ies)|slow|locks?|batch(?:es)?|partition(?:s|ed)?|statistics|explain|full scan|"
    r"joins?|offset|pagination|migrations?|replicat\w+|runbook|dba)\b",
    re.IGNORECASE,
)


async def quotes(services: Services, session: Session, findings: Sequence[Finding]) -> tuple[Quote, ...]:
    """Of the bases that the account may read, passages that are near to the findings and name what they name.

    None where the knowledge cannot be searched: a diagnosis is complete without.
    """
    bases, retriever = services.get(Bases), services.get(Retriever)
    if bases is None or retriever is None or not findings:
        return ()
    asked = {_question(finding): finding for finding in findings[:FINDINGS]}
    try:
        readable = await bases.visible(Who(session.upstream, session.account))
        if not readable:
            return ()
        passages = await retriever.search(" ".join(asked), readable, SEARCHED)
        models = sorted({base.embedder for base in readable} - {""})
        found: dict[int, tuple[float, Passage]] = {}
        for question, finding in asked.items():
            named = [passage for passage in passages if _names(passage, finding)]
            for score, passage in await _near(retriever, question, named, models[0] if len(models) == 1 else ""):
                found[passage.chunk] = max((score, passage), found.get(passage.chunk, (0.0, passage)), key=_score)
    except AskwireError:
        return ()
    best = sorted(found.values(), key=_score, reverse=True)[:QUOTED]
    return tuple(Quote(_where(passage), shown(passage.text, QUOTE_CHARS)) for _, passage in best)


async def _near(
    retriever: Retriever, question: str, passages: Sequence[Passage], model: str
) -> list[tuple[float, Passage]]:
    if not passages:
        return []
    cosines = await retriever.nearness(question, [passage.text for passage in passages], model)
    if cosines is None:
        return [(passage.score, passage) for passage in passages if _WORK.search(passage.text)]
    return [(cosine, passage) for cosine, passage in zip(cosines, passages, strict=True) if cosine >= NEAR]


def _score(found: tuple[float, Passage]) -> float:
    return found[0]


def _question(finding: Finding) -> str:
    return f"Slow query, {finding.code.replace('-', ' ')}: {finding.finding}"


def _names(passage: Passage, finding: Finding) -> bool:
    text = passage.text.casefold()
    wanted = {*finding.names, finding.code, finding.code.replace("-", " ")}
    return any(len(name) > 2 and re.search(rf"(?<!\w){re.escape(name.casefold())}(?!\w)", text) for name in wanted)


def _where(passage: Passage) -> str:
    return f"{passage.source} ({passage.place})" if passage.place else passage.source
