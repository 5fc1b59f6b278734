"""Metrics of several processes as one text."""

import json

from prometheus_client import CollectorRegistry, Counter, Gauge, Histogram, generate_latest
from prometheus_client.parser import text_string_to_metric_families

from proxy.admin import exposition


def families(registry):
    return [
        [f.name, f.documentation, f.type, [[s.name, s.labels, s.value] for s in f.samples]] for f in registry.collect()
    ]


def process(number):
    registry = CollectorRegistry()
    Counter("askwire_a", "Things", ["kind"], registry=registry).labels("x\n\"'").inc(number)
    Gauge("askwire_start_time_seconds", "Start", registry=registry).set(number)
    Gauge("askwire_build_info", "Build", ["version"], registry=registry).labels("1").set(1)
    Histogram("askwire_s", "Seconds", buckets=(1, 5), registry=registry).observe(number)
    return registry


def values(text):
    return {
        (s.name, tuple(s.labels.values())): s.value
        for family in text_string_to_metric_families(text.decode())
        for s in family.samples
    }


def test_sums():
    told = json.loads(json.dumps([families(process(n)) for n in (2, 3, 7)]))
    found = values(exposition.text(told))
    assert found["askwire_a_total", ("x\n\"'",)] == 12
    assert found["askwire_start_time_seconds", ()] == 2
    assert found["askwire_build_info", ("1",)] == 1
    assert found["askwire_s_count", ()] == 3
    assert found["askwire_s_sum", ()] == 12
    assert [found["askwire_s_bucket", (le,)] for le in ("1.0", "5.0", "+Inf")] == [0, 2, 3]


def test_one_process_is_as_the_library_writes_it():
    registry = process(4)
    assert values(exposition.text([families(registry)])) == values(generate_latest(registry))


def test_collect_leaves_out_when_things_were_made():
    assert not [s for *_, samples in exposition.collect() for s in samples if s[0].endswith("_created")]
