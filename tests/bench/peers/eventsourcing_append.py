"""The peer: the `eventsourcing` library's Postgres recorder, one event per insert, from as many threads as asked for.

python eventsourcing_append.py WRITERS SECONDS; the database comes by the environment. Prints events per second.
"""

import os
import sys
import threading
import time
from urllib.parse import urlsplit
from uuid import uuid4

from eventsourcing.persistence import StoredEvent
from eventsourcing.postgres import PostgresApplicationRecorder, PostgresDatastore

writers, seconds = int(sys.argv[1]), float(sys.argv[2])
url = urlsplit(os.environ["BENCH_DATABASE_URL"])
store = PostgresDatastore(
    dbname=url.path[1:],
    host=url.hostname,
    port=str(url.port),
    user=url.username,
    password=url.password,
    pool_size=writers,
    max_overflow=0,
)
recorder = PostgresApplicationRecorder(store, events_table_name="peer_events")
recorder.create_table()
state = b"x" * 250
counts = [0] * writers
until = time.perf_counter() + seconds


def write(index: int) -> None:
    stream, version = uuid4(), 0
    while time.perf_counter() < until:
        version += 1
        recorder.insert_events([StoredEvent(stream, version, "thing.happened", state)])
        counts[index] += 1


threads = [threading.Thread(target=write, args=(index,)) for index in range(writers)]
begun = time.perf_counter()
for thread in threads:
    thread.start()
for thread in threads:
    thread.join()
print(sum(counts) / (time.perf_counter() - begun))
store.close()
