"""A server that speaks OpenAI's chat completions and answers by a table or a function: whoever asks it is real."""

import contextlib
import json
import threading
from collections.abc import Callable, Iterator, Mapping
from contextlib import contextmanager
from http.server import BaseHTTPRequestHandler, ThreadingHTTPServer
from typing import Any

Messages = list[dict[str, str]]
Answer = Callable[[Messages], str]


def by_question(answers: Mapping[str, str]) -> Answer:
    """The answer is that of the first key that the last turn of the user holds."""

    def answer(messages: Messages) -> str:
        asked = next(m["content"] for m in reversed(messages) if m["role"] == "user")
        return next((text for key, text in answers.items() if key in asked), "CANNOT: nothing is about it")

    return answer


@contextmanager
def answering(answers: Mapping[str, str] | Answer) -> Iterator[str]:
    """The base URL; see ``by_question`` for a table."""
    answer = by_question(answers) if isinstance(answers, Mapping) else answers

    class Handler(BaseHTTPRequestHandler):
        protocol_version = "HTTP/1.1"

        def do_POST(self) -> None:
            body = json.loads(self.rfile.read(int(self.headers["Content-Length"])))
            self._send(body, answer(body["messages"]))

        def _send(self, body: dict[str, Any], text: str) -> None:
            count = int(body.get("n") or 1)
            events: list[dict[str, Any]] = []
            for index in range(count):
                events.append({"choices": [{"index": index, "delta": {"content": text}}]})
                events.append({"choices": [{"index": index, "delta": {}, "finish_reason": "stop"}]})
            events.append({"choices": [], "usage": {"prompt_tokens": 10, "completion_tokens": 5}})
            sent = "".join(f"data: {json.dumps(event)}\n\n" for event in events) + "data: [DONE]\n\n"
            self.send_response(200)
            self.send_header("Content-Type", "text/event-stream")
            self.send_header("Content-Length", str(len(sent)))
            self.end_headers()
            with contextlib.suppress(ConnectionError):  # whoever asked has left
                self.wfile.write(sent.encode())

        def log_message(self, format: str, *args: Any) -> None:
            """Quiet."""

    server = ThreadingHTTPServer(("127.0.0.1", 0), Handler)
    server.daemon_threads = True
    thread = threading.Thread(target=server.serve_forever, daemon=True)
    thread.start()
    try:
        yield f"http://127.0.0.1:{server.server_address[1]}/v1"
    finally:
        server.shutdown()
        server.server_close()
        thread.join()
