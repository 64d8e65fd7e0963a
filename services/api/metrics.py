"""Counters and timings, for Prometheus."""

from collections.abc import Mapping

from prometheus_client import CollectorRegistry, Counter, Gauge, Histogram, generate_latest

BUCKETS = (0.001, 0.002, 0.005, 0.01, 0.02, 0.05, 0.1, 0.25, 0.5, 1, 2.5, 10)


class Metrics:
    """The metrics of one process."""

    def __init__(self) -> None:
        self.registry = CollectorRegistry()
        self._requests = Counter(
            "peaswap_requests", "Requests answered", ("method", "route", "status"), registry=self.registry
        )
        self._seconds = Histogram(
            "peaswap_request_seconds", "How long answers took", ("route",), buckets=BUCKETS, registry=self.registry
        )
        self._kept: dict[tuple[str, str, int], tuple[Counter, Histogram]] = {}
        self._lag = Gauge(
            "peaswap_projection_lag_events",
            "Events a read model has yet to see",
            ("name", "shard"),
            registry=self.registry,
        )
        self._stopped = Gauge(
            "peaswap_projection_stopped", "1 while a read model cannot go on", ("name", "shard"), registry=self.registry
        )
        self._broken = Gauge(
            "peaswap_laws_broken",
            "Places where a law of money does not hold (at most 20)",
            ("law", "shard"),
            registry=self.registry,
        )
        self._flushes = Gauge("peaswap_append_flushes", "Batches of appends sent", registry=self.registry)
        self._appends = Gauge("peaswap_appends", "Appends in those batches", registry=self.registry)

    def request(self, method: str, route: str, status: int, seconds: float) -> None:
        """Counts an answer."""
        kept = self._kept.get((method, route, status))
        if kept is None:
            # Routes are known, methods and statuses few.
            kept = (self._requests.labels(method, route, str(status)), self._seconds.labels(route))
            self._kept[(method, route, status)] = kept
        kept[0].inc()
        kept[1].observe(seconds)

    def projection(self, name: str, shard: int, lag: int, *, stopped: bool) -> None:
        """Where a read model stands."""
        self._lag.labels(name, str(shard)).set(lag)
        self._stopped.labels(name, str(shard)).set(int(stopped))

    def laws(self, shard: int, broken: Mapping[str, int]) -> None:
        """How often each law of money is broken."""
        for law, count in broken.items():
            self._broken.labels(law, str(shard)).set(count)

    def appended(self, flushes: int, appends: int) -> None:
        """How the group commit is doing."""
        self._flushes.set(flushes)
        self._appends.set(appends)

    def text(self) -> bytes:
        """All of it in Prometheus' text format."""
        return generate_latest(self.registry)
