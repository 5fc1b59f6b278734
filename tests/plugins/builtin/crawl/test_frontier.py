import pytest

from plugins.builtin.crawl.frontier import QUERIES_PER_PATH, Frontier
from plugins.builtin.crawl.scope import Scope

BASE = "https://example.org/docs/"


@pytest.fixture
def frontier() -> Frontier:
    made = Frontier(Scope(BASE))
    assert made.next() == (BASE, 0)
    return made


def test_addresses_come_in_the_order_in_which_they_were_met_and_once(frontier: Frontier) -> None:
    for link, depth in (("b", 1), ("a/", 1), ("b#part", 2), ("./b", 2), (BASE, 1), ("a/c", 2)):
        frontier.meet(link, depth, BASE)
    assert len(frontier) == 3
    assert [frontier.next() for _ in range(3)] == [(f"{BASE}b", 1), (f"{BASE}a/", 1), (f"{BASE}a/c", 2)]
    assert not frontier
    frontier.meet("b", 1, BASE)
    assert not frontier, "it was asked for"
    assert f"{BASE}b" in frontier


def test_links_are_read_from_where_they_stand(frontier: Frontier) -> None:
    frontier.meet("c", 2, f"{BASE}a/")
    assert frontier.next() == (f"{BASE}a/c", 2)


@pytest.mark.parametrize("link", ["../secret", "https://example.com/docs/a", "mailto:a@example.org", "a.png", "//[x"])
def test_what_is_not_the_crawls_is_not_met(frontier: Frontier, link: str) -> None:
    frontier.meet(link, 1, BASE)
    assert not frontier


def test_one_path_has_so_many_queries(frontier: Frontier) -> None:
    for number in range(QUERIES_PER_PATH + 5):
        frontier.meet(f"list?page={number}", 1, BASE)
    frontier.meet("list", 1, BASE)
    frontier.meet("other?page=1", 1, BASE)
    assert len(frontier) == QUERIES_PER_PATH + 2
