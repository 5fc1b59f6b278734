from pathlib import Path

import pytest

from conf.settings import Settings, SettingsError, known_keys, load_settings

STORED = "scrypt$14$8$5$bYXKzUPOTMYgZ5p9rPcZ4w$KxCaGhT2zXWfQyLbM1d0uS8eJvRnIoYpA5tHkEwF7mc"
HOUSE = {"engine": "openai", "url": "http://127.0.0.1:1/v1"}
EXAMPLE = Path(__file__).parents[2] / "conf/askwire.toml"


def test_the_annotated_file_is_the_defaults() -> None:
    assert load_settings(EXAMPLE).model_dump() == Settings().model_dump()


def test_the_annotated_file_has_every_key() -> None:
    import tomllib

    given = tomllib.loads(EXAMPLE.read_text())
    flat = [f"{k}.{i}" for k, v in given.items() if isinstance(v, dict) for i in v]
    flat += [k for k, v in given.items() if not isinstance(v, dict)]
    shown_in_comments = ("models", "accounts", "plugins.settings")
    assert sorted([*flat, *shown_in_comments]) == sorted(known_keys())


def test_command_line_over_environment_over_file(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    file = tmp_path / "a.toml"
    file.write_text('listen = "127.0.0.1:1"\nworkers = 2\n[ask]\nlimit = 3\ntime_limit_s = 4.0\n')
    monkeypatch.setenv("ASKWIRE_WORKERS", "5")
    monkeypatch.setenv("ASKWIRE_ASK__LIMIT", "6")
    settings = load_settings(file, listen="127.0.0.1:7")
    assert (settings.listen, settings.workers) == ("127.0.0.1:7", 5)
    assert (settings.ask.limit, settings.ask.time_limit_s) == (6, 4.0)


@pytest.mark.parametrize(
    ("given", "message"),
    [
        ({"listn": "x"}, "unknown setting 'listn'; did you mean 'listen'?"),
        ({"ask": {"limt": 1}}, "unknown setting 'ask.limt'; did you mean 'ask.limit'?"),
        ({"ask": {"limit": 0}}, "ask.limit: Input should be greater than or equal to 1"),
        ({"listen": "nowhere"}, "listen: 'nowhere' is not HOST:PORT"),
        ({"upstream": "h:3306"}, "upstream: takes mysql://HOST:PORT, postgresql://"),
        ({"upstream": "mysql+pymysql://h"}, "upstream: takes mysql://HOST:PORT"),
        ({"upstream": "mysql://h/shop"}, "takes only host and port"),
        ({"upstream": "mysql://u:p@h"}, "clients bring their own user and password"),
        ({"upstream": "postgresql://u:p@h/shop"}, "clients bring their own user and password"),
        ({"upstream": "postgresql://h/shop?user=me&password=u:p"}, "clients bring their own user and password"),
        ({"upstream": "postgresql://h:port/shop"}, "upstream: Port could not be cast"),
        ({"upstream": "postgresql://h:0/shop"}, "takes a port from 1 to 65535"),
        ({"upstream": "duckdb://warehouse.duckdb"}, "takes duckdb:///FILE, with three slashes"),
        ({"upstream": "sqlite:///a.db", "files": ["b.csv"]}, "upstream and files exclude each other"),
        ({"files": "a.csv"}, "files: Input should be a valid list"),
        ({"files": ["a.csv"], "workers": 2}, "workers must be 1 with DuckDB and with files"),
        ({"upstream": "duckdb:///a", "workers": 2}, "workers must be 1 with DuckDB and with files"),
        ({"files": ["a.csv"], "listen": "0.0.0.0:3307"}, "list users in [accounts]"),
        ({"upstream": "sqlite:///a", "listen": "[::]:3307"}, "list users in [accounts]"),
        ({"upstream": "duckdb:///a", "listen": "db.example:3307"}, "list users in [accounts]"),
        ({"accounts": {"alice": "u:p"}}, "accounts: 'alice' takes the line that `askwire hash-password` prints"),
        ({"accounts": {"a\nb": STORED}}, "accounts.a\nb: String should match pattern"),
        ({"accounts": {"alice": STORED}, "upstream": "mysql://h"}, "this upstream's own users log in"),
    ],
)
def test_a_fault_names_the_key(given: dict[str, object], message: str) -> None:
    with pytest.raises(SettingsError) as error:
        load_settings(**given)
    assert message in str(error.value)
    assert "u:p" not in str(error.value)


def test_an_unknown_environment_variable(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setenv("ASKWIRE_LISTN", "x")
    with pytest.raises(SettingsError, match="ASKWIRE_LISTN: unknown setting; did you mean 'ASKWIRE_LISTEN'"):
        load_settings()


def test_files_that_are_none(tmp_path: Path) -> None:
    with pytest.raises(SettingsError, match="there is no settings file"):
        load_settings(tmp_path / "missing.toml")
    broken = tmp_path / "broken.toml"
    broken.write_text("listen = ")
    with pytest.raises(SettingsError, match="is not TOML"):
        load_settings(broken)


def test_spellings_of_an_upstream() -> None:
    assert load_settings(upstream="mysql://db.example").upstream == "mysql://db.example:3306"
    assert load_settings(upstream="postgres://h:5433/shop").upstream == "postgresql://h:5433/shop"
    assert load_settings(upstream="mariadb://[::1]:33").upstream_address == ("::1", 33)


@pytest.mark.parametrize(
    ("given", "kind", "translated", "is_file_database"),
    [
        ({}, "", False, False),
        ({"upstream": "mariadb://h", "workers": 2, "listen": "0.0.0.0:1"}, "mysql", False, False),
        ({"upstream": "postgresql+psycopg://h/shop", "listen": "0.0.0.0:1"}, "postgresql", True, False),
        ({"upstream": "mssql+pyodbc://h/shop?driver=x", "workers": 2}, "mssql", True, False),
        ({"upstream": "duckdb:///a b.duckdb", "listen": "localhost:1"}, "duckdb", True, True),
        ({"upstream": "sqlite:////a.db", "workers": 2, "listen": "[::1]:1"}, "sqlite", True, True),
        ({"files": ["a.csv"], "listen": "127.9.9.9:1"}, "duckdb", True, True),
        ({"files": ["a.csv"], "listen": "0.0.0.0:1", "accounts": {"alice": STORED}}, "duckdb", True, True),
    ],
)
def test_what_is_behind(given: dict[str, object], kind: str, translated: bool, is_file_database: bool) -> None:
    settings = load_settings(**given)
    assert (settings.upstream_kind, settings.translated, settings.is_file_database) == (
        kind,
        translated,
        is_file_database,
    )


def test_the_name_of_what_is_behind() -> None:
    assert load_settings(upstream="sqlite:///a.db").upstream_name == "sqlite:///a.db"
    assert load_settings(files=["a.csv", "b/*.xlsx"]).upstream_name == "a.csv, b/*.xlsx"


def test_accounts_from_a_file(tmp_path: Path) -> None:
    file = tmp_path / "a.toml"
    file.write_text(f'upstream = "duckdb:///a"\nlisten = "0.0.0.0:1"\n[accounts]\n"Zoë B" = "{STORED}"\n')
    assert load_settings(file).accounts == {"Zoë B": STORED}


def test_secrets_are_not_shown() -> None:
    assert STORED not in repr(load_settings(accounts={"alice": STORED}))
    entry = {"engine": "openai", "url": "http://127.0.0.1:1/v1", "api_key": "very secret"}
    assert "very secret" not in repr(load_settings(models={"m": entry}))


def test_limits_of_a_model_of_its_own() -> None:
    settings = load_settings(model={"max_answer_tokens": 300}, models={"house": {**HOUSE, "context_tokens": 32_000}})
    assert settings.context_tokens("house") == 32_000
    assert settings.context_tokens("qwen2.5-coder-1.5b") == 8192
    assert settings.max_answer_tokens("house") == settings.max_answer_tokens("qwen2.5-coder-1.5b") == 300
