"""Spans over OTLP: one per page and stage, with the ids in the records' headers. Off by default.

A thread of OpenTelemetry sends them from a bounded queue. If the collector is down, only spans are lost.
"""

from __future__ import annotations

import threading
from typing import TYPE_CHECKING, Any
from urllib.parse import urlsplit

from agents.errors import SettingsError
from pipeline.topics.traceparent import read

if TYPE_CHECKING:
    from collections.abc import Mapping

    from agents.settings import Settings

EXPORT_SECONDS = 5.0  # limit for one export, including its retries
LEAVING_SECONDS = 3.0  # limit for the last export, at the end of the process
QUEUED, AT_ONCE, EVERY_MS = 8192, 512, 1000  # spans in the queue, spans per request, milliseconds between requests
PATH = "/v1/traces"


class Traces:
    """Records spans and sends them to an OTLP endpoint over HTTP, with OTEL_EXPORTER_OTLP_HEADERS if it is set."""

    def __init__(self, endpoint: str, ratio: float, *, version: str) -> None:
        # Imported only here: without traces, OpenTelemetry is not loaded
        from opentelemetry import trace  # noqa: PLC0415
        from opentelemetry.exporter.otlp.proto.http.trace_exporter import OTLPSpanExporter  # noqa: PLC0415
        from opentelemetry.sdk.resources import SERVICE_NAME, SERVICE_VERSION, Resource  # noqa: PLC0415
        from opentelemetry.sdk.trace import TracerProvider  # noqa: PLC0415
        from opentelemetry.sdk.trace.export import BatchSpanProcessor  # noqa: PLC0415
        from opentelemetry.sdk.trace.id_generator import IdGenerator  # noqa: PLC0415
        from opentelemetry.sdk.trace.sampling import ALWAYS_ON  # noqa: PLC0415

        class GivenIds(IdGenerator):
            """Use the ids in the header, which exist before the span."""

            trace = span = 0

            def generate_trace_id(self) -> int:
                return self.trace

            def generate_span_id(self) -> int:
                return self.span

        self.ratio = ratio
        self._api, self._ids = trace, GivenIds()
        resource = Resource.create({SERVICE_NAME: "chistovik", SERVICE_VERSION: version})
        # The header decides about sampling, before a span is made. atexit would wait for an endpoint that is down.
        self._provider = TracerProvider(
            sampler=ALWAYS_ON, resource=resource, id_generator=self._ids, shutdown_on_exit=False
        )
        exporter = OTLPSpanExporter(endpoint=endpoint, timeout=EXPORT_SECONDS)
        self._provider.add_span_processor(
            BatchSpanProcessor(
                exporter, max_queue_size=QUEUED, max_export_batch_size=AT_ONCE, schedule_delay_millis=EVERY_MS
            )
        )
        self._tracer = self._provider.get_tracer("chistovik", version)

    def span(
        self,
        stage: str,
        own: bytes,
        parent: bytes | None,
        *,
        began: float,
        ended: float,
        outcome: str,
        page_id: str | None = None,
        url: str = "",
        error: str = "",
        place: str = "",
    ) -> None:
        """Record the work of a stage on a page. `own` is the header that it wrote; times are seconds since the epoch.

        Nothing is recorded if the header is not marked as sampled.
        """
        ours, theirs = read(own), read(parent)
        if ours is None or not ours.is_sampled:
            return
        api: Any = self._api
        self._ids.trace, self._ids.span = int(ours.trace, 16), int(ours.span, 16)
        context = api.set_span_in_context(api.INVALID_SPAN)
        if theirs is not None and theirs.trace == ours.trace:
            flags = api.TraceFlags(api.TraceFlags.SAMPLED)
            parent_context = api.SpanContext(
                int(theirs.trace, 16), int(theirs.span, 16), is_remote=True, trace_flags=flags
            )
            context = api.set_span_in_context(api.NonRecordingSpan(parent_context))
        values = {
            "chistovik.page_id": page_id,
            "url.full": url,
            "chistovik.outcome": outcome,
            "chistovik.source": place,
        }
        attributes: Mapping[str, str] = {name: value for name, value in values.items() if value}
        kind = api.SpanKind.PRODUCER if stage == "feed" else api.SpanKind.CONSUMER
        span = self._tracer.start_span(
            stage, context=context, kind=kind, attributes=attributes, start_time=int(began * 1e9)
        )
        if error:
            span.set_status(api.Status(api.StatusCode.ERROR, error[:500]))
        span.end(end_time=max(int(began * 1e9), int(ended * 1e9)))

    def close(self) -> None:
        """Send the remaining spans, for LEAVING_SECONDS at most."""
        last = threading.Thread(target=self._provider.shutdown, name="last spans", daemon=True)
        last.start()
        last.join(LEAVING_SECONDS)


def traces_of(settings: Settings, version: str) -> Traces | None:
    """Make the traces of the settings; None if traces are off. Raises SettingsError if the endpoint is not a URL."""
    endpoint = settings.traces
    if not endpoint:
        return None
    parts = urlsplit(endpoint)
    if parts.scheme not in {"http", "https"} or not parts.hostname:
        raise SettingsError(f"CHISTOVIK_TRACES={endpoint!r}: expected an OTLP endpoint such as http://localhost:4318")
    if not 0 <= settings.traces_ratio <= 1:
        raise SettingsError(f"CHISTOVIK_TRACES_RATIO={settings.traces_ratio!r}: expected a share from 0 to 1")
    if not parts.path.strip("/"):
        endpoint = endpoint.rstrip("/") + PATH
    return Traces(endpoint, settings.traces_ratio, version=version)
