"""One plugin, as the gateway sees it: where it comes from, whether it is on, how its hooks fare."""

from collections import Counter, defaultdict
from dataclasses import dataclass, field

import structlog

from plugins.watchdog import Hung

log = structlog.get_logger("askwire.plugins")

# Of one hook, in a row.
MAX_FAULTS = 5
# One of them fails, and the plugin is not whole.
_START = frozenset({"load", "askwire_settings", "askwire_lifespan"})
# Stands for a hook where what ``askwire_result_transform`` has returned is called.
CHECK = "askwire_result_transform.check"
# What these get is the client's: a client must not be able to switch a plugin off by what it sends.
_CLIENTS = frozenset({"askwire_statements", "askwire_answered", "askwire_http", CHECK})
# Stands for a hook in what is told: what a plugin does in tasks, callbacks and threads of its own.
BACKGROUND = "background"


@dataclass(slots=True)
class Plugin:
    """``off``: why it is switched off, "" while it is on. ``fault``: the last one."""

    name: str
    version: str
    source: str
    implementation: object = None
    own: bool = False  # of askwire's own distribution
    hooks: tuple[str, ...] = ()
    off: str = ""
    fault: str = ""
    broken: bool = False  # it was switched off for its faults, not by the settings
    calls: Counter[str] = field(default_factory=Counter)
    errors: Counter[str] = field(default_factory=Counter)
    seconds: defaultdict[str, float] = field(default_factory=lambda: defaultdict(float))
    _in_a_row: Counter[str] = field(default_factory=Counter)

    @property
    def on(self) -> bool:
        return not self.off

    @property
    def state(self) -> str:
        return "off" if self.off else "on"

    def ended(self, hook: str, seconds: float) -> None:
        """A call of ``hook`` is over, however."""
        if hook != "load":
            self.calls[hook] += 1
            self.seconds[hook] += seconds
        if structlog.is_configured():  # else every line would be printed in whatever program this is
            log.debug("hook", plugin=self.name, hook=hook, seconds=round(seconds, 6))

    def worked(self, hook: str) -> None:
        if hook in self._in_a_row:
            del self._in_a_row[hook]

    def failed(self, hook: str, error: BaseException, limit_s: float = 0.0, *, logs: bool = True) -> None:
        """Count it, and log it with its stack; switch the plugin off when that was one too many.

        ``logs``: False where the caller says more about an ``Exception`` in the log.
        """
        self.errors[hook] += 1
        self.fault = f"{hook}: {said(error, limit_s)}"
        if logs or not isinstance(error, Exception):
            log.error("plugin_failed", plugin=self.name, hook=hook, reason=said(error, limit_s), exc_info=error)
        if hook in _CLIENTS:
            return
        self._in_a_row[hook] += hook != BACKGROUND  # nothing tells of what went well there
        if isinstance(error, Hung) or hook in _START or self._in_a_row[hook] >= MAX_FAULTS:
            times = f" ({self._in_a_row[hook]} times in a row)" if self._in_a_row[hook] > 1 else ""
            self.switch_off(f"{self.fault}{times}")

    def switch_off(self, why: str) -> None:
        """For its faults; until the gateway is started again."""
        self.off, self.broken = why, True
        log.error("plugin_switched_off", plugin=self.name, reason=why)


def said(error: BaseException, limit_s: float = 0.0) -> str:
    """What went wrong, in a line."""
    if isinstance(error, Hung):
        return f"it held the event loop for more than {limit_s:g} s"
    if isinstance(error, TimeoutError) and not str(error):
        return f"it took more than {limit_s:g} s" if limit_s else "it took too long"
    try:
        text = str(error)
    except Exception:  # it is a plugin's
        text = "it cannot even say what went wrong"
    return f"{type(error).__name__}: {' '.join(text[:3000].split())}"[:300]
