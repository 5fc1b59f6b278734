"""Settings, logging and the metrics registry: what every package may use."""
