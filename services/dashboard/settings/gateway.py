"""The payment gateway of an environment: which one, and its secrets, that can be written but never read again."""

from collections.abc import Mapping, Sequence
from typing import Any

from services.api.endpoint import Sent
from services.core.refusal import Conflict, Invalid
from services.dashboard.asking import Input, Question, answered, asking
from services.dashboard.forms import once, sentence
from services.dashboard.page import Page, Visit

PATH = "/settings/gateway"
WRITE = "account:write"
NAMES: Mapping[str, str] = {"SIMULATOR": "Simulated gateway", "STRIPE": "Stripe"}
SECRETS = ("secret_key", "webhook_secret")


async def gateway_of(visit: Visit) -> Mapping[str, Any]:
    """The gateway of this environment in words; `missing` says what keeps it from charging."""
    gateway = (await visit.ask("GET", "/v1/account"))["gateway"]
    return {
        **gateway,
        "name": NAMES.get(gateway["provider"] or "", "None chosen"),
        "missing": missing(gateway),
        "webhook_url": f"{visit.house.settings.public_url}{gateway['webhook_path']}",
    }


def missing(gateway: Mapping[str, Any]) -> str:
    """What keeps this gateway from charging; empty when nothing does."""
    if gateway["provider"] is None:
        return "No payment gateway is chosen: payments wait and methods cannot be saved."
    return ""


async def ask(visit: Visit) -> Question:
    """Which one, and its secrets."""
    gateway = await gateway_of(visit)
    providers = ("STRIPE",) if visit.livemode else ("SIMULATOR", "STRIPE")
    mode = visit.env
    return Question(
        title=f"Payment gateway, {mode}",
        label="Save",
        back=visit.url("/settings"),
        trail=(("Settings", visit.url("/settings")),),
        note="Where new charges of this environment go to. What another gateway has taken stays with it.",
        inputs=(
            Input(
                name="provider",
                label="Gateway",
                kind="select",
                options=[(each, NAMES[each]) for each in providers],
                value=gateway["provider"] or "STRIPE",
            ),
            Input(
                name="secret_key",
                label="Stripe secret key",
                kind="password",
                hint=_kept(gateway["secret_key_last4"], f"sk_{mode}_… or rk_{mode}_…, from Stripe's dashboard."),
                max=256,
            ),
            Input(
                name="webhook_secret",
                label="Stripe webhook signing secret",
                kind="password",
                hint=_kept(gateway["webhook_secret_last4"], "whsec_…, of the endpoint that you made there."),
                max=256,
            ),
        ),
        says=() if visit.livemode else ("The simulated gateway needs no secrets; no real money moves through it.",),
        template="settings/gateway.html",
        more={"webhook_url": gateway["webhook_url"]},
    )


def _kept(last4: str | None, otherwise: str) -> str:
    return f"Set, ends in {last4}. Leave it empty to keep it." if last4 else otherwise


async def save(visit: Visit, question: Question) -> Sent:
    """Saves the choice, and the secrets that were typed."""
    wanted = answered(visit, question)
    if wanted.get("provider") == "SIMULATOR":
        wanted = {"provider": "SIMULATOR"}
    try:
        await visit.ask("PUT", "/v1/account", {"gateway": wanted}, key=once(visit))
    except (Invalid, Conflict) as refusal:
        field = (refusal.param or "").removeprefix("gateway[").removesuffix("]")
        raise Invalid(sentence(refusal), param=field or None) from None
    return await visit.redirect("/settings", "Payment gateway saved. It takes new charges within a second.")


PAGES: Sequence[Page] = (asking(PATH, WRITE, ask, save),)
