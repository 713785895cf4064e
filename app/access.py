"""Who may do what: roles, the owner a key is bound to, and what an owner sees of others.

Roles grow: a viewer reads, an operator books and cancels, a scheduler plans and publishes, an
admin manages keys and sources. A key that is bound to an owner reaches that owner's contacts; of
the others it sees that the antenna is taken, not by whom. A key without owner sees all.
"""

from __future__ import annotations

import hashlib
import hmac
import secrets
from dataclasses import dataclass
from datetime import datetime
from typing import Literal, get_args

from app.errors import InputError

Role = Literal["public", "viewer", "operator", "scheduler", "admin"]
ROLES: tuple[Role, ...] = get_args(Role)
KEY_ROLES: tuple[Role, ...] = ROLES[1:]
KEY_PREFIX = "aspan_"
_SECRET_BYTES = 32


@dataclass(frozen=True, slots=True)
class Principal:
    """Who asks: the name that is written into records, the role, the owner (empty: all)."""

    name: str
    role: Role
    owner: str = ""

    def may(self, role: Role) -> bool:
        """Tell whether this role includes another one."""
        return ROLES.index(self.role) >= ROLES.index(role)

    def may_for_all(self, role: Role) -> bool:
        """Tell whether this role includes another one, and is not bound to one owner."""
        return self.may(role) and not self.owner

    @property
    def sees_all(self) -> bool:
        """Tell whether this principal sees the details of every owner."""
        return self.may_for_all("viewer")

    def sees(self, owner: str) -> bool:
        """Tell whether the details of an owner's contacts are for this principal."""
        return self.may("viewer") and self.owner in ("", owner)


LOCAL = Principal("local", "admin")  # single-user mode, on loopback without keys
ANONYMOUS = Principal("anonymous", "public")


@dataclass(frozen=True, slots=True)
class ApiKey:
    """A key as it is kept: never the key itself, only its SHA-256."""

    key_id: str
    name: str
    role: Role
    owner: str
    digest: str
    created_utc: datetime
    expires_utc: datetime | None
    revoked_utc: datetime | None

    def is_valid(self, now_utc: datetime) -> bool:
        """Tell whether the key opens anything now."""
        return self.revoked_utc is None and (self.expires_utc is None or now_utc < self.expires_utc)


def make_key(
    name: str, role: str, owner: str, *, now_utc: datetime, expires_utc: datetime | None
) -> tuple[str, ApiKey]:
    """Make a new key. The text is returned once and kept nowhere."""
    if role not in KEY_ROLES:
        raise InputError("role", f"{role!r} is none of {', '.join(KEY_ROLES)}", value=role)
    if expires_utc is not None and expires_utc <= now_utc:
        raise InputError("expires", "give an instant in the future", value=expires_utc.isoformat())
    if not name.strip():
        raise InputError("name", "say whose key it is", value=name)
    text = KEY_PREFIX + secrets.token_urlsafe(_SECRET_BYTES)
    digest = digest_key(text)
    key = ApiKey(
        key_id=f"key-{digest[:12]}",
        name=name.strip(),
        role=role,
        owner=owner,
        digest=digest,
        created_utc=now_utc,
        expires_utc=expires_utc,
        revoked_utc=None,
    )
    return text, key


def digest_key(text: str) -> str:
    """Return the SHA-256 of a key; keys have 256 random bits and need no slow hash."""
    return hashlib.sha256(text.encode()).hexdigest()


def is_same_secret(left: str, right: str) -> bool:
    """Compare two secrets in constant time."""
    return hmac.compare_digest(left.encode(), right.encode())
