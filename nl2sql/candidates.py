"""One candidate statement from the model; it is text until the guard has passed it."""

import time
from collections.abc import Mapping
from dataclasses import dataclass, replace

from conf.models import Task
from models_runtime.registry import Models
from nl2sql.prompt import CANNOT
from nl2sql.trace import Step
from plugins import AskwireError, ErrorCode, Services
from plugins.engines import Completion, Request

FENCE = "```sql\n"
REWRITE_TOKENS = 200
STOP = ("```", ";\n", "; \n", "\n\n\n")


@dataclass(frozen=True, slots=True)
class Candidate:
    """``sql`` empty: the model said that it cannot, with ``reason``."""

    sql: str
    completion: Completion
    reason: str = ""

    def tell(self, step: Step) -> None:
        """Model, tokens, times and what it wrote, for ASK TRACE."""
        c = self.completion
        step.say(
            f"{c.model}: {c.prompt_tokens} prompt tokens, {c.cached_tokens} cached, {c.completion_tokens} generated; "
            f"queue {c.queue_s:.3f} s, first token {c.first_token_s:.3f} s, total {c.total_s:.3f} s, {c.finish_reason}"
        )
        if c.logprob is not None:
            step.say(f"log probability {c.logprob:.3f}")
        step.show(self.sql or self.reason)


@dataclass(frozen=True, slots=True)
class Writer:
    """Asks the model; ``until`` is the moment (time.monotonic) when the whole answer is due."""

    services: Services
    model: str | None
    until: float
    owner: str = ""  # the session, for which the queue is fair
    task: Task = "sql"

    async def write(self, system: str, user: str) -> Candidate:
        """The greedy candidate. Raises NO_MODEL, DEADLINE and what the model raises."""
        return read_candidate(await self.complete(_request(system, user)))

    async def rewrite(self, system: str, user: str, names: Mapping[str, tuple[str, ...]]) -> Candidate:
        """A greedy candidate that can only name ``names`` (table -> columns), where the engine can hold it to that.

        For a last attempt: held so, a small model loses its thread in one of ten statements (measured), and what it
        writes freely is mended better than forbidden.
        """
        request = replace(_request(system, user), names=names, max_tokens=REWRITE_TOKENS)
        return read_candidate(await self.complete(request))

    async def sample(self, system: str, user: str, count: int, temperature: float, tokens: int) -> list[Candidate]:
        """``count`` sampled candidates of at most ``tokens``, decoded together. Raises like ``write``."""
        request = replace(_request(system, user), temperature=temperature, seed=1, max_tokens=tokens)
        models, left = self._models()
        completions = await models.sample(
            request, count, model=self.model, deadline_s=left, owner=self.owner, task=self.task
        )
        return [read_candidate(completion) for completion in completions]

    async def complete(self, request: Request) -> Completion:
        """Any completion within the deadline. Raises NO_MODEL, DEADLINE and what the model raises."""
        models, left = self._models()
        return await models.complete(request, model=self.model, deadline_s=left, owner=self.owner, task=self.task)

    def _models(self) -> tuple[Models, float]:
        """The models, and the seconds that are left."""
        models = self.services.get(Models)
        if models is None:
            raise AskwireError(ErrorCode.NO_MODEL, "No model runs in this gateway")
        left = self.until - time.monotonic()
        if left <= 0:
            raise AskwireError(ErrorCode.DEADLINE, "The answer took too long")
        return models, left


def _request(system: str, user: str) -> Request:
    return Request(system=system, user=user, answer_start=FENCE, stop=STOP)


def read_candidate(completion: Completion) -> Candidate:
    """Take the statement, or the model's word that it cannot, out of the model's text."""
    text = completion.text.strip()
    if text.startswith("```"):
        text = text.strip("`").removeprefix("sql").removeprefix("mysql").strip()
    text = text.split("```")[0].strip()
    bare = text.lstrip("-#/* ")
    if bare.upper().startswith(CANNOT.rstrip(":")):
        reason = bare[len(CANNOT) :].strip(" :-*/\n")
        return Candidate("", completion, " ".join(reason.split())[:200] or "the tables hold nothing about it")
    return Candidate(text.rstrip("; \n"), completion)
