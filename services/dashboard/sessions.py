"""Who is signed in: sessions, one-time links and what a form held when its session ended. All of it lies in Redis.

Redis sees digests of tokens only, and of forms what only the browser's own cookie can open.
"""

import hashlib
import secrets
import time
from collections.abc import Mapping
from typing import Any, Literal

import msgspec
import redis.asyncio
from cryptography.exceptions import InvalidTag
from msgspec import Struct
from redis.exceptions import RedisError

from eventstore.vault import DataKey, Tampered
from services.core.refusal import Unavailable

IDLE_SECONDS_MAX = 12 * 3600
ABSOLUTE_SECONDS_MAX = 14 * 86_400
FORM_SECONDS_MAX = 3600
FLASH_SECONDS_MAX = 60
TOUCH_SECONDS = 60
FORM_BYTES_MAX = 64 * 1024
LINK_SECONDS_MAX = 7 * 86_400
TOKEN_BYTES = 32

Purpose = Literal["sign_in", "password"]


class SessionsAway(Unavailable):
    """The server cannot reach the place where sessions are kept. Nothing was changed; try again in a moment."""

    code = "sessions_unavailable"


class Session(Struct, frozen=True, kw_only=True):
    """`token` is what the browser holds; `csrf` stands in each of its forms. Instants are Unix seconds."""

    token: str = ""
    user: str
    epoch: int
    csrf: str
    created: int
    seen: int


class Link(Struct, frozen=True, kw_only=True):
    """What a one-time link opens."""

    user: str
    purpose: Purpose


class KeptForm(Struct, frozen=True, kw_only=True):
    """What was typed into the form of a page whose session had ended."""

    page: str
    fields: Mapping[str, Any]


class Sessions:
    """Every method raises SessionsAway when Redis is."""

    def __init__(self, client: redis.asyncio.Redis) -> None:
        self._client: Any = client

    async def begin(self, user: str, epoch: int) -> Session:
        """A new session, under a token that nobody held before."""
        now = int(time.time())
        session = Session(token=new_token(), user=user, epoch=epoch, csrf=new_token(), created=now, seen=now)
        await self._keep(session)
        return session

    async def find(self, token: str) -> Session | None:
        """The session of this token, unless it ended, was idle too long or is too old."""
        kept = await self._asked(self._client.get, _name("session", token))
        if kept is None:
            return None
        session = msgspec.structs.replace(msgspec.json.decode(kept, type=Session), token=token)
        now = int(time.time())
        if now - session.created > ABSOLUTE_SECONDS_MAX:
            await self.end(token)
            return None
        if now - session.seen > TOUCH_SECONDS:
            await self._keep(msgspec.structs.replace(session, seen=now))
        return session

    async def end(self, token: str) -> None:
        """Signs out."""
        await self._asked(self._client.delete, _name("session", token), _name("flash", token))

    async def say(self, token: str, words: str) -> None:
        """Leaves a sentence for the next page. It must hold nothing personal."""
        await self._asked(self._client.set, _name("flash", token), words.encode(), ex=FLASH_SECONDS_MAX)

    async def said(self, token: str) -> str | None:
        """The sentence that was left, once."""
        words: bytes | None = await self._asked(self._client.getdel, _name("flash", token))
        return None if words is None else words.decode()

    async def make_link(self, user: str, purpose: Purpose, seconds: int = LINK_SECONDS_MAX) -> str:
        """The token of a link that works once."""
        token = new_token()
        await self._asked(
            self._client.set, _name("link", token), msgspec.json.encode(Link(user=user, purpose=purpose)), ex=seconds
        )
        return token

    async def link(self, token: str, *, take: bool) -> Link | None:
        """What the link opens; taken, it opens nothing any more."""
        ask = self._client.getdel if take else self._client.get
        kept: bytes | None = await self._asked(ask, _name("link", token))
        return None if kept is None else msgspec.json.decode(kept, type=Link)

    async def keep_form(self, browser: str, form: KeptForm) -> None:
        """Keeps what was typed, sealed by the browser's cookie; too much of it is let go."""
        plain = msgspec.json.encode(form)
        if len(plain) <= FORM_BYTES_MAX:
            sealed = _seal_of(browser).seal(plain, b"form")
            await self._asked(self._client.set, _name("form", browser), sealed, ex=FORM_SECONDS_MAX)

    async def kept_form(self, browser: str, page: str) -> KeptForm | None:
        """What this browser had typed into this page, once."""
        sealed: bytes | None = await self._asked(self._client.get, _name("form", browser))
        if sealed is None:
            return None
        try:
            form = msgspec.json.decode(_seal_of(browser).open(sealed, b"form"), type=KeptForm)
        except (Tampered, InvalidTag):
            return None
        if form.page != page:
            return None
        await self._asked(self._client.delete, _name("form", browser))
        return form

    async def count(self, name: str, seconds: int) -> int:
        """How often this was counted within `seconds`, this time included."""
        key = f"peaswap:count:{name}"
        # Both at once: a count without an end would shut somebody out for ever.
        pipeline = self._client.pipeline(transaction=True).incr(key).expire(key, seconds, nx=True)
        times, _ = await self._asked(pipeline.execute)
        return times

    async def uncount(self, name: str) -> None:
        """Begins to count anew."""
        await self._asked(self._client.delete, f"peaswap:count:{name}")

    async def _keep(self, session: Session) -> None:
        kept = msgspec.json.encode(msgspec.structs.replace(session, token=""))
        await self._asked(self._client.set, _name("session", session.token), kept, ex=IDLE_SECONDS_MAX)

    async def _asked(self, ask: Any, *arguments: Any, **more: Any) -> Any:
        try:
            return await ask(*arguments, **more)
        except (RedisError, OSError):
            raise SessionsAway from None


def new_token() -> str:
    """256 random bits."""
    return secrets.token_urlsafe(TOKEN_BYTES)


def _name(kind: str, token: str) -> str:
    return f"peaswap:{kind}:{hashlib.sha256(token.encode()).hexdigest()}"


def _seal_of(browser: str) -> DataKey:
    return DataKey(hashlib.sha256(b"peaswap form key:" + browser.encode()).digest())
