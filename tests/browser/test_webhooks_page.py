"""The webhooks page: a receiver is tried with a button, and what it said is on the page."""

from itertools import pairwise

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


def test_a_long_address_covers_nothing_and_leaves_room(page, service_url):
    # Bite: in a row of three columns the address ran over the events and the state.
    url = "http://127.0.0.1:9/operations/receiver/of/every/contact?station=kaznu"
    send(service_url, "/v1/webhooks", {"url": url, "kinds": ["drift"]})
    page.set_viewport_size({"width": 390, "height": 844})
    page.goto(f"{service_url}/webhooks?lang=ru")
    row = page.locator("tr[data-webhook]", has_text=url)
    bottoms = row.locator("th, td").evaluate_all(
        "cells => cells.map((cell) => [cell.getBoundingClientRect().top, "
        "cell.getBoundingClientRect().bottom, cell.scrollWidth - cell.clientWidth])"
    )

    page.set_viewport_size({"width": 1366, "height": 768})
    table = page.locator("main .scroll")

    assert table.evaluate("box => box.scrollWidth - box.clientWidth") <= 0
    assert all(over <= 0 for _, _, over in bottoms)
    assert all(above[1] <= below[0] + 1 for above, below in pairwise(bottoms))
