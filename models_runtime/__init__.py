"""Which model answers: engines, registry, queue, metrics, download."""
