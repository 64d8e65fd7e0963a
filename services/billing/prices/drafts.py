"""What clients say of a price, checked and made into its terms. Each check raises `Invalid` naming the parameter."""

import re
from collections.abc import Sequence
from typing import Annotated

from msgspec import Meta, Struct

from services.billing.prices.terms import BillingScheme, Terms, Tier, TiersMode
from services.core.fields import Name
from services.core.money import AMOUNT_MAX
from services.core.period import INTERVAL_COUNT_MAX, Cycle, Interval
from services.core.refusal import Invalid

TIERS_MAX = 100
# Twelve decimals, as Stripe's API takes them.
_DECIMAL = re.compile(r"([0-9]{1,8})(?:\.([0-9]{1,12}))?", re.ASCII)

Amount = Annotated[int, Meta(ge=0, le=AMOUNT_MAX)]
Decimal = str | int | float
# A number of units: forms send it as text.
UpTo = Annotated[int, Meta(ge=1)] | Annotated[str, Meta(pattern="^(inf|[1-9][0-9]{0,8})$")]


class ProductData(Struct, frozen=True, kw_only=True, forbid_unknown_fields=True):
    """The product to make together with the price."""

    name: Name
    id: str | None = None


class RecurringDraft(Struct, frozen=True, kw_only=True, forbid_unknown_fields=True):
    """How long a period is."""

    interval: Interval
    interval_count: Annotated[int, Meta(ge=1)] = 1


class TierDraft(Struct, frozen=True, kw_only=True, forbid_unknown_fields=True):
    """Units up to `up_to`; the last tier is for all further ones, `inf`."""

    up_to: UpTo | None = None
    unit_amount: Amount | None = None
    unit_amount_decimal: Decimal | None = None
    flat_amount: Amount | None = None
    flat_amount_decimal: Decimal | None = None


def cycle_of(draft: RecurringDraft | None) -> Cycle | None:
    """The cycle, with at most three years in it."""
    if draft is None:
        return None
    interval = draft.interval
    if draft.interval_count > INTERVAL_COUNT_MAX[interval]:
        raise Invalid(
            f"'recurring[interval_count]' is at most {INTERVAL_COUNT_MAX[interval]} for {interval}.",
            param="recurring[interval_count]",
        )
    return Cycle(interval, draft.interval_count)


def tiers_of(drafts: Sequence[TierDraft] | None, mode: TiersMode | None, scheme: BillingScheme) -> tuple[Tier, ...]:
    """The tiers: rising, the last one open."""
    if scheme == "PER_UNIT":
        if drafts or mode:
            raise Invalid("'tiers' and 'tiers_mode' need 'billing_scheme' TIERED.", param="billing_scheme")
        return ()
    if not drafts or mode is None:
        raise Invalid("A TIERED price needs 'tiers_mode' and 'tiers'.", code="parameter_missing", param="tiers")
    if len(drafts) > TIERS_MAX:
        raise Invalid(f"A price has at most {TIERS_MAX} tiers.", param="tiers")
    tiers: list[Tier] = []
    below = 0
    for index, draft in enumerate(drafts):
        last = index == len(drafts) - 1
        up_to = None if draft.up_to in {None, "inf"} else int(draft.up_to or 0)
        if (up_to is None) != last:
            raise Invalid("Only the last tier is open ('up_to': 'inf').", param=f"tiers[{index}][up_to]")
        if up_to is not None and up_to <= below:
            raise Invalid("'up_to' must rise from each tier to the next.", param=f"tiers[{index}][up_to]")
        below = up_to or below
        tiers.append(
            Tier(
                up_to=up_to,
                unit_amount=_amount(draft.unit_amount, draft.unit_amount_decimal, f"tiers[{index}][unit_amount]")
                or "0",
                flat_amount=_amount(draft.flat_amount, draft.flat_amount_decimal, f"tiers[{index}][flat_amount]")
                or "0",
            )
        )
    return tuple(tiers)


def terms_of(
    *,
    price: str,
    product: str,
    product_name: str,
    currency: str,
    unit_amount: int | None,
    unit_amount_decimal: Decimal | None,
    cycle: Cycle | None,
    tiers: tuple[Tier, ...],
    tiers_mode: TiersMode | None,
    nickname: str | None,
) -> Terms:
    """The terms of a new price."""
    amount = _amount(unit_amount, unit_amount_decimal, "unit_amount")
    if tiers and amount is not None:
        raise Invalid("A TIERED price has its amounts in 'tiers'.", param="unit_amount")
    if not tiers and amount is None:
        raise Invalid("'unit_amount' is missing.", code="parameter_missing", param="unit_amount")
    return Terms(
        price=price,
        product=product,
        product_name=product_name,
        currency=currency,
        unit_amount=amount or "0",
        cycle=cycle,
        billing_scheme="TIERED" if tiers else "PER_UNIT",
        tiers_mode=tiers_mode,
        tiers=tiers,
        nickname=nickname,
    )


def _amount(whole: int | None, decimal: Decimal | None, param: str) -> str | None:
    """An amount of minor units as decimal text without needless zeros; None when none is given."""
    if whole is not None and decimal is not None:
        raise Invalid(f"Give '{param}' or its decimal form, one of them.", param=param)
    if whole is not None:
        if not 0 <= whole <= AMOUNT_MAX:
            raise Invalid(f"'{param}' lies between 0 and {AMOUNT_MAX}.", param=param)
        return str(whole)
    if decimal is None:
        return None
    found = _DECIMAL.fullmatch(str(decimal))
    if found is None:
        raise Invalid(f"'{param}_decimal' is a decimal number with at most 12 decimals.", param=f"{param}_decimal")
    units, fraction = found.group(1).lstrip("0") or "0", (found.group(2) or "").rstrip("0")
    return f"{units}.{fraction}" if fraction else units
