"""The plan page orders, stops and compares plans; the elements page decides on quarantine."""

import pytest

from tests.browser.test_booking_page import send

pytestmark = pytest.mark.browser


def test_a_new_plan_shows_progress_and_what_changes(page, service_url):
    # Bite: a job that is not followed never leaves the page.
    page.goto(f"{service_url}/plan?lang=en")
    page.fill("[name=days]", "1")
    page.locator("[data-new-plan] button.primary").click()
    page.locator("[data-activity]", has_text="%").first.wait_for()

    page.wait_for_url("**/plan?plan=*against=*", timeout=120_000)

    assert page.locator("#changes").is_visible()
    assert "kept" in page.inner_text("main")


def test_what_if_compares_a_second_antenna_with_the_plan(page, service_url):
    # Bite: an order without its changes is refused and never comes to a scenario.
    page.goto(f"{service_url}/plan?lang=en")
    page.check("[name=second_antenna]")
    page.fill("[name=name]", "two dishes")
    page.click("button:has-text('Compare')")

    page.wait_for_url("**/plan?scenario=*", timeout=120_000)
    contacts = page.locator("tr", has=page.locator("th", has_text="Contacts")).first
    change = contacts.locator("td").nth(2).inner_text()

    assert "two dishes" in page.inner_text("h2#changes")
    assert float(change) > 0
    assert page.locator("tr.change-added").count() > 0


def test_a_running_plan_can_be_stopped(page, service_url):
    page.goto(f"{service_url}/plan?lang=en")
    page.fill("[name=days]", "30")
    page.locator("[data-new-plan] button.primary").click()
    stop = page.locator("[data-new-plan] [data-stop]")
    stop.wait_for()

    stop.click()

    stop.wait_for(state="hidden", timeout=60_000)


def test_a_plan_that_is_stopped_keeps_the_best_one_found(page, service_url):
    # Bite: a DELETE instead of the stop in stopJob() gives the job up and stays on this page.
    page.goto(f"{service_url}/plan?lang=en")
    page.fill("[name=days]", "20")
    page.select_option("[name=solver]", "large")  # ilp proves its plan before one can look
    page.locator("[data-new-plan] button.primary").click()
    page.locator("[data-activity]", has_text="value").first.wait_for(timeout=120_000)
    page.evaluate("document.querySelector('[data-new-plan] [data-stop]:not([hidden])')?.click()")

    page.wait_for_url("**/plan?plan=*against=*", timeout=60_000)
    assert "contacts" in page.locator("[data-plan]").inner_text()


def test_owners_stand_with_promise_plan_and_execution(page, service_url):
    page.goto(f"{service_url}/plan?lang=en")

    head = page.locator("table", has_text="Promised").locator("thead").inner_text()

    assert [name in head for name in ("Promised", "Planned", "Executed")] == [True] * 3


def test_a_set_in_quarantine_is_rejected_with_a_reason(page, service_url):
    # Bite: a decision that is not sent leaves the row on the page after the reload.
    upload = """TERRA
1 25994U 99068A   26249.52000000  .00000300  00000-0  70000-4 0  9997
2 25994  97.0000 300.0000 0009000  90.0000 270.0000 13.90000000    17"""
    lines = upload.splitlines()
    fixed = "\n".join([lines[0], with_checksum(lines[1]), with_checksum(lines[2].ljust(68))])
    found = send(service_url, "/v1/element-sets", {"text": fixed})
    assert found["element_sets"][0]["verdict"] == "quarantined", found

    page.goto(f"{service_url}/elements?lang=en")
    page.locator("tr[data-set] [data-decide=reject]").first.click()
    page.fill("#decide [name=why]", "wrong orbit")
    page.click("#decide [data-confirm]")
    page.locator("[data-told]", has_text="rejected for good").wait_for()

    page.reload()
    assert page.locator("tr[data-set]").count() == 0


def with_checksum(line):
    total = sum(int(c) if c.isdigit() else c == "-" for c in line[:68])
    return f"{line[:68]}{total % 10}"


def test_the_history_is_a_curve_and_a_table(page, service_url):
    page.goto(f"{service_url}/elements/kazeosat-1?lang=en")

    assert page.locator("tbody tr").count() >= 1
    assert page.locator("[data-history]").inner_text() != ""
