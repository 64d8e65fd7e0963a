"""Settings as the environment gives them."""

import pytest

from services.core.settings import Settings, SettingsError, load_settings

MASTER_KEY = "AAECAwQFBgcICQoLDA0ODxAREhMUFRYXGBkaGxwdHh8="
NEEDED = {
    "PEASWAP_DATABASE_URL": "postgresql://peaswap@127.0.0.1/peaswap",
    "PEASWAP_REDIS_URL": "redis://127.0.0.1",
    "PEASWAP_MASTER_KEY": MASTER_KEY,
}


def _with(**more: str) -> Settings:
    return load_settings(NEEDED | {f"PEASWAP_{name.upper()}": value for name, value in more.items()})


def test_stripe_is_where_it_is_unless_a_stand_in_takes_its_place() -> None:
    assert _with().stripe_url == "https://api.stripe.com"
    assert _with(stripe_url="http://127.0.0.1:8420").stripe_url == "http://127.0.0.1:8420"


@pytest.mark.parametrize("url", ["http://api.stripe.com", "ftp://127.0.0.1", "https://", "http://[::1", "stripe"])
def test_secrets_go_in_the_clear_only_on_this_machine(url: str) -> None:
    with pytest.raises(SettingsError, match="PEASWAP_STRIPE_URL"):
        _with(stripe_url=url)


def test_every_problem_is_named_and_no_secret_is_shown() -> None:
    with pytest.raises(SettingsError) as wrong:
        load_settings(
            {"PEASWAP_REDIS_URL": "redis://127.0.0.1", "PEASWAP_MASTER_KEY": "not-a-key", "PEASWAP_PORT": "x"}
        )
    said = str(wrong.value)
    assert all(name in said for name in ("PEASWAP_DATABASE_URL", "PEASWAP_MASTER_KEY", "PEASWAP_PORT"))
    assert "not-a-key" not in said
