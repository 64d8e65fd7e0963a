"""Who comes in, and how: passwords, one-time links, tries, sessions, roles, forged requests."""

import asyncpg
import httpx

from services.billing.users import team
from services.dashboard.throttle import TRIES_PER_ADDRESS_MAX
from tests.support.app import Account, RunningApi
from tests.support.browser import HOST, Browser, browser, hidden, signed_in, user_link

START = "/dashboard/test"
HOME = "/dashboard/test/customers"
PASSWORD = "correct horse battery"
TABLES = """
select format('%I.%I', schemaname, tablename)
  from pg_tables
 where schemaname = 'es'
    or schemaname like 'rm\\_%'
"""


async def _with_password(api: RunningApi, account: Account, email: str) -> Browser:
    here = browser(api)
    link = await user_link(api, account.id, email=email, purpose="password")
    await here.open(link)
    await here.send(link, password=PASSWORD)
    assert here.at == START
    return here


async def _sign_in(here: Browser, email: str, password: str) -> str:
    await here.open("/dashboard/sign-in")
    return await here.send("/dashboard/sign-in", email=email, password=password)


async def test_a_password_opens_and_a_wrong_one_answers_like_an_unknown_address(
    api: RunningApi, account: Account
) -> None:
    await _with_password(api, account, "ada@example.com")
    here = browser(api)
    wrong = await _sign_in(here, "ada@example.com", "not the password")
    assert here.status == 400
    unknown = await _sign_in(here, "nobody@example.com", "not the password")
    sentence = "The e-mail address or the password is wrong."
    assert sentence in wrong
    assert sentence in unknown
    assert "ada@example.com" in wrong, "what was typed stays"
    await _sign_in(here, "ADA@example.com", PASSWORD)
    assert (here.status, here.at) == (200, START)
    await here.open("/dashboard/sign-in?next=https://evil.test/")
    assert "evil" not in here.page


async def test_a_weak_password_is_refused_and_the_link_still_works(api: RunningApi, account: Account) -> None:
    here = browser(api)
    link = await user_link(api, account.id, purpose="password")
    await here.open(link)
    await here.send(link, password="short")
    assert (here.status, here.at) == (400, link)
    assert "10 to 200 characters" in here.page
    await here.send(link, password=PASSWORD)
    assert here.at == START
    await here.open(link)
    assert here.status == 410


async def test_looking_at_a_link_does_not_use_it_up_and_using_it_does(api: RunningApi, account: Account) -> None:
    here, other = browser(api), browser(api)
    link = await user_link(api, account.id)
    await other.open(link)
    await here.open(link)
    await here.send(link)
    assert here.at == START
    await other.send(link)
    assert other.status == 410


async def test_tries_are_counted_by_address(api: RunningApi, account: Account) -> None:
    await _with_password(api, account, "ada@example.com")
    here = browser(api)
    for _ in range(TRIES_PER_ADDRESS_MAX):
        await _sign_in(here, "ada@example.com", "wrong")
    assert "wrong" in here.page
    await _sign_in(here, "Ada@example.com", PASSWORD)
    assert "Too many tries" in here.page
    assert here.at == "/dashboard/sign-in"


async def test_signing_out_ends_this_session_and_everywhere_ends_all(api: RunningApi, account: Account) -> None:
    one = await _with_password(api, account, "ada@example.com")
    two = browser(api)
    await _sign_in(two, "ada@example.com", PASSWORD)
    await one.send("/dashboard/sign-out")
    assert one.at == "/dashboard/sign-in"
    await one.open(HOME)
    assert one.at == "/dashboard/sign-in"
    await two.open(HOME)
    assert two.at == HOME
    three = browser(api)
    await _sign_in(three, "ada@example.com", PASSWORD)
    await two.open("/dashboard/test/settings")
    await two.send("/dashboard/test/settings/me", act="everywhere")
    for each in (two, three):
        await each.open(HOME)
        assert each.at == "/dashboard/sign-in"


async def test_a_request_that_another_site_made_does_nothing(api: RunningApi, owner: Browser) -> None:
    await owner.open("/dashboard/test/customers/new")
    fields = {"name": "Mallory", "email": "mallory@example.com"}
    good = {**fields, **hidden(owner.page)}
    path = "/dashboard/test/customers/new"
    refused = [
        await owner.client.post(path, data=good, headers={"Origin": "https://evil.test"}),
        await owner.client.post(path, data=good, headers={"Sec-Fetch-Site": "cross-site"}),
        await owner.client.post(path, data=fields, headers={"Origin": HOST}),
        await owner.client.post(path, data={**good, "csrf": "x"}, headers={"Origin": HOST}),
        await owner.client.post(path, data={**good, "csrf": ""}),
    ]
    assert [each.status_code for each in refused] == [403] * len(refused)
    await owner.open(HOME)
    assert "Mallory" not in owner.page
    made = await owner.client.post(path, data=good, headers={"Origin": HOST})
    assert made.status_code == httpx.codes.SEE_OTHER


async def test_a_form_from_before_signing_in_anew_is_shown_again_and_not_done(
    api: RunningApi, account: Account
) -> None:
    here = await _with_password(api, account, "ada@example.com")
    path = "/dashboard/test/customers/new"
    await here.open(path)
    old = here.page
    await _sign_in(here, "ada@example.com", PASSWORD)
    here.page, here.at = old, path
    await here.send(path, name="Grace", email="grace@example.com")
    assert (here.status, here.at) == (200, path)
    assert 'value="Grace"' in here.page
    await here.open(HOME)
    assert "Grace" not in here.page


async def test_an_auditor_sees_and_changes_nothing(api: RunningApi, account: Account, owner: Browser) -> None:
    await owner.open("/dashboard/test/customers/new")
    await owner.send("/dashboard/test/customers/new", name="Grace", email="grace@example.com")
    page = owner.at
    auditor = await signed_in(api, account.id, email="auditor@example.com", role="AUDITOR")
    await auditor.open(HOME)
    assert "Grace" in auditor.page
    assert "Create Customer" not in auditor.page
    await auditor.open(page)
    assert "Save changes" not in auditor.page
    for path in (page, f"{page}/delete", "/dashboard/test/customers/new", "/dashboard/test/settings/team"):
        await auditor.open("/dashboard/test/settings")
        await auditor.send(path, name="Changed", email="changed@example.com", role="OWNER")
        assert auditor.status == 403, path
    await owner.open(page)
    assert "Grace" in owner.page


async def test_a_member_of_another_account_finds_nothing(api: RunningApi, owner: Browser) -> None:
    await owner.open("/dashboard/test/customers/new")
    await owner.send("/dashboard/test/customers/new", name="Grace", email="grace@example.com")
    page = owner.at
    stranger = await signed_in(api, (await api.open_account()).id, email="stranger@example.com")
    for path in (page, f"{page}/delete"):
        await stranger.open(path)
        assert stranger.status == 404
        assert "Grace" not in stranger.page
    await owner.open(page.replace("/test/", "/live/"))
    assert owner.status == 404


async def test_the_last_owner_stays_and_a_removed_user_is_out(
    api: RunningApi, account: Account, owner: Browser
) -> None:
    member = await signed_in(api, account.id, email="member@example.com", role="MEMBER")
    everyone = {each.email: each.id for each in await team.members(api.engine, account.id)}
    path = "/dashboard/test/settings/team"
    await owner.open("/dashboard/test/settings")
    await owner.send(f"{path}/{everyone['owner@example.com']}", role="MEMBER")
    assert "An account needs an owner" in owner.page
    await owner.send(f"{path}/{everyone['owner@example.com']}", act="remove")
    assert "An account needs an owner" in owner.page
    await owner.send(f"{path}/{everyone['member@example.com']}", act="remove")
    assert "User removed." in owner.page
    await member.open(HOME)
    assert member.at == "/dashboard/sign-in"
    await owner.send(path, email="Owner@example.com", name="Again", role="MEMBER")
    assert "signs in with this address already" in owner.page
    await owner.send(path, email="new@example.com", name="New", role="AUDITOR")
    assert "/dashboard/link/" in owner.page


async def test_no_table_holds_an_address_or_a_password(api: RunningApi, account: Account, database: str) -> None:
    await _with_password(api, account, "ada@example.com")
    here = browser(api)
    await _sign_in(here, "ada@example.com", PASSWORD)
    # The owner may also read what the server itself may not.
    owner = await asyncpg.connect(database)
    tables = [row[0] for row in await owner.fetch(TABLES)]
    assert "es.late_claims" in tables
    for table in tables:
        text = "".join(str(tuple(row)) for row in await owner.fetch(f"select t::text from {table} t"))
        assert "ada@example.com" not in text, table
        assert "argon2" not in text, table
    await owner.close()


async def test_the_page_tells_the_browser_to_run_nothing_but_ours(owner: Browser) -> None:
    for path in (HOME, "/dashboard/test/settings", "/dashboard/sign-in", "/dashboard/test/nowhere"):
        answer = await owner.client.get(path)
        policy = answer.headers["content-security-policy"]
        assert "default-src 'none'" in policy
        assert "unsafe" not in policy
        assert answer.headers["x-content-type-options"] == "nosniff"
        assert answer.headers["cache-control"] == "private, no-cache"
        assert "<script>" not in answer.text
        assert " style=" not in answer.text
