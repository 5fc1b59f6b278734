"""Every setting, typed and validated. ``conf/askwire.toml`` documents the same defaults (a test compares them)."""

import difflib
import os
import re
import tomllib
from pathlib import Path
from typing import Annotated, Any, Literal, Self
from urllib.parse import SplitResult, parse_qsl, urlsplit

import platformdirs
from pydantic import (
    Field,
    StringConstraints,
    ValidationError,
    field_validator,
    model_validator,
)
from pydantic_settings import BaseSettings, PydanticBaseSettingsSource, SettingsConfigDict, TomlConfigSettingsSource

from conf.addresses import is_loopback, split_address
from conf.admin import AdminSettings
from conf.audit import AuditSettings
from conf.crawl import CrawlSettings
from conf.diagnose import DiagnoseSettings
from conf.knowledge import KnowledgeSettings, check_embedders
from conf.mask import MaskSettings
from conf.mcp import McpSettings
from conf.models import ModelEntry, ModelName, ModelSettings, check_models
from conf.plugins import PluginSettings
from conf.section import Section

MYSQL = ("mysql", "mariadb")
# Databases that are a file: they have no users of their own, and DuckDB's has one process as its owner.
FILE_DATABASES = ("duckdb", "sqlite")
SCHEME = re.compile(r"[a-z][a-z0-9_]*(\+[a-z0-9_]+)?")
LOGIN_PARAMETERS = frozenset({"user", "username", "password", "passwd", "pwd", "uid"})
STORED_PASSWORD = re.compile(r"scrypt\$\d{1,2}\$\d{1,2}\$\d{1,2}\$[A-Za-z0-9+/]{11,}\$[A-Za-z0-9+/]{22,}")

# As long as MySQL lets a user name be, and printable.
AccountName = Annotated[str, StringConstraints(min_length=1, max_length=32, pattern=r"^[^\x00-\x1f\x7f]+$")]


class SettingsError(ValueError):
    """The settings do not fit; the message names the key and what it takes."""


class TlsSettings(Section):
    client: Literal["on", "required", "off"] = "on"
    certificate: str = ""
    key: str = ""
    upstream: Literal["preferred", "required", "verify", "off"] = "preferred"
    upstream_ca: str = ""


class AskSettings(Section):
    limit: int = Field(1000, ge=1)
    time_limit_s: float = Field(30.0, gt=0)
    deadline_s: float = Field(180.0, gt=0)
    show: Literal["rows", "sql"] = "rows"
    repair_rounds: int = Field(1, ge=0, le=5)
    candidates: int = Field(4, ge=1, le=16)
    max_question_chars: int = Field(4000, ge=1)
    example_values: bool = True
    warm: bool = True
    history_size: int = Field(1000, ge=0)
    max_changed_rows: int = Field(1000, ge=0)
    confirm_s: float = Field(300.0, gt=0)


class LogSettings(Section):
    level: Literal["debug", "info", "warning", "error"] = "info"
    format: Literal["auto", "text", "json"] = "auto"
    statements: bool = False


def _mysql_url(parts: SplitResult) -> str:
    if "+" in parts.scheme or not parts.hostname:
        raise ValueError("takes mysql://HOST:PORT for MySQL and MariaDB")
    if parts.path.strip("/") or parts.query:
        raise ValueError("takes only host and port: clients bring their own user, password and database")
    return f"mysql://{parts.netloc if parts.port else parts.netloc + ':3306'}"


class Settings(BaseSettings):
    """The settings of one gateway; immutable."""

    model_config = SettingsConfigDict(
        env_prefix="ASKWIRE_", env_nested_delimiter="__", extra="forbid", frozen=True, hide_input_in_errors=True
    )

    listen: str = "127.0.0.1:3307"
    upstream: str = ""
    files: list[str] = []
    data_dir: str = ""
    workers: int = Field(1, ge=1, le=256)
    max_connections: int = Field(2000, ge=1)
    connect_timeout_s: float = Field(10.0, gt=0)
    login_timeout_s: float = Field(30.0, gt=0)
    login_plugin: Literal["caching_sha2_password", "mysql_clear_password"] = "caching_sha2_password"
    drain_timeout_s: float = Field(10.0, ge=0)
    language: Literal["en", "zh", "ja"] = "en"
    tls: TlsSettings = TlsSettings()
    ask: AskSettings = AskSettings()
    model: ModelSettings = ModelSettings()
    models: dict[ModelName, ModelEntry] = {}
    knowledge: KnowledgeSettings = KnowledgeSettings()
    diagnose: DiagnoseSettings = DiagnoseSettings()
    mask: MaskSettings = MaskSettings()
    admin: AdminSettings = AdminSettings()
    mcp: McpSettings = McpSettings()
    audit: AuditSettings = AuditSettings()
    crawl: CrawlSettings = CrawlSettings()
    plugins: PluginSettings = PluginSettings()
    accounts: dict[AccountName, str] = Field({}, repr=False)
    log: LogSettings = LogSettings()

    @field_validator("listen")
    @classmethod
    def _listen(cls, value: str) -> str:
        split_address(value)
        return value

    @field_validator("upstream")
    @classmethod
    def _upstream(cls, value: str) -> str:
        if not value:
            return value
        parts = urlsplit(value)
        if not SCHEME.fullmatch(parts.scheme) or "://" not in value:
            raise ValueError(
                "takes mysql://HOST:PORT, postgresql://HOST:PORT/DATABASE, duckdb:///FILE, sqlite:///FILE "
                "or another URL of SQLAlchemy's"
            )
        if parts.port == 0:  # reading it refuses what is no number
            raise ValueError("takes a port from 1 to 65535")
        if parts.username or parts.password or LOGIN_PARAMETERS & {key.lower() for key, _ in parse_qsl(parts.query)}:
            raise ValueError("takes no user and no password: clients bring their own user and password")
        if parts.scheme.split("+")[0] in MYSQL:
            return _mysql_url(parts)
        if parts.scheme == "postgres":  # libpq's other spelling
            return f"postgresql{value[len(parts.scheme) :]}"
        if parts.scheme.split("+")[0] in FILE_DATABASES and parts.netloc:
            raise ValueError(f"takes {parts.scheme}:///FILE, with three slashes before the file's path")
        return value

    @field_validator("accounts")
    @classmethod
    def _accounts(cls, value: dict[str, str]) -> dict[str, str]:
        for name, stored in value.items():
            if not STORED_PASSWORD.fullmatch(stored):
                raise ValueError(f"{name!r} takes the line that `askwire hash-password` prints, never a password")
        return value

    @model_validator(mode="after")
    def _fits_together(self) -> Self:
        check_models(self.model, self.models)
        check_embedders(self.knowledge, self.models)
        if self.upstream and self.files:
            raise ValueError("upstream and files exclude each other: one gateway stands in front of one database")
        if not self.is_file_database:
            if self.accounts and self.upstream:
                raise ValueError("accounts are for files, DuckDB and SQLite; this upstream's own users log in")
            return self
        host = split_address(self.listen)[0]
        if not self.accounts and not is_loopback(host):
            raise ValueError(
                f"listen {self.listen} would open the database to the network without a password: list users in "
                "[accounts] (askwire hash-password makes the lines), or listen on 127.0.0.1"
            )
        if self.workers > 1 and self.upstream_kind == "duckdb":
            raise ValueError("workers must be 1 with DuckDB and with files: one process owns the database")
        return self

    @property
    def upstream_name(self) -> str:
        """What people and logs call the upstream."""
        return self.upstream or ", ".join(self.files)

    @property
    def upstream_kind(self) -> str:
        """``mysql``, ``postgresql``, ``sqlite``, …; ``duckdb`` for files, which it reads; "" without any upstream."""
        return "duckdb" if self.files else urlsplit(self.upstream).scheme.split("+")[0]

    @property
    def translated(self) -> bool:
        """The upstream does not speak MySQL, so sessions go through the gateway's own server."""
        return self.upstream_kind not in ("", "mysql")

    @property
    def upstream_file(self) -> Path | None:
        """The file of an upstream that is one; None for one in memory and for servers."""
        name = urlsplit(self.upstream).path.removeprefix("/")
        return Path(name) if self.is_file_database and name and name != ":memory:" else None

    @property
    def is_file_database(self) -> bool:
        """The upstream has no users of its own: the accounts log in, or without any of them whoever is local."""
        return self.upstream_kind in FILE_DATABASES

    @property
    def data_path(self) -> Path:
        """The data folder; made on first use by whoever writes into it."""
        return Path(self.data_dir) if self.data_dir else Path(platformdirs.user_data_dir("askwire"))

    @property
    def import_path(self) -> Path:
        """The folder whose files LOAD KNOWLEDGE may read."""
        return Path(self.knowledge.import_dir) if self.knowledge.import_dir else self.data_path / "import"

    def context_tokens(self, model: str) -> int:
        """Tokens of prompt and answer together that ``model`` takes."""
        entry = self.models.get(model)
        return (entry.context_tokens if entry else None) or self.model.context_tokens

    def max_answer_tokens(self, model: str) -> int:
        """The longest answer of ``model`` where a request does not say."""
        entry = self.models.get(model)
        return (entry.max_answer_tokens if entry else None) or self.model.max_answer_tokens

    @property
    def upstream_address(self) -> tuple[str, int]:
        """(host, port) of an upstream that speaks MySQL."""
        parts = urlsplit(self.upstream)
        return parts.hostname or "", parts.port or 3306

    @classmethod
    def settings_customise_sources(
        cls,
        settings_cls: type[BaseSettings],
        init_settings: PydanticBaseSettingsSource,
        env_settings: PydanticBaseSettingsSource,
        dotenv_settings: PydanticBaseSettingsSource,
        file_secret_settings: PydanticBaseSettingsSource,
    ) -> tuple[PydanticBaseSettingsSource, ...]:
        """Command line over environment over file."""
        return init_settings, env_settings, TomlConfigSettingsSource(settings_cls)


def load_settings(config: Path | None = None, **command_line: Any) -> Settings:
    """Read the settings: defaults < ``config`` (TOML) < environment < ``command_line``.

    ``command_line`` is nested like the file (``model={"name": "none"}``); ``None`` means not given.
    Raises ``SettingsError``.
    """
    if config is not None and not config.is_file():
        raise SettingsError(f"there is no settings file {config}")

    class FromFile(Settings):
        model_config = SettingsConfigDict(toml_file=config)

    _check_environment()
    try:
        return FromFile(**{key: value for key, value in command_line.items() if value is not None})
    except tomllib.TOMLDecodeError as error:
        raise SettingsError(f"{config} is not TOML: {error}") from error
    except ValidationError as error:
        raise SettingsError(explained(error, known_keys())) from error


def _check_environment() -> None:
    prefix = str(Settings.model_config["env_prefix"])
    delimiter = str(Settings.model_config["env_nested_delimiter"])
    for name in os.environ:
        if (
            name.startswith(prefix)
            and name.removeprefix(prefix).lower().split(delimiter)[0] not in Settings.model_fields
        ):
            raise SettingsError(f"environment variable {name}: unknown setting{_nearest(name, _environment_names())}")


def _environment_names() -> list[str]:
    return [f"ASKWIRE_{key.upper().replace('.', '__')}" for key in known_keys()]


def known_keys() -> list[str]:
    """Every key, dotted: ``listen``, ``ask.limit``, …"""
    keys: list[str] = []
    for name, info in Settings.model_fields.items():
        section = info.annotation
        if isinstance(section, type) and issubclass(section, Section):
            keys += [f"{name}.{inner}" for inner in section.model_fields]
        else:
            keys.append(name)
    return keys


def explained(error: ValidationError, known: list[str], *, above: tuple[str, ...] = ()) -> str:
    """What is wrong with settings, all of it. ``known``: their keys; ``above``: where they stand."""
    return "; ".join(_explain((*above, *e["loc"]), e["type"], e["msg"], known) for e in error.errors())


def _explain(loc: tuple[int | str, ...], kind: str, message: str, known: list[str]) -> str:
    key = ".".join(str(part) for part in loc if part != "[key]")
    if kind == "extra_forbidden":
        return f"unknown setting {key!r}{_nearest(key, known)}"
    reason = message.removeprefix("Value error, ")
    return f"{key}: {reason}" if key else reason  # without a key: settings that do not fit together


def _nearest(name: str, known: list[str]) -> str:
    near = difflib.get_close_matches(name, known, n=1, cutoff=0.5)
    return f"; did you mean {near[0]!r}?" if near else ""
