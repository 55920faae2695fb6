"""Why a page's article is what it is: the reasons add up to the score, and the blocks are those of `clean`."""

from __future__ import annotations

import random
from datetime import UTC, datetime
from functools import cache
from pathlib import Path
from typing import TYPE_CHECKING, Any

import numpy as np
import pytest
from selectolax.lexbor import LexborHTMLParser

from pipeline.document.blocks.tree import layout_of
from pipeline.document.classifier.judge import measure_layout, measure_text
from pipeline.document.classifier.model import model_of, scores_of, second_pass
from pipeline.document.explain.explain import Explained, explain
from pipeline.document.explain.feature_words import has_phrase, phrase_of
from pipeline.document.explain.reasons import contributions, model_file, reasons_of
from pipeline.document.metadata.head import Declared
from pipeline.document.profile import learn
from pipeline.document.recurring import RULE as HOST_PROFILE
from pipeline.document.rules.recognise import NONE, RULES
from pipeline.records.document import Document, Refusal
from pipeline.records.page import Page, page_of
from pipeline.records.profile import EMPTY
from pipeline.records.reason import Reason
from pipeline.text.normalise import tidy
from tests.support.pages import prose_of

if TYPE_CHECKING:
    from pipeline.document.explain.explain import Explanation
    from pipeline.document.explain.reasons import Reasons
    from pipeline.document.features.compute import Features

DEMO = sorted((Path(__file__).parents[4] / "deploy" / "demo" / "pages").iterdir())
NOW = datetime(2032, 1, 6, tzinfo=UTC)
PROSE = "В посёлке Ясном во вторник открыли новую пекарню, сообщила районная газета."
MORE = "Хлеб там пекут с шести утра, и к полудню его уже нет ни на одной полке."
TEXT = f"Меню\n{PROSE}\n{MORE}\nПоиск"
HTML = f"<html><body><nav><a href='/'>Меню</a></nav><article><p>{PROSE}</p><p>{MORE}</p></article></body></html>"


def sheet_features(text: str) -> Features:
    html = text.lstrip().startswith("<")
    sheet = (
        measure_layout(layout_of(LexborHTMLParser(text)), Declared(title="Пекарня", description="", body=""))
        if html
        else measure_text(text)
    )
    assert sheet.features is not None
    return sheet.features


def grown(names: tuple[str, ...], matrix: Any, dice: random.Random, trees: int) -> dict[str, Any]:
    """Grow trees of any form over features of a page; a tree of a single leaf is among them."""

    def put(nodes: list[list[Any]], values: list[float], depth: int) -> int:
        if depth == 0 or dice.random() < 0.2:
            values.append(dice.uniform(-1, 1))
            return ~(len(values) - 1)
        place, feature = len(nodes), dice.randrange(len(names))
        threshold = float(dice.choice(matrix[:, feature].tolist())) + dice.choice([0.0, -0.5])
        nodes.append([feature, threshold, 0, 0, round(dice.uniform(-1, 1), 4)])
        nodes[place][2:4] = [put(nodes, values, depth - 1), put(nodes, values, depth - 1)]
        return place

    made = [{"nodes": [], "values": [0.25]}]
    for _ in range(trees):
        nodes: list[list[Any]] = []
        values: list[float] = []
        put(nodes, values, 4)
        made.append({"nodes": nodes, "values": values})
    return {"names": list(names), "trees": made}


def rules_of(features: Features) -> dict[str, int]:
    """List the codes that features were made with."""
    return {rule.value: code for rule, code in zip(RULES, features.codes, strict=True) if code != NONE}


def said_of(features: Features, *, passes: int, seed: int = 1) -> dict[str, Any]:
    dice = random.Random(seed)
    said: dict[str, Any] = {"version": "test", "rules": rules_of(features), "threshold": 0.5, "forests": []}
    said["forests"].append(grown(features.names, features.matrix, dice, 30))
    if passes == 2:
        seen = second_pass(features, model_of(said).first.predict(features.matrix))
        said["forests"].append(grown(seen.names, seen.matrix, dice, 20))
    return said


def sums_of(reasons: Reasons) -> list[float]:
    pairs = zip(reasons.bases, reasons.of_blocks, strict=True)
    return [base + sum(one.contribution for one in block) for base, block in pairs]


def by_length(features: Features) -> dict[str, Any]:
    """Make a model that keeps what has some words."""
    tree = {"nodes": [[features.names.index("letters"), 40.5, ~0, ~1, 0.5]], "values": [-3.0, 3.0]}
    forest = {"names": list(features.names), "trees": [tree]}
    return {"version": "by-length", "rules": rules_of(features), "threshold": 0.5, "forests": [forest]}


@cache
def models_by_length() -> Any:
    return {"plain": by_length(sheet_features(TEXT)), "html": by_length(sheet_features(HTML))}


def explained(text: str, *, url: str = "file:page", **how: Any) -> Explanation:
    return explain(page_of(url, text.encode(), fetched_at=NOW), model_files=models_by_length(), **how)


@pytest.mark.parametrize("passes", [1, 2])
@pytest.mark.parametrize("path", DEMO, ids=lambda path: path.name)
def test_the_reasons_add_up_to_the_log_odds_of_the_score(path: Path, passes: int):
    features = sheet_features(path.read_bytes().decode("utf-8", "replace"))
    said = said_of(features, passes=passes)
    model = model_of(said)

    reasons = reasons_of(features, model, said)

    scores = scores_of(features, model)
    sums = sums_of(reasons)
    assert np.allclose(sums, np.log(scores / (1 - scores)), atol=1e-6)


@pytest.mark.parametrize("path", DEMO, ids=lambda path: path.name)
def test_they_do_so_in_the_models_that_are_shipped(path: Path):
    features = sheet_features(path.read_bytes().decode("utf-8", "replace"))
    said = model_file("plain" if path.suffix == ".txt" else "html")
    model = model_of(dict(said))

    reasons = reasons_of(features, model, said)

    scores = scores_of(features, model)
    sums = sums_of(reasons)
    assert np.allclose(sums, np.log(scores / (1 - scores)), atol=1e-6)


def test_a_split_is_credited_with_the_change_of_the_value():
    features = sheet_features(TEXT)

    base, added = contributions(models_by_length()["plain"]["forests"][0], features.matrix)

    assert base == 0.5
    assert added[:, features.names.index("letters")].tolist() == [-3.5, 2.5, 2.5, -3.5]
    assert np.count_nonzero(added) == 4


def test_the_strongest_reasons_come_first_and_no_more_than_were_asked_for():
    features = sheet_features(DEMO[0].read_text(encoding="utf-8"))
    said = said_of(features, passes=2)

    reasons = reasons_of(features, model_of(said), said, most=3).of_blocks

    for block in reasons:
        sizes = [abs(one.contribution) for one in block if one.name != "page"]
        assert sizes == sorted(sizes, reverse=True)
        assert len(block) <= 3
        assert len({one.name for one in block}) == len(block)


def test_a_first_score_is_told_by_what_made_it():
    features = sheet_features(TEXT)
    by_letters = models_by_length()["plain"]["forests"][0]
    seen = second_pass(features, np.full(4, 0.5))
    by_score = {"nodes": [[seen.names.index("score"), 0.5, ~0, ~1, 0.0]], "values": [-2.0, 2.0]}
    said = {**models_by_length()["plain"], "forests": [by_letters, {"names": list(seen.names), "trees": [by_score]}]}

    reasons = reasons_of(features, model_of(said), said)

    assert {one.name for block in reasons.of_blocks for one in block} == {"length"}
    assert [one.contribution > 0 for block in reasons.of_blocks for one in block] == [False, True, True, False]


@pytest.mark.parametrize(
    ("feature", "value", "says"),
    [
        ("link_share", 0.8, "80% of it is link text"),
        ("words", 1, "1 word"),
        ("words", 1200, "1,200 words"),
        ("ends", 1, "ends like a sentence"),
        ("ends", 0, "does not end like a sentence"),
        ("to_span", -1, "1 block above the longest stretch of prose"),
        ("hint_comment", 2, "in an element named like “comment”, 2 levels up"),
        ("in_title", -1, "the page has no title"),
        ("words_at_+1", -1, "no block below it"),
        ("cue", -1, "no rule recognizes it"),
        ("brand_new", 0.125, "brand_new = 0.125"),
    ],
)
def test_a_feature_is_said_in_words(feature: str, value: float, says: str):
    assert phrase_of(feature).text_for(value) == says


def test_every_feature_can_be_said_whatever_its_value():
    first = [sheet_features(TEXT), sheet_features(HTML)]
    names = {name for one in first for name in (*one.names, *second_pass(one, np.full(len(one.matrix), 0.5)).names)}

    for name in names:
        for value in (-200.0, -1.0, 0.0, 0.5, 1.0, 3.0, 30.0, 1000.0):
            assert phrase_of(name).text_for(value)
    assert {name for name in names if not has_phrase(name)} == set()


@pytest.mark.parametrize("path", DEMO, ids=lambda path: path.name)
def test_the_blocks_that_stay_are_the_article(path: Path):
    found = explain(page_of(f"file:{path.name}", path.read_bytes(), fetched_at=NOW))

    kept = [line for block in found.blocks if (line := tidy(block.kept))]
    assert "\n".join(kept) == getattr(found.cleaned, "article_body", "")
    assert all(block.kept in block.text for block in found.blocks)
    assert all(block.why for block in found.blocks)


@pytest.mark.parametrize("path", DEMO, ids=lambda path: path.name)
def test_the_sums_by_rule_are_those_of_the_event(path: Path):
    found = explain(page_of(f"file:{path.name}", path.read_bytes(), fetched_at=NOW))

    if found.note:  # trafilatura was asked
        return
    assert found.cleaned.cleaning is not None
    removed = {one.rule: (one.lines, one.characters) for one in found.cleaned.cleaning.removed}
    told = {one.rule: (one.dropped_lines, one.dropped_characters) for one in found.by_rule if one.dropped_characters}
    assert told == removed


@pytest.mark.parametrize("text", [TEXT, HTML])
def test_a_block_is_told_by_its_score_and_the_reasons_of_that(text: str):
    found = explained(text)

    menu, first = found.blocks[:2]
    assert isinstance(found.cleaned, Document)
    assert found.threshold == 0.5
    assert (menu.kept, first.kept) == ("", PROSE)
    assert [reason.says for reason in menu.reasons] == ["4 letters"]
    assert "low" in menu.why
    assert "high" in first.why


def test_a_headline_stays_whatever_its_score():
    html = HTML.replace("<p>", "<h1>Открыли пекарню в посёлке</h1><p>", 1)
    html = html.replace("<html>", '<html><head><meta property="og:title" content="Открыли пекарню в посёлке"></head>')

    block = next(block for block in explained(html).blocks if block.rule == "headline")

    assert (block.kept, block.why) == (block.text, "the headline that the page declares")
    assert block.score is not None
    assert block.score < 0.5


def test_what_stands_twice_is_told_as_a_repetition():
    block = explained(f"{PROSE}\n{MORE}\n{PROSE}").blocks[2]

    assert (block.kept, block.rule, block.why) == ("", "repeated", "the same text occurs further up")


def test_what_was_cut_off_a_block_is_shown():
    block = explained(f"{PROSE}\nDate: 2031-03-12, {MORE}").blocks[1]

    assert (block.rule, block.kept) == ("crawler-prefix", MORE)
    assert block.pieces == (("Date: 2031-03-12, ", False), (MORE, True))


@pytest.mark.parametrize(
    ("kept", "pieces"),
    [
        ("", (("abc", False),)),
        ("abc", (("abc", True),)),
        ("b", (("a", False), ("b", True), ("c", False))),
    ],
)
def test_a_text_is_cut_where_the_kept_piece_is(kept: str, pieces: tuple[tuple[str, bool], ...]):
    assert Explained(number=1, text="abc", kept=kept, rule="prose", score=1.0, why="").pieces == pieces


def test_what_a_host_repeats_is_told_by_its_profile():
    notice = "Наш дежурный редактор отвечает на письма читателей каждый вечер и рассказывает, как устроена работа."
    profile = EMPTY
    *earlier, last = ("\n".join([notice, *prose_of(number)]) for number in range(8))
    for number, text in enumerate(earlier):
        lesson = explained(text, url=f"https://o.example/{number}").lesson
        assert lesson is not None
        profile = learn(profile, lesson)

    found = explained(last, url="https://o.example/last", profile=profile)

    assert isinstance(found.cleaned, Document)
    assert (found.blocks[0].rule, found.blocks[0].kept) == (HOST_PROFILE, "")
    assert "other articles of its host, 100% of those seen" in found.blocks[0].why
    assert "\n".join(block.kept for block in found.blocks if block.kept) == found.cleaned.article_body
    assert found.cleaned.provenance.profile == profile.version


def test_trafilatura_shows_what_it_kept_and_nothing_else():
    found = explained(HTML.replace(MORE, MORE * 8), extractor="trafilatura")

    assert isinstance(found.cleaned, Document)
    assert "\n".join(block.kept for block in found.blocks) == found.cleaned.article_body
    assert {(block.rule, block.score, block.reasons) for block in found.blocks} == {("trafilatura", None, ())}
    assert "trafilatura chose these lines, because CHISTOVIK_EXTRACTOR selects it" in found.note


def test_a_page_of_nothing_but_menu_has_its_blocks_all_the_same():
    found = explained("<html><body><ul><li>Меню</li><li>Поиск</li></ul></body></html>")

    assert isinstance(found.cleaned, Refusal)
    assert found.cleaned.reason is Reason.NO_ARTICLE
    assert [(block.text, block.kept) for block in found.blocks] == [("Меню", ""), ("Поиск", "")]
    assert "trafilatura" in found.note


@pytest.mark.parametrize(
    ("raw", "reason"),
    [(b"%PDF-1.7 ...", Reason.BINARY), (b"", Reason.EMPTY), (b"a\n" * 50_001, Reason.TOO_LARGE)],
)
def test_a_page_that_is_not_read_has_its_reason_and_no_blocks(raw: bytes, reason: Reason):
    found = explain(page_of("file:page", raw, fetched_at=NOW), model_files=models_by_length())

    assert isinstance(found.cleaned, Refusal)
    assert (found.cleaned.reason, found.blocks, found.by_rule) == (reason, (), ())


def test_html_of_very_many_elements_is_told_by_its_lines():
    found = explained("<html><body>" + "<br><b></b>" * 10_001 + f"<p>{PROSE}</p>\n<p>{MORE}</p></body></html>")

    assert "cleaned as lines of text" in found.note
    assert PROSE in [block.kept for block in found.blocks]


def test_a_page_as_text_needs_no_bytes():
    assert isinstance(
        explain(Page(url="file:a", fetched_at=NOW, body=TEXT), model_files=models_by_length()).cleaned, Document
    )
