"""Instants as people write and read them at the command line."""

from datetime import UTC, datetime

import click


def instant(text: str, param: str) -> datetime:
    """The instant that `text` names: a date, an ISO 8601 instant (UTC unless said otherwise), or Unix seconds."""
    try:
        if text.isdigit():
            return datetime.fromtimestamp(int(text), UTC)
        at = datetime.fromisoformat(text)
    except (ValueError, OverflowError):
        raise click.BadParameter(f"'{text}' is not an instant such as 2026-01-31T09:30:00Z", param_hint=param) from None
    return at.replace(tzinfo=UTC) if at.tzinfo is None else at.astimezone(UTC)


def shown(at: datetime) -> str:
    """The instant to the second, in UTC."""
    return f"{at.astimezone(UTC):%Y-%m-%d %H:%M:%S} UTC"
