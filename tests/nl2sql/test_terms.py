from knowledge.records import Term
from nl2sql.definitions import defined, divide, shown
from nl2sql.terms import BUDGET, CHARS, MOST, Glossary, choose_terms

HARBOUR = [
    Term("Berth days", "Days that a ship lay at a berth, the day of arrival included."),
    Term(
        "note 1", "TEU = twenty-foot equivalent unit; a forty-foot container counts as two. CTR = crane turns per hour"
    ),
    Term(
        "note 2", "To find idle cranes, join cranes and shifts and keep those without a lift.\nADT = average dwell time"
    ),
    Term("note 3", "ADT (average dwell time) = SUM(dwell_hours) / COUNT(*)"),
    Term("note 4", "Always leave out training shifts."),
    Term("customs", "A container is cleared when its papers were stamped."),
]


def chosen(question, terms=HARBOUR, **options):
    return [(t.name, t.definition) for t in choose_terms(question, terms, **options)]


def test_what_the_question_names_comes_first():
    first = chosen("How many TEU per ship?")[0]
    assert first == ("note 1", "TEU = twenty-foot equivalent unit; a forty-foot container counts as two.")
    assert chosen("berth-days of each ship")[0][0] == "Berth days"
    assert chosen("crane turns: CTR in May")[0] == ("note 1", "CTR = crane turns per hour.")


def test_an_abbreviation_that_is_used_and_nowhere_defined():
    ships = [Term("note", "Ships under a RORO flag carry cars; ADT is not kept of them.")]
    assert [name for name, _ in chosen("how many RORO arrivals", [*HARBOUR, *ships])] == ["note"]
    assert "note" not in [name for name, _ in chosen("ADT by month", [*HARBOUR, *ships])]
    assert chosen("HOW MANY RORO ARRIVALS", ships) == []


def test_of_two_definitions_the_one_that_says_what_to_compute():
    assert [d for _, d in chosen("ADT by month") if "ADT" in d] == [
        "ADT (average dwell time) = SUM(dwell_hours) / COUNT(*)."
    ]


def test_shared_words_and_what_always_holds():
    names = [name for name, _ in chosen("which cranes are idle")]
    assert names == ["note 2"]
    assert chosen("which cranes are idle")[0][1].startswith("To find idle cranes")
    assert [name for name, _ in chosen("which shifts were longest")] == ["note 4"]
    assert chosen("weather") == []


def test_an_abbreviation_that_the_question_does_not_say_stays_out():
    assert not any("CTR" in definition for _, definition in chosen("which crane is the oldest in the harbour"))


def test_the_budget_and_the_bounds():
    long = Term("pier", " ".join(f"The pier number {n} has its own rule about mooring lines." for n in range(40)))
    (term,) = choose_terms("what holds for the pier", [long])
    assert len(term.definition) <= CHARS
    near = Term("pier", f"{'Ships are painted. ' * 30}Mooring takes two tugs. {'Ropes are long. ' * 30}")
    assert "Mooring takes two tugs." in choose_terms("tugs for mooring at the pier", [near])[0].definition
    endless = Term("pier", "x" * 200 + " " + "y" * 3000)
    assert len(choose_terms("the pier", [endless])[0].definition) <= CHARS
    many = [Term(f"pier {word}", "Something else.") for word in "abcdefghijklmnop"]
    assert len(choose_terms("pier a, pier b, pier c, pier d, pier e, pier f, pier g, pier h", many)) <= MOST
    assert (
        sum(len(t.name) + len(t.definition) for t in choose_terms("TEU ADT CTR berth days customs", HARBOUR)) <= BUDGET
    )
    assert chosen("TEU ADT CTR berth days customs", budget=10) == []


def test_nothing_taught_nothing_chosen():
    assert Glossary([]).choose("anything") == []
    assert chosen("") == []


def test_sentences_and_names():
    term = Term("n", "AB = x per y CD (see d) = z. To do it, join a and b To do more, join c (e.g. 3.5 tons)\nEF: done")
    assert [s.text for s in divide(term)] == [
        *(
            "AB = x per y",
            "CD (see d) = z.",
            "To do it, join a and b",
            "To do more, join c (e.g. 3.5 tons)",
            "EF: done",
        ),
    ]
    assert defined("gross tonnage (GT) is the whole, MAX = most") == {"gt", "max"}
    assert divide(Term("n", " . \n ; ")) == []


def test_what_the_prompt_shows():
    assert shown(Term("Berth days", "days at a berth")) == "Berth days: days at a berth"
    assert shown(Term("TEU", "TEU = unit")) == "TEU = unit"
    assert shown(Term("note 12", "Always count twice.")) == "Always count twice."
