"""The panels beside the timeline: sky, curves, map, price; the same as tables."""

import pytest

from tests.browser.conftest import open_day, select

pytestmark = pytest.mark.browser

PLANNED = "bar.kind === 'taken' && bar.record && bar.record.max_elevation_deg > 20"
LOSER = "bar.kind === 'skipped' && bar.record.reason === 'beaten_by'"


def test_a_pass_shows_sky_curves_and_map(page, service_url):
    # Bite: leaving the timing out of drawCurves() leaves no band.
    open_day(page, service_url)
    select(page, PLANNED)
    page.locator("#sky path.sky-contact").wait_for()

    assert page.locator("#sky .sky-mask").count() == 1
    assert page.locator("#sky .sky-keyhole").count() == 1
    assert page.locator("#sky .sky-arrow").count() == 1
    assert page.locator("#sky .sky-tick").count() >= 3
    assert page.locator("#curves svg.plot").count() >= 3
    assert page.locator("#curves .plot-band").count() >= 3
    page.locator("#map .map-visible").wait_for(state="attached")
    assert page.locator("#map .map-track").count() == 1


def test_the_curves_stand_in_a_table_too(page, service_url):
    open_day(page, service_url)
    select(page, PLANNED)
    page.locator("#curves table").wait_for(state="attached")

    rows = page.locator("#curves tbody tr").all()
    elevations = [float(row.locator("td").nth(3).text_content()) for row in rows]

    assert len(rows) >= 5
    assert max(elevations) > 15
    assert max(elevations) > elevations[0] + 5


def test_pointing_at_a_curve_reads_all_of_them_and_shows_the_place_in_the_sky(page, service_url):
    open_day(page, service_url)
    select(page, PLANNED)
    page.locator("#curves svg.plot").first.hover()

    values = page.locator("#curves .plot-value").all_text_contents()

    assert all(values)
    assert page.locator("#sky .sky-spot").get_attribute("visibility") == "visible"


def test_the_sky_now_comes_back_and_names_what_is_up(page, service_url):
    open_day(page, service_url)
    select(page, PLANNED)
    page.locator("#sky path.sky-contact").wait_for()

    page.click("[data-view=now]")

    page.locator("#sky h2", has_text="Sky now").wait_for()
    up = page.locator("#sky tbody tr").count()
    assert page.locator("#sky .sky-lit, #sky .sky-dark").count() == up


CROWD = """async () => {
  const { spreadNames } = await import('/static/spread_names.js');
  const { svg } = await import('/static/svg.js');
  const write = (_, at) => svg('text', { x: 10 + at, y: 60 }, `Gaofen-${at}`);
  const names = Array.from({ length: 7 }, write);
  const picture = svg('svg', { viewBox: '0 0 200 120', width: 200 }, ...names);
  document.body.append(picture);
  spreadNames(picture.querySelectorAll('text'));
  return names.filter((each) => each.isConnected).map((each) => {
    const { x, y, width, height } = each.getBBox();
    return [each.textContent, x, y, x + width, y + height];
  });
}"""


def test_names_of_satellites_close_together_cover_nothing(page, service_url):
    """Bite: with names left where they stood (no steps), one of seven was left instead of five."""
    open_day(page, service_url)

    boxes = page.evaluate(CROWD)

    assert [name for name, *_ in boxes] == [f"Gaofen-{at}" for at in range(5)]
    for at, (_, left, top, right, bottom) in enumerate(boxes):
        for _, other_left, other_top, other_right, other_bottom in boxes[:at]:
            assert (
                right <= other_left
                or other_right <= left
                or bottom <= other_top + 0.01
                or other_bottom <= top + 0.01
            )


def test_the_map_is_land_only_and_can_be_centred_on_the_station(page, service_url):
    open_day(page, service_url)
    page.locator("#map .map-land").wait_for(state="attached")
    world = page.locator("#map .map-land").get_attribute("d")

    page.click("[data-around]")
    page.wait_for_timeout(300)

    assert page.locator("#map .map-land").get_attribute("d") != world
    assert page.locator("#map path[class*=border]").count() == 0
    assert page.locator("#map .map-night").count() == 1


def test_the_night_side_holds_the_station_in_the_evening(page, service_url):
    """At 15:40 UTC it is 20:40 in Almaty: the Sun is down, and stands above the Atlantic."""
    open_day(page, service_url)

    sky = page.evaluate("fetch('/v1/stations/kaznu/sky').then((answer) => answer.json())")

    assert sky["sun"]["elevation_deg"] < -5
    assert sky["sun"]["longitude_deg"] == pytest.approx(-15 * (15.67 - 12), abs=3)
    assert sky["sun"]["latitude_deg"] == pytest.approx(6.3, abs=0.5)


def test_a_loser_is_priced_when_asked(page, service_url):
    open_day(page, service_url)
    select(page, LOSER)

    page.click("[data-ask-price]")

    page.locator(".price li", has_text="To take it would").wait_for(timeout=60_000)


def test_a_contact_can_be_had_as_a_file(page, service_url):
    open_day(page, service_url)
    select(page, PLANNED)

    with page.expect_download() as got:
        page.click("[data-exports] a:has-text('pointing')")

    text = got.value.path().read_text(encoding="utf-8")
    assert "az" in text.splitlines()[0].lower() or "az" in text[:400].lower()
