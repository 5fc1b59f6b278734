"""The loaders of askwire's own and of plugins: which there is for a file's name, and for an address."""

import re
import sys
from collections.abc import AsyncGenerator, Mapping, Sequence
from dataclasses import dataclass
from functools import partial
from pathlib import Path

from knowledge.loading.fetch import fetch
from knowledge.loading.kinds import KINDS, is_known, suffix, why_unknown
from knowledge.loading.types import Limits
from plugins.folder import PREFIX
from plugins.loading import Fetched, FileLoader, UrlLoader, every

_SCHEME = re.compile(r"([a-z][a-z0-9+.-]*)://", re.IGNORECASE)


@dataclass(frozen=True, slots=True)
class Loaders:
    """``kinds``: from the end of a file's name to the ``MODULE:FUNCTION`` that reads it. ``urls``: the first fits."""

    kinds: Mapping[str, str]
    urls: Sequence[UrlLoader] = ()

    def reads(self, name: str) -> bool:
        """Whether there is a loader for a file of this name."""
        return is_known(name, self.kinds)

    def why_not(self, name: str) -> str:
        """The reason to give for a file that no loader knows."""
        return why_unknown(name, self.kinds)

    def is_url(self, source: str) -> bool:
        """Whether ``source`` is an address of a kind that somebody fetches, not a file."""
        found = _SCHEME.match(source)
        return found is not None and any(found[1].lower() in loader.schemes for loader in self.urls)

    def of_url(self, url: str) -> UrlLoader | None:
        """Who fetches it."""
        found = _SCHEME.match(url)
        scheme = found[1].lower() if found else ""
        return next((each for each in self.urls if scheme in each.schemes and each.accepts(url)), None)

    @property
    def modules(self) -> dict[str, str]:
        """The files of loaders' modules that only the gateway finds: those in the plugins folder, by their name."""
        tops = {read.partition(":")[0].partition(".")[0] for read in self.kinds.values()}
        return {top: str(sys.modules[top].__file__) for top in tops if top.startswith(PREFIX) and top in sys.modules}


def loaders_of(offered: Sequence[FileLoader | UrlLoader]) -> Loaders:
    """Of several for one kind of file the first counts; who takes every address comes last."""
    kinds: dict[str, str] = {}
    for loader in offered:
        if isinstance(loader, FileLoader):
            for end in loader.suffixes:
                kinds.setdefault(suffix(f"x{end}"), loader.read)
    urls = [loader for loader in offered if isinstance(loader, UrlLoader)]
    return Loaders(kinds, sorted(urls, key=lambda loader: loader.accepts is every))


def built_in(limits: Limits) -> list[FileLoader | UrlLoader]:
    """What askwire reads and fetches without any plugin."""
    reads = dict.fromkeys(KINDS.values())
    files = [FileLoader(tuple(end for end, its in KINDS.items() if its == read), read) for read in reads]
    return [*files, UrlLoader(("http", "https"), partial(_fetch, limits))]


async def _fetch(limits: Limits, url: str, folder: Path) -> AsyncGenerator[Fetched, None]:
    path, _ = await fetch(url, folder, limits)
    yield Fetched(path)
