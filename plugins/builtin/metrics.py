"""Metrics of plugins: their own collectors, of which none can spoil ``/metrics``, and those about hook calls."""

from collections.abc import Callable, Iterable, Iterator, Sequence
from contextlib import contextmanager, suppress

import structlog
from prometheus_client.metrics_core import CounterMetricFamily, Metric
from prometheus_client.registry import Collector

from conf.metrics import REGISTRY
from plugins.calls import Faulty, call
from plugins.plugin import Plugin

log = structlog.get_logger("askwire.plugins")


PREFIX = "askwire_"


class _Guarded(Collector):
    def __init__(self, plugin: Plugin, collector: Collector, limit_s: float) -> None:
        self._plugin = plugin
        self._collector = collector
        self._limit_s = limit_s
        self.misnamed: list[str] = []

    def collect(self) -> list[Metric]:
        if not self._plugin.on:
            return []
        with suppress(Faulty):
            found = call(self._plugin, "askwire_metrics", lambda: list(self._collector.collect()), self._limit_s)
            self.misnamed = [metric.name for metric in found if not metric.name.startswith(PREFIX)]
            return [metric for metric in found if metric.name.startswith(PREFIX)]
        return []


@contextmanager
def collected(collectors: Sequence[tuple[Plugin, Collector]], limit_s: float) -> Iterator[None]:
    """In ``/metrics`` meanwhile, but for those whose names are taken or do not begin with ``PREFIX``."""
    registered: list[_Guarded] = []
    for plugin, collector in collectors:
        guarded = _Guarded(plugin, collector, limit_s)
        try:
            REGISTRY.register(guarded)
        except ValueError as error:  # by another plugin, or another gateway of this process
            log.warning("metrics_left_out", plugin=plugin.name, reason=str(error))
        else:
            registered.append(guarded)
        for name in guarded.misnamed:
            log.warning("metrics_left_out", plugin=plugin.name, reason=f"{name} does not begin with {PREFIX}")
    try:
        yield
    finally:
        for guarded in registered:
            REGISTRY.unregister(guarded)


class HookCalls(Collector):
    """Calls, errors and seconds by plugin and hook, as the plugins have counted them."""

    def __init__(self, plugins: Callable[[], Iterable[Plugin]]) -> None:
        self._plugins = plugins

    def collect(self) -> Iterator[Metric]:
        calls = CounterMetricFamily("askwire_plugin_calls", "Calls of plugins' hooks", labels=["plugin", "hook"])
        errors = CounterMetricFamily("askwire_plugin_errors", "Of them those that failed", labels=["plugin", "hook"])
        seconds = CounterMetricFamily("askwire_plugin_seconds", "What they took", labels=["plugin", "hook"])
        for plugin in self._plugins():
            for hook, count in plugin.calls.items():
                calls.add_metric([plugin.name, hook], count)
                errors.add_metric([plugin.name, hook], plugin.errors[hook])
                seconds.add_metric([plugin.name, hook], plugin.seconds[hook])
        yield from (calls, errors, seconds)
