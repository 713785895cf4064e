"""Every page works on a closed network: no request leaves, nothing is refused by the policy.

Bite: the last test plants a script that the policy forbids and a picture of another host; the
watchers must report both.
"""

import pytest

pytestmark = pytest.mark.browser


@pytest.mark.parametrize("path", ["/", "/docs"])
def test_page_asks_nobody_else_and_breaks_no_policy(
    page, service_url, foreign_requests, page_errors, path
):
    page.goto(service_url + path)
    page.wait_for_load_state("networkidle")

    assert (foreign_requests, page_errors) == ([], [])


def test_api_documentation_draws_its_operations(page, service_url):
    page.goto(f"{service_url}/docs")

    page.wait_for_selector(".opblock", timeout=60_000)

    assert page.locator(".opblock").count() >= 8


def test_front_page_names_station_both_times_and_age_of_the_elements(page, service_url):
    page.goto(f"{service_url}/?lang=en")
    text = page.inner_text("body")

    assert "KazNU" in text
    assert "UTC" in text
    assert "Almaty" in text
    assert page.locator("table tbody tr").count() > 0


def test_watchers_see_a_foreign_request_and_a_broken_policy(
    page, service_url, foreign_requests, page_errors
):
    page.goto(service_url)
    page.evaluate(
        """() => {
            const line = document.createElement("script");
            line.textContent = "window.ran = true";
            document.body.append(line);
        }"""
    )
    page.wait_for_timeout(300)

    assert page_errors
    assert not page.evaluate("window.ran")
    page.set_content('<img src="https://example.org/picture.png">')
    assert foreign_requests == ["https://example.org/picture.png"]
