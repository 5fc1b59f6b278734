"""mycli in a terminal: its own commands, completion, queries, ASK. What the terminal showed is kept as terminal.txt.

Where every page is wanted, what a person sees of a question is drawn as ask.png.
"""

import io
import os
import re
import subprocess
import sys
import tempfile
from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path

import pexpect

from tests.clients.browsers.walks.common import QUESTION, Arguments, arguments
from tests.clients.browsers.walks.terminal import draw

PROMPT = "ready>"
CONTROLS = re.compile(r"\x1b\[[0-?]*[ -/]*[@-~]|\r")
SETTINGS = """[main]
less_chatty = True
enable_pager = False
destructive_warning = False
"""
TIMEOUT_S = 60
QUIET_S = 2
TABLE = "terminal_notes"


class Mycli:
    def __init__(self, given: Arguments, folder: Path) -> None:
        self.given, self.folder = given, folder
        (folder / "myclirc").write_text(SETTINGS)
        self.program = str(Path(sys.executable).with_name("mycli"))
        self.options = [
            *(f"--host={given.host}", f"--port={given.port}", f"--user={given.user}", f"--password={given.password}"),
            *(f"--myclirc={folder / 'myclirc'}", "--use-keyring=false", given.database),
        ]

    def walk(self) -> None:
        with self.terminal("dumb") as child:
            terminal = Terminal(child)
            self.browse(terminal)
            self.change(terminal)
            self.query(terminal)
            child.sendline("\\q")
            child.expect(pexpect.EOF)
        self.complete()
        self.without_terminal()
        if self.given.ask and self.given.every_page:
            self.draw()
        sys.exit(1 if terminal.failed else 0)

    @contextmanager
    def terminal(self, kind: str, dimensions: tuple[int, int] = (60, 200)) -> Iterator[pexpect.spawn]:
        """mycli in a terminal of that kind; on a dumb one the prompt is drawn once for each line."""
        child = pexpect.spawn(
            self.program,
            [f"--prompt={PROMPT}", *self.options],
            env={**os.environ, "TERM": kind, "HOME": str(self.folder), "PROMPT_TOOLKIT_NO_CPR": "1"},
            encoding="utf-8",
            timeout=TIMEOUT_S,
            dimensions=dimensions,
        )
        try:
            with (self.given.screenshots / "terminal.txt").open("a") as child.logfile_read:
                child.expect(re.escape(PROMPT))
                yield child
        finally:
            child.close(force=True)

    def browse(self, terminal: "Terminal") -> None:
        given = self.given
        terminal.run("\\l", rf"\b{given.database}\b", rf"\b{given.scratch}\b")
        terminal.run("\\dt", *(rf"\b{table}\b" for table in ("customers", "order_items", "orders", "products")))
        terminal.run("\\dt orders", r"customer_id +│ int", r"ordered_at +│ datetime", r"id +│ int[^│]*│ NO +│ PRI")
        terminal.run("\\dt+ orders", "CREATE TABLE .?orders")
        terminal.run("\\s", "Server version:", "Connection")
        terminal.run("SHOW FULL COLUMNS FROM customers;", "email", "UNI")
        terminal.run("EXPLAIN SELECT 1;")

    def change(self, terminal: "Terminal") -> None:
        terminal.run(f"USE {self.given.scratch}", "You are now connected to database")
        terminal.run(f"DROP TABLE IF EXISTS {TABLE};", "Query OK")
        terminal.run(f"CREATE TABLE {TABLE} (id INT PRIMARY KEY AUTO_INCREMENT, note VARCHAR(40));", "Query OK")
        terminal.run("BEGIN;", "Query OK")
        terminal.run(f"INSERT INTO {TABLE} (note) VALUES ('grüße ☃'), (NULL);", "Query OK, 2 rows affected")
        terminal.run("ROLLBACK;", "Query OK")
        terminal.run(f"INSERT INTO {TABLE} (note) VALUES ('grüße ☃');", "Query OK, 1 row affected")
        terminal.run(f"SELECT note, COUNT(*) FROM {TABLE} GROUP BY note;", "grüße ☃ +│ +1 ", "1 row in set")
        terminal.run(f"DROP TABLE {TABLE};", "Query OK")
        terminal.run(f"USE {self.given.database}", "You are now connected to database")

    def query(self, terminal: "Terminal") -> None:
        terminal.run(
            "SELECT `name`, IFNULL(NULL, 'none') AS `other`, DATE_FORMAT('2026-11-21', '%d.%m.%Y') AS d"
            " FROM `regions` ORDER BY `name` LIMIT 0, 2;",
            r"Central +│ none +│ 21.11.2026 │\n│ East ",
            "2 rows in set",
        )
        terminal.run("SELECT * FROM regions WHERE id = 1\\G", r"name +\| North")
        terminal.run("SELECT * FROM no_such_table;", r"\(1146, ", fails=True)
        terminal.run("SELECT no_such_column FROM orders;", r"\(1054, ", fails=True)
        if self.given.ask:
            terminal.run(f"ASK '{QUESTION}';", r"North", "120 rows in set")
            terminal.run("SHOW WARNINGS;", "SELECT")
            terminal.run(f"ASK SQL '{QUESTION}'\\G", r"sql +\| SELECT")

    def complete(self) -> None:
        for typed, offered in (("SELECT * FROM ord", "order_items"), ("SELECT customers.em", "email")):
            with self.terminal("xterm") as child:
                # It reads the names in the background, after the first prompt.
                for _ in range(TIMEOUT_S):
                    child.send(typed + "\t")
                    if child.expect([offered, pexpect.TIMEOUT], timeout=1) == 0:
                        break
                    child.sendcontrol("u")
                else:
                    raise AssertionError(f"{typed}: {offered} is not offered")
            print(f"{typed} {offered}: ok", flush=True)

    def draw(self) -> None:
        rows, columns = size = (40, 100)
        with self.terminal("xterm-256color", size) as child:
            written = io.StringIO(child.before + child.after)
            written.seek(0, io.SEEK_END)
            child.logfile_read = written
            for line in (f"ASK '{QUESTION}' LIMIT 5;", f"ASK SQL '{QUESTION}'\\G"):
                child.sendline(line)
                child.expect("rows? in set")
                child.expect(re.escape(PROMPT))
            child.expect(pexpect.TIMEOUT, timeout=QUIET_S)  # the line of keys is drawn after the prompt
        draw(written.getvalue(), rows, columns, self.given.screenshots / "ask.png")

    def without_terminal(self) -> None:
        """Statements given at the start, and on standard input."""
        sql = "SELECT id, name FROM regions ORDER BY id LIMIT 2"
        for words, given in (([f"--execute={sql}"], ""), ([], f"{sql};\n")):
            done = subprocess.run(
                [self.program, *self.options, "--csv", *words], input=given, capture_output=True, text=True
            )
            assert done.stdout.split() == ['"id","name"', '"1","North"', '"2","South"'], done
        print("without a terminal: ok", flush=True)


class Terminal:
    def __init__(self, child: pexpect.spawn) -> None:
        self.child, self.failed = child, False

    def run(self, line: str, *expected: str, fails: bool = False) -> None:
        """Type ``line``; check that its answer has the regular expressions ``expected`` and is (no) error."""
        self.child.sendline(line)
        self.child.expect(re.escape(PROMPT))
        said = CONTROLS.sub("", self.child.before)
        failed = bool(re.search(r"\(\d{4,5}, ['\"]", said))
        ok = failed == fails and all(re.search(text, said) for text in expected)
        print(f"{line}: ok" if ok else f"{line}: FAILED, {expected} in\n{said}", flush=True)
        self.failed |= not ok


def main() -> None:
    given = arguments()
    given.screenshots.mkdir(parents=True, exist_ok=True)
    (given.screenshots / "terminal.txt").unlink(missing_ok=True)
    with tempfile.TemporaryDirectory(prefix="askwire-mycli-") as name:
        Mycli(given, Path(name)).walk()


if __name__ == "__main__":
    main()
