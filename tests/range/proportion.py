"""Clopper–Pearson: which shares a count does not rule out."""
import math


def beta_below(x, a, b):
    """The chance that a beta variable is below x: the continued fraction of the regularised incomplete beta function, by
    the modified Lentz method."""
    if x <= 0 or x >= 1:
        return float(x >= 1)
    if x > (a + 1) / (a + b + 2):
        return 1 - beta_below(1 - x, b, a)
    tiny = 1e-300
    front = math.exp(math.lgamma(a + b) - math.lgamma(a) - math.lgamma(b) + a * math.log(x) + b * math.log1p(-x)) / a
    c, d = 1.0, 1 / (1 - (a + b) * x / (a + 1) or tiny)
    fraction = d
    for m in range(1, 100_000):
        even = m * (b - m) * x / ((a + 2 * m - 1) * (a + 2 * m))
        odd = -(a + m) * (a + b + m) * x / ((a + 2 * m) * (a + 2 * m + 1))
        for term in (even, odd):
            d = 1 / (1 + term * d or tiny)
            c = 1 + term / c or tiny
            fraction *= c * d
        if abs(c * d - 1) < 1e-12:
            break
    return front * fraction


def beta_quantile(share, a, b):
    low, high = 0.0, 1.0
    for _ in range(60):
        middle = (low + high) / 2
        low, high = (middle, high) if beta_below(middle, a, b) < share else (low, middle)
    return low


def interval(hits, of, confidence=0.95):
    """(low, high). Counts may be fractions, as of days in hours."""
    beyond = (1 - confidence) / 2
    return (beta_quantile(beyond, hits, of - hits + 1) if hits > 0 else 0.0,
            beta_quantile(1 - beyond, hits + 1, of - hits) if hits < of else 1.0)
