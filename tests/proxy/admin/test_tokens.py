"""The token files."""

import os
import threading

import pytest

from conf.settings import SettingsError
from proxy.admin.tokens import Role, Tokens, keep_token


def token(folder, role):
    return (folder / f"{role.value}-token").read_bytes().strip()


def test_made_once_and_for_the_owner_alone(tmp_path):
    folder = tmp_path / "data"
    tokens = Tokens(folder)
    assert tokens.role_of(b"") is None  # before there are any
    tokens.make()
    first = {role: token(folder, role) for role in Role}
    assert len(set(first.values())) == 2
    for role, text in first.items():
        assert (folder / f"{role.value}-token").stat().st_mode & 0o777 == 0o600
        assert len(text) >= 43
        assert tokens.role_of(text) is role
        assert tokens.role_of(text[:-1]) is None
        assert tokens.role_of(text + b"\n") is None
    Tokens(folder).make()
    assert {role: token(folder, role) for role in Role} == first


def test_processes_that_start_together_agree(tmp_path):
    made = []
    threads = [threading.Thread(target=lambda: made.append(keep_token(tmp_path / "t"))) for _ in range(16)]
    for thread in threads:
        thread.start()
    for thread in threads:
        thread.join()
    assert len(set(made)) == 1
    assert os.listdir(tmp_path) == ["t"]


def test_files_that_are_not_safe(tmp_path):
    tokens = Tokens(tmp_path)
    tokens.make()
    path = tmp_path / "admin-token"
    right = token(tmp_path, Role.ADMIN)
    path.chmod(0o640)
    assert tokens.role_of(right) is None
    with pytest.raises(SettingsError, match="0600"):
        tokens.make()
    path.write_text("short")
    path.chmod(0o600)
    assert tokens.role_of(b"short") is None
    with pytest.raises(SettingsError, match="fewer than 32"):
        tokens.make()
    path.unlink()
    path.symlink_to(tmp_path / "reader-token")
    with pytest.raises(SettingsError, match="plain file"):
        tokens.make()
    assert tokens.role_of(token(tmp_path, Role.READER)) is Role.READER


def test_a_new_one_takes_the_place_of_the_old(tmp_path):
    tokens = Tokens(tmp_path)
    tokens.make()
    old = token(tmp_path, Role.ADMIN)
    assert tokens.role_of(old) is Role.ADMIN
    new = keep_token(tmp_path / "admin-token", anew=True).encode()
    assert new != old
    assert tokens.role_of(old) is None
    assert tokens.role_of(new) is Role.ADMIN


def test_one_written_by_hand(tmp_path):
    path = tmp_path / "admin-token"
    path.write_text("x" * 40 + "\r\n")
    path.chmod(0o600)
    tokens = Tokens(tmp_path)
    tokens.make()
    assert tokens.role_of(b"x" * 40) is Role.ADMIN
