import os
import time

from knowledge.spool import KEPT_SECONDS, sweep


def test_what_no_load_names_is_removed_once_it_is_old(tmp_path):
    for name in ("wanted", "new", "left"):
        (tmp_path / name).touch()
    old = time.time() - KEPT_SECONDS - 1
    for name in ("wanted", "left"):
        os.utime(tmp_path / name, (old, old))
    sweep(tmp_path, {str(tmp_path / "wanted")})
    assert sorted(path.name for path in tmp_path.iterdir()) == ["new", "wanted"]
    sweep(tmp_path / "none", set())
