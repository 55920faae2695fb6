"""Documents for the tests of verdicts: a few texts at a few URLs, and logs of them. Not a test."""

from __future__ import annotations

from dataclasses import replace
from datetime import UTC, datetime, timedelta
from typing import TYPE_CHECKING

from hypothesis import strategies as st

from pipeline.records.document import Cleaned, Cleaning, Document, Failure, Provenance, Refusal
from pipeline.records.fields import digest
from pipeline.records.identity import Identity, IdentityReason
from pipeline.records.reason import Reason
from pipeline.records.route import Route
from pipeline.records.url import host_of
from pipeline.text.fingerprint import sketches_of, text_hash
from pipeline.verdict.ledger import Ledger

if TYPE_CHECKING:
    from pipeline.records.verdict import Verdict

AT = datetime(2026, 3, 2, 9, 30, tzinfo=UTC)
SNOW = "Дорогу до райцентра расчистили к полудню, автобусы пошли по расписанию."
SNOW_LATER = "Дорогу до райцентра расчистили к вечеру, автобусы пойдут только завтра."
BRIDGE = "Міст через річку відкрили після ремонту, рухатися дозволено в обидва боки."
TEXTS = (SNOW, SNOW_LATER, BRIDGE)


def source(name: str, offset: int, minute: int = 0) -> Provenance:
    fetched = AT + timedelta(minutes=minute)
    return Provenance(page_id=digest(name.encode()), topic="pages", partition=0, offset=offset, fetched_at=fetched)


def document(path: str | None, text: str, offset: int, *, minute: int = 0, markup: str = "") -> Document:
    """Make the document of a page; `markup` is what else makes the page's bytes its own."""
    return Document(
        url=f"https://sosny.example/{path}" if path else "file:page.txt",
        route=Route.CYRILLIC,
        article_body=text,
        word_count=len(text.split()),
        text_hash=text_hash(text),
        canonical_url=f"https://sosny.example/{path}" if path else None,
        cleaning=Cleaning(kept_lines=1, kept_characters=len(text)),
        provenance=source(f"{path} {text} {markup}", offset, minute),
    )


def naming(one: Document, path: str) -> Document:
    """Let a page name another page of its site as its canonical URL; "" leaves it as it is."""
    if not path:
        return one
    url = f"https://sosny.example/{path}"
    identity = Identity(canonical_url=url, believed="canonical-url", reason=IdentityReason.DECLARED)
    return replace(one, canonical_url=url, identity=identity if one.url != url else None)


def refusal(name: str, offset: int) -> Refusal:
    return Refusal(
        url=f"https://sosny.example/{name}",
        route=Route.CYRILLIC,
        reason=Reason.NO_ARTICLE,
        provenance=source(name, offset),
    )


def failure(name: str, offset: int) -> Failure:
    return Failure(
        url=f"https://sosny.example/{name}",
        route=Route.CYRILLIC,
        stage="clean",
        error="killed after 30 s",
        provenance=source(name, offset),
    )


def judged(*documents: Cleaned) -> list[Verdict]:
    ledger = Ledger(0)
    verdicts = [ledger.judge(one, offset) for offset, one in enumerate(documents)]
    assert None not in verdicts
    return [verdict for verdict in verdicts if verdict is not None]


@st.composite
def logs(draw: st.DrawFn, most: int = 14) -> list[Cleaned]:
    """Draw a log of documents: few URLs and texts, pages fed again, deliveries cleaned twice."""
    log: list[Cleaned] = []
    for offset in range(draw(st.integers(1, most))):
        kind = draw(st.sampled_from(["page", "page", "page", "cleaned twice", "fed again", "refused", "failed"]))
        if kind in {"cleaned twice", "fed again"} and log:
            earlier = draw(st.sampled_from(log))
            place = earlier.provenance if kind == "cleaned twice" else replace(earlier.provenance, offset=offset)
            log.append(replace(earlier, provenance=place))
        elif kind == "refused":
            log.append(refusal(draw(st.sampled_from("xy")), offset))
        elif kind == "failed":
            log.append(failure(draw(st.sampled_from("xy")), offset))
        else:
            path, text = draw(st.sampled_from([None, "a", "b", "c"])), draw(st.sampled_from(TEXTS))
            markup, minute = draw(st.sampled_from(["", "new"])), draw(st.integers(0, 3))
            named = draw(st.sampled_from(["", "", "a", "b"]))
            log.append(naming(document(path, text, offset, minute=minute, markup=f"{markup} {named}"), named))
    return log


def fingerprinted(one: Document) -> Document:
    """Give a document the fingerprint that the stage `clean` would have given it."""
    fingerprint, outline = sketches_of(one.article_body, headline=one.headline, host=host_of(one.url))
    return replace(one, fingerprint=fingerprint, outline=outline)
