"""Keys: make, list, revoke. A key is shown once, when it is made."""

from __future__ import annotations

from fastapi import APIRouter
from starlette.exceptions import HTTPException

from app.access import ApiKey, Principal, make_key
from app.api import schemas_contacts as wire
from app.api.deps import AdminDep, ApplicationDep
from app.application import Application
from app.errors import NotFoundError
from app.services.selection import check_owners, read_instant
from tle.timebase import format_utc

router = APIRouter(tags=["keys"])


@router.post("/keys", status_code=201)
def add_key(application: ApplicationDep, principal: AdminDep, order: wire.KeyOrder) -> wire.NewKey:
    """Make a key. From then on every reader of contacts and every writer needs one.

    A key that is bound to an owner makes, lists and revokes keys of that owner alone.
    """
    if principal.owner not in ("", order.owner):
        raise HTTPException(
            403, f"a key bound to {principal.owner} makes keys of {principal.owner} alone"
        )
    if order.owner:
        check_owners(application.configuration, [order.owner])
    text, key = make_key(
        order.name,
        order.role,
        order.owner,
        now_utc=application.clock(),
        expires_utc=read_instant(order.expires, "expires"),
    )
    application.store.api_keys.add(key, who=principal.name)
    return wire.NewKey(key=text, **_describe(key))


@router.get("/keys")
def list_keys(application: ApplicationDep, principal: AdminDep) -> wire.Keys:
    """List all keys, the newest first; never the keys themselves."""
    return wire.Keys(keys=[wire.Key(**_describe(key)) for key in _list_own(application, principal)])


@router.post("/keys/{key_id}/revoke")
def revoke_key(application: ApplicationDep, principal: AdminDep, key_id: str) -> wire.Keys:
    """End a key at once and for good."""
    own = {key.key_id for key in _list_own(application, principal)}
    if key_id not in own or not application.store.api_keys.revoke(
        key_id, who=principal.name, now_utc=application.clock()
    ):
        raise NotFoundError("key_id", "there is no such open key", value=key_id)
    return list_keys(application, principal)


def _list_own(application: Application, principal: Principal) -> list[ApiKey]:
    keys = application.store.api_keys.list()
    return [key for key in keys if principal.owner in ("", key.owner)]


def _describe(key: ApiKey) -> dict[str, str | None]:
    return {
        "key_id": key.key_id,
        "name": key.name,
        "role": key.role,
        "owner": key.owner,
        "created_utc": format_utc(key.created_utc),
        "expires_utc": None if key.expires_utc is None else format_utc(key.expires_utc),
        "revoked_utc": None if key.revoked_utc is None else format_utc(key.revoked_utc),
    }
