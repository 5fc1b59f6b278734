from collections.abc import Iterator

import pytest
from prometheus_client import CollectorRegistry
from prometheus_client.metrics_core import GaugeMetricFamily, Metric
from prometheus_client.registry import Collector

from plugins.builtin import metrics
from plugins.builtin.metrics import HookCalls, collected
from plugins.plugin import Plugin


class Gauges(Collector):
    def __init__(self, *names: str, fail: bool = False) -> None:
        self.names = names
        self.fail = fail

    def collect(self) -> Iterator[Metric]:
        if self.fail:
            raise RuntimeError("broken")
        yield from (GaugeMetricFamily(name, "a number", value=7) for name in self.names)


@pytest.fixture
def registry(monkeypatch: pytest.MonkeyPatch) -> CollectorRegistry:
    made = CollectorRegistry(auto_describe=True)
    monkeypatch.setattr(metrics, "REGISTRY", made)
    return made


def plugin(name: str = "p") -> Plugin:
    return Plugin(name, "", "program")


def test_only_well_named_metrics_are_shown(registry: CollectorRegistry, capsys: pytest.CaptureFixture[str]) -> None:
    with collected([(plugin(), Gauges("askwire_own", "process_guests"))], 5.0):
        assert registry.get_sample_value("askwire_own") == 7
        assert registry.get_sample_value("process_guests") is None
        assert "process_guests does not begin with askwire_" in capsys.readouterr().out
    assert registry.get_sample_value("askwire_own") is None


def test_a_name_that_is_taken_leaves_the_second_out(
    registry: CollectorRegistry, capsys: pytest.CaptureFixture[str]
) -> None:
    with collected([(plugin("a"), Gauges("askwire_own")), (plugin("b"), Gauges("askwire_own"))], 5.0):
        assert registry.get_sample_value("askwire_own") == 7
        assert "metrics_left_out" in capsys.readouterr().out
    assert list(registry.collect()) == []


def test_one_that_fails_or_is_off_shows_nothing(registry: CollectorRegistry) -> None:
    gauges, mine = Gauges("askwire_own"), plugin()
    with collected([(mine, gauges), (plugin("other"), Gauges("askwire_other"))], 5.0):
        gauges.fail = True
        assert [metric.name for metric in registry.collect()] == ["askwire_other"]
        assert mine.errors["askwire_metrics"] == 1
        gauges.fail = False
        mine.off = "switched off"
        assert registry.get_sample_value("askwire_own") is None


def test_calls_of_hooks_are_counted_by_plugin() -> None:
    counted = plugin()
    counted.ended("askwire_status", 0.5)
    counted.ended("askwire_status", 0.25)
    counted.failed("askwire_status", RuntimeError("x"))
    registry = CollectorRegistry()
    registry.register(HookCalls(lambda: [counted, plugin("idle")]))
    labels = {"plugin": "p", "hook": "askwire_status"}
    shown = [
        registry.get_sample_value(f"askwire_plugin_{name}_total", labels) for name in ("calls", "errors", "seconds")
    ]
    assert shown == [2, 1, 0.75]
    assert registry.get_sample_value("askwire_plugin_calls_total", {"plugin": "idle", "hook": "askwire_status"}) is None
