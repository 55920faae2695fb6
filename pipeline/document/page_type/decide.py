"""Decides whether a page stands in for an article, and says by which evidence.

Several signs must meet: the title, how the text speaks, markup, the URL, and the absence of what articles have. No
single sign is enough, so that news about cookies or captchas stay articles.
"""

from __future__ import annotations

from collections.abc import Callable, Iterable, Mapping, Sequence
from dataclasses import dataclass, field
from typing import Final

from pipeline.document.page_type.sentences import IN_SENTENCE, IN_TITLE, Sentence, Speech, meets, sentence_of, speech_of
from pipeline.records.reason import Reason

ENOUGH: Final = 7  # points
BRIEF: Final = 25  # words: a shorter text is examined together with the removed blocks
GUIDE: Final = 4  # words of the title of a guide ("how to …"), at least
SHORT_TITLE: Final = 12  # words
OWN: Final = 0.3  # the share of the text that must speak for a kind, unless the title or the markup does
STRONG: Final = 3  # points of a sign that counts even if neither the title nor the text speaks for its kind
STRANGE: Final = 40  # words: so short a text may be in a language that the vocabulary lacks
STATUS_TITLE: Final = "its title is the number of an error"
MARKED: Final = 150  # words: the markup of a page with a longer text is not examined
Signs = Mapping[Reason, Mapping[str, int]]  # signs in words, with their points, by the kind that they speak for


def _no_signs() -> Signs:
    return {}


@dataclass(frozen=True, slots=True, kw_only=True)
class Shown:
    """What a reader is shown of a page, and what the page declares."""

    titles: Sequence[str] = ()  # parts of the title, and the first headings
    lines: Sequence[str] = ()  # the text that was kept
    removed: Iterable[str] = ()
    article_signs: Sequence[str] = ()  # what only articles have: their type, a date, an author
    signs: Callable[[], Signs] = field(default=_no_signs)  # called only if the text is short enough


@dataclass(frozen=True, slots=True)
class Found:
    """The kind of a page that is no article, and the evidence in words."""

    reason: Reason
    detail: str


@dataclass(slots=True)
class Tally:
    """Points for one kind of page, with the evidence."""

    points: int = 0
    evidence: list[str] = field(default_factory=list)

    def add(self, points: int, evidence: str) -> None:
        """Count evidence, unless it has no points."""
        if points:
            self.points += points
            self.evidence.append(f"{evidence} ({points:+d})")


def found_in(shown: Shown) -> Found | None:
    """Return the kind of a page that is no article; None if it may be one."""
    kind, tally = tally_of(shown)
    return Found(kind, "; ".join(tally.evidence)) if kind is not None and tally.points >= ENOUGH else None


def tally_of(shown: Shown) -> tuple[Reason | None, Tally]:
    """Return the likeliest kind and its points; None if nothing speaks for any."""
    titles = [sentence_of(title) for title in dict.fromkeys(shown.titles) if title]
    speech = speech_of(shown.lines)
    words = speech.words
    if words < BRIEF:
        speech = speech_of([*shown.lines, *shown.removed])
    signs = shown.signs() if words <= MARKED else {}
    tallies = {kind: _of_kind(kind, titles, speech, signs.get(kind, {})) for kind in IN_SENTENCE}
    # A page that speaks of anything more particular than an error is not called an error page.
    kind = max(tallies, key=lambda one: tallies[one].points - (3 if one is Reason.ERROR_PAGE else 0))
    if tallies[kind].points < 2:
        kind = Reason.ERROR_PAGE
    tally = tallies[kind]
    if not tally.points:
        return None, tally
    _add_manner(tally, speech, marked=max(signs.get(kind, {}).values(), default=0) >= STRONG)
    _add_article(tally, speech, shown.article_signs, words)
    tally.add(-3 if any(one.guides and one.words >= GUIDE for one in titles) else 0, "its title is that of a guide")
    return kind, tally


def _of_kind(kind: Reason, titles: Sequence[Sentence], speech: Speech, signs: Mapping[str, int]) -> Tally:
    """Count what speaks for one kind rather than for another one."""
    tally = Tally()
    title, why = _of_title(kind, titles, speech)
    share = speech.share(kind)
    if title < 3 and share < OWN and max(signs.values(), default=0) < STRONG:
        return tally
    tally.add(title, why)
    tally.add(2 if share >= 0.6 else share >= OWN, f"{share:.0%} of its text speaks of it")
    for sign, points in signs.items():
        if title or share >= OWN or points >= STRONG:
            tally.add(points, sign)
    return tally


def _of_title(kind: Reason, titles: Sequence[Sentence], speech: Speech) -> tuple[int, str]:
    if kind is Reason.ERROR_PAGE and speech.words <= STRANGE and any(one.is_status for one in titles):
        return 5, STATUS_TITLE
    if any(_is_whole(kind, one) for one in titles):
        return 3, "its title says nothing else"
    if any(one.words <= SHORT_TITLE and meets(one.concepts, IN_SENTENCE[kind]) for one in titles):
        return 1, "its title speaks of it"
    return 0, ""


def _is_whole(kind: Reason, title: Sentence) -> bool:
    """Return whether a title consists of words about a kind of page alone."""
    if title.known + len(title.statuses) < title.words:
        return False
    return bool(kind is Reason.ERROR_PAGE and title.statuses) or meets(title.concepts, IN_TITLE[kind])


def _add_manner(tally: Tally, speech: Speech, *, marked: bool) -> None:
    """Count whether the text speaks to a reader of the site, or tells a story."""
    if not speech.words:
        return
    marked = marked or tally.evidence[0].startswith(STATUS_TITLE)
    strange = marked and speech.words <= STRANGE and speech.known < 0.3 * speech.words
    if not strange:
        known = speech.known / speech.words
        points = 2 if known >= 0.7 else 1 if known >= 0.6 else 0 if known >= 0.5 else -1 if known >= 0.4 else -3
        tally.add(points, f"{known:.0%} of its words are common in such pages")
    service = speech.service / speech.words
    tally.add(1 if service >= 0.6 else 0, f"{service:.0%} of its text serves or puts off the reader")
    addressed = speech.addressed / speech.words
    tally.add(2 if addressed >= 0.4 else addressed >= 0.15, f"{addressed:.0%} of its text addresses the reader")
    names = speech.particular / speech.words
    points = 1 if names <= 0.02 else 0 if names < 0.05 else -1 if names < 0.1 else -2
    tally.add(points, f"{names:.0%} of its words are names or numbers")


def _add_article(tally: Tally, speech: Speech, article_signs: Sequence[str], words: int) -> None:
    """Count what speaks for an article."""
    nothing_else = words <= 80 and speech.service >= 0.85 * speech.words and speech.addressed >= 0.4 * speech.words
    tally.add(-min(1 if nothing_else else 3, len(article_signs)), f"it has {', '.join(article_signs)}")
    tally.add(int(not article_signs), "it has no date and no author")
    tally.add(-3 if speech.reports else 0, "it reports what somebody said")
    tally.add(1 if words <= 80 else -3 if words > 400 else -1 if words > 200 else 0, f"{words} words of text")
