"""Whether advice helps, tried without touching the user's tables."""
