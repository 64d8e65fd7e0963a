"""A customer's form, and what it asks of the API."""

from collections.abc import Mapping, Sequence
from typing import Any, cast

ADDRESS = ("line1", "line2", "city", "state", "postal_code", "country")
TEXTS = ("name", "email", "phone")
MORE = ("description", "timezone")
BLANK_ROWS = 2
BLANK: Mapping[str, Any] = {"name": "", "email": "", "phone": ""}


def draft_of(form: Mapping[str, Any]) -> dict[str, Any]:
    """The parameters of a new customer."""
    return {
        name: form[name].strip()
        for name in (*TEXTS, "test_clock")
        if isinstance(form.get(name), str) and form[name].strip()
    }


def patch_of(form: Mapping[str, Any]) -> dict[str, Any]:
    """The parameters of an update: everything that the form shows, with "" for what was cleared."""
    patch: dict[str, Any] = {name: form[name].strip() for name in (*TEXTS, *MORE) if isinstance(form.get(name), str)}
    if isinstance(address := form.get("address"), dict):
        patch["address"] = {part: str(cast(dict[str, Any], address).get(part, "")).strip() for part in ADDRESS}
    if "meta" in form:
        patch["metadata"] = metadata_of(form)
    return patch


def metadata_of(form: Mapping[str, Any]) -> dict[str, str]:
    """The metadata that the rows of the form say; a key that was there and is not any more is cleared."""
    rows = rows_of(form)
    kept = {row["key"].strip(): row["value"] for row in rows if row["key"].strip()}
    before = {row["was"] for row in rows if row["was"]}
    return {**dict.fromkeys(before - set(kept), ""), **kept}


def rows_of(form: Mapping[str, Any]) -> list[dict[str, str]]:
    """The rows of the metadata editor as they were sent."""
    sent = form.get("meta")
    given: Sequence[Any] = cast(Sequence[Any], sent) if isinstance(sent, list) else ()
    rows: list[dict[str, str]] = []
    for each in given:
        if isinstance(each, dict):
            row = cast(dict[str, Any], each)
            rows.append({name: str(row.get(name, "")) for name in ("was", "key", "value")})
    return rows


def fields_of(customer: Mapping[str, Any]) -> dict[str, Any]:
    """What the form of this customer shows before anybody types."""
    metadata = [{"was": key, "key": key, "value": value} for key, value in customer["metadata"].items()]
    blank = [{"was": "", "key": "", "value": ""}] * BLANK_ROWS
    return {
        **{name: customer[name] or "" for name in (*TEXTS, *MORE)},
        "address": customer["address"] or dict.fromkeys(ADDRESS),
        "meta": [*metadata, *blank],
    }
