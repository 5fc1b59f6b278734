"""The engine's HTTP surface, over a scripted worker: what it takes, what it refuses, what it answers."""

import json
from collections.abc import AsyncIterator

import httpx
import pytest
import pytest_asyncio

from models_runtime.engine.app import make_app
from models_runtime.engine.generate import Done, Text
from models_runtime.engine.worker import End, Job

MESSAGES = [{"role": "system", "content": "s"}, {"role": "user", "content": "u"}]
URL = "/v1/chat/completions"


class ScriptedWorker:
    """Answers every job with ``events``."""

    state = "ready"
    error = ""
    silent = 0.0

    def __init__(self) -> None:
        self.jobs: list[Job] = []
        self.events: list[Text | Done | End] = [Text("a", 0, (-0.5,)), Done("stop", 0, (-1.5,)), End("stop", 7, 3, 2)]

    def silent_s(self) -> float:
        return self.silent

    def submit(self, job: Job) -> None:
        self.jobs.append(job)
        for event in self.events:
            job.emit(event)

    def cancel(self, job: Job) -> None:
        job.cancelled = True


@pytest.fixture
def worker() -> ScriptedWorker:
    return ScriptedWorker()


def client(worker: ScriptedWorker, headers: dict[str, str]) -> httpx.AsyncClient:
    app = make_app(worker, "t0ken", "small")  # type: ignore[arg-type]
    transport = httpx.ASGITransport(app, raise_app_exceptions=False)
    return httpx.AsyncClient(transport=transport, base_url="http://engine", headers=headers)


@pytest_asyncio.fixture
async def http(worker: ScriptedWorker) -> AsyncIterator[httpx.AsyncClient]:
    async with client(worker, {"Authorization": "Bearer t0ken"}) as opened:
        yield opened


async def test_a_whole_answer(http: httpx.AsyncClient, worker: ScriptedWorker) -> None:
    reply = (await http.post(URL, json={"messages": MESSAGES, "n": 1, "logprobs": True})).json()
    (choice,) = reply["choices"]
    assert choice["message"] == {"role": "assistant", "content": "a"}
    assert choice["logprobs"] == {"content": [{"logprob": -0.5}, {"logprob": -1.5}]}
    assert reply["usage"]["prompt_tokens_details"] == {"cached_tokens": 3}
    assert worker.jobs[0].logprobs


async def test_several_answers_in_a_stream(http: httpx.AsyncClient, worker: ScriptedWorker) -> None:
    worker.events = [Text("b", 1), Done("length", 1), Text("a", 0), Done("stop", 0), End("stop", 7, 3, 4)]
    body = {"messages": MESSAGES, "n": 2, "greedy_first": True, "stream": True, "names": {"t": ["c"]}}
    lines = [line.removeprefix("data: ") for line in (await http.post(URL, json=body)).text.split("\n") if line]
    assert lines.pop() == "[DONE]"
    events = [json.loads(line) for line in lines]
    choices = [choice for event in events for choice in event["choices"]]
    assert [(c["index"], c["delta"].get("content"), c["finish_reason"]) for c in choices] == [
        (1, "b", None),
        (1, None, "length"),
        (0, "a", None),
        (0, None, "stop"),
    ]
    job = worker.jobs[0]
    assert (job.count, job.greedy_first, job.names) == (2, True, {"t": ["c"]})


@pytest.mark.parametrize(
    "body",
    [
        b"",
        b"\xff\xfe\x00",
        b"[]",
        b"null",
        b'{"messages": 5}',
        b'{"messages": [5]}',
        b'{"messages": [{"role": "user"}]}',
        b'{"messages": [{"role": "tool", "content": "x"}]}',
        b'{"messages": []}',
        b"[" * 100_000,
        *(
            json.dumps({"messages": MESSAGES, **more}).encode()
            for more in (
                {"n": 0},
                {"n": 65},
                {"n": "2"},
                {"stop": [1]},
                {"stop": 5},
                {"seed": 1.5},
                {"temperature": "hot"},
                {"names": []},
                {"names": {"t": "c"}},
                {"names": {"t": [1]}},
                {"names": {"t": ["c"]}, "grammar": "root ::= [a-z]"},
            )
        ),
    ],
)
async def test_nonsense_is_refused_and_reaches_no_model(
    http: httpx.AsyncClient, worker: ScriptedWorker, body: bytes
) -> None:
    assert (await http.post(URL, content=body)).status_code == 400
    assert worker.jobs == []


async def test_a_body_without_end_is_refused(http: httpx.AsyncClient, worker: ScriptedWorker) -> None:
    assert (await http.post(URL, content=b"x" * 9_000_000)).status_code == 400
    assert worker.jobs == []


@pytest.mark.parametrize(("reason", "status"), [("context_length_exceeded", 400), ("error", 500)])
async def test_a_failure_has_a_code(http: httpx.AsyncClient, worker: ScriptedWorker, reason: str, status: int) -> None:
    worker.events = [End(reason, message="why")]
    reply = await http.post(URL, json={"messages": MESSAGES})
    assert (reply.status_code, reply.json()) == (status, {"error": {"code": reason, "message": "why"}})


async def test_health_tells_of_an_engine_that_hangs(http: httpx.AsyncClient, worker: ScriptedWorker) -> None:
    assert (await http.get("/health")).json()["state"] == "ready"
    worker.silent = 61.0
    assert (await http.get("/health")).json()["state"] == "stalled"


@pytest.mark.parametrize("given", [{}, {"Authorization": "Bearer wrong"}, {"Authorization": "t0ken"}])
async def test_without_the_token_nothing_is_answered(worker: ScriptedWorker, given: dict[str, str]) -> None:
    async with client(worker, given) as http:
        assert (await http.post(URL, json={"messages": MESSAGES})).status_code == 401
    assert worker.jobs == []
