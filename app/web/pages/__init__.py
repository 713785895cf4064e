"""One file per page: its rows, and the route that shows them."""

from app.web.pages import day, elements, history, plan, satellites, sign_in, station, webhooks

PAGES = (day, plan, elements, history, satellites, station, webhooks, sign_in)
