"""Logging: one structured line per command and per batch, to standard error. No secrets, nothing personal."""

import logging
import os
import sys
from contextlib import suppress
from typing import Any

import msgspec
import structlog

# What each of these tells at its own info level is said better by our one line per request or batch.
QUIET = ("httpx", "httpcore", "uvicorn.access", "dramatiq", "asyncio")
STANDARD_ERROR = 2


def set_up_logging(*, level: str, fmt: str) -> None:
    """Routes our own log and that of every library through one formatter."""
    # One write for a line, and none of it made by the slow ways of the standard library.
    plain = fmt == "json"
    shared: list[Any] = [
        structlog.contextvars.merge_contextvars,
        structlog.stdlib.add_log_level,
        structlog.processors.TimeStamper(fmt="iso", utc=True, key="at"),
        structlog.processors.format_exc_info,
    ]
    last = structlog.processors.JSONRenderer() if fmt == "json" else structlog.dev.ConsoleRenderer(colors=False)
    formatter = structlog.stdlib.ProcessorFormatter(
        foreign_pre_chain=[structlog.stdlib.add_logger_name, *shared],
        processors=[structlog.stdlib.ProcessorFormatter.remove_processors_meta, last],
    )
    handler = logging.StreamHandler(sys.stderr)
    handler.setFormatter(formatter)
    root = logging.getLogger()
    root.handlers[:] = [handler]
    root.setLevel(level.upper())
    for name in QUIET:
        logging.getLogger(name).setLevel(logging.WARNING)
    structlog.configure(
        processors=[*shared, _as_json if plain else structlog.stdlib.ProcessorFormatter.wrap_for_formatter],
        wrapper_class=structlog.make_filtering_bound_logger(logging.getLevelNamesMapping()[level.upper()]),
        logger_factory=_Lines if plain else structlog.stdlib.LoggerFactory(),
        cache_logger_on_first_use=True,
    )


def _as_json(_logger: Any, _level: str, fields: Any) -> bytes:
    """The fields as one line; what JSON has no form for is written as Python would show it."""
    return msgspec.json.encode(fields, enc_hook=repr) + b"\n"


class _Lines:
    """Writes lines to standard error, each whole."""

    def __init__(self, *_args: Any) -> None:
        pass

    def msg(self, line: bytes) -> None:
        with suppress(OSError):
            os.write(STANDARD_ERROR, line)

    debug = info = warning = error = critical = exception = msg


def get_logger(name: str) -> Any:
    """The logger of a part of the house: `log.info("event_happened", key=value)`."""
    return structlog.get_logger(name)
