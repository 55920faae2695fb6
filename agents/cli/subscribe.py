"""`chistovik subscribe`: the outcomes as JSON lines."""

from __future__ import annotations

from typing import TYPE_CHECKING, Annotated

import typer

from agents.cli.failing import complain, finish
from agents.errors import EXIT_USAGE

if TYPE_CHECKING:
    from agents.settings import Settings

NAME = "subscribe"
HELP = (
    "Print the events of articles, duplicates, discarded and dead-letters: JSON lines, committed transactions only.\n\n"
    "Ends at what is there now, unless told to --follow. With --group an event is committed once it was written, so "
    "after a kill the last ones come again."
)
EXAMPLE = "Example: `chistovik subscribe articles --from-beginning --limit 10`"


def command(
    context: typer.Context,
    topics: Annotated[list[str], typer.Argument(metavar="TOPIC...", show_default=False)],
    group: Annotated[
        str | None, typer.Option(help="Consumer group: goes on where it stopped, shares the partitions.")
    ] = None,
    from_beginning: Annotated[bool, typer.Option("--from-beginning", help="Everything that is kept.")] = False,
    limit: Annotated[int | None, typer.Option(help="End after so many events.", min=1)] = None,
    follow: Annotated[bool, typer.Option("--follow", help="Wait for more; begins at the end.")] = False,
    timeout: Annotated[
        float | None, typer.Option(help="With --follow: end after so many seconds of silence.", min=0.1)
    ] = None,
) -> None:
    from pipeline.topics import OUTCOMES

    if unknown := [topic for topic in topics if topic not in OUTCOMES]:
        complain(f"no topic {unknown[0]}; there are {', '.join(OUTCOMES)}")
        raise typer.Exit(EXIT_USAGE)
    finish(_print(context.obj, topics, group, from_beginning, limit, follow, timeout))


async def _print(
    settings: Settings,
    topics: list[str],
    group: str | None,
    from_beginning: bool,
    limit: int | None,
    follow: bool,
    timeout: float | None,  # noqa: ASYNC109 — of silence
) -> None:
    from contextlib import aclosing

    from agents.cli.show.events import printer
    from agents.kafka import connect
    from agents.subscribe import Subscription
    from agents.subscribe.signals import until_stopped

    show, seen = printer(), 0
    names = [settings.prefix + topic for topic in topics]
    subscription = Subscription(
        connect(settings),
        names,
        group=group,
        from_beginning=from_beginning,
        follow=follow,
        timeout=timeout,
        session_seconds=settings.session_timeout,
    )
    async with until_stopped(), subscription, aclosing(subscription.events()) as events:
        async for event in events:
            show(event.value)
            seen += 1
            if seen == limit:
                await subscription.commit()
                return
