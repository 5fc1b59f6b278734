"""Who may log in."""

from typing import Any

import pytest

from plugins import UpstreamError
from proxy.upstreams.accounts import Accounts
from proxy.upstreams.passwords import hash_password
from proxy.wire.errors import ProtocolError
from proxy.wire.server_login import Credentials


class Database:
    """A backend that notes who came; ``error`` is what it says to them."""

    def __init__(self, *, has_accounts: bool, error: int = 0) -> None:
        self.has_accounts = has_accounts
        self.error = error
        self.came: list[tuple[str, str]] = []

    def connect(self, user: str, password: str) -> str:
        self.came.append((user, password))
        if self.error:
            raise UpstreamError(self.error, "HY000", "the database's own words")
        return "session"


def opened(backend: Any, user: str, password: str, *, local: bool = True, hashes: dict[str, str] | None = None) -> Any:
    credentials = Credentials(user, password, None, None)
    return Accounts(backend, hashes or {}).open(credentials, "10.0.0.9", local=local)


def refused(*arguments: Any, **options: Any) -> ProtocolError:
    with pytest.raises(ProtocolError) as caught:
        opened(*arguments, **options)
    assert caught.value.number == 1045
    return caught.value


def test_a_database_with_accounts_decides_itself() -> None:
    database = Database(has_accounts=True)
    assert opened(database, "ann", "secret", local=False) == "session"
    assert database.came == [("ann", "secret")]


def test_a_denial_of_the_database_is_said_in_mysqls_words() -> None:
    error = refused(Database(has_accounts=True, error=1045), "ann", "secret")
    assert error.message == "Access denied for user 'ann'@'10.0.0.9' (using password: YES)"


def test_another_error_of_the_database_passes() -> None:
    with pytest.raises(UpstreamError, match="the database's own words"):
        opened(Database(has_accounts=True, error=1040), "ann", "secret")


def test_with_a_table_of_users_a_password_is_needed_from_everywhere() -> None:
    database = Database(has_accounts=False)
    hashes = {"ann": hash_password("secret")}
    assert opened(database, "ann", "secret", local=False, hashes=hashes) == "session"
    assert database.came == [("", "")]
    for user, password in (("ann", "Secret"), ("ann", ""), ("bob", "secret"), ("", "")):
        refused(database, user, password, hashes=hashes)
    assert len(database.came) == 1


@pytest.mark.parametrize(("password", "local"), [("secret", True), ("", False), ("secret", False)])
def test_without_one_only_this_machine_may_without_a_password(password: str, local: bool) -> None:
    database = Database(has_accounts=False)
    assert opened(database, "anyone", "", local=True) == "session"
    refused(database, "anyone", password, local=local)
