"""Finds plugins: by the entry points of installed distributions, in the folder of the settings, and in a program."""

import difflib
import importlib.metadata
from collections.abc import Callable, Iterator
from dataclasses import dataclass
from functools import partial
from pathlib import Path
from typing import Any

import pluggy
import structlog

from conf.plugins import PluginSettings
from plugins.calls import Faulty, call
from plugins.folder import Unsafe, found_in, imported
from plugins.hooks import Hooks
from plugins.plugin import Plugin

GROUP = "askwire"
# A line of its own in lists of plugins; no plugin can be called so.
FOLDER = "[plugins] folder"
OWN = "askwire"
log = structlog.get_logger("askwire.plugins")
# What hung once in this process is not tried again.
_hung: dict[str, str] = {}


@dataclass(frozen=True, slots=True)
class Found:
    """A plugin that is not loaded yet."""

    plugin: Plugin
    load: Callable[[], object]


class Manager(pluggy.PluginManager):
    """Knows the hooks; looks at functions only, and says which hook a misspelt one may mean."""

    def __init__(self) -> None:
        super().__init__(GROUP)
        self.add_hookspecs(Hooks)

    def hooks_of(self, implementation: object, name: str) -> tuple[str, ...]:
        """Register a plugin -> the hooks that it takes part in. Raises what it does wrong."""
        self.register(implementation, name=name)
        for impl in self.get_hookcallers(implementation) or ():
            if not impl.spec:
                near = difflib.get_close_matches(impl.name, _hook_names(), n=1, cutoff=0.5)
                hint = f"; did you mean {near[0]!r}?" if near else ""
                self.unregister(implementation)
                raise LookupError(f"there is no hook {impl.name!r}{hint}")
        return tuple(sorted(caller.name for caller in self.get_hookcallers(implementation) or ()))


def _hook_names() -> list[str]:
    return [name for name in vars(Hooks) if name.startswith("askwire_")]


def find(settings: PluginSettings, built_in: dict[str, object], extra: tuple[object, ...]) -> list[Found]:
    """Everything that there is, in the order in which hooks are called; what the settings switch off is off."""
    found = [
        *(_given(name, one, own=True) for name, one in built_in.items()),
        *_installed(),
        *(_in_folder(settings.folder) if settings.folder else ()),
        *(_given(_name_of(one), one) for one in extra),
    ]
    rank = {name: place for place, name in enumerate(settings.order)}
    found.sort(key=lambda each: rank.get(each.plugin.name, len(rank)))
    taken: dict[str, Plugin] = {}
    for each in found:
        plugin = each.plugin
        if plugin.name in settings.off:
            plugin.off = "switched off by the settings ([plugins] off)"
        if (other := taken.setdefault(plugin.name, plugin)) is not plugin:
            plugin.off = f"its name is taken by the plugin of {other.source}"
            log.error("plugin_left_out", plugin=plugin.name, source=plugin.source, reason=plugin.off)
    return [*found, *_missing(settings, taken)]


def _given(name: str, implementation: object, own: bool = False) -> Found:
    source = OWN if own or hasattr(implementation, "plugin_name") else "program"
    version = importlib.metadata.version(OWN) if source == OWN else ""
    return Found(Plugin(name, version, source, own=source == OWN), lambda: implementation)


def _name_of(implementation: Any) -> str:
    return str(
        getattr(implementation, "plugin_name", "")
        or getattr(implementation, "__name__", "")
        or type(implementation).__name__
    )


def _installed() -> Iterator[Found]:
    """Askwire's own first, then by the distribution's name."""
    points = importlib.metadata.entry_points(group=GROUP)
    for point in sorted(points, key=lambda each: (_distribution(each)[0] != OWN, *_distribution(each), each.name)):
        name, version = _distribution(point)
        yield Found(Plugin(point.name, version, name, own=name == OWN), point.load)


def _distribution(point: importlib.metadata.EntryPoint) -> tuple[str, str]:
    return (point.dist.name, point.dist.version) if point.dist is not None else ("", "")


def _in_folder(folder: str) -> Iterator[Found]:
    path = Path(folder).expanduser()
    try:
        files = found_in(path)
    except Unsafe as unsafe:
        log.error("plugins_folder_refused", folder=folder, reason=str(unsafe))
        yield _no_folder(folder, f"refused with all plugins in it: {unsafe}")
        return
    except OSError as error:
        why = error.strerror or str(error)
        log.error("plugins_folder_unreadable", folder=folder, reason=why)
        yield _no_folder(folder, f"cannot be read: {why}")
        return
    for name, file in files:
        yield Found(Plugin(name, "", str(file)), partial(imported, name, file))


def _no_folder(folder: str, why: str) -> Found:
    return Found(Plugin(FOLDER, "", folder, off=why), lambda: None)


def _missing(settings: PluginSettings, there: dict[str, Plugin]) -> Iterator[Found]:
    """What the settings name and nobody brings."""
    for name in dict.fromkeys((*settings.off, *settings.order, *settings.settings)):
        if name not in there:
            near = difflib.get_close_matches(name, there, n=1, cutoff=0.6)
            hint = f"; did you mean {near[0]!r}?" if near else ""
            why = f"the settings name it, but it is not installed{hint}"
            log.error("plugin_missing", plugin=name, reason=why)
            yield Found(Plugin(name, "", "", off=why), lambda: None)


def load(found: Found, manager: Manager, limit_s: float) -> Plugin:
    """Import and register it, if it is on. It is off where that fails; nothing is raised."""
    plugin = found.plugin
    key = f"{plugin.source} {plugin.name}"
    if plugin.on and key in _hung:
        plugin.switch_off(_hung[key])
    if not plugin.on:
        return plugin
    try:
        plugin.implementation = implementation = call(plugin, "load", found.load, limit_s)
        plugin.hooks = call(plugin, "load", lambda: manager.hooks_of(implementation, plugin.name), limit_s)
    except Faulty as fault:
        if not isinstance(fault.__cause__, Exception):
            _hung[key] = plugin.off
    except Exception as error:  # what is no fault in a hook is one here
        plugin.failed("load", error)
    return plugin
