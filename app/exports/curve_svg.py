"""The trade-off curve as a picture: SVG, no library, readable in print and by a screen reader."""

from __future__ import annotations

from collections.abc import Sequence
from html import escape

WIDTH, HEIGHT = 640, 400
LEFT, RIGHT, TOP, BOTTOM = 90, 30, 50, 60


def draw_curve(
    points: Sequence[tuple[float, float]], *, title: str, x_name: str, y_name: str
) -> str:
    """Draw points (x, y) in order of x as a line with its figures."""
    xs, ys = [x for x, _ in points], [y for _, y in points]
    x_low, x_high = 0.0, max(xs) * 1.05 or 1.0
    margin = 0.08 * (max(ys) - min(ys)) or 1.0
    y_low, y_high = min(ys) - margin, max(ys) + margin

    def place(x: float, y: float) -> tuple[float, float]:
        return (
            LEFT + (x - x_low) / (x_high - x_low) * (WIDTH - LEFT - RIGHT),
            HEIGHT - BOTTOM - (y - y_low) / (y_high - y_low) * (HEIGHT - TOP - BOTTOM),
        )

    line = " ".join(f"{a:.1f},{b:.1f}" for a, b in (place(*point) for point in points))
    dots = "".join(
        f'<circle cx="{place(x, y)[0]:.1f}" cy="{place(x, y)[1]:.1f}" r="4">'
        f"<title>{x:g} {escape(x_name)}: {y:.1f}</title></circle>"
        for x, y in points
    )
    said = "; ".join(f"{x:g}: {y:.1f}" for x, y in points)
    return (
        f'<svg xmlns="http://www.w3.org/2000/svg" viewBox="0 0 {WIDTH} {HEIGHT}" role="img" '
        f'font-family="system-ui,sans-serif" font-size="13"><title>{escape(title)}</title>'
        f"<desc>{escape(x_name)} and {escape(y_name)}: {said}</desc>"
        f'<rect width="{WIDTH}" height="{HEIGHT}" fill="#fff"/>'
        f'<text x="{WIDTH / 2}" y="28" text-anchor="middle" font-size="15">{escape(title)}</text>'
        f"{_draw_axes(x_low, x_high, y_low, y_high, place)}"
        f'<polyline points="{line}" fill="none" stroke="#0b5fa5" stroke-width="2"/>'
        f'<g fill="#0b5fa5">{dots}</g>'
        f'<text x="{(LEFT + WIDTH - RIGHT) / 2}" y="{HEIGHT - 14}" text-anchor="middle">'
        f"{escape(x_name)}</text>"
        f'<text transform="translate(18 {(TOP + HEIGHT - BOTTOM) / 2}) rotate(-90)" '
        f'text-anchor="middle">{escape(y_name)}</text></svg>\n'
    )


def _draw_axes(x_low, x_high, y_low, y_high, place) -> str:  # type: ignore[no-untyped-def]
    """Draw grid lines with figures on round values."""
    parts = []
    for x in _round_steps(x_low, x_high):
        a, _ = place(x, y_low)
        parts.append(
            f'<line x1="{a:.1f}" y1="{TOP}" x2="{a:.1f}" y2="{HEIGHT - BOTTOM}" stroke="#ddd"/>'
            f'<text x="{a:.1f}" y="{HEIGHT - BOTTOM + 18}" text-anchor="middle">{x:g}</text>'
        )
    for y in _round_steps(y_low, y_high):
        _, b = place(x_low, y)
        parts.append(
            f'<line x1="{LEFT}" y1="{b:.1f}" x2="{WIDTH - RIGHT}" y2="{b:.1f}" stroke="#ddd"/>'
            f'<text x="{LEFT - 8}" y="{b + 4:.1f}" text-anchor="end">{y:g}</text>'
        )
    return "".join(parts)


def _round_steps(low: float, high: float) -> list[float]:
    """List about six round values between two."""
    rough = (high - low) / 6.0
    unit = 10.0 ** len(str(int(rough))) / 10.0 if rough >= 1 else 0.1
    step = next(unit * factor for factor in (1, 2, 5, 10) if unit * factor >= rough)
    first = int(low / step) + (low > 0)
    return [step * k for k in range(first, int(high / step) + 1) if low <= step * k <= high]
