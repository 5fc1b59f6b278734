"""Execution accuracy of ASK through a gateway over the text-to-SQL cases of ../shared/eval, by ``askwire bench ask``.

    python -m tests.bench.accuracy --gateway 127.0.0.1:3307 --user root [--count 31] [--terms] …

takes every option of ``askwire bench ask`` but the cases and the day that their data belong to. The databases must be
loaded on the server behind the gateway (the README of the cases says how).
"""

import subprocess
import sys
from pathlib import Path

from tests.support.gateway import ASKWIRE

FOLDER = Path(__file__).resolve().parents[3] / "shared" / "eval"
TODAY = "SET timestamp = UNIX_TIMESTAMP('2026-11-21 12:00:00')"


def measure(*options: str) -> int:
    """Run the command; its exit status."""
    command = [str(ASKWIRE), "bench", "ask", "--cases", str(FOLDER / "cases.jsonl"), "--init", TODAY, *options]
    return subprocess.run(command, check=False).returncode


if __name__ == "__main__":
    if not FOLDER.is_dir():
        sys.exit("The cases (../shared/eval) are not here; nothing measured.")
    sys.exit(measure(*sys.argv[1:]))
