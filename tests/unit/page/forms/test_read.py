"""Markdown, dumps of text browsers and of printed pages, and labelled fields are read as a reader would see them."""

import textwrap
import time

import pytest

from pipeline.page.forms.form import NO_FIELDS, Fields
from pipeline.page.forms.read import read_form

FIRST = "The bakers of Upper Sosny reopened the old mill on Friday, nine years after its wheel had stopped turning."
SECOND = (
    "Irina Belova sold her van and bought oak planks for the wheel. Her neighbours worked for a share of the flour."
)
THIRD = "The council will pay for a new roof in spring. Until then a tarpaulin keeps the rain off the stones inside."
HEADLINE = "Bakers reopen the old mill of Upper Sosny"


def lines(text: str) -> list[str]:
    return [line.strip() for line in read_form(text).text.split("\n") if line.strip()]


def test_markdown_is_read_without_its_marks() -> None:
    text = f"""
[Sosny Post](https://sosny.example/)

*   [News](https://sosny.example/news)
*   [Sport](https://sosny.example/sport "All the sport")

# {HEADLINE}

By [Anna Snow](/people/snow)

[![The mill](https://sosny.example/mill.jpg)](https://sosny.example/large)

{FIRST.replace("the old mill", "the [old mill](https://sosny.example/m_(1))")}

> {SECOND.replace("sold her van", "**sold** her _van_")}

* * *

## What it costs

- a new roof for *two* winters
- oak planks, see [the bill](bill.html)

{THIRD.replace("new roof", "***new*** `roof`")}

[Share](https://f.example) | [Post](https://x.example)

1. [Another mill burns down](/news/2)
"""
    assert lines(text) == [
        "Sosny Post",
        HEADLINE,
        "By Anna Snow",
        FIRST,
        SECOND,
        "What it costs",
        "- a new roof for two winters",
        "- oak planks, see the bill",
        THIRD,
    ]
    assert read_form(text).fields.headline == HEADLINE


def test_a_reader_service_names_title_address_and_time() -> None:
    text = f"Title: {HEADLINE} - Sosny Post\n\nURL Source: https://sosny.example/1\n\nPublished Time: 2026-05-12T10:00:00Z\n\n"
    text += f"Markdown Content:\n{HEADLINE}\n{'=' * 40}\n\n{FIRST}\n\n{SECOND}\n\n[All news](https://sosny.example/)"
    found = read_form(text)
    assert found.fields == Fields(headline=HEADLINE, published="2026-05-12T10:00:00Z")
    assert lines(text) == [HEADLINE, FIRST, SECOND, "All news"]
    assert found.lines == 5


def test_links_that_refer_to_an_address_below_are_read_too() -> None:
    text = (
        f"# {HEADLINE}\n\n{FIRST.replace('old mill', '[old mill][1]')}\n\n{SECOND}\n\n[1]: https://sosny.example/mill\n"
    )
    assert lines(text) == [HEADLINE, FIRST, SECOND]


def test_wrapped_markdown_is_joined_too() -> None:
    paragraphs = "\n\n".join(textwrap.fill(one, 70) for one in (FIRST, SECOND, THIRD, FIRST + " " + SECOND))
    text = f"  * [Home](/)\n  * [News](/news)\n\n# {HEADLINE}\n\n{paragraphs}\n\n  * [Print](/print)\n"
    assert lines(text) == [HEADLINE, FIRST, SECOND, THIRD, FIRST + " " + SECOND]


@pytest.mark.parametrize(
    "text",
    [
        f"{HEADLINE}\n{FIRST}\n#Sosny #mill\n{SECOND}",
        f"{HEADLINE}\n{FIRST}\n* * *\n{SECOND}\nThe price is 5 * 3 * 2 and a_b_c is a name.",
        f"{FIRST}\nTwo ** stars ** and [a note] (in brackets).",
        f"{FIRST}\n1. One\n2. Two\n- three\n{SECOND}",
        f"{FIRST} [1] {SECOND}[2]\n{THIRD}",
        f"Interview: two bakers talk\nAnna: Is it hard?\nIrina: It is.\n{FIRST}",
        f"Date: nobody knows it.\n{FIRST}\n{SECOND}",
        f"---\n{FIRST}\n---\n{SECOND}",
        f"2026\n{FIRST}\n14\n{SECOND}\n3",
    ],
)
def test_a_text_with_a_few_such_signs_is_left_alone(text: str) -> None:
    assert read_form(text).text == text
    assert read_form(text).fields == NO_FIELDS


def test_link_numbers_and_their_addresses_go() -> None:
    text = f"   [1]Sosny Post\n\n     * [2]News\n\n{HEADLINE}\n\n   {FIRST.replace('old', '[3]old')}\n\n   [IMG]\n   {SECOND}\n\n"
    text += (
        "References\n\n   Visible links\n   1. https://sosny.example/\n   2. https://sosny.example/news\n   3. /mill\n"
    )
    assert lines(text) == ["Sosny Post", "* News", HEADLINE, FIRST, SECOND]


def test_a_note_in_brackets_is_no_link_number() -> None:
    text = f"{FIRST}[1]\n{SECOND} He wrote “[1]they” and [2]them.\n{THIRD}"
    assert read_form(text).text == text


def test_page_numbers_and_running_heads_go() -> None:
    halves = textwrap.fill(f"{FIRST} {SECOND} {THIRD}", 60).split("\n")
    text = "\n".join(
        [
            "SOSNY POST",
            "No. 11 (2345) 12 May 2026",
            "",
            HEADLINE,
            "",
            *halves[:3],
            "",
            "4",
            "\x0cSOSNY POST",
            "No. 11 (2345) 12 May 2026",
            "",
            *halves[3:],
            "",
            "5",
        ]
    )
    assert lines(text) == ["SOSNY POST", "No. 11 (2345) 12 May 2026", HEADLINE, f"{FIRST} {SECOND} {THIRD}"]


@pytest.mark.parametrize(
    ("head", "fields"),
    [
        (
            f"Title: {HEADLINE}\nAuthor: Anna Snow\nDate: 12 May 2026\nSource: Sosny Post\nCategory: Bread\n",
            Fields(headline=HEADLINE, authors=("Anna Snow",), published="12 May 2026", publisher="Sosny Post"),
        ),
        (
            f"Заголовок: {HEADLINE}\nДата публикации: 12.05.2026 10:00\nСсылка: https://sosny.example/1\nТекст:\n",
            Fields(headline=HEADLINE, published="12.05.2026 10:00"),
        ),
        (
            f"Назва: {HEADLINE}\nАвтор: Ганна Сніг\nДата: 12.05.2026\nТекст: ",
            Fields(headline=HEADLINE, authors=("Ганна Сніг",), published="12.05.2026"),
        ),
        (
            f"**Title:** {HEADLINE}\n\n**Author:** Anna Snow\n\n**Date:** 12 May 2026\n\n",
            Fields(headline=HEADLINE, authors=("Anna Snow",), published="12 May 2026"),
        ),
        (
            f'---\ntitle: "{HEADLINE}"\ndate: 2026-05-12\nauthors:\n  - name: Anna Snow\n  - Irina Frost\ntags: [a, b]\n---\n',
            Fields(headline=HEADLINE, authors=("Anna Snow", "Irina Frost"), published="2026-05-12"),
        ),
        (
            f"+++\ntitle = '{HEADLINE}'\ndate = 2026-05-12T10:00:00Z\nauthor = 'Anna Snow'\n+++\n",
            Fields(headline=HEADLINE, authors=("Anna Snow",), published="2026-05-12T10:00:00Z"),
        ),
    ],
)
def test_labelled_fields_are_read_and_go(head: str, fields: Fields) -> None:
    text = f"{head}\n{FIRST}\n\n{SECOND}\n" if head.endswith("\n") else f"{head}{FIRST}\n\n{SECOND}\n"
    assert read_form(text).fields == fields
    assert lines(text) == [HEADLINE, FIRST, SECOND]


@pytest.mark.parametrize(
    "sign", ["[", "[a](", "![", "**a ", "__a", "*a", "# ", "> ", "[1]a ", "`", "a\n", "\f\n", "1\n\n", "a: b\n"]
)
def test_no_text_takes_long(sign: str) -> None:
    text = "Title: a\nDate: b\n\n# A\n\n[x](/y)\n" + sign * (200_000 // len(sign))
    began = time.process_time()
    read_form(text)
    assert time.process_time() - began < 5
