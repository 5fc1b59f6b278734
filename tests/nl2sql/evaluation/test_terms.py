import pytest

from nl2sql.evaluation.cases import Case
from nl2sql.evaluation.client import Failed
from nl2sql.evaluation.terms import loaded_terms, name_of


@pytest.mark.parametrize(
    ("note", "name"),
    [
        ("TAC = total active customers", "TAC"),
        ("STR (success rate) = successes / all", "STR"),
        ("Gross margin: revenue less cost", "Gross margin"),
        ("When you join orders, always use the latest one = newest", "When you join orders, always use"),
        ("Weekend days are Saturday and Sunday. Weeks begin on Monday.", "Weekend days are Saturday and Sunday."),
        ("x" * 100, "x" * 60),
    ],
)
def test_a_note_gets_a_name(note: str, name: str) -> None:
    assert name_of(note) == name


class Gateway:
    """Remembers terms as the gateway does."""

    def __init__(self, **terms: str) -> None:
        self.terms = {("shop", name): text for name, text in terms.items()}

    def run(self, database: str, sql: str) -> tuple[tuple[str, ...], list[tuple[str, ...]]]:
        if sql == "SHOW AI TERMS":
            return ("term",), [(name,) for place, name in self.terms if place == database]
        name = sql.split("'")[1]
        if sql.startswith("DROP"):
            del self.terms[database, name]
        elif (database, name) in self.terms or name == "bad":
            raise Failed.__new__(Failed)
        else:
            self.terms[database, name] = sql.split(" AS ")[1]
        return (), []


def case(database: str, notes: str) -> Case:
    return Case("1", database, "c", "q", notes, ("SELECT 1",), ())


def test_terms_stand_meanwhile_and_others_stay() -> None:
    gateway = Gateway(tac="the user's own")
    cases = [case("shop", n) for n in ("TAC = a", "TAC = b", "TAC = a", "", "it's")] + [case("bank", "TAC = a")]
    with loaded_terms(cases, gateway) as count:  # type: ignore[arg-type]
        assert count == 4
        assert gateway.terms == {
            ("shop", "tac"): "the user's own",
            ("shop", "TAC 2"): "'TAC = a'",
            ("shop", "TAC 3"): "'TAC = b'",
            ("shop", "it"): "'it''s'",
            ("bank", "TAC"): "'TAC = a'",
        }
    assert gateway.terms == {("shop", "tac"): "the user's own"}


def test_what_was_made_goes_when_a_term_fails() -> None:
    gateway = Gateway()
    with pytest.raises(Failed), loaded_terms([case("shop", "a"), case("shop", "bad")], gateway):  # type: ignore[arg-type]
        pass
    assert gateway.terms == {}
