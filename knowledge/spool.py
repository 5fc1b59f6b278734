"""The folder of uploads and downloads that wait to be loaded."""

import time
from collections.abc import Collection
from pathlib import Path

# An upload is written before its load is queued.
KEPT_SECONDS = 3_600.0


def sweep(folder: Path, wanted: Collection[str]) -> None:
    """Remove what no load names any more: its load was cancelled, or its process killed. Raises OSError."""
    for path in folder.glob("*"):
        if str(path) not in wanted and path.stat().st_mtime < time.time() - KEPT_SECONDS:
            path.unlink(missing_ok=True)
