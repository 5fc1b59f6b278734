"""Is the question about these tables at all? Words first; the model is asked only where words leave it open."""

from enum import Enum

from nl2sql.candidates import Writer
from nl2sql.context import Grounding
from plugins.engines import Request

PROBE = "Can the tables above answer this question? Reply only yes or no."
YES_OR_NO = 'root ::= "yes" | "no"'


class Answerable(Enum):
    YES = "yes"
    DOUBTFUL = "doubtful"
    NO = "no"


def judge(grounding: Grounding, lenient: bool = False) -> Answerable:
    """``NO``: nothing in the schema is called as any word of the question. ``DOUBTFUL``: for most of its words.

    That a value occurs is not enough: the weather in a city where customers live is in no table. ``lenient``: for a
    question that goes on from one before, or was asked in another language, words alone decide nothing.
    """
    if lenient:
        lost = grounding.unknown and not (grounding.names or grounding.values)
        return Answerable.DOUBTFUL if lost else Answerable.YES
    if not grounding.names and grounding.unknown:
        return Answerable.NO
    few = len(grounding.unknown) >= 2 * (len(grounding.names) + len(grounding.values))
    return Answerable.DOUBTFUL if few else Answerable.YES


async def probe(writer: Writer, system: str, question: str) -> bool:
    """The model's own word. Raises what the model raises."""
    user = f"Question: {' '.join(question.split())}\n{PROBE}"
    request = Request(system=system, user=user, max_tokens=2, grammar=YES_OR_NO)
    completion = await writer.complete(request)
    return not completion.text.strip().lower().startswith("no")
