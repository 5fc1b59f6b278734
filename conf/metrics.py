"""The one metrics registry; every metric's name begins with ``askwire_``."""

from prometheus_client import CollectorRegistry

REGISTRY = CollectorRegistry(auto_describe=True)
