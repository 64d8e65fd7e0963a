"""The lines of JavaScript and Python on the pages of this repository run as they are printed."""

import ast
import inspect
import json
import re
from pathlib import Path
from types import SimpleNamespace
from typing import Any

import pytest
import stripe
from peaswap import Peaswap

from services.core.clock import SystemClock
from services.core.signing import new_signing_secret, signed_headers
from tests.support import javascript
from tests.support.served import Served

ROOT = Path(__file__).resolve().parents[2]
# Page, and how many pieces of each language it must have.
PAGES = {"README.md": (3, 3), "services/sdks/javascript/README.md": (4, 0), "services/sdks/python/README.md": (0, 5)}
ELSEWHERE = "http://127.0.0.1:8787"
BODY = b'{"id": "evt_1", "object": "event", "type": "customer.created", "data": {"object": {}}}'
# What a reader of the pages has already.
GIVEN = """
const [{ default: Peaswap }, { default: Stripe }] = await Promise.all([import("peaswap"), import("stripe")]);
const { url, key, secret, body, headers } = JSON.parse(process.env.GIVEN);
const peaswap = new Peaswap(key, { baseUrl: url });
const stripe = new Stripe(key);
const [rawBody, request] = [body, { headers }];
const [order, params] = [{ id: crypto.randomUUID() }, { name: "Ada", email: "ada@example.com" }];
"""


def pieces(page: str, language: str) -> list[str]:
    """What stands on a page in this language."""
    return re.findall(rf"^```{language}\n(.*?)^```", (ROOT / page).read_text(), flags=re.MULTILINE | re.DOTALL)


@pytest.fixture
def given(server: Served, peaswap: Peaswap) -> dict[str, Any]:
    secret = new_signing_secret()
    headers = signed_headers([secret], "evt_1", SystemClock().now(), BODY)
    held = peaswap.payments.create(amount=2500, currency="usd", capture_method="MANUAL")
    return {"url": server.url, "key": server.key, "secret": secret, "headers": headers, "payment": held.id}


def as_here(piece: str, given: dict[str, Any]) -> str:
    """The piece with the server, the key and the ids of this run in place of the page's."""
    port = given["url"].rpartition(":")[2]
    words = {"sk_test_…": given["key"], "pay_…": given["payment"], "whsec_…": given["secret"], ELSEWHERE: given["url"]}
    for printed, here in {**words, "port: 8787": f"port: {port}"}.items():
        piece = piece.replace(printed, here)
    assert "…" not in piece
    return piece


@pytest.mark.parametrize("page", [page for page, (javascript, _) in PAGES.items() if javascript])
def test_javascript_runs_as_printed(page: str, given: dict[str, Any]) -> None:
    javascript.install()
    found = [as_here(piece, given) for piece in pieces(page, "js")]
    assert len(found) == PAGES[page][0]
    for piece in found:
        imports = "\n".join(line for line in piece.splitlines() if line.startswith("import "))
        rest = "\n".join(line for line in piece.splitlines() if not line.startswith("import "))
        done = javascript.run(
            "--input-type=module",
            "--eval",
            f"{imports}\n{{ {GIVEN} {{\n{rest}\n}} }}\nconsole.log('done');",
            GIVEN=json.dumps({**given, "body": BODY.decode()}),
        )
        assert done.returncode == 0, piece + done.stderr
        assert done.stdout.endswith("done\n")
        assert "payment.status" not in piece or "SUCCEEDED" in done.stdout


@pytest.mark.parametrize("page", [page for page, (_, python) in PAGES.items() if python])
async def test_python_runs_as_printed(
    page: str, given: dict[str, Any], peaswap: Peaswap, capsys: pytest.CaptureFixture[str]
) -> None:
    found = [as_here(piece, given) for piece in pieces(page, "python")]
    assert len(found) == PAGES[page][1]
    for number, piece in enumerate(found):
        names: dict[str, Any] = {
            **given,
            "stripe": stripe,
            "peaswap": peaswap,
            "body": BODY,
            "raw_body": BODY,
            "request": SimpleNamespace(headers=given["headers"]),
            "order": SimpleNamespace(id=f"{given['payment']}-{number}"),
        }
        code = compile(piece, f"{page}[{number}]", "exec", flags=ast.PyCF_ALLOW_TOP_LEVEL_AWAIT)
        done = eval(code, names)
        if inspect.isawaitable(done):
            await done
        made = names["peaswap"]
        if isinstance(made, Peaswap) and made is not peaswap:
            made.close()
        assert "payment.status" not in piece or "SUCCEEDED" in capsys.readouterr().out
