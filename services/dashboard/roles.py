"""What the roles of users allow, in the words of API keys."""

from collections.abc import Mapping

from services.billing.api_keys.routes import RESOURCES
from services.billing.users.events import Role

# What only owners change.
OWNERS_ONLY = frozenset({"account", "api_keys", "system"})

_AUDITOR: Mapping[str, str] = {**dict.fromkeys(RESOURCES, "read"), "users": "read"}
_MEMBER: Mapping[str, str] = {
    **{name: "read" if name in OWNERS_ONLY else "write" for name in RESOURCES},
    "users": "read",
}
_PERMISSIONS: Mapping[Role, Mapping[str, str] | None] = {"OWNER": None, "MEMBER": _MEMBER, "AUDITOR": _AUDITOR}
MEANINGS: Mapping[Role, str] = {
    "OWNER": "Everything, with the team and the keys",
    "MEMBER": "Everything but the team, the keys and the settings of the account",
    "AUDITOR": "Sees everything, changes nothing",
}


def permissions_of(role: Role) -> Mapping[str, str] | None:
    """The permissions of a role; None means everything."""
    return _PERMISSIONS[role]
