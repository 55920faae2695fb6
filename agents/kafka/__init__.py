"""Connections to Kafka: clients and their sizes, the first probe, access rights, reading a log.

Here: what needs a broker, whatever the stage. Not here: consumer groups of stages (stage).
"""

from agents.errors import BrokerError
from agents.kafka.connection import Connection, answering, connect

__all__ = ["BrokerError", "Connection", "answering", "connect"]
