from pathlib import Path
from types import SimpleNamespace
from typing import Any, cast

import pytest

from conf.diagnose import DiagnoseSettings
from diagnose.workload.recorder import Recorder
from diagnose.workload.show import Show
from diagnose.workload.store import FILE_NAME, STEPS, Workload
from knowledge.database import Database
from plugins import Services


@pytest.mark.parametrize(
    ("account", "user", "visible"),
    [
        ("alice@%", "alice", "alice"),
        ("a@b@%", "a@b", "a@b"),
        ("alice", "alice", "alice"),  # of a database that tells no host
        ("@127.0.0.1", "alice", ""),  # an account without a name: the client chose it
        ("@%", "", ""),
        ("admin@%", "admin", None),
    ],
)
def test_whose_statements_are_shown(tmp_path: Path, account: str, user: str, visible: str | None) -> None:
    workload = Workload(Database(tmp_path / FILE_NAME, STEPS), 10)
    show = Show(DiagnoseSettings(viewers=("admin",)), workload, Recorder(workload, Services()))
    assert show.visible_to(cast(Any, SimpleNamespace(account=account, user=user))) == visible
