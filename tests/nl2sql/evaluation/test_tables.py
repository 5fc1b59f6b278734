import io

from rich.console import Console

from nl2sql.evaluation.figures import compare
from nl2sql.evaluation.results import Outcome, Result, Run
from nl2sql.evaluation.tables import print_change, print_run

HOSTILE = "[red]x[/red]\x1b]0;title\x07\x9b31m"


def result(outcome: Outcome) -> Result:
    return Result(HOSTILE, "d", HOSTILE, "q", "", outcome, HOSTILE, 1.0, own_s=0.0123, first_token_s=0.456)


def test_other_peoples_words_do_nothing_to_the_terminal() -> None:
    out = io.StringIO()
    console = Console(file=out, width=200, force_terminal=False)
    run = Run({}, (result(Outcome.WRONG),))
    print_run(console, run)
    print_change(console, compare(Run({}, (result(Outcome.RIGHT),)), run))
    text = out.getvalue()
    assert text.count("[red]x[/red]") == 5
    assert not {"\x1b", "\x07", "\x9b"} & set(text)
    assert "right: 0 of 1 (0.0 %)" in text
    assert "first token: median 0.46 s" in text
    assert "outside the model: median 12 ms" in text
