"""Registers EXPLAIN AI and its company with the gateway, exactly as a third-party plugin would."""
