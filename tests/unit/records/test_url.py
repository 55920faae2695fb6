"""The canonical form of URLs, on which ids and keys are built."""

import pytest
from hypothesis import given
from hypothesis import strategies as st

from pipeline.records.url import _CANONICAL, _canonical, _host_of, host_of, is_front_page, site_of, web_url

OWN = "https://sosny.example/news/sneg"


@pytest.mark.parametrize(
    ("url", "host"),
    [
        ("https://News.Sosny.EXAMPLE:8443/a", "news.sosny.example"),
        ("http://sosny.example./a", "sosny.example"),
        ("https://user:secret@sosny.example/a", "sosny.example"),
        ("https://новости.рф/а", "новости.рф"),
        ("file:page.html", ""),
        ("http://[::1", ""),
        ("", ""),
    ],
)
def test_a_page_belongs_to_its_host(url: str, host: str) -> None:
    assert host_of(url) == host


@pytest.mark.parametrize(
    "variant",
    [
        "HTTPS://Sosny.Example/news/sneg",
        "https://sosny.example:443/news/sneg",
        "https://sosny.example//news/sneg",
        "  https://sosny.example/news/sneg\n",
        "https://sosny.example/news/sneg#comments",
        "https://sosny.example/news/sneg?utm_source=telegram&utm_medium=social",
        "https://sosny.example/news/sneg?fbclid=abc&yclid=1&gclid=2",
    ],
)
def test_variants_of_a_url_are_one(variant: str) -> None:
    assert web_url(variant) == OWN


@given(st.from_regex(_CANONICAL, fullmatch=True))
def test_a_url_that_matches_the_canonical_pattern_is_its_own_canonical_form(url: str) -> None:
    assert _canonical(url) == url


NEAR = st.lists(st.sampled_from([*"aZ0.-_/:?#@[]%&=\\ \t\n", "http://", "//", "xn--", "ж"]), max_size=12).map("".join)


@given(st.sampled_from(["http://", "https://", "HTTP://", "http:/", "ftp://", ""]), NEAR, NEAR)
def test_the_quick_check_of_a_url_agrees_with_the_full_one(scheme: str, site: str, path: str) -> None:
    url = f"{scheme}{site}/{path}"
    assert web_url(url) == _canonical(url)
    assert host_of(url) == _host_of(url)


def test_a_long_site_is_not_remembered() -> None:
    assert site_of("https://news.example:8443/a/b") == "https://news.example:8443"
    assert site_of("https://news.example") is None
    assert site_of(f"https://{'a' * 400}/") is None
    assert host_of(f"https://{'a' * 400}/") == "a" * 400


SPELLINGS = [
    "https://xn--m1abib5c.xn--p1ai/%D0%BD%D0%BE%D0%B2%D0%BE%D1%81%D1%82%D1%8C/~a?id=7&page",
    "HTTPS://XN--M1ABIB5C.XN--P1AI/%D0%BD%D0%BE%D0%B2%D0%BE%D1%81%D1%82%D1%8C/~a?id=7&page",
    "https://сосны.рф/новость/~a?id=7&page",
    "https://СОСНЫ.РФ/новость/~a?id=7&page",
    "https://сосны.рф:443/новость/~a?id=7&page",
    "https://сосны.рф./новость/%7Ea?id=7&page",
    "https://сосны.рф/%d0%bd%d0%be%d0%b2%d0%be%d1%81%d1%82%d1%8c/%7ea?id=7&page#komm",
    "https://сосны.рф/a/../новость/./~a?page&id=7",
    "https://сосны.рф//новость/~a?utm_source=tg&id=7&page&fbclid=x",
    "\ufeff https://reader:secret@сосны.рф/новость/~a?id=7&&page&\n",
]


@pytest.mark.parametrize("spelling", SPELLINGS)
def test_ten_spellings_of_a_url_are_one(spelling: str) -> None:
    assert len(set(SPELLINGS)) == 10
    assert web_url(spelling) == SPELLINGS[0]


# Pairs that a site or its readers may write. Two URLs are one page only where nothing but a tracker, a session id or the
# spelling differs.
SAME = [
    ("/a?id=17&utm_source=rss&utm_medium=feed&utm_campaign=x&utm_term=y&utm_content=z&utm_id=1", "/a?id=17"),
    ("/a?utm_referrer=https%3A%2F%2Fdzen.example", "/a"),
    ("/a?UTM_Source=vk", "/a"),
    ("/a?utm%5Fsource=vk", "/a"),
    ("/a?id=1&amp;utm_source=rss", "/a?id=1"),
    ("/a?ysclid=m1&yclid=2&_openstat=ZGly", "/a"),
    ("/a?gclid=1&gbraid=2&wbraid=3&gad_source=4&srsltid=5&dclid=6", "/a"),
    ("/a?fbclid=1&igshid=2&twclid=3&ttclid=4&msclkid=5", "/a"),
    ("/a?_gl=1*x*_ga*y&_ga=2.1", "/a"),
    ("/a?mc_cid=1&mc_eid=2&mkt_tok=3&_hsenc=4&_hsmi=5", "/a"),
    ("/a?roistat=direct_1&roistat_visit=2&calltouch_tm=yd", "/a"),
    ("/a?mtm_campaign=x&pk_campaign=y&pk_kwd=z&piwik_campaign=w", "/a"),
    ("/a?at_medium=RSS&at_campaign=rss&xtor=RSS-1", "/a"),
    ("/a;jsessionid=77AA?id=1", "/a?id=1"),
    ("/a;JSESSIONID=77AA.node1/b", "/a/b"),
    ("/a?PHPSESSID=0a1b&id=1", "/a?id=1"),
    ("/a?jsessionid=77AA", "/a"),
    ("/a?b=1&a=2", "/a?a=2&b=1"),
    ("/a?page&id=7&", "/a?id=7&page"),
    ("//a///b", "/a/b"),
    ("/a\\b", "/a/b"),
    ("/a#comments", "/a"),
    ("/a#:~:text=sneg", "/a"),
    ("/a#utm_source=vk", "/a"),
    ("/a#", "/a#!"),
    ("/a?q=снег", "/a?q=%D1%81%D0%BD%D0%B5%D0%B3"),
]
DIFFERENT = [
    ("/article?ref=12345", "/article?ref=12346"),
    ("/article?ref=12345", "/article"),
    ("/article.php?pk_id=77", "/article.php?pk_id=78"),
    ("/news?source=agency-881", "/news?source=agency-882"),
    ("/news?from=rss", "/news"),
    ("/news?referer=17", "/news?referer=18"),
    ("/news?campaign=17", "/news?campaign=18"),
    ("/news?medium=tv&n=1", "/news?medium=radio&n=1"),
    ("/news?gid=1", "/news?gid=2"),
    ("/news?cid=1", "/news?cid=2"),
    ("/news?fbid=1", "/news?fbid=2"),
    ("/news?partnerid=1", "/news?partnerid=2"),
    ("/news?ncid=1", "/news?ncid=2"),
    ("/news?sid=1", "/news?sid=2"),
    ("/news?ga_id=1", "/news?ga_id=2"),
    ("/news?mkt_id=1", "/news?mkt_id=2"),
    ("/news?at_id=1", "/news?at_id=2"),
    ("/news?utm=1", "/news?utm=2"),
    ("/news?spm=1", "/news?spm=2"),
    ("/news?print=1", "/news"),
    ("/news?outputType=amp", "/news"),
    ("/news/amp", "/news"),
    ("/news/", "/news"),
    ("/news/index.html", "/news/"),
    ("/News", "/news"),
    ("/news?ID=1", "/news?id=1"),
    ("/news?id=A", "/news?id=a"),
    ("/news?id=1&id=2", "/news?id=2&id=1"),
    ("/news?12&345", "/news?345&12"),
    ("/news;12", "/news;13"),
    ("/news?id=1;2", "/news?id=1;3"),
    ("/web/2026/http://a.example/x", "/web/2026/http://b.example/x"),
    ("/#!/news/17", "/#!/news/18"),
    ("/#/news/17", "/"),
]


@pytest.mark.parametrize(("one", "other"), SAME)
def test_urls_that_name_one_page_have_one_form(one: str, other: str) -> None:
    assert web_url("https://sosny.example" + one) == web_url("https://sosny.example" + other)


@pytest.mark.parametrize(("one", "other"), DIFFERENT)
def test_urls_that_differ_in_what_may_name_an_article_are_two(one: str, other: str) -> None:
    assert web_url("https://sosny.example" + one) != web_url("https://sosny.example" + other)


@pytest.mark.parametrize(
    "other", ["http://sosny.example/a", "https://www.sosny.example/a", "https://m.sosny.example/a"]
)
def test_scheme_and_host_are_part_of_the_identity(other: str) -> None:
    assert web_url(other) == other


@pytest.mark.parametrize(
    ("one", "other"),
    [
        ("/a", "/A"),
        ("/a", "/a/"),
        ("/a%2Fb", "/a/b"),
        ("/?1734", "/?1735"),
        ("/?1734", "/"),
        ("/?cid=1", "/?cid=2"),
        ("/?a=1&a=2", "/?a=2&a=1"),
        ("/?a=%26", "/?a=&"),
        ("/?q=a+b", "/?q=a%2Bb"),
        ("/?keyword=a", "/"),
    ],
)
def test_urls_that_may_be_two_pages_stay_two(one: str, other: str) -> None:
    assert web_url("https://sosny.example" + one) != web_url("https://sosny.example" + other)


@pytest.mark.parametrize(
    ("path", "resolved"),
    [
        ("", "/"),
        ("/..", "/"),
        ("/a/..", "/"),
        ("/a/b/../../../c/.", "/c/"),
        ("/a/%2e%2E/b", "/b"),
        ("/a//../b", "/a/b"),
        ("/100%", "/100%25"),
    ],
)
def test_dot_segments_are_resolved(path: str, resolved: str) -> None:
    assert web_url("http://sosny.example" + path) == "http://sosny.example" + resolved


def test_a_host_without_a_legal_name_has_no_web_url() -> None:
    assert [web_url(f"http://{host}/") for host in ("a b", "a..b", "-é-.example", "[::1%25eth0]")] == [None] * 4


def test_query_parameters_that_identify_the_article_stay() -> None:
    assert web_url(OWN + "?id=17&utm_source=x") == OWN + "?id=17"


@pytest.mark.parametrize(
    "url", ["", "file:a.html", "ftp://sosny.example/a", "https://", "http://[::1", "mailto:a@b.example"]
)
def test_a_url_that_is_not_http_has_no_web_url(url: str) -> None:
    assert web_url(url) is None


@given(st.text() | st.text().map("http://{}".format))
def test_no_url_raises(url: str) -> None:
    assert web_url(url) is None or isinstance(web_url(url), str)
    assert isinstance(host_of(url), str)


@pytest.mark.parametrize(
    ("url", "is_front"),
    [
        ("https://sosny.example/", True),
        ("https://sosny.example", True),
        ("https://sosny.example/?p=17", False),
        ("https://sosny.example/news", False),
        ("https://sosny.example/#!/news/17", False),
    ],
)
def test_a_front_page_has_no_path_query_or_route(url: str, is_front: bool) -> None:
    assert is_front_page(url) is is_front


PARTS = st.lists(st.sampled_from([*"ab/.;=&?#!", "utm_x=1", ";jsessionid=1", "%2e", "amp;", "ref", "ж"]), max_size=12)


@given(
    st.text().map("https://sosny.example/{}".format)
    | st.text().map("https://sosny.example/?{}".format)
    | PARTS.map(lambda parts: "https://sosny.example/" + "".join(parts))
)
def test_the_canonical_form_of_the_canonical_form_is_itself(url: str) -> None:
    found = web_url(url)
    assert found is not None
    assert web_url(found) == found
