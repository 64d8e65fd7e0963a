"""Pages that ask before they do: forms by declaration, for creating things and for what is done to them.

A question names the fields and says what will happen; its answer is checked here only as far as text must become
amounts and instants. All rules are those of the operation that is asked then; a refusal comes back beside the field.
"""

from collections.abc import Awaitable, Callable, Mapping, Sequence
from datetime import datetime
from typing import Any, Literal
from zoneinfo import ZoneInfo

from msgspec import Struct, structs

from services.api.endpoint import Sent
from services.core.refusal import Forbidden, Invalid
from services.dashboard.formatting import NotAnAmount, amount_of
from services.dashboard.forms import again, choice_made, once
from services.dashboard.page import Page, Visit

InputKind = Literal[
    "text", "area", "code", "email", "url", "number", "money", "select", "pick", "check", "time", "password"
]


class Input(Struct, frozen=True, kw_only=True):
    """A field of a form. `value` is what it shows before anybody types; options are (value, words); a
    `pick` also takes what is not among them, and finds more of what it is `of`. What is typed into a `password` is not
    shown again. A short field may stand `beside` the one before it."""

    name: str
    label: str
    kind: InputKind = "text"
    value: str = ""
    hint: str = ""
    required: bool = False
    beside: bool = False
    options: Sequence[tuple[str, str]] = ()
    of: str = ""
    max: int | None = None


class Question(Struct, frozen=True, kw_only=True):
    """What a page asks. `label` is the button's, `about` tells which one is meant, `says` are sentences on what will
    happen, `back` is where to go instead and `stay` what that button says. A question of someone's confirmation is
    small and opens in place. While it is `impossible`, the page only says why. `part` is a field that depends on the
    field `of_part`."""

    title: str
    label: str
    back: str
    inputs: Sequence[Input] = ()
    about: str = ""
    says: Sequence[str] = ()
    bad: bool = False
    confirms: bool = False
    stay: str = ""
    impossible: str = ""
    part: str = ""
    of_part: str = ""
    trail: Sequence[tuple[str, str]] = ()
    note: str = ""
    template: str | None = None
    more: Mapping[str, Any] = {}


Asked = Callable[[Visit], Awaitable[Question]]
Done = Callable[[Visit, Question], Awaitable[Sent]]


def asking(path: str, needs: str, question: Asked, done: Done) -> Page:
    """The page of a question. `done` does what was asked; refused for what was typed, the form comes again with it."""

    def demand(visit: Visit) -> None:
        if not visit.may(needs):
            raise Forbidden(f"Your role does not allow this ({needs}).")

    async def ask(visit: Visit) -> Sent:
        demand(visit)
        return form_of(visit, await question(visit), {})

    async def take(visit: Visit) -> Sent:
        demand(visit)
        asked = await question(visit)

        async def refused(errors: dict[str, str]) -> Sent:
            return form_of(visit, asked, errors)

        return await again(lambda: done(visit, asked), refused)

    return Page(path=path, get=ask, post=take, needs=needs.replace(":write", ":read"))


def form_of(visit: Visit, question: Question, errors: Mapping[str, str]) -> Sent:
    """The form, with what was typed and what was wrong with it."""
    template = "asking/impossible.html" if question.impossible else question.template
    return visit.render(
        template or ("asking/confirm.html" if question.confirms else "asking/form.html"),
        status=400 if errors else 200,
        question=question,
        filled=filled_of(visit, question.inputs),
        errors=errors,
        once=once(visit),
        **question.more,
    )


def unless(why: str | None, title: str, question: Question) -> Question:
    """The question, or a page that says why it cannot be asked now. Sent all the same, the operation decides: a form
    that was sent twice has made impossible what it asks."""
    return structs.replace(question, title=title, impossible=why) if why else question


def currency_input(visit: Visit, value: str = "", *, required: bool = True) -> Input:
    """The field for a currency, beside the amount in it."""
    usual = (value or visit.account.default_currency).upper()
    return Input(name="currency", label="Currency", value=usual, required=required, beside=True, max=3)


def filled_of(visit: Visit, inputs: Sequence[Input]) -> dict[str, str]:
    """What the form shows again: what was typed, the one that was chosen among several, else what the fields hold."""
    given = visit.filled({each.name: each.value for each in inputs})
    texts = {name: value if isinstance(value, str) else "" for name, value in given.items()}
    for each in inputs:
        if each.kind == "pick":
            texts[each.name] = choice_made(visit, each.name, texts[each.name].strip()) or texts[each.name]
    # A box that was not ticked is not sent at all.
    absent = {each.name: "" for each in inputs if each.kind == "check" and visit.form and each.name not in visit.form}
    # What is secret is never sent back, not even to whoever typed it.
    secret = {each.name: "" for each in inputs if each.kind == "password"}
    return {**texts, **absent, **secret}


def answered(visit: Visit, question: Question, currency: str | None = None) -> dict[str, Any]:
    """What was typed, as parameters: empty fields are left out. Raises Invalid."""
    found: dict[str, Any] = {}
    for each in question.inputs:
        text = visit.typed(each.name).strip()
        if each.kind == "check":
            found[each.name] = "true" if text else "false"
        elif not text:
            continue
        elif each.kind == "money":
            found[each.name] = str(_amount(text, currency or visit.typed("currency"), each.name))
        elif each.kind == "number":
            found[each.name] = whole_number(text, each.name)
        elif each.kind == "time":
            found[each.name] = str(_unix(text, visit.zone, each.name))
        else:
            found[each.name] = text
    return found


def _amount(text: str, currency: str, name: str) -> int:
    try:
        return amount_of(text, currency)
    except NotAnAmount as refused:
        raise Invalid(str(refused), param=name) from None


def whole_number(text: str, name: str) -> str:
    """The digits that were typed: what computers also take for a number, such as 1e3, nobody types on purpose. Raises
    Invalid."""
    if not text.isascii() or not text.isdigit():
        raise Invalid("Enter a whole number in digits, such as 12.", param=name)
    return text


def _unix(text: str, zone: str, name: str) -> int:
    """A local time of the account's zone; the first of two that the clock shows twice."""
    try:
        return int(datetime.fromisoformat(text).replace(tzinfo=ZoneInfo(zone)).timestamp())
    except (ValueError, OverflowError):
        raise Invalid("Enter a date and a time.", param=name) from None
