"""The form of a URL that is requested: as it was given, and as a browser sends it."""

import pytest
from hypothesis import given
from hypothesis import strategies as st

from pipeline.records.url import web_url
from pipeline.url import request
from pipeline.url.request import hop_url, request_url, without_trackers

SITE = "https://sosny.example"

AS_GIVEN = [
    "/article?ref=12345",
    "/article.php?pk_id=77",
    "/news?source=agency-881",
    "/web/2026/http://other.example/x",
    "/a//b/",
    "/a?z=1&a=2",
    "/a?a=2&z=1&",
    "/a?&&a",
    "/a?utm_source=rss&id=7&fbclid=x",
    "/%7Euser/%d0%b0/%2F?q=%e0+%20",
    "/100%?q=%zz",
    "/(a)/b;c=1,2/d'e!*@:$",
    "/a;jsessionid=77AA?x",
    "/a[1]|b?c[]=1|2&d=a\\b&e={}^`",
    "/a?b?c/d",
    "/...",
    "/.a/..b",
]


@pytest.mark.parametrize("path", AS_GIVEN)
def test_path_and_query_are_requested_as_given(path: str) -> None:
    assert request_url(SITE + path) == SITE + path


@pytest.mark.parametrize(
    ("given_url", "asked"),
    [
        ("HTTPS://Sosny.EXAMPLE:443/A", "https://sosny.example/A"),
        ("https://sosny.example", "https://sosny.example/"),
        ("https://sosny.example?a", "https://sosny.example/?a"),
        ("https://sosny.example./a", "https://sosny.example/a"),
        (
            "https://сосны.рф/новость?п=1",
            "https://xn--m1abib5c.xn--p1ai/%D0%BD%D0%BE%D0%B2%D0%BE%D1%81%D1%82%D1%8C?%D0%BF=1",
        ),
        (f"{SITE}/a#comments", f"{SITE}/a"),
        (f"{SITE}/#!/news/17", f"{SITE}/"),
        (f'{SITE}/a b"<c>`{{d}}^?e f"<g>\'', f"{SITE}/a%20b%22%3Cc%3E%60%7Bd%7D%5E?e%20f%22%3Cg%3E%27"),
        (f"{SITE}/a/../b/./c/..", f"{SITE}/b/"),
        (f"{SITE}/a/%2e%2E/b/.%2e//c", f"{SITE}//c"),
        (f"{SITE}/a//../b", f"{SITE}/a/b"),
        ("https:\\\\sosny.example\\a\\b?c\\d", f"{SITE}/a/b?c\\d"),
        ("https:///sosny.example/a", f"{SITE}/a"),
        ("https://sosny.example\\@evil.example/a", f"{SITE}/@evil.example/a"),
        (f" \ufeff{SITE}/a\r\n/b\t ", f"{SITE}/a/b"),
        (f"{SITE}/a\x01b?\x7fc", f"{SITE}/a%01b?%7Fc"),
        (f"{SITE}/a?", f"{SITE}/a"),
        ("http://[2001:DB8::1]:80/a", "http://[2001:db8::1]/a"),
        ("http://sosny.example:8080", "http://sosny.example:8080/"),
    ],
)
def test_a_url_is_requested_as_a_browser_would(given_url: str, asked: str) -> None:
    assert request_url(given_url) == asked
    assert request_url(asked) == asked


@pytest.mark.parametrize(
    "url", ["", "file:a.html", "ftp://sosny.example/a", "https://", "http://[::1", "C:\\a", "//a/b"]
)
def test_what_is_not_http_has_no_request(url: str) -> None:
    assert request_url(url) is None


@pytest.mark.parametrize(
    ("location", "asked"),
    [
        ("/b//c?z=1&a=2&utm_source=x#d", f"{SITE}/b//c?z=1&a=2&utm_source=x"),
        ("b%7e?Ж", f"{SITE}/x/b%7e?%D0%96"),
        ("?page=2", f"{SITE}/x/y?page=2"),
        ("\\b", f"{SITE}/b"),
        ("\\\\other.example\\b", "https://other.example/b"),
        ("//other.example", "https://other.example/"),
        ("https:///other.example/b", "https://other.example/b"),
        ("https:/b", f"{SITE}/b"),
        ("mailto:a@b.example", None),
        ("http://[", None),
    ],
)
def test_a_redirect_leads_where_it_leads_a_browser(location: str, asked: str | None) -> None:
    assert hop_url(f"{SITE}/x/y", location) == asked


def test_trackers_leave_and_all_the_rest_stays() -> None:
    kept = f"{SITE}/a//b?z=1&ref=5&a=2&&page"
    assert without_trackers(f"{SITE}/a//b?z=1&utm_source=rss&ref=5&a=2&&page&fbclid=x&utm%5Fterm") == kept
    assert without_trackers(kept) == kept
    assert without_trackers(f"{SITE}/a?yclid=1") == f"{SITE}/a"


NEAR = st.lists(st.sampled_from([*"aZ0.-_/:?#@[]%&=\\ \t\n'|^{", "%2e", "..", "//", "xn--", "ж"]), max_size=12).map(
    "".join
)


@given(st.sampled_from(["http://", "https://", "HTTP://", "http:/", "http:\\\\", "ftp://", ""]), NEAR, NEAR)
def test_a_request_changes_nothing_the_second_time_and_names_the_same_page(scheme: str, site: str, path: str) -> None:
    url = f"{scheme}{site}/{path}"
    asked = request_url(url)
    assert (asked is None) == (web_url(url) is None)
    if asked is not None:
        assert asked.isascii()
        assert asked.isprintable()
        assert " " not in asked
        assert "#" not in asked
        assert request_url(asked) == asked
        assert web_url(asked) == (web_url(url) or "").partition("#")[0]


@given(st.from_regex(request._READY, fullmatch=True))
def test_the_quick_check_agrees_with_the_full_one(url: str) -> None:
    parts = request.web_parts(url)
    assert parts is not None
    path = request.without_dots("/".join(map(request._dot, parts.path.split("/"))))
    assert url == f"{parts.scheme}://{parts.netloc}{path}" + (f"?{parts.query}" if parts.query else "")


@given(st.text() | st.text().map("http://{}".format) | st.text().map("https://sosny.example/{}".format))
def test_no_url_raises(url: str) -> None:
    request_url(url)
    hop_url("https://sosny.example/a", url)
