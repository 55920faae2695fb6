"""What the benchmark of the whole pipeline computes and prints, and the pages that it makes."""

from __future__ import annotations

import dataclasses
import multiprocessing
import os
import time
from pathlib import Path
from typing import Any

import orjson
import pytest

from tests.bench import pipeline_pages as made
from tests.bench.pipeline_commands import compared
from tests.bench.pipeline_processes import cpu, cpu_of_children, memory
from tests.bench.pipeline_tables import PROCESSES, Kind, Turn, costs, disks, latencies, parts, quantile, rates

NOWHERE = Path("/nowhere")
LINE = "Депутаты городского совета приняли бюджет на следующий год в первом чтении после долгих споров о дорогах."


def turn(**changed: Any) -> Turn:
    spent = {"feed": 1.0, "clean": 4.0, "cleaning": 6.0, "dedupe": 1.0, "publish": 2.0, "broker": 3.0}
    one = Turn(
        pages=100,
        seconds=10.0,
        cpu=spent,
        script_seconds=20.0,
        script_cpu=30.0,
        library=20.0,
        memory={"clean": 300 << 20},
        outcomes={"discarded": 1, "articles": 99},
    )
    return dataclasses.replace(one, **changed)


def test_ratios_follow_from_a_turn() -> None:
    one = turn()
    assert one.ratio == 2.0
    assert one.stage == 10.0
    assert one.stage_of_library == 0.5
    assert one.behind_of_clean == pytest.approx(0.6)


def test_figures_are_medians_over_the_turns() -> None:
    kind = Kind("html", 5_000_000, [turn(), turn(seconds=5.0), turn(seconds=40.0, script_seconds=10.0)])
    assert kind.median("seconds") == 10.0
    assert kind.median("ratio") == 2.0  # of 2, 4 and .25: each turn has its own
    line = rates([kind])[1].split()
    assert line[:6] == ["html", "100", "5.0", "10.0/s", "5.0/s", "2.00"]
    assert " ".join(line[6:]) == "99 articles, 1 discarded"


def test_what_a_record_takes_is_told_by_topic() -> None:
    stored = {"pages": 2_000, "documents": 500, "articles": 990, "discarded": 7}
    lines = {line.split()[0]: line.split()[1:] for line in disks([Kind("html", 1, [turn(stored=stored)])])[1:]}
    assert lines["pages"] == ["100", "20"]
    assert lines["documents"] == ["100", "5"]
    assert lines["articles"] == ["99", "10"]
    assert lines["discarded"] == ["1", "7"]
    assert lines["duplicates"] == ["0", "-"]


def test_costs_are_told_for_each_process_in_total_and_per_page() -> None:
    kinds = [Kind("html", 1, [turn()]), Kind("plain", 1, [turn()])]
    head, *lines = costs(kinds)
    assert "html CPU s" in head
    assert len(lines) == len(PROCESSES) + 1
    assert lines[1].split()[-6:] == ["4.0", "40.00", "300"] * 2
    assert lines[-1].split()[-3:] == ["30.0", "300.00", "-"]
    assert [line.split()[0] for line in parts(kinds) if "stage / library" in line] == ["0.50", "0.50"]


def test_a_quantile_is_a_value_that_came() -> None:
    values = [float(number) for number in range(1, 101)]
    assert quantile(values, 0.5) == 50.0
    assert quantile(values, 0.99) == 99.0
    assert quantile([3.0], 0.99) == 3.0


def test_latencies_are_told_in_milliseconds_beside_their_ratio() -> None:
    lines = latencies([0.1, 0.2], [0.01, 0.02])
    assert [line.split()[-2:] for line in lines[1:]] == [["100.0", "200.0"], ["10.0", "20.0"], ["10.0", "10.0"]]


def test_commands_are_told_beside_all_processes_of_the_library() -> None:
    told = "\n".join(compared("plain", {"library": 100.0, "clean": 150.0, "run": 75.0}, 2))
    assert "clean: 0.75 of 2" in told
    assert "run:   0.50 of clean" in told


@pytest.mark.parametrize("kind", ["html", "plain"])
def test_pages_are_invented_where_there_are_no_sets_and_no_two_are_alike(kind: str, tmp_path: Path) -> None:
    rows = list(made.rows(kind, 30, NOWHERE))  # type: ignore[arg-type]
    assert len({row[made.FIELD[kind]] for row in rows}) == len({row["url"] for row in rows}) == 30  # type: ignore[index]
    sizes = made.write(iter(rows), tmp_path / "pages.jsonl")
    written = [orjson.loads(line) for line in (tmp_path / "pages.jsonl").read_bytes().splitlines()]
    assert written == rows
    assert sizes == [len(row[made.FIELD[kind]].encode()) for row in rows]  # type: ignore[index]


def test_a_page_that_comes_again_has_other_text_of_the_same_length() -> None:
    body = f"Меню\n{LINE}\nКонец"
    again = made.reordered("plain", body, 7)
    first, text, last = again.split("\n")
    assert (first, last) == ("Меню", "Конец")
    assert text != LINE
    assert sorted(text.split()) == sorted(LINE.split())
    assert text.split()[-1] == LINE.rsplit(maxsplit=1)[-1]  # a sentence ends as it did


def test_a_page_of_html_that_comes_again_keeps_its_tags_and_its_head() -> None:
    page = f"<html><head><title>{LINE}</title></head><body><p class='a b'>{LINE}</p><p>Да</p></body></html>"
    again = made.reordered("html", page, 7)
    head, text = again.split("<body>")
    assert head == page.split("<body>", maxsplit=1)[0]
    assert text.startswith("<p class='a b'>")
    assert LINE not in text
    assert len(again) == len(page)


def burn(seconds: float) -> None:
    end = time.process_time() + seconds
    while time.process_time() < end:
        pass


def test_cpu_of_children_counts_those_that_have_ended() -> None:
    before, own = cpu_of_children(os.getpid()), cpu(os.getpid())
    child = multiprocessing.get_context("spawn").Process(target=burn, args=(0.5,))
    child.start()
    child.join()
    assert cpu_of_children(os.getpid()) - before >= 0.45
    assert cpu(os.getpid()) - own < cpu_of_children(os.getpid()) - before
    assert memory(os.getpid()) > 1 << 20
