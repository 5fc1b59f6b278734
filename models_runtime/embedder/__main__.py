"""Run the embedder, as ``models_runtime.child`` says, with this line of JSON:

``{"kind": "embedder" or "reranker", "model": name, "path": folder, "threads": n, "token": …}``
"""

import os
import sys

# Before the libraries are imported: nothing is ever fetched, and nothing is written to the log but what goes wrong.
os.environ.update(HF_HUB_OFFLINE="1", TRANSFORMERS_OFFLINE="1", HF_HUB_DISABLE_TELEMETRY="1")
os.environ.update(HF_HUB_DISABLE_PROGRESS_BARS="1", TRANSFORMERS_VERBOSITY="error", TOKENIZERS_PARALLELISM="false")

from models_runtime.child import read_config, serve
from models_runtime.embedder.app import make_app
from models_runtime.embedder.worker import Worker


def main() -> None:
    config = read_config()
    # An import of torch's C++ libraries takes seconds; the other threads get their turn in between.
    sys.setswitchinterval(0.001)
    worker = Worker(config["kind"], config["path"], config["threads"] or len(os.sched_getaffinity(0)))
    serve(make_app(worker, config["token"], config["model"]), worker.start)


if __name__ == "__main__":
    main()
