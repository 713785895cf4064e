"""The configurations under which contacts were booked."""

from __future__ import annotations

from fastapi import APIRouter

from app.api import schemas_contacts as wire
from app.api.deps import ApplicationDep, require_unbound
from app.errors import NotFoundError

router = APIRouter(tags=["contacts"])


@router.get("/configurations/{digest}", dependencies=[require_unbound("operator")])
def get_configuration(application: ApplicationDep, digest: str) -> wire.Configuration:
    """Read the configuration that a contact was booked under, as its files were then.

    It holds what concerns all owners: a key that is bound to one is refused.
    """
    found = application.store.configurations.read(digest)
    if found is None:
        raise NotFoundError(
            "digest",
            "no contact was booked under this configuration since Aspan keeps them; "
            "contacts booked before schema revision 0014 know the digest alone",
            value=digest,
        )
    return wire.Configuration(
        digest=found.digest,
        stations_toml=found.stations_toml,
        satellites_toml=found.satellites_toml,
    )
