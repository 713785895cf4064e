"""How the service writes its log: one JSON object a line, on standard error.

Lines about a contact or a plan carry ``contact_id`` and ``plan_id``, so that one search finds all
that happened to it. What libraries log goes the same way, from warnings on.
"""

from __future__ import annotations

import logging
import re
import sys
from collections.abc import MutableMapping
from typing import Any

import structlog

from app.errors import SettingsError

_FEED_ADDRESS = re.compile(r"(/feeds/)[^/\s]+")
_SHARED = (
    structlog.contextvars.merge_contextvars,
    structlog.processors.add_log_level,
    structlog.processors.TimeStamper(fmt="iso", utc=True),
    structlog.processors.format_exc_info,
)


def configure_log(level: str) -> None:
    """Write log lines of at least this level to standard error."""
    number = logging.getLevelNamesMapping().get(level.upper())
    if number is None:
        raise SettingsError(f"log_level: {level!r} is none of debug, info, warning, error")
    structlog.configure(
        processors=[*_SHARED, structlog.processors.JSONRenderer()],
        wrapper_class=structlog.make_filtering_bound_logger(number),
        logger_factory=structlog.PrintLoggerFactory(sys.stderr),
    )


def configure_library_log(level: str) -> None:
    """Write what libraries log as JSON lines too: the server from ``level`` on, others warnings.

    Requests of HTTP clients are never logged, and tokens in our own addresses are left out.
    """
    number = logging.getLevelNamesMapping().get(level.upper(), logging.WARNING)
    handler = logging.StreamHandler(sys.stderr)
    handler.addFilter(_hide_tokens)
    handler.setFormatter(
        structlog.stdlib.ProcessorFormatter(
            foreign_pre_chain=[*_SHARED, _name_logger],
            processors=[
                structlog.stdlib.ProcessorFormatter.remove_processors_meta,
                structlog.processors.JSONRenderer(),
            ],
        )
    )
    root = logging.getLogger()
    root.handlers[:] = [handler]
    root.setLevel(max(number, logging.WARNING))
    for name in ("uvicorn", "uvicorn.error", "uvicorn.access"):
        logger = logging.getLogger(name)
        logger.handlers.clear()
        logger.propagate = True
        logger.setLevel(number)
    for name in ("httpx2", "httpcore2"):
        logging.getLogger(name).setLevel(logging.WARNING)


def _hide_tokens(record: logging.LogRecord) -> bool:
    """Leave the token of a calendar feed out of a line that holds its address."""
    record.msg = _FEED_ADDRESS.sub(r"\1…", record.getMessage())
    record.args = ()
    return True


def _name_logger(
    _logger: Any, _method: str, fields: MutableMapping[str, Any]
) -> MutableMapping[str, Any]:
    record = fields.get("_record")
    if record is not None:
        fields["logger"] = record.name
    return fields
