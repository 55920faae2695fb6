"""The whole path of a page, from its bytes to the encoded event, in one process: `python -m tests.bench.speed`.

HTML against trafilatura with metadata in its default settings, on the same pages in turn; plain text alone. A fresh
process that sees each page once; what Python and the libraries compile and load is warm, their caches of texts are not.
Then the same pages through the stage clean without a broker, beside the cleaning alone.
"""

from __future__ import annotations

import argparse
import json
import logging
import subprocess
import sys
import warnings
from pathlib import Path
from typing import TYPE_CHECKING

from trafilatura import bare_extraction

from agents.clean import warm  # noqa: F401 — as the processes of the stage are; trafilatura gains by it too
from pipeline import native
from pipeline.records.wire import encode
from tests.bench import sets
from tests.bench.cleaning import say
from tests.bench.offline import stay_offline
from tests.bench.ours import cleaned
from tests.bench.timing import pages_per_second

if TYPE_CHECKING:
    from tests.bench.sets import Kind, Row


def ours(row: Row) -> bytes:
    """Clean a page and encode what came out."""
    return encode(cleaned(row))


def trafilatura(row: Row) -> object:
    """Extract a page with its metadata, as trafilatura does by itself."""
    return bare_extraction(row.body.encode(), url=row.address, with_metadata=True)


def measured(home: Path, limit: int) -> dict[str, float]:
    """Time HTML pages and plain ones."""
    html = pages_per_second(sets.sample(sets.read("html", home), limit), {"ours": ours, "trafilatura": trafilatura})
    plain = pages_per_second(sets.sample(sets.read("plain", home), limit), {"ours": ours})
    return {
        "html": html["ours"],
        "html_trafilatura": html["trafilatura"],
        "html_of_trafilatura": html["ours"] / html["trafilatura"],
        "plain": plain["ours"],
    }


def overhead(kind: Kind, home: Path, limit: int) -> dict[str, float]:
    """Time the stage beside the cleaning alone, in a process of its own: this one may not connect to any."""
    command = [sys.executable, "-m", "tests.bench.stage_speed", kind, str(limit), str(home)]
    found: dict[str, float] = json.loads(subprocess.run(command, stdout=subprocess.PIPE, check=True).stdout)
    return {f"{kind}_{name}": value for name, value in found.items()}


def main() -> None:
    """Print the figures, and write them where that is asked."""
    parser = argparse.ArgumentParser(prog="tests.bench.speed", description=__doc__)
    parser.add_argument("--limit", type=int, default=40, help="so many pages a set, evenly spread")
    parser.add_argument("--eval", type=Path, default=sets.EVAL, help="where html/ and plain/ are")
    parser.add_argument("--json", type=Path, help="a file for the figures")
    parser.add_argument("--not-compiled", action="store_true", help="as where no C compiler was at the installation")
    asked = parser.parse_args()
    native.COMPILED &= not asked.not_compiled
    stay_offline()
    warnings.simplefilter("ignore")  # trafilatura's own, of pages
    logging.disable(logging.CRITICAL)
    found = measured(asked.eval, asked.limit)
    say(f"HTML   {found['html']:8.1f} pages per CPU-second, bytes to encoded event")
    say(
        f"       {found['html_trafilatura']:8.1f} trafilatura with metadata; ours is {found['html_of_trafilatura']:.2f} × that"
    )
    say(f"plain  {found['plain']:8.1f} pages per CPU-second, bytes to encoded event")
    for kind in () if asked.not_compiled else sets.KINDS:  # the stage's processes do not know of it
        found |= overhead(kind, asked.eval, asked.limit)
        say(
            f"{kind:7}{found[f'{kind}_stage']:8.1f} pages per CPU-second through the stage, all its processes; "
            f"{found[f'{kind}_ratio']:.2f} × the {found[f'{kind}_library']:.1f} of the cleaning alone"
        )
    say("       compiled" if native.COMPILED else "       not compiled")
    if asked.json:
        asked.json.write_text(json.dumps(found, indent=1) + "\n", encoding="utf-8")


if __name__ == "__main__":
    main()
