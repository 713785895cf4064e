"""The pages in a real browser: keyboard, languages, accessibility, and without JavaScript."""

import hashlib
from pathlib import Path

import pytest

from tests.browser.conftest import open_day, select

pytestmark = pytest.mark.browser

VENDOR = Path(__file__).parent / "vendor"
PAGES = [
    "/",
    "/plan",
    "/elements",
    "/elements/kazeosat-1",
    "/satellites",
    "/station",
    "/webhooks",
    "/sign-in",
]
WCAG = ["wcag2a", "wcag2aa", "wcag21a", "wcag21aa", "wcag22aa"]


def find_violations(page):
    """Run axe-core in the page; the policy forbids script tags, so it is evaluated."""
    page.evaluate((VENDOR / "axe.min.js").read_text(encoding="utf-8"))
    found = page.evaluate("tags => axe.run(document, {runOnly: {type: 'tag', values: tags}})", WCAG)
    return [(each["id"], each["nodes"][0]["html"][:160]) for each in found["violations"]]


def test_vendored_checker_is_the_one_that_was_reviewed():
    digest, name = (VENDOR / "SHA256SUMS").read_text().split()

    assert hashlib.sha256((VENDOR / name).read_bytes()).hexdigest() == digest


@pytest.mark.parametrize("scheme", ["dark", "light"])
@pytest.mark.parametrize("path", PAGES)
def test_no_accessibility_violation_in_either_theme(page, service_url, path, scheme):
    # Bite: test_the_checker_sees_a_planted_fault below.
    page.emulate_media(color_scheme=scheme)
    page.goto(service_url + path)
    page.wait_for_load_state("networkidle")

    assert find_violations(page) == []


@pytest.mark.parametrize("scheme", ["dark", "light"])
def test_an_open_contact_and_its_dialog_have_no_violation_either(page, service_url, scheme):
    page.emulate_media(color_scheme=scheme)
    open_day(page, service_url)
    select(page, "bar.kind === 'taken' && bar.state === 'planned' && bar.fromMs > 1788715000000")
    page.locator("#sky path.sky-contact").wait_for()
    page.locator("#curves svg.plot").first.wait_for()

    assert find_violations(page) == []
    page.click("#contact button.primary")
    assert find_violations(page) == []


def test_the_checker_sees_a_planted_fault(page, service_url):
    page.goto(service_url)
    page.evaluate("document.body.append(document.createElement('button'))")

    assert [name for name, _ in find_violations(page)] == ["button-name"]


def test_a_contact_is_found_and_opened_with_the_keyboard_alone(page, service_url):
    open_day(page, service_url)
    page.locator("#timeline canvas").focus()

    page.keyboard.press("ArrowRight")
    page.keyboard.press("ArrowRight")
    page.keyboard.press("Enter")

    title = page.locator("#contact h2")
    assert title.evaluate("node => node === document.activeElement")
    assert title.inner_text() in page.locator("[data-live]").text_content()
    page.wait_for_selector("#sky path.sky-contact")
    page.wait_for_url(lambda url: "select=" in url)


def test_a_link_shows_a_colleague_the_same_contact_and_span(page, service_url):
    open_day(page, service_url)
    page.locator("#timeline canvas").focus()
    page.keyboard.press("ArrowRight")
    page.keyboard.press("+")
    page.wait_for_url(lambda url: "select=" in url)
    title, link = page.locator("#contact h2").inner_text(), page.url
    span = page.evaluate("Math.round(aspanTimeline.scale.spanMs / 1000)")

    page.goto("about:blank")
    page.goto(link)
    page.wait_for_selector("#contact:not([hidden])")

    assert page.locator("#contact h2").inner_text() == title
    assert abs(page.evaluate("Math.round(aspanTimeline.scale.spanMs / 1000)") - span) <= 1


def test_a_skipped_pass_tells_why_when_pointed_at(page, service_url):
    # Bite: taking the reason out of sentence() leaves no colon and no reason.
    open_day(page, service_url)
    place = page.evaluate(
        """() => {
            const timeline = window.aspanTimeline;
            const lane = timeline.lanes.find((item) => item.kind === 'skipped');
            const bar = lane.rows[0].find((item) => item.startMs > timeline.scale.startMs);
            const box = timeline.canvas.getBoundingClientRect();
            const middle = timeline.scale.toX((bar.startMs + bar.endMs) / 2);
            const x = box.x + timeline.labelPx + middle;
            return { x, y: box.y + lane.top + 6, name: bar.name };
        }"""
    )

    page.mouse.move(place["x"], place["y"])

    tip = page.locator("[data-tip]")
    tip.wait_for(state="visible")
    assert tip.inner_text().startswith(place["name"])
    assert ": " in tip.inner_text()


def test_zoom_stops_at_ten_minutes_and_at_thirty_days(page, service_url):
    open_day(page, service_url)
    canvas = page.locator("#timeline canvas")
    canvas.focus()
    for _ in range(40):
        page.keyboard.press("+")
    narrow = page.evaluate("aspanTimeline.scale.spanMs")
    for _ in range(80):
        page.keyboard.press("-")
    wide = page.evaluate("aspanTimeline.scale.spanMs")

    assert (narrow, wide) == (10 * 60_000, 30 * 86_400_000)


def test_the_chosen_language_stays_on_the_next_page(page, service_url):
    page.goto(service_url)
    page.click(".languages a[hreflang=kk]")
    page.click("nav a[href='/elements']")

    assert page.locator("html").get_attribute("lang") == "kk"
    assert page.locator("h1").inner_text() == "Элементтер жиындары"


@pytest.mark.parametrize(
    ("language", "word"),
    [("en", "skipped"), ("kk", "алынбаған"), ("ru", "пропущено"), ("zh", "未接收")],
)
def test_the_timeline_speaks_the_language_of_the_page(page, service_url, language, word):
    open_day(page, service_url, f"&lang={language}")

    assert page.evaluate("aspanTimeline.options.words.skipped") == word


def test_contacts_and_reasons_are_readable_without_javascript(browser, service_url):
    with browser.new_context(java_script_enabled=False) as context:
        page = context.new_page()
        page.goto(f"{service_url}/?lang=en")

        assert page.locator("section#timeline canvas").count() == 0
        assert page.locator("table tbody tr td.time").count() > 10
        told = page.locator("[data-fresh=tables] summary").all_inner_texts()
        assert any("passes not taken, and why" in text for text in told)


def test_only_bars_in_view_are_looked_at(page, service_url):
    # Bite: findVisible() that returns the whole row fails the count.
    open_day(page, service_url)
    looked = page.evaluate(
        """async () => {
            const { findVisible } = await import('/static/timeline/lanes.js');
            const row = Array.from({ length: 20000 }, (_, at) => (
                { fromMs: at * 60000, toMs: at * 60000 + 50000 }));
            const [first, last] = findVisible(row, 600 * 60000, 660 * 60000);
            return [first, last];
        }"""
    )

    assert looked == [600, 660] or looked == [599, 660]
