"""``/metrics``: what all processes of the gateway measured, as one Prometheus text.

https://prometheus.io/docs/instrumenting/exposition_formats/
"""

from collections.abc import Iterable, Iterator
from typing import Any

from prometheus_client import CollectorRegistry, generate_latest
from prometheus_client.metrics_core import Metric
from prometheus_client.registry import Collector

from conf.metrics import REGISTRY

CONTENT_TYPE = "text/plain; version=0.0.4; charset=utf-8"
Families = list[list[Any]]  # [name, help, type, [[sample's name, labels, value], …]] each, as JSON carries it


def collect() -> Families:
    """This process's own. Moments at which a counter was made are left out: nobody reads them."""
    return [
        [
            family.name,
            family.documentation,
            family.type,
            [[s.name, s.labels, s.value] for s in family.samples if not s.name.endswith("_created")],
        ]
        for family in REGISTRY.collect()
    ]


class _Merged(Collector):
    def __init__(self, processes: Iterable[Families]) -> None:
        self._metrics: dict[str, Metric] = {}
        self._values: dict[str, dict[tuple[str, tuple[tuple[str, str], ...]], float]] = {}
        for families in processes:
            for name, text, kind, samples in families:
                self._metrics.setdefault(name, Metric(name, text, kind))
                values = self._values.setdefault(name, {})
                for sample, labels, value in samples:
                    key = sample, tuple(sorted(labels.items()))
                    values[key] = _together(name, values[key], value) if key in values else value

    def collect(self) -> Iterator[Metric]:
        for name, metric in self._metrics.items():
            for (sample, labels), value in self._values[name].items():
                metric.add_sample(sample, dict(labels), value)
            yield metric


def _together(name: str, one: float, other: float) -> float:
    """Sums, except for what is true of the gateway as a whole."""
    if name.endswith("_start_time_seconds"):
        return min(one, other)
    return max(one, other) if name.endswith("_info") else one + other


def text(processes: Iterable[Families]) -> bytes:
    """The processes' metrics, summed."""
    registry = CollectorRegistry()
    registry.register(_Merged(processes))
    return generate_latest(registry)
