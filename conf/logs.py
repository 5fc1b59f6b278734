"""Structured logs on standard error. They never hold passwords, tokens or, unless asked for, data."""

import logging
import sys

import structlog

from conf.settings import LogSettings


def configure_logs(settings: LogSettings) -> None:
    """Set up structlog for the whole process."""
    as_json = settings.format == "json" or (settings.format == "auto" and not sys.stderr.isatty())
    # Tracebacks without the values of variables: they hold passwords and data.
    renderer: structlog.typing.Processor = (
        structlog.processors.JSONRenderer()
        if as_json
        else structlog.dev.ConsoleRenderer(exception_formatter=structlog.dev.plain_traceback)
    )
    transformer = structlog.tracebacks.ExceptionDictTransformer(show_locals=False)
    exceptions = [structlog.processors.ExceptionRenderer(transformer)] if as_json else []
    structlog.configure(
        processors=[
            structlog.contextvars.merge_contextvars,
            structlog.processors.add_log_level,
            structlog.processors.TimeStamper(fmt="iso"),
            *exceptions,
            renderer,
        ],
        wrapper_class=structlog.make_filtering_bound_logger(getattr(logging, settings.level.upper())),
        logger_factory=structlog.PrintLoggerFactory(sys.stderr),
        cache_logger_on_first_use=False,
    )
