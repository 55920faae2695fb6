"""Connect to Kafka: clients and their sizes, the first probe, access rights, reading a log.

Belongs here: everything that needs a broker, for any stage. Does not belong here: consumer groups of stages (stage).
"""

from agents.errors import BrokerError
from agents.kafka.connection import Connection, answering, connect

__all__ = ["BrokerError", "Connection", "answering", "connect"]
