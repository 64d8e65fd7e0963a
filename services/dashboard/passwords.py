"""Passwords: argon2id, off the event loop, and as slow for an address that nobody has."""

import asyncio

from argon2 import PasswordHasher
from argon2.exceptions import Argon2Error, InvalidHashError

from services.core.refusal import Invalid

CHARACTERS_MIN = 10
CHARACTERS_MAX = 200
AT_ONCE_MAX = 4


class PasswordTooWeak(Invalid):
    """A password has 10 to 200 characters and is not the address it belongs to."""

    code = "password_too_weak"


class Passwords:
    """Makes and checks hashes, a few at once: each takes tens of megabytes for tens of milliseconds."""

    def __init__(self) -> None:
        self._hasher = PasswordHasher()
        self._turns = asyncio.Semaphore(AT_ONCE_MAX)
        self._nobody: str | None = None

    async def hashed(self, password: str, email: str) -> str:
        """The encoding to keep. Raises PasswordTooWeak."""
        if not CHARACTERS_MIN <= len(password) <= CHARACTERS_MAX or password.casefold() == email.casefold():
            raise PasswordTooWeak(param="password")
        async with self._turns:
            return await asyncio.to_thread(self._hasher.hash, password)

    async def right(self, password: str, kept: str | None) -> bool:
        """Whether it is the password; with nothing kept it takes as long to say no."""
        if len(password) > CHARACTERS_MAX:
            return False
        async with self._turns:
            if kept is None and self._nobody is None:
                self._nobody = await asyncio.to_thread(self._hasher.hash, "nobody")
            return await asyncio.to_thread(self._verified, kept or self._nobody or "", password) and kept is not None

    def _verified(self, kept: str, password: str) -> bool:
        try:
            return self._hasher.verify(kept, password)
        except (Argon2Error, InvalidHashError):
            return False
