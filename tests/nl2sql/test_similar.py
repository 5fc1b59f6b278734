from knowledge.records import VerifiedQuery
from nl2sql.similar import similar

KNOWN = [
    VerifiedQuery("tonnage", "total tonnage of each ship", "SELECT 1"),
    VerifiedQuery("late", "which ships arrived late in the harbour", "SELECT 1"),
    VerifiedQuery("cranes", "lifts of each crane per hour", "SELECT 1", shared=True),
    VerifiedQuery("cranes2", "lifts of each crane per hour", "SELECT 1"),
]


def names(question, k=3):
    return [query.name for query in similar(question, KNOWN, k)]


def test_the_likest_first_and_the_own_before_the_shared():
    assert names("how many tonnage had the ships") == ["tonnage", "late"]
    assert names("crane lifts by day") == ["cranes2", "cranes"]
    assert names("crane lifts by day", 1) == ["cranes2"]


def test_what_shares_too_little_is_no_example():
    assert names("salaries of the harbour staff by department and country of birth") == []
    assert names("") == []
    assert similar("ships", [], 3) == []
