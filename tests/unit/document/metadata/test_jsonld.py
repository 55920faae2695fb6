"""Which article the JSON-LD of a page describes, and what is made of broken JSON."""

import orjson
import pytest
from hypothesis import given
from hypothesis import strategies as st

from pipeline.document.metadata.jsonld import LARGEST, described, is_article, parsed
from pipeline.document.metadata.people import key_of

HERE = "https://sosny.example/news/sneg"


def headline(*objects: object, urls: tuple[str, ...] = (HERE,), titles: tuple[str, ...] = ()) -> str:
    scripts = [orjson.dumps(one).decode() for one in objects]
    return described(scripts, urls=urls, titles=[key_of(title) for title in titles]).text("headline")


def article(name: str, kind: object = "NewsArticle", **more: object) -> dict[str, object]:
    return {"@type": kind, "headline": name, **more}


@pytest.mark.parametrize(
    "kind",
    [
        "NewsArticle",
        "Article",
        "BlogPosting",
        "ReportageNewsArticle",
        "LiveBlogPosting",
        ["Thing", "OpinionNewsArticle"],
    ],
)
def test_the_kinds_of_articles_are_articles(kind: object) -> None:
    assert headline(article("Снег", kind)) == "Снег"


@pytest.mark.parametrize("kind", ["WebSite", "WebPage", "ListItem", "Person", "Product", None, 7, ["ItemList"]])
def test_what_is_no_article_is_none(kind: object) -> None:
    assert not is_article({"@type": kind})
    assert headline(article("Снег", kind)) == ""


@pytest.mark.parametrize(
    "root",
    [
        [{"@type": "WebSite", "headline": "Сосны"}, article("Снег")],
        {"@graph": [{"@type": "WebSite"}, article("Снег")]},
        {"@type": "WebPage", "mainEntity": article("Снег")},
        [[article("Снег")]],
    ],
)
def test_an_article_is_found_in_lists_graphs_and_as_the_page_s_entity(root: object) -> None:
    assert headline(root) == "Снег"


def test_teasers_in_a_list_are_no_articles_of_the_page() -> None:
    teaser = {"@type": "ListItem", "item": article("Тизер")}
    assert headline({"@type": "ItemList", "itemListElement": [teaser, article("Ещё")]}) == ""


@pytest.mark.parametrize("name", ["url", "@id", "mainEntityOfPage"])
def test_of_several_articles_that_of_the_page_s_address_is_taken(name: str) -> None:
    other = article("Дождь", **{name: "https://sosny.example/news/dozhd"})
    own = article("Снег", **{name: "http://www.sosny.example/news/sneg/"})
    assert headline([other, own]) == "Снег"


def test_of_several_articles_that_of_the_page_s_title_is_taken() -> None:
    assert headline([article("Дождь"), article("Снег &amp; лёд")], titles=("Снег & лёд",)) == "Снег &amp; лёд"


def test_of_several_articles_without_an_address_the_first_with_a_headline_is_taken() -> None:
    assert headline([{"@type": "Article"}, article("Снег"), article("Дождь")]) == "Снег"


def test_articles_that_are_all_of_other_addresses_are_teasers() -> None:
    others = [article(name, url=f"https://sosny.example/{name}") for name in ("a", "b", "c")]
    assert headline(others) == ""


def test_a_reference_is_followed_to_the_object_of_its_name() -> None:
    graph = [article("Снег", author={"@id": "#irina"}), {"@type": "Person", "@id": "#irina", "name": "Ирина Белова"}]
    found = described([orjson.dumps({"@graph": graph}).decode()], urls=(), titles=())
    assert [one["name"] for one in found.objects("author") if isinstance(one, dict)] == ["Ирина Белова"]


@pytest.mark.parametrize(
    "script",
    [
        '<!-- {"a": 1} -->',
        '//<![CDATA[\n{"a": 1}\n//]]>',
        '/*<![CDATA[*/ {"a": 1} /*]]>*/',
        '{"a": 1,}',
        '{"a": 1};',
        '\ufeff {"a": 1} ',
        "{&quot;a&quot;: 1}",
    ],
)
def test_broken_json_is_mended_where_the_mend_is_certain(script: str) -> None:
    assert parsed(script) == {"a": 1}


def test_line_breaks_and_halves_of_characters_in_strings_are_mended() -> None:
    assert parsed('{"a": "one\ntwo\tthree"}') == {"a": "one two three"}
    assert parsed('{"a": "cut \\ud83d"}') == {"a": "cut \ufffd"}
    assert parsed('{"a": "\\ud83d\\ude00",}') == {"a": "😀"}


@pytest.mark.parametrize(
    "script", ["", "null", "{", '{"a": "b" "c"}', "var a = 1", '{"a": "b "quoted" c"}', "[" * 100_000]
)
def test_what_is_past_mending_is_nothing(script: str) -> None:
    assert parsed(script) is None


def test_a_script_larger_than_a_page_s_is_passed_over() -> None:
    large = orjson.dumps(article("Дождь", articleBody="x" * LARGEST)).decode()
    assert described([large, orjson.dumps(article("Снег")).decode()], urls=(), titles=()).text("headline") == "Снег"


JSON = st.recursive(
    st.none() | st.booleans() | st.floats(allow_nan=False) | st.text(max_size=8) | st.sampled_from([HERE, "Article"]),
    lambda inner: (
        st.lists(inner, max_size=4)
        | st.dictionaries(
            st.sampled_from(
                ["@type", "@id", "@graph", "mainEntity", "mainEntityOfPage", "headline", "author", "url", "name"]
            ),
            inner,
            max_size=5,
        )
    ),
    max_leaves=25,
)


@given(st.lists(JSON, max_size=4))
def test_any_json_is_described_without_an_error(objects: list[object]) -> None:
    found = described(
        [orjson.dumps(one).decode() for one in objects], urls=(HERE, None, "http://[", ""), titles=["снег"]
    )
    assert isinstance(found.text("headline", "name"), str)
    assert all(isinstance(one, str | dict) for one in found.objects("author"))


@given(st.text(alphabet='{}[]",:\\u d83<!->/*a1&quot;\n', max_size=60))
def test_any_script_is_parsed_without_an_error(script: str) -> None:
    parsed(script)
