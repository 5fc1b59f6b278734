"""The hooks of ``mask``. Without rules in the settings nothing is done, and nothing heavy imported."""

import contextlib
import os
import secrets
from collections.abc import AsyncIterator, Sequence
from contextlib import asynccontextmanager
from pathlib import Path

from conf.settings import Settings, SettingsError
from plugins.hooks import hookimpl
from plugins.transform import PromptShield, ResultTransform
from plugins.types import Lifespan, SchemaNames, Services, StatusItem

KEY_BYTES = 32


class Masks:
    """A service: what the settings say, while the gateway runs."""

    def __init__(self, settings: Settings, same: frozenset[str]) -> None:
        from plugins.builtin.mask.doubts import Doubts
        from plugins.builtin.mask.rules import AllRules

        self.rules = AllRules(settings.mask, same)
        self.doubts = Doubts(settings.mask, settings.accounts, same)
        self.key = read_key(settings)

    def transform(self, user: str, host: str) -> ResultTransform | None:
        rules = self.rules.for_account(user, host)
        if rules is None:
            return None
        from plugins.builtin.mask.transform import Masking

        return Masking(rules, self.key, self.doubts)


def read_key(settings: Settings) -> bytes:
    """The key of hash and noise: ``mask.key_file``, or one made in the data folder. Raises ``SettingsError``."""
    path = Path(settings.mask.key_file) if settings.mask.key_file else settings.data_path / "mask.key"
    if not settings.mask.key_file:
        path.parent.mkdir(parents=True, exist_ok=True, mode=0o700)
        # Another worker may make it at the same time: whoever comes second reads what the first one wrote.
        fresh = path.with_name(f"mask.key.{os.getpid()}.{secrets.token_hex(4)}")
        if not path.exists():
            with os.fdopen(os.open(fresh, os.O_WRONLY | os.O_CREAT | os.O_EXCL, 0o600), "wb") as file:
                file.write(secrets.token_hex(KEY_BYTES).encode())
            with contextlib.suppress(FileExistsError):
                os.link(fresh, path)
            fresh.unlink()
    try:
        key = path.read_bytes().strip()
    except OSError as error:
        raise SettingsError(f"mask.key_file: {path} cannot be read: {error.strerror}") from error
    if len(key) < KEY_BYTES // 2:
        raise SettingsError(
            f"mask.key_file: {path} holds less than {KEY_BYTES // 2} bytes; write {KEY_BYTES} random ones"
        )
    return key


@hookimpl
def askwire_lifespan(settings: Settings, services: Services) -> Lifespan | None:
    return _masks(settings, services) if settings.mask.rules else None


@asynccontextmanager
async def _masks(settings: Settings, services: Services) -> AsyncIterator[None]:
    names = services.get(SchemaNames)
    services.add(Masks(settings, names.same if names is not None else frozenset()))
    yield


@hookimpl
def askwire_result_transform(user: str, host: str, services: Services) -> ResultTransform | None:
    masks = services.get(Masks)
    return None if masks is None else masks.transform(user, host)


@hookimpl
def askwire_status(services: Services) -> Sequence[StatusItem]:
    masks = services.get(Masks)
    return [] if masks is None else [StatusItem("mask.doubts", str(masks.doubts.count))]


@hookimpl
def askwire_prompt_shield(settings: Settings, services: Services) -> PromptShield | None:
    masks = services.get(Masks)
    if masks is None or settings.mask.placeholders == "never":
        return None
    from plugins.builtin.mask.shield import Shield

    return Shield(masks.rules.everything(), masks.key, settings.mask.placeholders)
