"""What is likely to mend a statement that failed: by rules and by the catalog, never by a model."""

from diagnose.coaching.suggest import suggest

__all__ = ["suggest"]
