"""What the metadata knows of a session."""

from proxy.upstreams.metadata.session import SessionView


def test_the_account_as_mysql_says_it() -> None:
    view = SessionView("ann", account_host="10.%")
    assert (view.account, view.quoted_account) == ("ann@10.%", "'ann'@'10.%'")


def test_two_sessions_share_nothing() -> None:
    one, two = SessionView("a"), SessionView("b")
    one.variables.user["x"] = 1
    assert two.variables.user == {}
    assert (list(one.processes()), dict(one.status())) == ([], {})
