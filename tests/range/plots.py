"""Plots of an evaluation as SVG, drawn by hand so that nothing needs to be installed."""
import math
import statistics

import proportion

WIDTH, HEIGHT, LEFT, BOTTOM, TOP, RIGHT = 520, 340, 60, 50, 36, 16


class Plot:
    """Axes from 0 to `right` and 0 to `top`, in data units."""

    def __init__(self, title, x, y, right, top):
        self.right, self.top, self.parts = right, top, []
        self.text(WIDTH / 2, 20, title, "middle", 14)
        self.text((LEFT + WIDTH - RIGHT) / 2, HEIGHT - 10, x, "middle")
        self.parts.append(f'<text x="16" y="{HEIGHT / 2}" text-anchor="middle" transform="rotate(-90 16 {HEIGHT / 2})">{y}</text>')
        self.line([(0, 0), (right, 0)], "#444")
        self.line([(0, 0), (0, top)], "#444")

    def at(self, x, y):
        return (LEFT + x / self.right * (WIDTH - LEFT - RIGHT), HEIGHT - BOTTOM - y / self.top * (HEIGHT - BOTTOM - TOP))

    def text(self, x, y, text, anchor="start", size=11):
        self.parts.append(f'<text x="{x:.1f}" y="{y:.1f}" text-anchor="{anchor}" font-size="{size}">{text}</text>')

    def ticks_x(self, labels):
        for x, label in labels:
            px, py = self.at(x, 0)
            self.text(px, py + 16, label, "middle")

    def ticks_y(self, labels):
        for y, label in labels:
            px, py = self.at(0, y)
            self.text(px - 6, py + 4, label, "end")
            self.line([(0, y), (self.right, y)], "#ddd")

    def line(self, points, colour, dashed=False, width=1):
        path = " ".join(f"{x:.1f},{y:.1f}" for x, y in (self.at(*point) for point in points))
        self.parts.append(f'<polyline points="{path}" fill="none" stroke="{colour}"' + (f' stroke-width="{width}"' if width != 1 else "") + (' stroke-dasharray="5 4"' if dashed else "") + "/>")

    def dot(self, x, y, colour, radius=4):
        px, py = self.at(x, y)
        self.parts.append(f'<circle cx="{px:.1f}" cy="{py:.1f}" r="{radius}" fill="{colour}"/>')

    def write(self, path):
        path.write_text(f'<svg xmlns="http://www.w3.org/2000/svg" viewBox="0 0 {WIDTH} {HEIGHT}" font-family="sans-serif" '
                        f'font-size="11"><rect width="{WIDTH}" height="{HEIGHT}" fill="white"/>\n' + "\n".join(self.parts) + "\n</svg>\n")


def reliability(bins):
    plot = Plot("How often a campaign was under way, by score", "score", "share of hours inside a campaign, %", 100, 100)
    plot.ticks_x([(x, str(x)) for x in range(0, 101, 20)])
    plot.ticks_y([(y, str(y)) for y in range(0, 101, 20)])
    plot.line([(0, 0), (100, 100)], "#888", dashed=True)
    points = [(100 * told / count, 100 * inside / count, count) for count, told, inside in bins if count]
    plot.line([(x, y) for x, y, _ in points], "#06c")
    for (x, y, count), inside in zip(points, [one[2] for one in bins if one[0]]):
        # A day's hours are alike: they count as one draw.
        low, high = proportion.interval(inside / 24, count / 24)
        plot.line([(x, 100 * low), (x, 100 * high)], "#06c")
        plot.dot(x, y, "#06c", 2 + math.log10(count))
    return plot


def recall_by_level(curves, shipped):
    plot = Plot("Campaigns found and false alerts, by alert level", "alert at", "share found; false alerts a quiet month", 100, 1.2)
    plot.ticks_x([(curve["level"], str(curve["level"])) for curve in curves])
    plot.ticks_y([(y / 5, f"{y / 5:.1f}") for y in range(7)])
    plot.line([(shipped, 0), (shipped, 1.2)], "#aaa", dashed=True)

    def found(delays):
        every = [delay for of in delays.values() for delay in of]
        return sum(delay is not None for delay in every) / max(1, len(every))

    rows = [("found", "#06c", [found(curve["delays"]) for curve in curves]),
            ("least found type", "#6ac", [min(found({0: of}) for of in curve["delays"].values()) for curve in curves]),
            ("random alerts as many", "#999", [curve["lucky"] for curve in curves]),
            ("false a quiet month", "#c30", [min(1.2, curve["false"]) for curve in curves])]
    for n, (name, colour, values) in enumerate(rows):
        plot.line(list(zip([curve["level"] for curve in curves], values)), colour)
        for curve, value in zip(curves, values):
            plot.dot(curve["level"], value, colour, 3)
        plot.parts.append(f'<text x="{WIDTH - 150}" y="{TOP + 14 + 15 * n}" fill="{colour}">{name}</text>')
    return plot


def delay_by_type(curves, shipped):
    delays = next(curve["delays"] for curve in curves if curve["level"] == shipped)
    longest = 30 * 24
    plot = Plot(f"Hours from the first visible act to the alert at {shipped}", "type", "hours, logarithmic; missed at the top", len(delays),
                math.log10(longest) + 0.3)
    plot.ticks_x([(n + 0.5, kind.replace("_", " ")) for n, kind in enumerate(delays)])
    plot.ticks_y([(math.log10(1 + hours), str(hours)) for hours in (0, 3, 12, 48, 240)])
    for n, of in enumerate(delays.values()):
        for k, delay in enumerate(of):
            x = n + 0.2 + 0.6 * k / max(1, len(of) - 1)
            plot.dot(x, plot.top if delay is None else min(plot.top, math.log10(1 + delay)), "#c30" if delay is None else "#06c", 3)
    return plot


COLOURS = ("#06c", "#c30", "#083", "#a3a", "#c80", "#099", "#777", "#630")


def kinds(plot, strengths, value):
    """A line for each type of campaign over strengths, and a thick one for all together."""
    rows = {kind: [delays for delays in (one["delays"][kind] for one in strengths)] for kind in strengths[0]["delays"]}
    rows["all"] = [[delay for of in one["delays"].values() for delay in of] for one in strengths]
    for n, (kind, of) in enumerate(rows.items()):
        colour = "#000" if kind == "all" else COLOURS[n % len(COLOURS)]
        points = [(one["strength"], value(delays)) for one, delays in zip(strengths, of)]
        points = [(x, y) for x, y in points if y is not None]
        plot.line(points, colour, width=3 if kind == "all" else 1.2)
        for x, y in points:
            plot.dot(x, y, colour, 3)
        plot.parts.append(f'<text x="{LEFT + 12}" y="{TOP + 12 + 13 * n}" fill="{colour}">{kind.replace("_", " ")}</text>')
    return plot


def power(strengths, shipped):
    plot = Plot(f"Share of campaigns found, alert at {shipped}, by strength", "strength (1 hardly visible, 4 obvious)", "share found", 4.4, 1.05)
    plot.ticks_x([(n, str(n)) for n in (1, 2, 3, 4)])
    plot.ticks_y([(y / 5, f"{y / 5:.1f}") for y in range(6)])
    return kinds(plot, strengths, lambda delays: sum(delay is not None for delay in delays) / len(delays) if delays else None)


def power_delay(strengths, shipped):
    plot = Plot(f"Median delay of those found, alert at {shipped}, by strength", "strength (1 hardly visible, 4 obvious)",
                "hours from the first visible act, logarithmic", 4.4, math.log10(1 + 900))
    plot.ticks_x([(n, str(n)) for n in (1, 2, 3, 4)])
    plot.ticks_y([(math.log10(1 + hours), str(hours)) for hours in (0, 3, 12, 48, 240, 720)])

    def median(delays):
        hits = [delay for delay in delays if delay is not None]
        return math.log10(1 + statistics.median(hits)) if hits else None

    return kinds(plot, strengths, median)


def write(folder, bins, curves, strengths, shipped):
    folder.mkdir(parents=True, exist_ok=True)
    if curves:
        reliability(bins).write(folder / "reliability.svg")
        recall_by_level(curves, shipped).write(folder / "recall.svg")
        delay_by_type(curves, shipped).write(folder / "delay.svg")
    if strengths:
        power(strengths, shipped).write(folder / "power.svg")
        power_delay(strengths, shipped).write(folder / "power_delay.svg")
