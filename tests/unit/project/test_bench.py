"""The benchmark's splits and its simple rule; what needs the sets or the peers' packages is not here."""

from __future__ import annotations

import json
import lzma
from collections import Counter
from typing import TYPE_CHECKING

import pytest

from pipeline.records.page_type import PageType
from tests.bench import kit, metadata, page_f1, page_types, scoring, sets
from tests.bench.longest_run import heaviest, longest_run
from tests.bench.parts import parts
from tests.bench.sets import KINDS, Row, by_fold, by_source, folds, sample, site_of, spread
from tests.bench.timing import turned
from tests.bench.typed_pages import Typical

if TYPE_CHECKING:
    from pathlib import Path

PROSE = "Депутаты городского совета приняли бюджет на следующий год в первом чтении."


def row(host: str, number: int = 0, *, source_set: str = "one", kind: str = "html") -> Row:
    return Row(
        id=f"{source_set}/{host}/{number}",
        kind=kind,
        url=None,
        host=host,
        lang="el",
        source_set=source_set,
        body="",
        gold_text="",
        gold_title=None,
        weak=False,
    )


ROWS = [row(f"www{host}.s{host % 40}.gr", number) for host in range(120) for number in range(1 + host % 7)]


@pytest.mark.parametrize(
    ("host", "site"),
    [
        ("www2.x.gr", "x.gr"),
        ("x.gr", "x.gr"),
        ("X.GR.", "x.gr"),
        ("news.bbc.co.uk", "bbc.co.uk"),
        ("https://www.x.gr:8080/a?b#c", "x.gr"),
        ("x.gr:8080", "x.gr"),
        ("entertainment.dbw.cn", "dbw.cn"),
        ("one.blogspot.com", "blogspot.com"),
        ("новости.рф", "новости.рф"),
        ("192.0.2.7", "192.0.2.7"),
        ("http://192.0.2.7:80/", "192.0.2.7"),
        ("2001:db8::1", "2001:db8::1"),
        ("[2001:db8::1]:80", "2001:db8::1"),
        ("arabic_article", "arabic_article"),
        ("localhost", "localhost"),
        ("unknown", "unknown"),
        ("", "unknown"),
        ("http://[", "http://["),
    ],
)
def test_a_site_is_the_registrable_domain_of_a_host(host: str, site: str):
    assert site_of(host) == site


def test_no_site_is_in_two_folds_and_each_row_is_judged_once():
    dealt = folds(ROWS)

    judged = Counter(one.id for split in by_fold(ROWS, dealt) for one in split.test)
    assert judged == Counter(one.id for one in ROWS)
    for split in by_fold(ROWS, dealt):
        assert not {one.site for one in split.train} & {one.site for one in split.test}
        assert len(split.train) + len(split.test) == len(ROWS)


def test_hosts_of_one_site_are_in_one_fold():
    dealt = folds([*ROWS, row("www2.x.gr"), row("x.gr")])

    assert "x.gr" in dealt
    assert "www2.x.gr" not in dealt


def test_folds_are_balanced_and_depend_on_neither_order_nor_run():
    dealt = folds(ROWS, k=5, seed=3)

    held = Counter(dealt[one.site] for one in ROWS)
    assert set(held) == set(range(5))
    assert max(held.values()) - min(held.values()) <= 1
    assert folds(reversed(ROWS), k=5, seed=3) == dealt
    assert folds(ROWS, k=5, seed=4) != dealt


def test_a_page_in_html_and_in_plain_is_held_out_in_the_same_fold():
    both = [*ROWS, *(row(one.host, int(one.id.rpartition("/")[2]), kind="plain") for one in ROWS[::2])]
    dealt = folds(both)

    for split in by_fold(both, dealt):
        ids = {kind: {one.id for one in split.test if one.kind == kind} for kind in ("html", "plain")}
        assert ids["plain"] <= ids["html"]


def test_a_source_is_left_out_with_its_sites():
    rows = [row("a.gr"), row("b.gr"), row("www.a.gr", source_set="two"), row("c.gr", source_set="two")]

    left_out = {split.name: [one.host for one in split.train] for split in by_source(rows)}

    assert left_out == {"one": ["c.gr"], "two": ["b.gr"]}


def test_a_sample_is_spread_evenly_over_each_set():
    rows = [row("a.gr", number) for number in range(10)] + [row("a.gr", 0, source_set="two")]

    assert [one.id for one in sample(rows, 2)] == ["one/a.gr/0", "one/a.gr/5", "two/a.gr/0"]
    assert spread(rows, None) == rows


def test_the_simple_rule_keeps_the_run_of_prose_with_what_stands_in_it():
    page = ["Главная", "Новости", "Все рубрики сайта: политика, экономика, спорт, культура, погода", "Бюджет принят"]
    page += [PROSE, "", PROSE, "Подзаголовок", PROSE, PROSE]
    page += ["Читайте также", "Комментарии", "Правила", PROSE[:40]]

    assert longest_run("\n".join(page)).splitlines() == [PROSE, "", PROSE, "Подзаголовок", PROSE, PROSE]


def test_the_simple_rule_leaves_far_prose_where_menus_lie_between():
    page = [PROSE, *["Меню"] * 5, PROSE, PROSE]

    assert longest_run("\n".join(page)).splitlines() == [PROSE, PROSE]


def test_the_simple_rule_reads_chinese_and_finds_nothing_in_menus():
    prose = "市议会周二一读通过了明年预算案，预计收入增长百分之四，其中三分之一用于交通。”"

    assert longest_run(f"首页\n新闻\n{prose}\n分享") == prose
    assert longest_run("Главная\nНовости\nСпорт") == ""
    assert longest_run("") == ""


@pytest.mark.parametrize(
    ("weights", "found"),
    [([], (0, 0)), ([-1.0], (0, 0)), ([1, -2, 3, -1, 2, -9, 1], (2, 5)), ([5, 0, 0], (0, 1)), ([-1, 0, 2], (2, 3))],
)
def test_the_heaviest_run_is_a_slice(weights: list[float], found: tuple[int, int]):
    assert heaviest(weights) == found


def test_each_system_comes_first_in_turn():
    assert [turned(["a", "b", "c"], number)[0] for number in range(4)] == ["a", "b", "c", "a"]


@pytest.fixture
def home(tmp_path: Path) -> Path:
    """Make a folder of sets, of one plain set with one page."""
    page = {"id": "mine/1", "host": "a.example", "lang": "uk", "source_set": "mine", "text": PROSE, "gold_text": PROSE}
    (tmp_path / "plain").mkdir()
    with lzma.open(tmp_path / "plain" / "mine.jsonl.xz", "wt", encoding="utf-8") as file:
        file.write(json.dumps(page) + "\n")
    return tmp_path


def test_the_kit_is_measured_beside_the_sets_and_nothing_learns_from_it(home: Path):
    beside, alone = parts("plain", home, None, None, "source_set")

    assert [one.id for one in beside.rows] == ["mine/1"]
    assert (beside.by, beside.learnt_from, alone.by, alone.learnt_from) == ("source_set", True, "lang", False)
    assert {one.source_set for one in alone.rows} == {kit.NAME}
    assert {one.source_set for one in sets.read("plain", home)} == {"mine"}


def test_the_kit_is_measured_where_no_sets_are(tmp_path: Path):
    for kind in KINDS:
        assert [part.name for part in parts(kind, tmp_path / "gone", None, None, "source_set")] == [f"{kind}, kit"]
    assert {case.set for case in metadata.cases(home=tmp_path)} == {"kit html", "kit plain"}


def test_sets_are_measured_by_name(home: Path):
    assert [part.name for part in parts("plain", home, ["mine"], None, "lang")] == ["plain"]
    assert [part.name for part in parts("plain", home, ["kit"], None, "lang")] == ["plain, kit"]
    assert [len(part.rows) for part in parts("plain", home, None, 2, "lang")] == [1, 2]


def test_every_page_of_the_kit_is_a_row_with_its_gold():
    rows = [one for kind in KINDS for one in kit.rows(kind)]

    assert len({one.id for one in rows}) == len(list((kit.HOME / "pages").iterdir()))
    assert {one.lang for one in rows} == {"ru", "uk", "be", "kk", "bg", "sr"}
    assert all(one.gold_text and one.gold_title == kit.said(one)["headline"] for one in rows)
    assert not [one.id for one in rows if "\ufffd" in one.body or one.body.isascii()]


def test_a_gold_score_is_had_with_neutral_lines_and_without():
    for one in kit.rows("plain"):
        texts = [one.gold_text, "\n".join([*one.neutral, one.gold_text]), f"{one.gold_text}\nРеклама"]
        found = [scoring.page_f1(page_f1, [one], {one.id: text})[scoring.OVERALL] for text in texts]

        assert found[:2] == [1.0, 1.0], one.id
        assert found[2] < 1.0


def test_metadata_is_read_with_its_page_or_by_the_id_of_one(tmp_path: Path):
    page = {"id": "mine/1", "host": "a.example", "lang": "uk", "source_set": "mine", "html": "<p>1", "gold_text": "1"}
    rows = [
        {"id": "mine/1", "date": "2020-01-02", "authors": ["Ганна Гай", "Лев Сич"]},
        {
            "id": "other/1",
            "title": "Бюджет",
            "authors": "Ганна Гай, Лев Сич",
            "html": "<p>2",
            "url": "https://b.example/",
        },
    ]
    for folder in ("html", "metadata"):
        (tmp_path / folder).mkdir()
    with lzma.open(tmp_path / "html" / "mine.jsonl.xz", "wt", encoding="utf-8") as file:
        file.write(json.dumps(page) + "\n")
    (tmp_path / "metadata" / "news.jsonl").write_text("\n".join(map(json.dumps, rows)), encoding="utf-8")

    by_id, own = metadata.cases(["news"], tmp_path)
    people = ("Ганна Гай", "Лев Сич")
    assert (by_id.body, by_id.gold) == ("<p>1", metadata.Known("2020-01-02", people))
    assert (own.body, own.url, own.gold) == ("<p>2", "https://b.example/", metadata.Known(None, people, "Бюджет"))


def test_metadata_of_the_kit_is_judged_by_day_names_and_letters():
    cases = {case.id: case for case in metadata.cases([kit.NAME])}
    gold = cases["kit/21_uk_modern"].gold
    right = metadata.Known(gold.day, gold.authors, f"«{gold.headline}»")
    tally = metadata.Tally()
    for found in (right, metadata.Known("2031-04-13", ("Хтось Інший",), "Інше"), metadata.Known()):
        tally.add(gold, found)

    assert gold.day == "2031-04-12"
    assert tally.pages == tally.right | dict.fromkeys(metadata.FIELDS, 3)
    assert tally.right == tally.none == dict.fromkeys(metadata.FIELDS, 1)
    assert metadata.ours(cases["kit/26_kk_wordpress"]) == cases["kit/26_kk_wordpress"].gold


def typical(number: int, page_type: PageType, source_set: str, variant: str = "") -> Typical:
    return Typical(
        id=f"{source_set}/{number}",
        site="",
        source_set=source_set,
        page_type=page_type,
        url="",
        numbers=(),
        variant=variant,
    )


def test_page_types_are_reported_for_the_sets_and_the_number_that_were_asked_for():
    scored = [
        *((typical(number, PageType.ARTICLE, "one"), number == 4) for number in range(6)),
        *((typical(number, PageType.ARTICLE, "two"), False) for number in range(2)),
        *((typical(number, PageType.LISTING, "other"), number < 3) for number in range(4)),
        (typical(9, PageType.LISTING, "other", "stripped"), False),
    ]

    some = page_types.chosen(scored, ["one", "other"], 3)
    lines = list(page_types.table(some))

    assert [page.id for page, _ in some] == ["one/0", "one/2", "one/4", "other/0", "other/1", "other/2", "other/9"]
    assert "| articles of one | 3 | 0.3333 |" in lines
    assert "| listing | 3 | 1.0000 |" in lines
    assert not any("two" in line or "forum" in line for line in lines)
    assert list(page_types.faults(some, [PageType.ARTICLE])) == ["lost: one one/4 "]
    assert list(page_types.faults(scored, [PageType.LISTING])) == ["kept: other other/3 "]
    assert page_types.options().parse_args(["--sets", "a,b", "--limit", "9"]).limit == 9
