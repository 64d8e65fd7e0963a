"""One try: where it may connect to, and what it makes of whatever comes back."""

import asyncio
import ssl
from collections.abc import Sequence
from datetime import UTC, datetime, timedelta
from pathlib import Path

import pytest
from cryptography import x509
from cryptography.hazmat.primitives import hashes
from cryptography.hazmat.primitives.asymmetric import ec
from cryptography.hazmat.primitives.serialization import Encoding, NoEncryption, PrivateFormat
from cryptography.x509.oid import NameOID

from services.core.outbound import Outbound
from tests.support.receiver import Received, Receiver, Reply
from workers.webhooks import sending
from workers.webhooks.retries import FAILING_MAX, RETRY_SECONDS, TRIES_MAX, is_given_up, next_try_at
from workers.webhooks.sending import HEAD_BYTES_MAX, Sender

AT = datetime(2024, 1, 31, tzinfo=UTC)


def _outbound(*addresses: str, allow_loopback: bool = False) -> Outbound:
    async def resolve(_host: str) -> Sequence[str]:
        return addresses

    return Outbound(allow_loopback=allow_loopback, resolve=resolve)


@pytest.mark.parametrize("address", ["127.0.0.1", "10.0.0.1", "169.254.169.254", "::1", "::ffff:127.0.0.1"])
async def test_a_name_that_has_come_to_lead_inside_is_not_connected_to(inbox: Receiver, address: str) -> None:
    sender = Sender(_outbound(address))
    result = await sender.post(f"http://example.com:{inbox.port}/hook", {}, b"{}", livemode=False)
    await sender.close()
    assert (result.status_code, result.succeeded) == (None, False)
    assert "not of the public internet" in str(result.error)
    assert inbox.received == []


async def test_live_never_leads_to_this_machine_whatever_is_allowed_in_test(inbox: Receiver) -> None:
    sender = Sender(Outbound(allow_loopback=True))
    # The connection that test has open is not one for live.
    found = [await sender.post(inbox.url(), {}, b"{}", livemode=livemode) for livemode in (False, True)]
    await sender.close()
    assert [each.succeeded for each in found] == [True, False]
    assert "not of the public internet" in str(found[1].error)
    assert len(inbox.received) == 1


async def test_the_connection_goes_to_the_address_and_the_host_stays(inbox: Receiver) -> None:
    sender = Sender(_outbound("127.0.0.1", allow_loopback=True))
    result = await sender.post(
        f"http://shop.example:{inbox.port}/hook?a=b", {"webhook-id": "evt_1"}, b"{}", livemode=False
    )
    await sender.close()
    assert result.succeeded
    assert (inbox.received[0].path, inbox.received[0].headers["host"]) == ("/hook?a=b", f"shop.example:{inbox.port}")


async def test_a_certificate_must_be_that_of_the_name(tmp_path: Path) -> None:
    key, certificate = tmp_path / "key.pem", tmp_path / "certificate.pem"
    _make_certificate(key, certificate, "shop.example")
    served = ssl.SSLContext(ssl.PROTOCOL_TLS_SERVER)
    served.load_cert_chain(certificate, key)
    running = Receiver()
    server = await asyncio.start_server(running.serve, "127.0.0.1", 0, ssl=served)
    port = server.sockets[0].getsockname()[1]
    trusting = ssl.create_default_context(cafile=str(certificate))
    sender = Sender(_outbound("127.0.0.1", allow_loopback=True), trusting)
    good = await sender.post(f"https://shop.example:{port}/hook", {}, b"{}", livemode=False)
    bad = await sender.post(f"https://other.example:{port}/hook", {}, b"{}", livemode=False)
    await sender.close()
    server.close()
    running.hang_up()
    assert good.succeeded, good.error
    assert not bad.succeeded
    assert "The connection was not made" in str(bad.error)
    assert len(running.received) == 1


def _make_certificate(key: Path, certificate: Path, name: str) -> None:
    private = ec.generate_private_key(ec.SECP256R1())
    subject = x509.Name([x509.NameAttribute(NameOID.COMMON_NAME, name)])
    made = (
        x509.CertificateBuilder()
        .subject_name(subject)
        .issuer_name(subject)
        .public_key(private.public_key())
        .serial_number(1)
        .not_valid_before(datetime(2020, 1, 1, tzinfo=UTC))
        .not_valid_after(datetime(2100, 1, 1, tzinfo=UTC))
        .add_extension(x509.SubjectAlternativeName([x509.DNSName(name)]), critical=False)
        .add_extension(x509.BasicConstraints(ca=True, path_length=None), critical=True)
        .sign(private, hashes.SHA256())
    )
    certificate.write_bytes(made.public_bytes(Encoding.PEM))
    key.write_bytes(private.private_bytes(Encoding.PEM, PrivateFormat.PKCS8, NoEncryption()))


async def test_whatever_comes_back_is_a_result(inbox: Receiver, monkeypatch: pytest.MonkeyPatch) -> None:
    answers = {
        "/taken": Reply(204, b""),
        "/moved": Reply(301, b"", ("location: http://127.0.0.1/",)),
        "/broken": Reply(500, b"x" * 1_000_000),
        "/closed": Reply(0),
        "/odd": Reply(200, b"", ("not a header",)),
    }

    async def answer(received: Received) -> Reply:
        return answers[received.path]

    async def hangs(_received: Received) -> Reply:
        await asyncio.sleep(30)
        return Reply()

    inbox.behaviours.update(dict.fromkeys(answers, answer))
    inbox.behaviours["/hangs"] = hangs
    sender = Sender(Outbound(allow_loopback=True))
    found = {path: await sender.post(inbox.url(path), {}, b"{}", livemode=False) for path in answers}
    found["/dead"] = await sender.post("http://127.0.0.1:1/", {}, b"{}", livemode=False)
    monkeypatch.setattr(sending, "TRY_SECONDS_MAX", 0.3)
    found["/hangs"] = await sender.post(inbox.url("/hangs"), {}, b"{}", livemode=False)
    await sender.close()
    assert [path for path, result in found.items() if result.succeeded] == ["/taken"]
    assert {path: result.status_code for path, result in found.items() if result.status_code} == {
        "/taken": 204,
        "/moved": 301,
        "/broken": 500,
    }
    assert len(found["/broken"].head) == HEAD_BYTES_MAX
    for path, words in {
        "/moved": "answered 301",
        "/closed": "was lost",
        "/odd": "was lost",
        "/hangs": "no answer within",
        "/dead": "was not made",
    }.items():
        assert words in str(found[path].error), path


def test_retries_follow_the_table_with_jitter() -> None:
    minute, hour = 60, 3_600
    table = [5, 5 * minute, 30 * minute, 2 * hour, 5 * hour, 10 * hour, 14 * hour, 20 * hour, 24 * hour]
    assert list(RETRY_SECONDS) == table
    for tries, seconds in enumerate(table, start=1):
        assert next_try_at(tries, AT, 0.0) == AT + timedelta(seconds=seconds)
        latest = next_try_at(tries, AT, 0.999)
        assert latest is not None
        assert AT + timedelta(seconds=seconds) < latest < AT + timedelta(seconds=seconds * 1.2)
    assert next_try_at(TRIES_MAX, AT, 0.0) is None


def test_an_endpoint_is_given_up_after_five_days_of_failure_only() -> None:
    assert timedelta(days=5) == FAILING_MAX
    assert is_given_up(AT, AT + FAILING_MAX)
    assert not is_given_up(AT, AT + FAILING_MAX - timedelta(seconds=1))
    assert not is_given_up(None, AT)
