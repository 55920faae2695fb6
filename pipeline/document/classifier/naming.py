"""Names the rule of each block: of those that stay by their shape, of the others by what dropped them."""

from __future__ import annotations

from collections.abc import Sequence
from typing import Final

import numpy as np
import numpy.typing as npt

from pipeline import native
from pipeline.document.features.compute import Features
from pipeline.document.rules.recognise import CODE, RULES, Codes
from pipeline.document.rules.rule import Rule

Marks = npt.NDArray[np.bool_]

LAPSE: Final = 5  # blocks without a headline, after which a "read also" no longer applies
ENTRY: Final = 40  # words: a longer block below a "read also" is no headline
SAID: Final = (
    7  # words: a shorter sentence may be said twice, as "No." in an interview; right after itself it is a copy
)
LABEL: Final = 4  # words: a longer "read also" has its headline in the same line
_MEASURED: Final = ("words", "ends", "ends_colon", "sentences")
_NUMBERS: Final = tuple(
    CODE[rule]
    for rule in (
        *(Rule.PROSE, Rule.SHORT_TRUE_SENTENCE, Rule.LEAD_IN, Rule.LIST_OF_THE_TEXT, Rule.UNCLOSED_PARAGRAPH),
        *(Rule.HEADING, Rule.WIDGET_LABEL, Rule.TABLE, Rule.REPEATED, Rule.HEADLINE_LIST, Rule.READ_ALSO),
        *(Rule.UNLIKELY, Rule.FAR_FROM_ARTICLE),
    )
)


def name_rules(bodies: Sequence[str], features: Features, chosen: Marks, tabled: Marks) -> Codes:
    """Return the code of each block's rule; `tabled` marks the blocks of the article's tables, which stay as well."""
    stays = chosen | tabled
    if native.COMPILED:
        rules: Codes = np.empty(len(bodies), np.int16)
        words, ends, colons, sentences = map(features.measures.__getitem__, _MEASURED)
        stay, table, listed = (marks.view(np.uint8) for marks in (stays, tabled, features.listed))
        native.choice.name_rules(
            list(bodies), features.cues, stay, table, words, ends, colons, sentences, listed, _NUMBERS, rules
        )
        return rules
    cues = [RULES[cue] if cue >= 0 else None for cue in features.cues.tolist()]
    naming = _Naming(bodies, features, cues, stays.tolist(), tabled.tolist())
    return np.array([CODE[naming.rule(place)] for place in range(len(cues))], np.int16)


class _Naming:
    """Names the rule of one block after the other, from the top: some rules depend on the blocks above."""

    def __init__(
        self,
        bodies: Sequence[str],
        features: Features,
        cues: Sequence[Rule | None],
        stays: Sequence[bool],
        tabled: Sequence[bool],
    ) -> None:
        self.bodies, self.cues, self.stays, self.tabled = bodies, cues, stays, tabled
        places = [place for place, keep in enumerate(stays) if keep]
        self.first, self.last = (places[0], places[-1]) if places else (0, -1)
        self.kept_rules = _KeptRules(features, cues)
        self.seen: set[str] = set()  # the bodies that were kept so far
        self.before = ""  # the last of them
        self.under_label = False  # headlines below a "read also" are expected
        self.passed = 0  # blocks since that label, or since the last kept block below it

    def rule(self, place: int) -> Rule:
        """Return the rule of the next block."""
        keep, cue = self.stays[place], self.cues[place]
        self.under_label &= not keep or self.passed < LAPSE
        self.passed = 0 if keep else self.passed + 1
        if self.tabled[place]:
            return Rule.TABLE
        if keep:
            return self._kept(place)
        if cue is Rule.READ_ALSO:
            self.under_label |= self.kept_rules.is_label(place)
            self.passed = 0
        elif self.under_label and cue is None and place < self.last:
            return Rule.HEADLINE_LIST
        return cue or (Rule.UNLIKELY if self.first < place < self.last else Rule.FAR_FROM_ARTICLE)

    def _kept(self, place: int) -> Rule:
        """Return the rule of a block that the choice keeps: it may still repeat another one or be a headline."""
        body = self.bodies[place]
        if body in self.seen and (body == self.before or not self.kept_rules.may_repeat(place)):
            return Rule.REPEATED
        self.before = body
        rule = self.kept_rules.rule(place, under_label=self.under_label)
        if rule.keeps:
            self.seen.add(body)
        self.under_label &= rule is not Rule.PROSE
        return rule


class _KeptRules:
    """Names the rules of the blocks that stay, by their shape."""

    def __init__(self, features: Features, cues: Sequence[Rule | None]) -> None:
        self.cues = cues
        names = ("words", "ends", "ends_colon", "sentences")
        columns: list[list[float]] = [features.measures[name].tolist() for name in names]
        self.words, self.ends, self.colon, self.sentences = columns
        self.listed: list[bool] = features.listed.tolist()

    def is_label(self, place: int) -> bool:
        """Return whether a "read also" is a label on its own, with headlines below it."""
        return self.words[place] <= LABEL or self.colon[place] > 0

    def may_repeat(self, place: int) -> bool:
        """Return whether a block is a sentence that is short enough to be said twice."""
        return self.ends[place] > 0 and self.words[place] <= SAID

    def rule(self, place: int, *, under_label: bool) -> Rule:
        """Return the rule of a block. Below a "read also" a block must be longer: headlines may end in "?" or "!"."""
        count, closed = self.words[place], self.ends[place] > 0
        under_label = under_label and count <= ENTRY
        if self.sentences[place] * 30 >= count >= 25 or (closed and count >= (12 if under_label else 8)):
            return Rule.PROSE
        if under_label or closed:
            return Rule.HEADLINE_LIST if under_label else Rule.SHORT_TRUE_SENTENCE
        return self._open(place, count)

    def _open(self, place: int, count: float) -> Rule:
        """Return the rule of a block without end punctuation."""
        if self.colon[place]:
            return Rule.LEAD_IN
        if self.listed[place]:
            return Rule.LIST_OF_THE_TEXT
        if count >= 8:
            return Rule.UNCLOSED_PARAGRAPH
        return Rule.HEADING if count > LABEL or self.heads(place) else Rule.WIDGET_LABEL

    def heads(self, place: int) -> bool:
        """Return whether text follows right below a short line; a credit or a date between them is skipped."""
        below = (at for at in range(place + 1, min(place + 4, len(self.words))) if self.cues[at] is None)
        after = next(below, None)
        return after is not None and bool(
            self.ends[after] or self.colon[after] or self.listed[after] or self.words[after] >= 12
        )
