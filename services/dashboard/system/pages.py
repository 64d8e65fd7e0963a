"""The system: read models with their lag, what is parked, verification of the log, and jobs that owners ask for."""

import asyncio
from collections.abc import Mapping, Sequence
from typing import Any

from eventstore import jobs
from eventstore.jobs import Job
from projections.due.queries import DueWork, due_work
from projections.registry import PROJECTIONS
from services.api.endpoint import Sent
from services.billing.registry import BY_CATEGORY
from services.billing.users import team
from services.core.clock import unix
from services.core.ids import new_id
from services.core.log import get_logger
from services.dashboard.asking import Input, Question, answered, asking
from services.dashboard.formatting import words
from services.dashboard.page import Page, Visit

READ, WRITE = "system:read", "system:write"
SHOWN = "100"
PARKED_MAX = 50
ENVIRONMENTS = ("test", "live")
JOBS_SHOWN = 12
# Less than this is how a busy server looks.
LAG_SECONDS = 5.0
NAMES = tuple(each.name for each in PROJECTIONS)
ADVICE: Sequence[tuple[tuple[str, ...], str]] = (
    (("BeingPaid", "UnderWay"), "The gateway owes an answer; it is asked again by itself, under the same key."),
    (("Away", "NoSimulator", "Unavailable"), "The gateway does not answer. Once it does, this goes on by itself."),
    (("Missing",), "Something that it needs is gone. Open it and choose another."),
    (("Declined",), "The method was declined. Add or choose another one, then try again from its page."),
)
OTHERWISE = "Open it and mend what the reason names. If it names nothing of yours, the worker's log says more."

log = get_logger("dashboard")


async def shown(visit: Visit) -> Sent:
    """Where each read model stands, what waits, and what was asked of the workers."""
    pool, tenant = visit.house.engine.store.pool, visit.desk.envelope.tenant
    answer, parked, asked = await asyncio.gather(
        visit.ask("GET", "/v1/system/projections"),
        due_work(pool, tenant.shard, parked=True, tenant=tenant.number, limit=PARKED_MAX),
        jobs.latest(pool, JOBS_SHOWN),
    )
    models = answer["data"]
    waiting = []
    if visit.may("payments:read"):
        waiting = (await visit.ask("GET", "/v1/payments", {"status": "PROCESSING", "limit": SHOWN}))["data"]
    names = {user.id: user.name for user in await team.members(visit.house.engine, visit.account.id)}
    tenants = [await visit.house.engine.tenants.find(f"{visit.account.id}/{env}") for env in ENVIRONMENTS]
    ours = {(each.shard, each.number) for each in tenants if each is not None}
    told = [_job(each, names, ours=(each.shard, each.tenant) in ours) for each in asked]
    under_way = {each["subject"]: each for each in told if each["finished"] is None}
    return visit.render(
        "system/system.html",
        models=[{**each, "standing": _standing(each), "rebuild": under_way.get(each["name"])} for each in models],
        head_=max((each["position"] + each["lag_events"] for each in models), default=0),
        behind=sum(each["lag_events"] for each in models),
        worst=max((each["lag_seconds"] for each in models), default=0.0),
        stopped=[each for each in models if each["reason"]],
        waiting=waiting,
        parked=[_parked(visit, each) for each in parked],
        jobs=told,
        verified=next((each for each in told if each["kind"] == "verify"), None),
        busy=bool(under_way),
        may_write=visit.may(WRITE),
    )


def _standing(model: Mapping[str, Any]) -> str:
    if model["reason"] is not None:
        return "STOPPED"
    return "LAGGING" if model["lag_seconds"] > LAG_SECONDS else model["state"].upper()


def _job(job: Job, names: Mapping[str, str], *, ours: bool) -> dict[str, Any]:
    finished = job.finished_at
    came_to = "DONE" if job.succeeded else "FAILED"
    at_it = "WAITING" if job.started_at is None else "RUNNING"
    return {
        "kind": job.kind,
        "subject": job.subject,
        "title": "Verify the log" if job.kind == "verify" else f"Rebuild {words(job.subject).lower()}",
        "state": at_it if finished is None else came_to,
        "who": names.get(job.asked_by, "Somebody who is not of this account"),
        "asked": unix(job.asked_at),
        "finished": None if finished is None else unix(finished),
        "seconds": None if finished is None or job.started_at is None else (finished - job.started_at).total_seconds(),
        "done": job.done,
        "total": job.total,
        "outcome": _outcome(job, ours=ours),
    }


def _outcome(job: Job, *, ours: bool) -> str:
    """What came of it; of a verification that another account asked for, not where in the log."""
    if ours or job.kind != "verify":
        return job.outcome or ""
    if job.succeeded is None:
        return ""
    return "The log holds." if job.succeeded else "The log does not hold. Whoever asked sees where."


def _parked(visit: Visit, work: DueWork) -> dict[str, Any]:
    """What could not be done, why, and what a person can do about it."""
    problem = work.problem or ""
    kind, _, reason = problem.partition(": ")
    return {
        "id": work.id,
        "href": visit.link(work.id),
        "what": words(BY_CATEGORY[work.category].object),
        "why": work.why,
        "reason": reason or kind,
        "advice": next((advice for names, advice in ADVICE if any(name in kind for name in names)), OTHERWISE),
        "tries": work.tries,
        "again": None if work.again_at is None else unix(work.again_at),
    }


async def ask_rebuild(visit: Visit) -> Question:
    """Which read model."""
    return Question(
        title="Rebuild a read model?",
        label="Rebuild",
        back=visit.url("/system"),
        confirms=True,
        says=(
            "A worker builds it anew from the log, beside the one that serves, compares both, and swaps them.",
            "Everything goes on meanwhile. All accounts of this server share it.",
        ),
        inputs=(
            Input(
                name="name",
                label="Read model",
                kind="select",
                options=[(each, words(each)) for each in NAMES],
                value=visit.text("name"),
            ),
        ),
    )


async def rebuild(visit: Visit, question: Question) -> Sent:
    """Asks the workers for a rebuild."""
    name = answered(visit, question).get("name", "")
    name = name if name in NAMES else NAMES[0]
    return await _asked(visit, "rebuild", name, f"The read model {words(name).lower()} is being rebuilt.")


async def ask_verification(visit: Visit) -> Question:
    """What verifying is."""
    return Question(
        title="Verify the log?",
        label="Verify",
        back=visit.url("/system"),
        confirms=True,
        says=(
            "A worker reads every event of this server and checks hash chains, positions and signed seals.",
            "It only reads, and says which event is the first that somebody changed, if any.",
        ),
    )


async def verify(visit: Visit, _: Question) -> Sent:
    """Asks the workers for a verification."""
    return await _asked(visit, "verify", "log", "The log is being verified.")


async def _asked(visit: Visit, kind: str, subject: str, say: str) -> Sent:
    engine, envelope = visit.house.engine, visit.desk.envelope
    now = engine.clock.now()
    pool = engine.store.pool
    asked = await jobs.ask(pool, envelope.tenant, new_id("job"), kind, subject, visit.user.id, now)
    log.info("job_asked", kind=kind, subject=subject, user=visit.user.id, request=envelope.request_id, new=asked)
    return await visit.redirect("/system", say if asked else "That is under way already.")


PAGES = (
    Page(path="/system", get=shown, needs=READ),
    asking("/system/rebuild", WRITE, ask_rebuild, rebuild),
    asking("/system/verify", WRITE, ask_verification, verify),
)
