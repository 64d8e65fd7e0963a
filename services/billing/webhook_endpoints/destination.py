"""Where an endpoint may lie: at a URL whose every address belongs to the public internet."""

import httpx

from services.core.outbound import AddressRefused, NameUnknown, Outbound
from services.core.refusal import Invalid

URL_CHARACTERS_MAX = 2_048


class UrlInvalid(Invalid):
    """This is not a URL that events can be sent to."""

    code = "url_invalid"


class UrlRefused(Invalid):
    """Events are only sent to addresses of the public internet."""

    code = "url_refused"


async def checked_url(url: str, outbound: Outbound, *, livemode: bool) -> str:
    """`url` as given. A name that cannot be looked up now is taken: it is looked up again at each connection."""
    try:
        parts = httpx.URL(url)
    except (httpx.InvalidURL, ValueError):
        raise UrlInvalid("'url' is not a valid URL.", param="url") from None
    if len(url) > URL_CHARACTERS_MAX:
        raise UrlInvalid(f"'url' has at most {URL_CHARACTERS_MAX} characters.", param="url")
    if parts.scheme not in {"http", "https"} or not parts.host:
        raise UrlInvalid("'url' must start with https:// (or, in test, http://) and name a host.", param="url")
    if parts.userinfo:
        raise UrlInvalid("'url' must not hold a user name or a password: what we send is signed.", param="url")
    if livemode and parts.scheme != "https":
        raise UrlInvalid("'url' must start with https:// in live.", param="url")
    try:
        await (outbound.public_only() if livemode else outbound).addresses(parts.raw_host.decode())
    except AddressRefused:
        raise UrlRefused(
            f"'{parts.host}' is, or leads to, an address that is not of the public internet.", param="url"
        ) from None
    except NameUnknown:
        pass
    return url
