"""The findings in a few sentences, worded by the model. It may say only what they say; what it adds is thrown away."""

import re
from collections.abc import Sequence

import structlog

from diagnose.types import Diagnosis, Finding
from models_runtime.registry import Models
from plugins import AskwireError, Session, UpstreamError
from plugins.engines import Request
from plugins.words import ENGLISH, LANGUAGES

log = structlog.get_logger("askwire.diagnose")

MAX_FINDINGS = 6
MAX_TOKENS = 200
_SYSTEM = (
    "You tell a developer what a diagnosis of an SQL statement found, in two to four plain sentences: what is slow, "
    "why, and what to do first. Use only what the findings say. Copy the names of tables, columns and indexes and all "
    "numbers exactly. Add no cause, number or advice of your own. No list, no headings, no SQL."
)
# By the beginnings of MySQL's locales (https://dev.mysql.com/doc/refman/8.4/en/locale-support.html).
_LANGUAGES = {
    "cs": "Czech", "da": "Danish", "de": "German", "el": "Greek", "es": "Spanish", "fi": "Finnish", "fr": "French",
    "hu": "Hungarian", "it": "Italian", "ja": "Japanese", "ko": "Korean", "nl": "Dutch", "no": "Norwegian",
    "pl": "Polish", "pt": "Portuguese", "ro": "Romanian", "ru": "Russian", "sv": "Swedish", "tr": "Turkish",
    "uk": "Ukrainian", "zh": "Chinese",
}  # fmt: skip
_NUMBER = re.compile(r"\d[\d,.]*\d|\d")
_NAME = re.compile(r"`([^`]+)`|\b([^\W\d]\w*(?:[._]\w+)+)\b")
# Words by which a model adds advice of its own.
_TERMS = (
    "index", "partition", "cache", "statistic", "analyze", "lock", "join", "subquer", "sort", "temporary", "hint",
    "memory", "replica", "shard", "view", "procedure", "trigger", "vacuum", "buffer", "limit", "union", "distinct",
    "upgrade",
)  # fmt: skip


async def narrate(models: Models, session: Session, diagnosis: Diagnosis, said: str = ENGLISH) -> str | None:
    """A few sentences in the language ``said``; for English, in the session's (``lc_messages``).

    None where there is nothing to tell or no model.

    Raises no error of a model: the report is complete without.
    """
    findings = diagnosis.findings[:MAX_FINDINGS]
    if not findings:
        return None
    told = "\n".join(_told(number, finding) for number, finding in enumerate(findings, 1))
    language = await _language(session) if said == ENGLISH else LANGUAGES[said]
    wanted = f"\nWrite in {language}." if language else ""
    request = Request(system=_SYSTEM, user=f"Findings:\n{told}{wanted}", max_tokens=MAX_TOKENS, stop=("\n\n",))
    try:
        completion = await models.complete(request, owner=str(session.id), task="narrate")
    except AskwireError as error:
        log.debug("not_narrated", reason=error.message)
        return None
    text = " ".join(completion.text.split())
    added = additions(text, told, _schema_names(diagnosis), english=not language)
    if added:
        log.info("narrative_dropped", added=added[:5])
    return text if text and not added and completion.finish_reason == "stop" else None


def additions(text: str, told: str, names: Sequence[str], *, english: bool = True) -> list[str]:
    """What ``text`` says that ``told`` does not: numbers, names, and (in English) terms of advice."""
    known = told.casefold()
    found = [n for n in _NUMBER.findall(text) if _plain(n) not in {_plain(m) for m in _NUMBER.findall(told)}]
    found += [name for match in _NAME.findall(text) if (name := match[0] or match[1]).casefold() not in known]
    for name in names:
        pattern = rf"(?<!\w){re.escape(name.casefold())}(?!\w)"
        if len(name) > 2 and re.search(pattern, text.casefold()) and not re.search(pattern, known):
            found.append(name)
    return found + [term for term in _TERMS if english and term in text.casefold() and term not in known]


def _told(number: int, finding: Finding) -> str:
    parts = [finding.finding, finding.evidence and f"Evidence: {finding.evidence}", finding.advice]
    verdict = f"Tried: {finding.trial.how}" if finding.trial is not None and finding.trial.gain is not None else ""
    said = " ".join(f"{part.rstrip('.')}." for part in (*parts, verdict) if part)
    return f"{number}. ({finding.severity.value}) {said}"


def _schema_names(diagnosis: Diagnosis) -> list[str]:
    tables = diagnosis.evidence.schema.tables
    return [name for t in tables for name in (t.name, *(c.name for c in t.columns), *(i.name for i in t.indexes))]


def _plain(number: str) -> str:
    """Without thousands separators; a decimal comma counts as a point."""
    text = re.sub(r"[.,](?=\d{3}(?!\d))", "", number)
    return text.replace(",", ".").rstrip("0").rstrip(".") if "." in text or "," in text else text


async def _language(session: Session) -> str:
    """Of the session's messages; empty for English and unknown ones."""
    try:
        rows = (await session.query("SELECT @@lc_messages")).rows
    except UpstreamError:
        return ""
    return _LANGUAGES.get(str(rows[0][0])[:2] if rows else "", "")
