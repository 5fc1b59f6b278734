import os
import subprocess
import sys
from pathlib import Path

from knowledge import database as database_module
from knowledge.migrations import STEPS, migrate
from tests.knowledge.index.shelf import Shelf
from tests.support.private_mariadb import die_with_parent

# Forks: each child migrates a copy of the file and is killed before the next one of its statements.
DRIVER = """
import itertools, os, shutil, signal, sqlite3, sys
from knowledge.migrations import migrate

def child(path, where):
    left = itertools.count(where, -1)
    c = sqlite3.connect(path, isolation_level=None)
    c.execute("PRAGMA journal_mode = WAL")
    c.set_trace_callback(lambda _: next(left) or os.kill(os.getpid(), signal.SIGKILL))
    migrate(c)
    os._exit(0)

def state(path):
    c = sqlite3.connect(path, isolation_level=None)
    version = c.execute("PRAGMA user_version").fetchone()[0]
    whole = c.execute("PRAGMA integrity_check").fetchone()[0], c.execute("PRAGMA foreign_key_check").fetchall()
    documents = c.execute("SELECT id, source FROM documents ORDER BY id").fetchall()
    chunks = c.execute("SELECT id, document, text FROM chunks ORDER BY id").fetchall()
    names = [row[0] for row in c.execute("SELECT name FROM sqlite_master WHERE name LIKE 'new_%'")]
    migrate(c)
    assert c.execute("SELECT COUNT(*) FROM passages").fetchone()[0] == len(chunks)
    c.close()
    return version, whole, documents, chunks, names

old, new = sys.argv[1:]
for where in itertools.count(1):
    for end in ("", "-wal", "-shm"):
        if os.path.exists(new + end):
            os.unlink(new + end)
    shutil.copyfile(old, new)
    pid = os.fork()
    if not pid:
        child(new, where)
    status = os.waitpid(pid, 0)[1]
    print(os.WTERMSIG(status), *state(new), sep="|")
    if not status:
        break
"""


def test_kill_9_before_any_statement_of_a_migration_leaves_the_file_as_it_was(tmp_path, monkeypatch):
    with monkeypatch.context() as before:
        before.setattr(database_module, "migrate", lambda c, _steps: migrate(c, STEPS[:3]))
        shelf = Shelf(tmp_path)
    base = shelf.base(embedder="")
    shelf.add(base, "one", ["alpha", "beta"])
    shelf.add(base, "two", ["gamma"])
    shelf.c.execute("PRAGMA wal_checkpoint(TRUNCATE)")
    shelf.close()
    command = [*die_with_parent(), sys.executable, "-c", DRIVER, tmp_path / "askwire.sqlite", tmp_path / "copy"]
    root = Path(__file__).resolve().parents[2]
    env = {**os.environ, "PYTHONPATH": "."}
    ended = subprocess.run(command, cwd=root, env=env, capture_output=True, text=True, check=False)
    assert ended.returncode == 0, ended.stderr
    *killed, done = [line.split("|") for line in ended.stdout.splitlines()]
    assert len(killed) > len(STEPS[3])
    assert {state[0] for state in killed} == {"9"}
    assert {tuple(state[1:]) for state in killed} == {("3", *done[2:])}, "nothing of a step that was not ended is there"
    assert done[:3] == ["0", str(len(STEPS)), "('ok', [])"]
    assert done[3] == "[(1, 'one'), (2, 'two')]"
    assert done[5] == "[]"
