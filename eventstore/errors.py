"""What can go wrong with the store.

StoreError
├── VersionConflict    the stream has moved since the caller read it
├── KeyReplayed        the idempotency key was used for this request before
├── KeyReused          the idempotency key was used for another request
├── ClaimTaken         an exclusive claim is held by another owner
├── DataKeyExists      the subject got its data key from somebody else meanwhile
├── DataKeyDestroyed   what was sealed can be read by nobody any more
├── OutcomeUnknown     the connection was lost: written or not, nobody can say
└── StoreUnavailable   nothing was written: the database is away, or overloaded
"""

from eventstore.record import KeyRecord


class StoreError(Exception):
    """An append or a read did not do what was asked."""


class VersionConflict(StoreError):
    """The stream stands at `current`, not where the caller saw it."""

    def __init__(self, stream: str, current: int) -> None:
        self.stream = stream
        self.current = current
        super().__init__(f"{stream} stands at version {current}")


class KeyReplayed(StoreError):
    """This request was made before."""

    def __init__(self, record: KeyRecord) -> None:
        self.record = record
        super().__init__("the idempotency key was used for this request before")


class KeyReused(StoreError):
    """The idempotency key belongs to another request."""


class ClaimTaken(StoreError):
    """`owner` is the oldest that holds `name`."""

    def __init__(self, name: str, owner: str) -> None:
        self.name = name
        self.owner = owner
        super().__init__(f"{owner} holds the name")


class DataKeyExists(StoreError):
    """The subject has a data key already; seal with that one."""

    def __init__(self, subject: str) -> None:
        self.subject = subject
        super().__init__(f"{subject} has a data key already")


class DataKeyDestroyed(StoreError):
    """The subject's data key was destroyed meanwhile; nothing can be sealed with it."""

    def __init__(self, subject: str) -> None:
        self.subject = subject
        super().__init__(f"the data key of {subject} is destroyed")


class OutcomeUnknown(StoreError):
    """The connection was lost during the append. Ask again with the same idempotency key, or read the stream."""


class StoreUnavailable(StoreError):
    """The database is away or overloaded; nothing was written."""
