"""No secret of the settings is shown."""

import pytest

from conf.settings import Settings
from proxy.admin.masking import MASK, masked

STORED = "scrypt$14$8$5$" + "A" * 22 + "$" + "B" * 43


def shown(**settings):
    return masked(Settings(**settings))


def test_accounts_and_keys():
    found = shown(files=["a.csv"], accounts={"alice": STORED}, tls={"certificate": "/c.pem", "key": "/k.pem"})
    assert found["accounts"] == {"alice": MASK}
    assert found["tls"]["key"] == MASK
    assert found["tls"]["certificate"] == "/c.pem"
    assert found["files"] == ["a.csv"]


@pytest.mark.parametrize(
    ("args", "expected"),
    [
        (["--api-key", "s", "--seed", "1"], ["--api-key", MASK, "--seed", "1"]),
        (["--api-key=s"], [f"--api-key={MASK}"]),
        (["--hf-token", "s", "t", "--x"], ["--hf-token", MASK, MASK, "--x"]),
        (["--url", "http://u:p@h/p?token=s#s"], ["--url", f"http://{MASK}@h/p?{MASK}"]),
        (["--max-num-seqs", "8"], ["--max-num-seqs", "8"]),
    ],
)
def test_arguments(args, expected):
    found = shown(models={"m": {"engine": "vllm", "path": "/x", "args": args}})
    assert found["models"]["m"]["args"] == expected


def test_nothing_else_is_hidden():
    for upstream in ("mysql://127.0.0.1:3306", "duckdb:////data/shop.duckdb"):
        found = shown(upstream=upstream)
        assert found["upstream"] == upstream
    assert found["ask"]["limit"] == 1000
    assert found["admin"]["listen"] == "127.0.0.1:8307"
    hidden = {key for key, value in flat(found) if value == MASK}
    assert hidden <= {"models.api_key"}, hidden


def flat(value, name=""):
    if isinstance(value, dict):
        for key, inner in value.items():
            yield from flat(inner, f"{name}.{key}" if name else key)
    else:
        yield name, value
