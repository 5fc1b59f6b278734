from pathlib import Path

import pytest

from conf.settings import Settings, SettingsError, known_keys, load_settings

EXAMPLE = Path(__file__).parents[2] / "conf/askwire.toml"


def test_the_annotated_file_is_the_defaults() -> None:
    assert load_settings(EXAMPLE).model_dump() == Settings().model_dump()


def test_the_annotated_file_has_every_key() -> None:
    import tomllib

    given = tomllib.loads(EXAMPLE.read_text())
    flat = [f"{k}.{i}" for k, v in given.items() if isinstance(v, dict) for i in v]
    flat += [k for k, v in given.items() if not isinstance(v, dict)]
    assert sorted([*flat, "models"]) == sorted(known_keys())  # models: shown in comments


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
        ({"upstream": "postgresql://h"}, "upstream: takes mysql://HOST:PORT"),
        ({"upstream": "mysql://u:p@h"}, "takes only host and port"),
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


def test_the_default_port_of_an_upstream() -> None:
    assert load_settings(upstream="mysql://db.example").upstream == "mysql://db.example:3306"
    assert load_settings(upstream="mariadb://[::1]:33").upstream_address == ("::1", 33)


def test_secrets_are_not_shown() -> None:
    entry = {"engine": "openai", "url": "http://127.0.0.1:1/v1", "api_key": "very secret"}
    assert "very secret" not in repr(load_settings(models={"m": entry}))
