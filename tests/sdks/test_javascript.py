"""The JavaScript SDK: the guide's snippets as they are printed, its tests in tests/javascript, and its types."""

import json
import re
from pathlib import Path
from typing import Any

from peaswap import Peaswap

from tests.support import javascript
from tests.support.served import Served

GUIDE = Path(__file__).with_name("guide.txt")
BEFORE = """
import Peaswap from "peaswap";
const peaswap = new Peaswap(process.env.PEASWAP_API_KEY, { baseUrl: process.env.PEASWAP_URL });
const user = { id: 7, name: "Ada", email: "ada@example.com" };
const orderData = { customerName: "Ada", customerEmail: "ada@example.com", customerPhone: "+1234567890", total: 2500 };
"""
AFTER = """
const found = (read) => { try { return read(); } catch { return null; } };
console.log(JSON.stringify([customer, found(() => subscription), found(() => payment)]));
"""


def snippets() -> list[str]:
    """The pieces of JavaScript in the guide."""
    headings = r"^(?:SaaS platforms|E-commerce sites|Service providers)$"
    return re.split(headings, GUIDE.read_text(), flags=re.MULTILINE)[1:]


def printed(server: Served, snippet: str) -> list[Any]:
    """What the snippet made: customer, subscription, payment."""
    done = javascript.run(
        "--input-type=module",
        "--eval",
        BEFORE + snippet + AFTER,
        PEASWAP_URL=server.url,
        PEASWAP_API_KEY=server.key,
    )
    assert done.returncode == 0, done.stdout + done.stderr
    return json.loads(done.stdout)


def test_the_snippets_of_the_guide_run_as_printed(server: Served, peaswap: Peaswap) -> None:
    javascript.install()
    peaswap.prices.create(
        id="price_monthly_pro",
        currency="usd",
        unit_amount=2900,
        recurring={"interval": "MONTH"},
        product_data={"name": "Pro"},
    )
    saas, shop, services = (printed(server, snippet) for snippet in snippets())
    customer, subscription, _ = saas
    assert (customer["metadata"], subscription["customer"]) == ({"user_id": "7"}, customer["id"])
    assert (subscription["price"], subscription["status"]) == ("price_monthly_pro", "INCOMPLETE")
    customer, _, payment = shop
    assert (customer["phone"], payment["customer"]) == ("+1234567890", customer["id"])
    assert (payment["amount_received"], payment["status"]) == (2500, "SUCCEEDED")
    assert services[0]["metadata"] == {"company": "Acme Corporation", "contract_id": "CONTRACT_2024_001"}


def test_the_library_works(server: Served) -> None:
    javascript.install()
    done = javascript.run("--test", "peaswap.test.mjs", PEASWAP_URL=server.url, PEASWAP_API_KEY=server.key)
    assert done.returncode == 0, done.stdout[-8000:] + done.stderr[-2000:]


def test_the_types_are_what_a_compiler_understands() -> None:
    folder = javascript.install()
    done = javascript.run(folder / "node_modules" / "typescript" / "bin" / "tsc", "--project", "tsconfig.json")
    assert done.returncode == 0, done.stdout
