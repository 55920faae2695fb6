"""A command that loses its connection to Kafka says so in one line, and asks for no report of a fault of ours."""

from __future__ import annotations

import pytest
import typer
from aiokafka.errors import (
    InvalidTopicError,
    KafkaConnectionError,
    KafkaError,
    NodeNotReadyError,
    RequestTimedOutError,
)

from agents.cli.failing import finish
from agents.errors import EXIT_BROKER, EXIT_INTERNAL


async def fail(error: Exception) -> None:
    raise error


@pytest.mark.parametrize(
    "error",
    [
        KafkaConnectionError("Connection at kafka:9092 closed"),
        NodeNotReadyError("node 1 is not ready"),
        RequestTimedOutError(),
    ],
)
def test_a_lost_connection(error: KafkaError, capsys: pytest.CaptureFixture[str]):
    with pytest.raises(typer.Exit) as ended:
        finish(fail(error))

    said = capsys.readouterr().err
    assert ended.value.exit_code == EXIT_BROKER
    assert said.startswith("chistovik: the connection to Kafka was lost")
    assert said.count("\n") == 1
    assert "run the command again" in said


def test_another_error_of_kafka_is_still_a_fault_to_report(capsys: pytest.CaptureFixture[str]):
    with pytest.raises(typer.Exit) as ended:
        finish(fail(InvalidTopicError("a topic")))

    assert ended.value.exit_code == EXIT_INTERNAL
    assert "please report it" in capsys.readouterr().err
