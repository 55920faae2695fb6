"""`chistovik topics`: create the topics in Kafka, or compare them with the topic table."""

from __future__ import annotations

import typer

from agents.cli.failing import finish

app = typer.Typer(
    help="Create the Kafka topics, or check them.",
    no_args_is_help=True,
    rich_markup_mode="markdown",
)


@app.command(epilog="Example: `CHISTOVIK_REPLICATION=3 chistovik topics apply`")
def apply(context: typer.Context) -> None:
    """Create missing topics and correct wrong settings.

    It is safe to run it again at any time.
    """
    from agents.cli.show.events import table
    from agents.kafka import connect
    from agents.run.topics import apply_topics

    settings = context.obj
    done = finish(apply_topics(connect(settings), settings))
    table(
        ("topic", "partitions", "done"),
        [(state.name, str(state.partitions or state.topic.partitions), action) for state, action in done],
    )


@app.command("list", epilog="Example: `chistovik topics list`")
def list_(context: typer.Context) -> None:
    """List the topics and their differences from the expected settings."""
    from agents.cli.show.events import table
    from agents.kafka import connect
    from agents.kafka.topics import topic_states

    settings = context.obj
    states = finish(topic_states(connect(settings), settings.prefix))
    table(
        ("topic", "partitions", "state", "contents"),
        [
            (state.name, "-" if state.partitions is None else str(state.partitions), state.status, state.topic.says)
            for state in states
        ],
    )
