from pathlib import Path

import pytest

from proxy.tls import RsaKey


@pytest.fixture(scope="session")
def rsa_key(tmp_path_factory: pytest.TempPathFactory) -> RsaKey:
    """The gateway's key: not the scripted server's."""
    key = RsaKey(Path(tmp_path_factory.mktemp("data")))
    key.load()
    return key
