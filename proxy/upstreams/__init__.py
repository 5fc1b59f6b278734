"""Upstreams that do not speak MySQL: a MySQL server of the gateway's own, in its process, over any SQLAlchemy URL."""
