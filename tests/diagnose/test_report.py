import json
from dataclasses import replace

from diagnose.evidence.plan import Operation, Plan, PlanNode
from diagnose.report import COLUMNS, NOTHING, Quote, Report, as_json, as_rows, as_text
from diagnose.types import Diagnosis, Finding, Severity, Trial, Verdict
from tests.diagnose.samples import evidence, table

PLAN = Plan(PlanNode(Operation.FULL_SCAN, "ALL", "orders", "orders", rows=5, rows_read=20_000), 4.5, '{"query": {}}')
EVIDENCE = evidence("SELECT * FROM orders WHERE a = 1", table("orders(id int pk, a int)"), plan=PLAN)
FINDING = Finding(
    "missing-index", Severity.HIGH, "orders is read in full", "20,000 rows", "Create an index",
    trial=Trial(Verdict.VERIFIED, "rows read 20,000 -> 5", 0.00025), statement="CREATE INDEX a ON orders (a)",
)  # fmt: skip
REPORT = Report(Diagnosis(EVIDENCE, (FINDING,), ("a note",), {"rules": 0.001}), (Quote("runbook.md", "Ask the DBA."),))


def test_rows() -> None:
    table_ = as_rows(REPORT)
    assert [column.name for column in table_.columns] == [column.name for column in COLUMNS]
    assert list(table_.rows) == [
        ("high", "missing-index", "orders is read in full", "20,000 rows", "Create an index",
         "CREATE INDEX a ON orders (a)", "yes: rows read 20,000 -> 5")
    ]  # fmt: skip
    assert [note.message for note in table_.notes] == ["a note", "Knowledge: runbook.md: Ask the DBA."]


def test_nothing_found_is_said() -> None:
    rows = list(as_rows(Report(Diagnosis(EVIDENCE))).rows)
    assert rows[0][:4] == ("info", "nothing-found", NOTHING, "the plan reads about 20,000 rows")
    unplanned = replace(EVIDENCE, plan=None, unplanned="it calls f()")
    assert next(iter(as_rows(Report(Diagnosis(unplanned))).rows))[3] == "it calls f()"


def test_json_is_one_document() -> None:
    ((text,),) = as_json(REPORT).rows
    said = json.loads(str(text))
    assert said["statement"] == EVIDENCE.sql
    assert said["findings"][0]["verified"] is True
    assert said["findings"][0]["trial"]["gain"] == 0.00025
    assert said["findings"][0]["documentation"] == "docs/findings/missing-index.md"
    assert said["plan"] == {"query": {}}
    assert said["knowledge"] == [{"source": "runbook.md", "text": "Ask the DBA."}]


def test_text_is_a_line_a_row() -> None:
    lines = [str(row[0]) for row in as_text(replace(REPORT, summary="All of orders is read.")).rows]
    assert lines[0] == "All of orders is read."
    assert "1. HIGH missing-index: orders is read in full" in lines
    assert "     CREATE INDEX a ON orders (a);" in lines
    assert "   Verified: yes: rows read 20,000 -> 5" in lines
    assert lines[-2:] == ["From the knowledge base: runbook.md: Ask the DBA.", "Note: a note"]
    assert max(map(len, lines)) <= 76
