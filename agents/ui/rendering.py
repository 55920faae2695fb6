"""Renders templates. Every value is escaped, and control and direction characters are replaced before."""

from __future__ import annotations

from hashlib import sha256
from pathlib import Path
from typing import TYPE_CHECKING, Any
from urllib.parse import urlencode, urlsplit

from jinja2 import Environment, PackageLoader, StrictUndefined
from markupsafe import Markup, escape

from pipeline.document.explain.folding import fold, harmless, runs
from pipeline.records.url import host_of
from pipeline.records.wire import rfc3339
from pipeline.reports.lag import counted, in_words

if TYPE_CHECKING:
    from collections.abc import Mapping, Sequence
    from datetime import datetime

FOLDER = Path(__file__).parent
KINDS = {".css": "text/css", ".js": "text/javascript", ".svg": "image/svg+xml"}
SHORT = 12  # digits of an id
MOST_BLOCKS = 1500  # of a raw page
SPARKS = (120, 24)  # width and height of a sparkline


def assets() -> dict[str, tuple[bytes, str]]:
    """Read the static files: name → content and media type."""
    return {
        path.name: (path.read_bytes(), KINDS[path.suffix])
        for path in sorted((FOLDER / "static").iterdir())
        if path.suffix in KINDS
    }


class Pages:
    """Renders templates with their filters and functions."""

    def __init__(self, static: Mapping[str, tuple[bytes, str]], **known: Any) -> None:
        self._versions = {name: sha256(content).hexdigest()[:SHORT] for name, (content, _) in static.items()}
        self._environment = Environment(
            loader=PackageLoader("agents.ui"),
            autoescape=True,
            undefined=StrictUndefined,
            trim_blocks=True,
            lstrip_blocks=True,
            finalize=_finalized,
        )
        self._environment.filters |= {
            "moment": moment,
            "duration": in_words,
            "number": number,
            "rate": rate,
            "share": lambda value: f"{value:.0%}",
            "short": lambda text: text[:SHORT],
            "counted": counted,
            "link": web_link,
            "host_of": host_of,
            "lines": lines,
            "capitalize_first": lambda text: text[:1].upper() + text[1:].removesuffix("."),
        }
        self._environment.globals |= {
            "asset": self._asset,
            "sparkline": sparkline,
            "bar": bar,
            "runs": runs,
            "fold": fold,
            "query": query,
            "most_blocks": MOST_BLOCKS,
        } | known

    def render(self, name: str, **values: Any) -> str:
        """Render a template."""
        return self._environment.get_template(name).render(**values)

    def _asset(self, name: str) -> str:
        return f"/static/{name}?{self._versions[name]}"


def _finalized(value: Any) -> Any:
    """Replace control and direction characters in a text. Our own markup is left as it is."""
    if isinstance(value, Markup):
        return value
    if isinstance(value, str):
        return harmless(value)
    return "" if value is None else value


def moment(at: datetime | None, *, seconds: bool = False) -> Markup:
    """Write a time in UTC for people, with its RFC 3339 form for programs."""
    if at is None:
        return Markup("–")
    whole = rfc3339(at)
    shown = whole[: 19 if seconds else 16].replace("T", " ")
    return Markup('<time datetime="{}" title="{}">{}</time>').format(
        whole, f"{whole[:19].replace('T', ' ')} UTC", shown
    )


def lines(text: str) -> Markup:
    """Escape a text of several lines, and keep its line breaks."""
    return escape("\n".join(map(harmless, text.splitlines())))


def number(value: int) -> str:
    """Write a number with commas between the thousands."""
    return f"{value:,}"


def rate(per_second: float) -> str:
    """Write a rate in records per second, with one decimal below 100."""
    return f"{per_second:,.1f}" if 0 < per_second < 100 else f"{per_second:,.0f}"


def web_link(url: str, longest: int = 90) -> Markup:
    """Write a URL; as a link only if it is a plain http or https address."""
    shown = harmless(url)
    cut = shown if len(shown) <= longest else shown[: longest - 1] + "…"
    try:
        parts = urlsplit(url)
        is_web = parts.scheme in {"http", "https"} and bool(parts.hostname) and "@" not in parts.netloc
    except ValueError:
        is_web = False
    if not is_web or not url.isprintable():
        return Markup('<span class="url" dir="ltr">{}</span>').format(cut)
    return Markup('<a class="url" dir="ltr" rel="noreferrer noopener nofollow" href="{}" title="{}">{}</a>').format(
        url, shown, cut
    )


def query(**values: Any) -> str:
    """Write the query of a URL, without empty values and without page 1."""
    encoded = urlencode({name: value for name, value in values.items() if value not in {None, "", 1}})
    return f"?{encoded}" if encoded else "?"


def bar(part: int, whole: int) -> Markup:
    """Draw a share as a bar. It is hidden from screen readers, because the numbers stand beside it."""
    width = 0 if not whole else round(100 * part / whole, 1)
    return Markup(
        '<svg class="bar" viewBox="0 0 100 8" preserveAspectRatio="none" aria-hidden="true">'
        '<rect class="bar-all" width="100" height="8"/><rect class="bar-part" width="{}" height="8"/></svg>'
    ).format(width)


def sparkline(steps: Sequence[int], label: str) -> Markup:
    """Draw a small line chart; `label` is its text for screen readers."""
    width, height = SPARKS
    top = max(steps, default=0) or 1
    points = " ".join(
        f"{index * width / max(1, len(steps) - 1):.1f},{height - 2 - (height - 4) * step / top:.1f}"
        for index, step in enumerate(steps)
    )
    return Markup(
        '<svg class="spark" viewBox="0 0 {w} {h}" preserveAspectRatio="none" role="img" aria-label="{label}">'
        '<polyline points="{points}"/></svg>'
    ).format(w=width, h=height, label=escape(label), points=points)
