"""The page of an invoice for its customer, and its PDF: for whoever has the address, and for nobody else."""

import re
from io import BytesIO
from typing import Any

import httpx
from pypdf import PdfReader

from services.core.clock import SystemClock
from services.core.links import opens
from services.dashboard.hosted.pages import VISITS_PER_SECOND
from tests.support.app import RunningApi
from tests.support.billing import Shop
from tests.support.browser import Browser, browser

AT = "2024-01-31T15:04:05Z"
WITHOUT = re.compile(r"sk_|cust_|sub_|pay_|acct_|<script|\sstyle=")


async def _item(shop: Shop, amount: int, currency: str, description: str) -> None:
    body = {"customer": shop.customer, "amount": amount, "currency": currency, "description": description}
    await shop.post("/v1/invoice_items", body)


async def _invoice(shop: Shop, currency: str, **more: Any) -> Any:
    """A finalized invoice of what waits in this currency."""
    draft = await shop.post("/v1/invoices", {"customer": shop.customer, "currency": currency, **more})
    assert (draft["hosted_invoice_url"], draft["invoice_pdf"]) == (None, None)
    return await shop.post(f"/v1/invoices/{draft['id']}/finalize")


async def _pdf(reader: Browser, invoice: Any) -> tuple[httpx.Response, list[str]]:
    answer = await reader.client.get(invoice["invoice_pdf"])
    return answer, [page.extract_text() for page in PdfReader(BytesIO(answer.content)).pages]


async def test_who_has_the_address_sees_the_invoice_without_a_key(api: RunningApi) -> None:
    shop = await Shop.open(
        api,
        AT,
        name="Zoë Łukasz <b>Đặng</b> 株式会社 김철수",
        timezone="America/New_York",
        address={"line1": "1 Main St", "city": "Berlin", "postal_code": "10115"},
    )
    await shop.card()
    created = await shop.subscribe(await shop.price(2500, currency="jpy", unit_amount=2500), quantity=3)
    invoice = await shop.get(f"/v1/invoices/{created['latest_invoice']}")
    reader = browser(api)
    page = await reader.open(invoice["hosted_invoice_url"])
    assert reader.status == 200
    for shown in (
        invoice["number"],
        "Test",
        "Zoë Łukasz &lt;b&gt;Đặng",
        "10115 Berlin",
        "¥7,500",
        "31 Jan 2024",
        "Paid",
    ):
        assert shown in page, shown
    assert WITHOUT.findall(page.replace(invoice["invoice_pdf"], "")) == []
    document, pages = await _pdf(reader, invoice)
    assert document.headers["content-type"] == "application/pdf"
    text = "".join("".join(pages).split())
    for shown in (invoice["number"], "Zoë Łukasz <b>Đặng", "株式会社", "김철수", "¥7,500 JPY", "29 Feb 2024"):
        assert shown.replace(" ", "") in text, shown
    assert (await _pdf(reader, invoice))[0].content == document.content


async def test_the_page_may_load_little_and_is_kept_and_listed_nowhere(api: RunningApi) -> None:
    shop = await Shop.open(api, AT)
    await _item(shop, 1250, "kwd", "Consulting")
    invoice = await _invoice(shop, "kwd", description="Thank you.")
    for address in (invoice["hosted_invoice_url"], invoice["invoice_pdf"], "http://api.test/i/nothing"):
        headers = (await browser(api).client.get(address)).headers
        assert headers["content-security-policy"].startswith("default-src 'none'; style-src 'self'")
        assert "noindex" in headers["x-robots-tag"]
        assert headers["referrer-policy"] == "no-referrer"
        assert headers["cache-control"] == "private, no-store"
        assert headers["request-id"].startswith("req_")
    assert "KWD\N{NO-BREAK SPACE}1.250" in await browser(api).open(invoice["hosted_invoice_url"])


async def test_the_page_is_as_current_as_the_invoice(api: RunningApi) -> None:
    shop = await Shop.open(api, AT)
    await _item(shop, 1200, "usd", "Consulting")
    invoice = await _invoice(shop, "usd")
    reader = browser(api)
    assert "Open" in await reader.open(invoice["hosted_invoice_url"])
    paid = await shop.post(f"/v1/invoices/{invoice['id']}/pay", {"paid_out_of_band": True})
    assert paid["hosted_invoice_url"] == invoice["hosted_invoice_url"]
    page = await reader.open(invoice["hosted_invoice_url"])
    assert "Left to pay" in page
    assert "Paid" in page
    assert "Open" not in page
    listed = await shop.get("/v1/invoices", customer=shop.customer)
    told = await shop.get("/v1/events", type="invoice.finalized")
    urls = [each["hosted_invoice_url"] for each in (listed["data"][0], told["data"][0]["data"]["object"])]
    assert urls == [invoice["hosted_invoice_url"]] * 2
    assert told["data"][0]["data"]["previous_attributes"]["hosted_invoice_url"] is None


async def test_no_other_address_opens_it(api: RunningApi) -> None:
    shop = await Shop.open(api, AT)
    await _item(shop, 1200, "usd", "Consulting")
    invoice = await _invoice(shop, "usd")
    await _item(shop, 99, "usd", "Secret draft")
    draft = await shop.post("/v1/invoices", {"customer": shop.customer, "currency": "usd"})
    url = invoice["hosted_invoice_url"]
    start, _, token = url.rpartition("/")
    other = start.replace(invoice["id"], draft["id"])
    engine, tenant = api.engine, await api.engine.tenants.find(start.split("/i/")[1].rpartition("/")[0])
    assert tenant is not None
    assert opens(engine, tenant, invoice["id"], token)
    wrong = ("A" if token[0] != "A" else "B") + token[1:]
    reader, seen = browser(api), set[str]()
    for path in (
        f"{start}/{wrong}",
        f"{start}/{token[:-1]}",
        f"{start}/{token}A",
        f"{other}/{token}",
        f"{start.replace('/test/', '/live/')}/{token}",
        f"{start.replace('acct_', 'acct_0')}/{token}",
        f"{url}/csv",
        f"{start}/",
    ):
        page = await reader.open(path)
        assert reader.status == 404, path
        seen.add(re.sub(r"req_\w+", "", page))
    assert len(seen) == 1, "a wrong token must not tell whether the invoice exists"


async def test_an_erased_customer_is_not_named(api: RunningApi) -> None:
    shop = await Shop.open(api, AT, name="Grace Hopper", email="grace@example.com")
    await _item(shop, 1200, "usd", "For Grace")
    invoice = await _invoice(shop, "usd", description="Dear Grace")
    reader = browser(api)
    assert "Grace" in await reader.open(invoice["hosted_invoice_url"])
    await shop.post(f"/v1/customers/{shop.customer}/erase")
    page = await reader.open(invoice["hosted_invoice_url"])
    _, pages = await _pdf(reader, invoice)
    assert reader.status == 200
    for text in (page, *pages):
        assert "grace" not in text.lower()
        assert "$12.00" in text


async def test_a_long_invoice_goes_over_pages_and_says_what_it_cannot_show(api: RunningApi) -> None:
    shop = await Shop.open(api, AT, name="שלום")
    for number in range(30):
        await _item(shop, 100, "usd", f"Package {number} " + "and what it is made of " * 8)
    document, pages = await _pdf(browser(api), await _invoice(shop, "usd"))
    assert document.status_code == 200
    assert len(pages) > 1
    assert all(f"Package {number} " in "".join(pages) for number in range(30))
    assert "$30.00" in pages[-1]
    assert "cannot be shown" in pages[-1]


async def test_an_invoice_that_is_visited_too_often_waits_and_no_other(api: RunningApi) -> None:
    client, shop = browser(api).client, await Shop.open(api, AT)
    visited, quiet = [await _one_more(shop) for _ in range(2)]
    tenant = await api.engine.tenants.open("/".join(httpx.URL(visited["hosted_invoice_url"]).path.split("/")[2:4]))
    now = int(SystemClock().now().timestamp())
    for second in range(now, now + 120):
        await api.redis.set(f"peaswap:limit:hosted:{tenant.number}:{visited['id']}:{second}", VISITS_PER_SECOND)
    for address in (visited["hosted_invoice_url"], visited["invoice_pdf"]):
        answer = await client.get(address)
        assert answer.status_code == httpx.codes.TOO_MANY_REQUESTS
        assert answer.headers["retry-after"] == "1"
    assert (await client.get(quiet["hosted_invoice_url"])).status_code == httpx.codes.OK
    assert (await client.get("http://api.test/i/nothing")).status_code == httpx.codes.NOT_FOUND


async def test_a_line_that_is_higher_than_a_page_goes_on_on_the_next(api: RunningApi) -> None:
    shop = await Shop.open(api, AT)
    await _item(shop, 100, "usd", "\n".join(f"Part {number}." for number in range(90)))
    _, pages = await _pdf(browser(api), await _invoice(shop, "usd"))
    assert len(pages) == 3
    assert "cannot be shown" not in pages[-1]
    assert all(f"Part {number}." in "".join(pages) for number in range(90))


async def _one_more(shop: Shop) -> Any:
    await _item(shop, 100, "usd", "Consulting")
    return await _invoice(shop, "usd")
