"""`chistovik explain` as a user types it: text, HTML, JSON lines; one line for every bad input."""

from __future__ import annotations

import os
import pty
import re
import subprocess
from html.parser import HTMLParser
from pathlib import Path

import orjson
import pytest

from tests.support.command import COMMAND, stuck_on
from tests.support.pages import prose_of
from tests.support.patience import SECONDS

DEMO = Path(__file__).parents[3] / "deploy" / "demo" / "pages"
PAGE = DEMO / "09_ru_article.html"
MENU = DEMO / "13_empty_menu_only.txt"
PROSE = "При ремонте районной библиотеки в Ковыльске"
TEXT = "В посёлке Ясном открыли новую пекарню, сообщила районная газета. Хлеб там пекут с шести утра.\n"
BAD = "\x1b]0;owned\x07\x1b[2J"


def explain(
    *arguments: str, code: int = 0, stdin: bytes = b"", command: tuple[str, ...] = COMMAND, **env: str
) -> subprocess.CompletedProcess[bytes]:
    done = subprocess.run(
        [*command, "explain", *arguments],
        input=stdin,
        capture_output=True,
        timeout=SECONDS,
        check=False,
        env=os.environ | env,
    )
    assert done.returncode == code, done.stderr.decode()
    assert b"Traceback" not in done.stderr
    return done


class Parsed(HTMLParser):
    """The tags of a page, what its attributes name, and its text."""

    def __init__(self, text: str) -> None:
        super().__init__()
        self.tags: list[str] = []
        self.attributes: list[tuple[str, str]] = []
        self.text = ""
        self.feed(text)

    def handle_starttag(self, tag: str, attrs: list[tuple[str, str | None]]) -> None:
        self.tags.append(tag)
        self.attributes += [(name, value or "") for name, value in attrs]

    def handle_data(self, data: str) -> None:
        self.text += data


def assert_self_contained(html: str) -> Parsed:
    page = Parsed(html)
    assert not {"script", "link", "img", "iframe", "object", "embed", "base", "a", "svg", "audio", "video"} & {
        *page.tags
    }
    assert not {"src", "href", "srcset", "action", "poster", "data", "background"} & {
        name for name, _ in page.attributes
    }
    assert not [name for name, _ in page.attributes if name.startswith("on")]
    style = html[html.index("<style>") : html.index("</style>")]
    assert not re.search(
        r"url\(|@import|//", style + " ".join(value for name, value in page.attributes if name == "style")
    )
    assert ("content", "default-src 'none'; style-src 'unsafe-inline'") in page.attributes
    return page


def test_text_has_every_block_with_its_mark_and_the_long_menus_in_a_line():
    done = explain(str(PAGE)).stdout.decode()

    assert done.startswith(f"── {PAGE} ──\n")
    assert re.search(r"^headline +В Ковыльске .*\[json-ld\]$", done, re.MULTILINE)
    assert re.search(r"^author +Нина Берестова {2}\[json-ld\]$", done, re.MULTILINE)
    assert re.search(r"^cleaned by +blocks/html-\w+, keeps blocks with a score of 0\.\d+\+$", done, re.MULTILINE)
    assert re.search(rf"^ +\d+\+ {PROSE}.*\n +prose 0\.\d\d · [+-]\d", done, re.MULTILINE)
    assert re.search(r"^ +… \d+ blocks of boilerplate \(.*\)$", done, re.MULTILINE)
    assert re.search(r"^rule +kept: lines +characters +dropped: lines +characters", done, re.MULTILINE)
    assert "Спорт" not in done
    assert "\x1b" not in done


def test_all_shows_the_menus_too():
    done = explain(str(PAGE), "--all", "--reasons", "0").stdout.decode()

    assert re.search(r"^ +\d+- Спорт$", done, re.MULTILINE)
    assert "blocks of boilerplate" not in done
    assert " · +" not in done


def test_a_page_without_an_article_shows_all_that_was_dropped():
    done = explain(str(MENU)).stdout.decode()

    assert "no article     no-article: " in done
    assert "blocks of boilerplate" not in done
    assert re.search(r"^ +1- ", done, re.MULTILINE)


def test_standard_input_is_a_page():
    done = explain(stdin=(TEXT * 3).encode()).stdout.decode()

    assert done.startswith("── standard input ──\n")
    assert "+ В посёлке Ясном" in done
    assert "repeated" in done


def test_several_pages_come_one_after_the_other():
    done = explain(str(PAGE), str(MENU)).stdout.decode()

    assert re.findall(r"^── (.*) ──$", done, re.MULTILINE) == [str(PAGE), str(MENU)]


def test_pages_of_one_host_teach_what_goes_from_the_next(tmp_path: Path):
    notice = (
        "Наш дежурный редактор отвечает на письма читателей каждый вечер и рассказывает, как устроена работа города."
    )
    rows = [
        {"url": f"https://o.example/{number}", "text": "\n".join([*prose_of(number), notice])} for number in range(8)
    ]
    (tmp_path / "rows.jsonl").write_bytes(b"\n".join(map(orjson.dumps, rows)))

    alone = explain(str(tmp_path / "rows.jsonl"), "--json").stdout
    learned = explain(str(tmp_path / "rows.jsonl"), "--json", "--learn").stdout

    assert b"host-profile" not in alone
    last = [row for row in map(orjson.loads, learned.splitlines()) if row["page"].endswith(":8")]
    assert [row["text"] for row in last if row["rule"] == "host-profile"] == [notice]


def test_json_is_one_line_a_block():
    rows = [orjson.loads(line) for line in explain(str(PAGE), str(MENU), "--json").stdout.splitlines()]

    assert {row["page"] for row in rows} == {str(PAGE), str(MENU)}
    prose = next(row for row in rows if row["text"].startswith(PROSE))
    assert (prose["kept"], prose["rule"]) == (prose["text"], "prose")
    assert len(prose["reasons"]) == 3
    assert set(prose["reasons"][0]) == {"name", "says", "feature", "value", "contribution"}


def test_html_is_one_file_that_needs_nothing_else(tmp_path: Path):
    done = explain(str(PAGE), str(MENU), "--html", str(tmp_path / "why.html"))

    assert done.stdout == b""
    page = assert_self_contained((tmp_path / "why.html").read_text(encoding="utf-8"))
    assert page.tags.count("section") == 2
    assert page.tags.count("table") == 2
    assert "details" in page.tags
    assert PROSE in page.text
    assert "https://stepnoy-vestnik.example/2025/03/12/rospis-v-biblioteke" in page.text


def test_html_goes_to_standard_output_too():
    html = explain("--html", "-", stdin=(TEXT * 3).encode()).stdout.decode()

    assert html.startswith("<!doctype html>")
    assert html.endswith("</html>\n")
    assert "standard input" in assert_self_contained(html).text


def test_what_a_page_says_is_never_markup_nor_an_order_to_the_terminal(tmp_path: Path):
    attack = f'<script src="https://evil.example/x.js">alert(1)</script> & "quoted" {BAD}[bold]\u202e'
    name = tmp_path / "<img src=x onerror=alert(1)>.txt"
    name.write_text(f"{TEXT}{TEXT.strip()} {attack}\n{attack}\n", encoding="utf-8")

    page = assert_self_contained(explain(str(name), "--html", "-", "--all").stdout.decode())
    text = explain(str(name), "--all").stdout.decode()

    assert '<script src="https://evil.example/x.js">' in page.text
    assert not set(BAD) & set("\x1b\x07") & set(page.text + text)
    assert "[bold]" in text
    assert "\u202e" not in text + page.text


@pytest.mark.parametrize("form", [(), ("--html", "-"), ("--json",)])
def test_a_page_that_is_refused_says_why(form: tuple[str, ...], tmp_path: Path):
    (tmp_path / "a.pdf").write_bytes(b"%PDF-1.7")
    (tmp_path / "b.txt").write_bytes(b" \n")
    (tmp_path / "c.txt").write_text(TEXT * 40, encoding="utf-8")

    done = explain(str(tmp_path), *form, code=1, CHISTOVIK_MAX_PAGE_BYTES="1024")

    said = done.stdout.decode()
    for reason in ("a PDF", "no characters but white space", "bytes; the limit is 1024 (CHISTOVIK_MAX_PAGE_BYTES)"):
        assert reason in said
    assert b"a.pdf: binary: a PDF" in done.stderr
    assert len(done.stderr.splitlines()) == 2


def test_a_page_that_breaks_the_cleaning_is_one_line_and_the_rest_goes_on(tmp_path: Path):
    (tmp_path / "a.txt").write_text(TEXT * 3 + "Здесь очистка застрянет.\n", encoding="utf-8")
    (tmp_path / "b.txt").write_text(TEXT * 3, encoding="utf-8")

    done = explain(str(tmp_path), code=1, command=stuck_on("застрянет"), CHISTOVIK_PAGE_TIMEOUT="3")

    assert "failed         took longer than 12 s (CHISTOVIK_PAGE_TIMEOUT)" in done.stdout.decode()
    assert "+ В посёлке Ясном" in done.stdout.decode()
    assert len(done.stderr.splitlines()) == 1


@pytest.mark.parametrize(
    ("arguments", "code", "says"),
    [
        (("no-such-page.html",), 1, "chistovik: no-such-page.html: no such file"),
        (("--html", "no-such-folder/x.html", str(PAGE)), 2, "chistovik: --html no-such-folder/x.html: No such file"),
        (("--html", "-", "--json", str(PAGE)), 2, "chistovik: --html and --json cannot be used together"),
    ],
)
def test_what_cannot_be_done_is_one_line(arguments: tuple[str, ...], code: int, says: str):
    done = explain(*arguments, code=code)

    assert done.stderr.decode().startswith(says)
    assert len(done.stderr.splitlines()) == 1


def test_the_extractor_that_is_set_is_the_one_that_is_explained():
    done = explain(str(PAGE), CHISTOVIK_EXTRACTOR="trafilatura").stdout.decode()

    assert "trafilatura chose these lines, because CHISTOVIK_EXTRACTOR selects it; dropped lines are not shown" in done
    assert PROSE in done
    assert not re.search(r"^ +\d+- ", done, re.MULTILINE)


@pytest.mark.parametrize(("env", "colors"), [({}, True), ({"NO_COLOR": "1"}, False)])
def test_a_terminal_shows_what_is_dropped_struck_out_and_colors_unless_told_not_to(
    env: dict[str, str], *, colors: bool
):
    ours, theirs = pty.openpty()
    kept = {name: value for name, value in os.environ.items() if name != "NO_COLOR"}
    environment = kept | {"TERM": "xterm-256color", "COLUMNS": "100"} | env
    with subprocess.Popen(
        [*COMMAND, "explain", str(PAGE)], stdin=subprocess.DEVNULL, stdout=theirs, stderr=theirs, env=environment
    ) as process:
        os.close(theirs)
        said = b""
        while True:
            try:
                part = os.read(ours, 65536)
            except OSError:  # Linux's word for the end
                break
            if not part:
                break
            said += part
    os.close(ours)

    assert process.returncode == 0
    codes = {code for found in re.findall(rb"\x1b\[([\d;]+)m", said) for code in found.split(b";")}
    assert b"9" in codes
    assert bool({b"31", b"32"} & codes) is colors


def test_help_shows_an_example():
    assert b"Example" in explain("--help").stdout


def test_a_canonical_url_that_is_not_believed_is_shown_with_the_reason(tmp_path: Path):
    html = f'<title>Пекарня</title><link rel="canonical" href="{{{{url}}}}"><h1>Пекарня</h1><p>{TEXT}<p>{TEXT}'
    (tmp_path / "page.html").write_text(html, encoding="utf-8")
    said = explain(str(tmp_path / "page.html")).stdout.decode()
    assert "canonical URL {{url}} not believed: it is not a whole URL" in said


def test_the_reason_of_a_page_that_is_no_article_comes_before_its_blocks(tmp_path):
    page = tmp_path / "gone.html"
    page.write_text(
        "<title>Page not found</title><h1>Page not found</h1><p>Sorry, the page that you want was removed.</p>"
    )
    assert "no article     error-page: its title says nothing else (+3)" in explain(str(page)).stdout.decode()
    first, *blocks = map(orjson.loads, explain(str(page), "--json").stdout.splitlines())
    assert (first["reason"], "its title says nothing else (+3)" in first["detail"]) == ("error-page", True)
    assert [block["kept"] for block in blocks]
