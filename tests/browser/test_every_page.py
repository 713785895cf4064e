"""Every page: in every language nothing is left in English, without JavaScript it can be read,
on paper it is a document, and it breaks no policy."""

from itertools import pairwise

import pytest

from app.web.catalogues import read_catalogue
from tests.browser.conftest import open_day, select
from tests.browser.test_booking_page import wait_until
from tests.browser.test_pages import PAGES

pytestmark = pytest.mark.browser

EMPTY = "There is no webhook yet."  # the one page without a table here says so

# Pieces of text that a reader sees, but for what is marked as English, code, and what people name.
SEEN = """() => {
    const walker = document.createTreeWalker(document.body, NodeFilter.SHOW_TEXT);
    const found = new Set();
    while (walker.nextNode()) {
        const node = walker.currentNode;
        const parent = node.parentElement;
        if (parent.closest('script, code, kbd, select, [lang=en], .languages')) continue;
        found.add(node.textContent.trim());
    }
    for (const each of document.querySelectorAll('[aria-label], [title], [placeholder]')) {
        if (each.closest('[lang=en], .languages')) continue;
        for (const name of ['aria-label', 'placeholder']) found.add(each.getAttribute(name) ?? '');
        const title = each.getAttribute('title') ?? '';
        if (title.includes(' ')) found.add(title); // one word is a tag, for those who script
    }
    return [...found];
}"""


def list_untranslated(page, language):
    """List the texts on a page that are messages of the English source and have a translation."""
    catalogue = read_catalogue(language)
    foreign = {
        message.id
        for message in catalogue
        if isinstance(message.id, str) and message.id and message.string != message.id
    }
    # Names of solvers, sources and tags may equal a word; what is shown as a word is longer.
    return [text for text in page.evaluate(SEEN) if text in foreign and len(text) > 2]


@pytest.mark.parametrize("language", ["kk", "ru", "zh"])
def test_nothing_is_left_in_english(page, service_url, language):
    # Bite: test_the_search_for_english_finds_a_planted_word below.
    for path in PAGES:
        page.goto(f"{service_url}{path}?lang={language}")
        assert list_untranslated(page, language) == [], path
    open_day(page, service_url, f"&lang={language}")
    select(page, "bar.kind === 'taken' && bar.record && bar.record.max_elevation_deg > 20")
    page.locator("#curves svg.plot").first.wait_for()
    assert list_untranslated(page, language) == []


def test_the_search_for_english_finds_a_planted_word(page, service_url):
    page.goto(f"{service_url}/plan?lang=kk")
    page.evaluate("document.querySelector('h1').textContent = 'Contact plan'")

    assert list_untranslated(page, "kk") == ["Contact plan"]


@pytest.mark.parametrize("path", PAGES)
def test_a_page_is_readable_without_javascript(browser, service_url, path):
    with browser.new_context(java_script_enabled=False) as context:
        page = context.new_page()
        page.goto(f"{service_url}{path}?lang=en")

        assert page.locator("h1").is_visible()
        assert page.locator("nav a").first.is_visible()
        said = page.locator("main table, main form[method=post]").or_(page.get_by_text(EMPTY))
        assert said.first.is_visible()
        assert page.locator(".needs-script:visible").count() == 0


@pytest.mark.parametrize("path", PAGES)
def test_no_page_breaks_the_policy_or_asks_another_host(
    page, service_url, foreign_requests, page_errors, path
):
    # Bite: tests/browser/test_closed_network.py plants both.
    page.goto(service_url + path)
    page.wait_for_load_state("networkidle")

    assert (foreign_requests, page_errors) == ([], [])


@pytest.mark.parametrize("path", ["/plan", "/elements", "/station"])
def test_paper_gets_tables_whole_and_nothing_to_press(page, service_url, path):
    page.goto(f"{service_url}{path}?lang=en")
    page.emulate_media(media="print")

    assert not page.locator("nav").first.is_visible()
    assert page.locator("button:visible").count() == 0
    assert page.locator("table").first.is_visible()
    hidden = page.evaluate(
        "[...document.querySelectorAll('th.more, th.much')].filter((th) => !th.offsetWidth).length"
    )
    assert hidden == 0


def test_a_contact_is_reserved_with_the_keyboard_alone(page, service_url):
    """From the timeline to the booking without a pointer."""
    open_day(page, service_url)
    timeline = page.locator("#timeline canvas")
    timeline.focus()
    for _ in range(60):
        page.keyboard.press("ArrowRight")
        if page.evaluate(
            "aspanTimeline.selected.state === 'planned' && aspanTimeline.selected.fromMs"
            " > aspanTimeline.options.nowMs() + 30 * 3600e3"
        ):
            break
    page.keyboard.press("Enter")
    page.keyboard.press("Tab")
    assert page.evaluate("document.activeElement.textContent") == "Reserve"
    page.keyboard.press("Enter")
    page.keyboard.type("by keyboard")
    page.keyboard.press("Enter")

    page.wait_for_selector("#act", state="hidden")
    wait_until(page, "aspanTimeline.selected?.state === 'reserved'")
    page.locator("[data-history] li", has_text="by keyboard").wait_for(state="attached")


def test_names_stand_above_the_bars_without_touching_and_the_urgent_first(page, service_url):
    # Bite: without isFree() names lie over each other.
    open_day(page, service_url)
    placed = page.evaluate(
        """async () => {
            const { paintNames } = await import('/static/timeline/names.js');
            const { TimeScale } = await import('/static/timeline/scale.js');
            const bar = (name, minute, conditions = []) => ({ name, conditions, reservation: {},
                fromMs: minute * 60e3, toMs: (minute + 10) * 60e3 });
            const row = Array.from({ length: 30 }, (_, at) => bar(`satellite ${at}`, at * 22));
            row[17].conditions = ['conflicting'];
            const texts = [];
            const context = { save() {}, restore() {}, fillRect() {},
                measureText: (text) => ({ width: text.length * 6 }),
                fillText: (text, x, y) => texts.push([text, x, y]) };
            const scale = new TimeScale(0, 12 * 3600e3, 1000);
            const view = { scale, font: 'x', selected: row[20] };
            paintNames(context, view, { rows: [row], top: 80 }, {});
            return texts;
        }"""
    )

    assert [text for text, _, _ in placed[:2]] == ["satellite 20", "satellite 17"]
    assert 10 < len(placed) < 30
    for _, y in {(0, y) for _, _, y in placed}:
        spans = sorted((x, x + 6 * len(text)) for text, x, other in placed if other == y)
        assert all(left[1] <= right[0] for left, right in pairwise(spans)), spans


def test_the_wall_shows_a_larger_timeline_and_the_pointer_still_meets_it(page, service_url):
    # Bite: placeOf() that forgets the unit selects another bar, or none.
    page.set_viewport_size({"width": 2560, "height": 1440})
    open_day(page, service_url)
    place = page.evaluate(
        """() => {
            const timeline = window.aspanTimeline;
            const lane = timeline.lanes[0];
            const fromMs = timeline.scale.startMs + 6 * 3600e3;
            const bar = lane.rows[0].find((each) => each.startMs > fromMs);
            const box = timeline.canvas.getBoundingClientRect();
            const x = timeline.labelPx + timeline.scale.toX((bar.startMs + bar.endMs) / 2);
            const y = lane.top + lane.rowPx / 2;
            const { unit } = timeline;
            return { id: bar.id, unit, x: box.x + x * unit, y: box.y + y * unit };
        }"""
    )
    page.mouse.click(place["x"], place["y"])

    assert place["unit"] > 1.3
    assert page.evaluate("aspanTimeline.selected.id") == place["id"]
    left = "name => document.querySelector(name).getBoundingClientRect().left"
    assert page.evaluate(left, ".tables") < page.evaluate(left, "#sky")  # contacts beside pictures


@pytest.mark.parametrize("language", ["kk", "ru"])
def test_on_a_phone_a_contact_stands_on_two_lines_and_nothing_is_cut(page, service_url, language):
    # Bite: without the rows' grid the table is wider than its place.
    page.set_viewport_size({"width": 390, "height": 844})
    for path in ("/", "/plan", "/elements", "/elements/kazeosat-1", "/satellites", "/station"):
        page.goto(f"{service_url}{path}?lang={language}")
        page.evaluate("for (const each of document.querySelectorAll('details')) each.open = true")
        wide = page.locator("main .scroll").evaluate_all(
            """boxes => boxes.filter((box) => box.scrollWidth > box.clientWidth)
                .map((box) => box.getAttribute("aria-label"))"""
        )
        assert wide == [], path


def test_on_a_phone_each_value_of_a_card_is_named(page, service_url):
    # Bite: without data-label the figures of an owner stand there without a word.
    page.set_viewport_size({"width": 390, "height": 844})
    for path in ("/plan", "/elements/kazeosat-1", "/station"):
        page.goto(f"{service_url}{path}?lang=ru")
        cells = page.locator("main table.cards td:visible:not(:empty)")
        assert cells.count(), path
        unnamed = cells.evaluate_all(
            """cells => cells.filter((cell) => !cell.querySelector("button")
                && getComputedStyle(cell, "::before").content.length < 4)
                .map((cell) => cell.innerText)"""
        )
        assert unnamed == [], path
