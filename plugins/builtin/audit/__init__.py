"""Who asked what, and what came of it: append-only JSON lines of AI statements, chained by hashes."""
