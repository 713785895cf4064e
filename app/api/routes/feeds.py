"""Calendar feeds: addresses with a token, for programs that cannot send a key."""

from __future__ import annotations

import hashlib
import secrets
from typing import Annotated

from fastapi import APIRouter, Header, Response
from fastapi.responses import StreamingResponse

from app.access import Principal, digest_key
from app.api import schemas_delivery as wire
from app.api.deps import ApplicationDep, ViewerDep
from app.api.routes.exports import answer
from app.application import Application
from app.errors import NotFoundError
from app.services.exports import ExportQuery
from app.services.selection import check_owners, choose_stations, find_satellite
from app.store.feeds import Feed
from tle.timebase import format_utc

router = APIRouter(tags=["feeds"])
_TOKEN_BYTES = 32


@router.post("/feeds", status_code=201)
def add_feed(
    application: ApplicationDep, principal: ViewerDep, order: wire.FeedOrder
) -> wire.NewFeed:
    """Make a calendar feed of a station, owner or satellite; its address is shown this once.

    It shows what its maker may see, and stops when the maker's key does.
    """
    if order.stations:
        choose_stations(application.configuration, order.stations)
    satellites = [find_satellite(application.configuration, name).id for name in order.satellites]
    check_owners(application.configuration, order.owners)
    token = secrets.token_urlsafe(_TOKEN_BYTES)
    digest = digest_key(token)
    made = Feed(
        feed_id=f"feed-{digest[:12]}",
        digest=digest,
        name=order.name,
        owner=principal.owner,
        station_ids=tuple(order.stations),
        satellite_ids=tuple(satellites),
        owners=tuple(order.owners),
        reminder_s=order.reminder_s,
        created_utc=application.clock(),
        created_by=principal.name,
    )
    application.store.feeds.add(made)
    return wire.NewFeed(path=f"/v1/feeds/{token}/calendar.ics", **_describe(made).model_dump())


@router.get("/feeds")
def list_feeds(application: ApplicationDep, principal: ViewerDep) -> wire.Feeds:
    """List the feeds that are open, never their addresses."""
    found = application.store.feeds.list(owner=principal.owner)
    return wire.Feeds(feeds=[_describe(each) for each in found if each.revoked_utc is None])


@router.delete("/feeds/{feed_id}", status_code=204)
def revoke_feed(application: ApplicationDep, principal: ViewerDep, feed_id: str) -> None:
    """End a feed at once and for good."""
    if not application.store.feeds.revoke(
        feed_id, owner=principal.owner, who=principal.name, now_utc=application.clock()
    ):
        raise NotFoundError("feed_id", "there is no such open feed", value=feed_id)


@router.get(
    "/feeds/{token}/calendar.ics",
    response_class=Response,
    responses={
        200: {"content": {"text/calendar": {"schema": {"type": "string"}}}},
        304: {"description": "Nothing changed since the given ETag"},
    },
)
def read_feed(
    application: ApplicationDep,
    token: str,
    if_none_match: Annotated[str | None, Header(max_length=200)] = None,
) -> Response:
    """Read a calendar by the token of its address; no key is asked for."""
    feed = application.store.feeds.find(digest_key(token))
    principal = None if feed is None else _find_maker(application, feed)
    if feed is None or principal is None:
        raise NotFoundError("token", "there is no such calendar")
    query = ExportQuery(
        stations=feed.station_ids,
        satellites=feed.satellite_ids,
        owners=feed.owners,
        reminder_s=feed.reminder_s,
    )
    schedule = application.exports.open_bookings(query, principal, title=feed.name)
    digest = hashlib.sha256()
    for entry in schedule.open_entries():
        digest.update(f"{entry.entry_id} {entry.sequence} {entry.state}\n".encode())
    tag = f'W/"{digest.hexdigest()[:32]}"'
    if if_none_match == tag:
        return Response(status_code=304, headers={"ETag": tag})
    sent: StreamingResponse = answer(application, schedule, "icalendar")
    sent.headers["ETag"] = tag
    sent.headers["Cache-Control"] = "private, max-age=300"
    return sent


def _find_maker(application: Application, feed: Feed) -> Principal | None:
    """Return whose eyes the feed has; None when its maker has no valid key any more."""
    now_utc = application.clock()
    holders = [each for each in application.store.api_keys.list() if each.name == feed.created_by]
    if holders and not any(
        each.is_valid(now_utc) and each.owner in ("", feed.owner) for each in holders
    ):
        return None
    return Principal(feed.created_by, "viewer", feed.owner)


def _describe(feed: Feed) -> wire.Feed:
    return wire.Feed(
        feed_id=feed.feed_id,
        name=feed.name,
        owner=feed.owner,
        stations=list(feed.station_ids),
        satellites=list(feed.satellite_ids),
        owners=list(feed.owners),
        reminder_s=feed.reminder_s,
        created_utc=format_utc(feed.created_utc),
        created_by=feed.created_by,
    )
