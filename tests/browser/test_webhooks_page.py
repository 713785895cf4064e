"""The webhooks page: a receiver is tried with a button, and what it said is on the page."""

import pytest

from tests.browser.test_booking_page import send

pytestmark = pytest.mark.browser


def test_a_receiver_is_tried_with_a_button(page, service_url):
    # Bite: a button that sends nothing leaves the line empty; a private address is refused.
    send(service_url, "/v1/webhooks", {"url": "http://127.0.0.1:9/aspan", "kinds": ["drift"]})

    page.goto(f"{service_url}/?lang=en")
    page.click("footer a[href='/webhooks']")
    row = page.locator("tr[data-webhook]", has_text="http://127.0.0.1:9/aspan")
    assert "drift" in row.inner_text()
    assert "in use" in row.inner_text()
    row.locator("[data-test]").click()

    told = page.locator("[data-told]", has_text="did not take the test")
    told.wait_for()
    assert "http://127.0.0.1:9/aspan" in told.inner_text()
