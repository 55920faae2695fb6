"""Which date is taken from a page that declares none and has none beside its headline."""

from datetime import UTC, datetime

import pytest
from selectolax.lexbor import LexborHTMLParser

from pipeline.document.blocks.tree import texts_of
from pipeline.document.metadata.late_dates import late_date

NOW = datetime(2026, 5, 1, 12, 0, tzinfo=UTC)


def late(body: str, language: str | None = "ru") -> tuple[str | None, str | None]:
    html = f"<!doctype html><html><body>{body}</body></html>"
    tree = LexborHTMLParser(html)
    found = late_date(tree, html, texts_of(tree.body), fetched_at=NOW, language=language)
    return found.date_published, found.sources.date_published


@pytest.mark.parametrize(
    "data",
    [
        '<script>window.page = {"id": 7, "publishedAt": "2026-03-02T10:00:00+03:00"}</script>',
        '<script>self.push("{\\"datePublished\\":\\"2026-03-02T10:00:00+03:00\\"}")</script>',
        '<div data-page="{&quot;publish_date&quot;:&quot;2026-03-02T10:00:00+03:00&quot;}"></div>',
    ],
)
def test_the_data_of_scripts_and_attributes_may_have_the_date(data: str) -> None:
    assert late(data) == ("2026-03-02T10:00:00+03:00", "embedded")


def test_data_of_several_articles_have_no_date_of_one() -> None:
    data = '{"publishedAt": "2026-03-02"}, {"publishedAt": "2026-03-01"}'
    assert late(f"<script>x = [{data}]</script>") == (None, None)


def test_times_of_one_day_are_the_date() -> None:
    assert late("<p><time datetime=2026-03-02></time><p><time datetime=2026-03-02></time>") == ("2026-03-02", "markup")


def test_a_time_with_a_label_comes_before_others() -> None:
    labelled = "<div><h4>Опубликовано</h4><p><time datetime=2026-03-02>2 марта</time></p></div>"
    other = "<div><p><time datetime=2026-03-01>1 марта</time></p></div>"
    assert late(other + labelled) == ("2026-03-02", "markup")


def test_an_element_that_is_named_after_dates_has_the_date() -> None:
    assert late('<h1>Снег</h1><span class="news-date">2 марта 2026, 10:15</span>') == ("2026-03-02", "markup")


def test_htmldate_finds_what_no_name_tells() -> None:
    assert late('<h1>Снег</h1><div class="entry-meta">02.03.2026</div>') == ("2026-03-02", "htmldate")


@pytest.mark.parametrize(
    "body",
    [
        '<div id="comments"><time datetime="2026-03-02">2 марта</time><span class="date">02.03.2026</span></div>',
        '<div class="related"><span class="date">02.03.2026</span></div>',
        "<footer>© 2026</footer>",
        "<p>© 2025 Сосны</p>",
        '<span class="news-date">02.03.2031</span>',
        "",
    ],
)
def test_the_dates_of_others_and_years_alone_are_none(body: str) -> None:
    assert late(body) == (None, None)
