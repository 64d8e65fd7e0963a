"""The provider's own books: charges and refunds in SQLite, with its own idempotency."""

import sqlite3
import time
from collections.abc import Mapping
from pathlib import Path
from typing import Any, cast

from msgspec import Struct, json

from services.core.ids import new_id
from services.gateways.gateway import (
    Authorized,
    Captured,
    Declined,
    Outcome,
    Pending,
    RefundDeclined,
    Refunded,
    RefundOutcome,
    Released,
)
from services.gateways.simulator.ledger import LedgerThread
from services.gateways.simulator.methods import BY_TOKEN

WAITING = """
select id, method, amount
  from charges
 where status = 'pending'
   and settles_at <= ?
"""
REFUND_FAILED = RefundDeclined("expired_or_canceled_card", "The bank sent the refund back.")


class Unknown(Exception):
    """There is no such charge, or no such refund."""


class Refused(Exception):
    """The request contradicts the books; nothing was done."""


class ChargeRequest(Struct, frozen=True, kw_only=True, forbid_unknown_fields=True):
    """A charge as the client asks for it."""

    amount: int
    currency: str
    method: str
    capture: bool
    livemode: bool
    reference: str


class Books:
    """Every method is one piece of work in the books' own thread, durable when it returns."""

    def __init__(self, path: Path, settle_seconds: float) -> None:
        self._settle_seconds = settle_seconds
        self._ledger = LedgerThread(path)

    async def close(self) -> None:
        """Finishes what waits, then closes the file."""
        await self._ledger.close()

    async def charge(self, key: str, asked: ChargeRequest) -> tuple[Outcome, bool]:
        """What became of the charge, and whether this request is the one that made it."""
        return await self._ledger.do(lambda db: self._charge(db, key, asked))

    async def outcome_of(self, key: str, livemode: bool) -> Outcome | None:
        """What became of the charge with this key; None when it never arrived."""

        def work(db: sqlite3.Connection) -> Outcome | None:
            row = db.execute("select subject from requests where livemode = ? and key = ?", (livemode, key)).fetchone()
            return None if row is None else self._outcome(db, row[0])

        return await self._ledger.do(work)

    async def capture(self, key: str, livemode: bool, charge: str, amount: int) -> Outcome:
        """Takes at most what was reserved, once; the rest is released."""

        def work(db: sqlite3.Connection) -> Outcome:
            if self._is_new(db, livemode, key, f"capture {charge} {amount}", charge):
                status, reserved, _, _ = self._money(db, charge, livemode)
                if status != "authorized":
                    raise Refused(f"charge {charge} is {status}, not authorized")
                if not 0 < amount <= reserved:
                    raise Refused(f"cannot capture {amount} of {reserved}")
                db.execute("update charges set status = 'captured', captured = ? where id = ?", (amount, charge))
            return self._outcome(db, charge)

        return await self._ledger.do(work)

    async def cancel(self, key: str, livemode: bool, charge: str) -> Outcome:
        """Gives a reservation back."""

        def work(db: sqlite3.Connection) -> Outcome:
            if self._is_new(db, livemode, key, f"cancel {charge}", charge):
                status, *_ = self._money(db, charge, livemode)
                if status != "authorized":
                    raise Refused(f"charge {charge} is {status}, not authorized")
                db.execute("update charges set status = 'released' where id = ?", (charge,))
            return self._outcome(db, charge)

        return await self._ledger.do(work)

    async def refund(self, key: str, livemode: bool, charge: str, amount: int) -> RefundOutcome:
        """Gives back at most what was taken."""

        def work(db: sqlite3.Connection) -> RefundOutcome:
            row = db.execute(
                "select parameters, subject from requests where livemode = ? and key = ?", (livemode, key)
            ).fetchone()
            parameters = f"refund {charge} {amount}"
            if row is not None:
                if row[0] != parameters:
                    raise Refused("the key was used with other parameters")
                return self._refund(db, row[1], livemode)[0]
            status, _, captured, refunded = self._money(db, charge, livemode)
            if status != "captured" or not 0 < amount <= captured - refunded:
                raise Refused(f"cannot refund {amount}: charge {charge} is {status}, {captured - refunded} are left")
            id = new_id("gre")
            db.execute("insert into refunds (id, charge, amount) values (?, ?, ?)", (id, charge, amount))
            db.execute("update charges set refunded = refunded + ? where id = ?", (amount, charge))
            db.execute("insert into requests values (?, ?, ?, ?)", (livemode, key, parameters, id))
            return Refunded(id)

        return await self._ledger.do(work)

    async def refund_of(self, id: str, livemode: bool) -> RefundOutcome:
        """What became of the refund."""
        return await self._ledger.do(lambda db: self._refund(db, id, livemode)[0])

    async def fail_refund(self, id: str, livemode: bool) -> RefundOutcome:
        """The money of a refund comes back."""

        def work(db: sqlite3.Connection) -> RefundOutcome:
            outcome, charge, amount = self._refund(db, id, livemode)
            if isinstance(outcome, Refunded):
                db.execute("insert into failed_refunds (id) values (?)", (id,))
                db.execute("update charges set refunded = refunded - ? where id = ?", (amount, charge))
            return REFUND_FAILED

        return await self._ledger.do(work)

    async def totals(self, reference: str | None) -> Mapping[str, Any]:
        """Per environment and currency: how many charges, and what was taken and given back."""

        def work(db: sqlite3.Connection) -> Mapping[str, Any]:
            self._settle_due(db)
            where, values = ("where reference = ?", (reference,)) if reference else ("", ())
            rows = db.execute(
                f"""
                select livemode, currency, count(*), sum(status = 'captured'), sum(captured), sum(refunded)
                  from charges {where}
                 group by livemode, currency
                 order by livemode, currency
                """,
                values,
            ).fetchall()
            names = ("livemode", "currency", "charges", "captures", "captured", "refunded")
            totals = [dict(zip(names, row, strict=True)) | {"livemode": bool(row[0])} for row in rows]
            charges: list[dict[str, Any]] = []
            if reference:
                listed = db.execute(
                    "select id, amount, captured, refunded, status from charges where reference = ?", values
                )
                names = ("id", "amount", "captured", "refunded", "status")
                charges = [dict(zip(names, row, strict=True)) for row in listed]
            return {"totals": totals, "charges": charges}

        return await self._ledger.do(work)

    def _charge(self, db: sqlite3.Connection, key: str, asked: ChargeRequest) -> tuple[Outcome, bool]:
        if asked.amount <= 0:
            raise Refused("the amount must be above zero")
        behaviour = BY_TOKEN.get(asked.method)
        if behaviour is None:
            raise Refused(f"there is no payment method {asked.method}")
        id = new_id("ch")
        if not self._is_new(db, asked.livemode, key, json.encode(asked).decode(), id):
            row = db.execute("select subject from requests where livemode = ? and key = ?", (asked.livemode, key))
            return self._outcome(db, row.fetchone()[0]), False
        settles_at = None
        captured = 0
        if behaviour.kind == "BANK_ACCOUNT":
            status, settles_at = "pending", time.time() + self._settle_seconds
        elif behaviour.code is not None:
            status = "declined"
        elif asked.capture:
            status, captured = "captured", asked.amount
        else:
            status = "authorized"
        db.execute(
            "insert into charges values (?, ?, ?, ?, ?, ?, ?, 0, ?, ?)",
            (
                id,
                asked.livemode,
                asked.reference,
                asked.currency,
                asked.method,
                asked.amount,
                captured,
                status,
                settles_at,
            ),
        )
        return self._outcome(db, id), True

    def _is_new(self, db: sqlite3.Connection, livemode: bool, key: str, parameters: str, subject: str) -> bool:
        row = db.execute("select parameters from requests where livemode = ? and key = ?", (livemode, key)).fetchone()
        if row is None:
            db.execute("insert into requests values (?, ?, ?, ?)", (livemode, key, parameters, subject))
            return True
        if row[0] != parameters:
            raise Refused("the key was used with other parameters")
        return False

    def _money(self, db: sqlite3.Connection, charge: str, livemode: bool) -> tuple[str, int, int, int]:
        self._settle_due(db, charge)
        row = db.execute(
            "select status, amount, captured, refunded from charges where id = ? and livemode = ?", (charge, livemode)
        ).fetchone()
        if row is None:
            raise Unknown(charge)
        return cast("tuple[str, int, int, int]", row)

    def _refund(self, db: sqlite3.Connection, id: str, livemode: bool) -> tuple[RefundOutcome, str, int]:
        row = db.execute(
            """
            select r.charge, r.amount, f.id is not null
              from refunds r
              join charges c on c.id = r.charge
              left join failed_refunds f on f.id = r.id
             where r.id = ?
               and c.livemode = ?
            """,
            (id, livemode),
        ).fetchone()
        if row is None:
            raise Unknown(id)
        charge, amount, failed = row
        return REFUND_FAILED if failed else Refunded(id), charge, amount

    def _outcome(self, db: sqlite3.Connection, charge: str) -> Outcome:
        self._settle_due(db, charge)
        row = db.execute("select status, amount, captured, method from charges where id = ?", (charge,)).fetchone()
        if row is None:
            raise Refused("the key was used for something else")
        status, amount, captured, method = row
        if status == "captured":
            return Captured(charge, captured)
        if status == "authorized":
            return Authorized(charge, amount)
        if status == "pending":
            return Pending(charge)
        if status == "released":
            return Released(charge)
        behaviour = BY_TOKEN[method]
        return Declined(behaviour.code or "card_declined", behaviour.decline_code, behaviour.message, charge)

    def _settle_due(self, db: sqlite3.Connection, charge: str | None = None) -> None:
        """Bank debits whose time has come succeed or fail now; nobody could have seen them do so before."""
        asked, values = (WAITING, ()) if charge is None else (f"{WAITING} and id = ?", (charge,))
        due = db.execute(asked, (time.time(), *values)).fetchall()
        for id, method, amount in due:
            if BY_TOKEN[method].code is None:
                db.execute("update charges set status = 'captured', captured = ? where id = ?", (amount, id))
            else:
                db.execute("update charges set status = 'declined' where id = ?", (id,))
