"""The system: read models with their lag, and answers that the gateway owes."""

from services.api.endpoint import Sent
from services.dashboard.page import Page, Visit

READ = "system:read"
SHOWN = "100"
# Less than this is how a busy server looks.
LAG_SECONDS = 5.0


async def shown(visit: Visit) -> Sent:
    """Where each read model stands, and what waits."""
    models = (await visit.ask("GET", "/v1/system/projections"))["data"]
    waiting = []
    if visit.may("payments:read"):
        waiting = (await visit.ask("GET", "/v1/payments", {"status": "PROCESSING", "limit": SHOWN}))["data"]
    return visit.render(
        "system/system.html",
        models=[{**each, "standing": _standing(each["state"], each["reason"], each["lag_seconds"])} for each in models],
        head_=max((each["position"] + each["lag_events"] for each in models), default=0),
        behind=sum(each["lag_events"] for each in models),
        worst=max((each["lag_seconds"] for each in models), default=0.0),
        stopped=[each for each in models if each["reason"]],
        waiting=waiting,
    )


def _standing(state: str, reason: str | None, lag_seconds: float) -> str:
    if reason is not None:
        return "STOPPED"
    return "LAGGING" if lag_seconds > LAG_SECONDS else state.upper()


PAGES = (Page(path="/system", get=shown, needs=READ),)
