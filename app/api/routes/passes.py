"""Passes, computed when asked for."""

from __future__ import annotations

from typing import Annotated, Literal

from fastapi import APIRouter, Query, Request, Response

from app.api import schemas
from app.api.deps import ONLY_KNOWN_PARAMETERS, ApplicationDep, Limit, Offset, PredictorsDep
from app.services.pass_pages import PageFormat, PageTask, compute_page
from app.services.prediction import PassQuery, check_size

router = APIRouter(tags=["passes"])
PREDICTION_LIMIT_S = 60.0
MEDIA_TYPES: dict[PageFormat, str] = {
    "json": "application/json",
    "ndjson": "application/x-ndjson",
    "csv": "text/csv; charset=utf-8; header=present",
}

Names = Annotated[
    list[schemas.Name], Query(max_length=schemas.MAX_NAMES, description="Repeatable.")
]
Days = Annotated[float | None, Query(gt=0, allow_inf_nan=False, description="Length of the span.")]
Instant = Annotated[str | None, Query(max_length=64, description="ISO-8601 with an offset or Z.")]


@router.get(
    "/passes",
    response_model=schemas.Passes,
    responses={
        200: {
            "content": {
                "application/x-ndjson": {"schema": {"type": "string"}},
                "text/csv": {"schema": {"type": "string"}},
            }
        }
    },
    dependencies=[ONLY_KNOWN_PARAMETERS],
)
def list_passes(
    request: Request,
    application: ApplicationDep,
    predictors: PredictorsDep,
    station: Names = [],  # noqa: B006 (FastAPI copies it)
    satellite: Names = [],  # noqa: B006
    start: Instant = None,
    end: Instant = None,
    days: Days = None,
    min_elevation: Annotated[
        float | None, Query(ge=-10, lt=90, allow_inf_nan=False, description="In degrees.")
    ] = None,
    no_mask: bool = False,
    daylight: Annotated[
        Literal["day", "night"] | None,
        Query(description="Only passes that culminate by day, or at night, at the station."),
    ] = None,
    sunlit: Annotated[
        bool | None, Query(description="Only those with the satellite in sunlight, or not.")
    ] = None,
    format: Annotated[
        PageFormat,
        Query(description="As of `aspan passes`; where a next page is, tells the header Link."),
    ] = "json",
    limit: Limit = 100,
    offset: Offset = 0,
) -> Response:
    """Predict the passes of satellites over stations, with their visibility windows.

    Stations: ids, default all enabled. Satellites: ids, catalogue numbers or `all`, default all
    served. The span starts now and lasts one day unless said otherwise.
    """
    task = application.prediction.prepare(
        PassQuery(
            stations=tuple(station),
            satellites=tuple(satellite),
            start=start,
            end=end,
            days=days,
            min_elevation_deg=min_elevation,
            use_mask=not no_mask,
            daylight=daylight,
            sunlit=sunlit,
        )
    )
    check_size(task, application.settings.satellite_days_limit)
    page = predictors.run(
        compute_page, PageTask(task, limit, offset, format), time_limit_s=PREDICTION_LIMIT_S
    )
    headers = {}
    if page.next_offset is not None:
        following = request.url.include_query_params(offset=page.next_offset)
        headers["Link"] = f'<{following.path}?{following.query}>; rel="next"'
    return Response(page.text, media_type=MEDIA_TYPES[format], headers=headers)
