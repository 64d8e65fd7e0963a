"""`python -m services.gateways.simulator`: the simulated payment provider as a server of its own."""

import asyncio
import contextlib
import signal
from pathlib import Path

import click
import uvloop

from services.gateways.simulator.books import Books
from services.gateways.simulator.server import Connection, Provider


@click.command()
@click.option("--host", default="127.0.0.1", show_default=True)
@click.option("--port", type=int, required=True)
@click.option("--data", type=click.Path(file_okay=False, path_type=Path), required=True, help="Where its books lie.")
@click.option("--token", required=True, envvar="PEASWAP_GATEWAY_TOKEN", help="The bearer token that clients must send.")
@click.option("--settle-seconds", type=float, default=2.0, show_default=True, help="When bank debits settle.")
def main(host: str, port: int, data: Path, token: str, settle_seconds: float) -> None:
    """Run the simulated payment provider until it is told to stop."""
    data.mkdir(parents=True, exist_ok=True)

    async def serve() -> None:
        loop = asyncio.get_running_loop()
        books = Books(data / "books.sqlite", settle_seconds)
        provider = Provider(books, token)
        server = await loop.create_server(lambda: Connection(provider), host, port, backlog=1024)
        stop = asyncio.Event()
        for name in (signal.SIGTERM, signal.SIGINT):
            loop.add_signal_handler(name, stop.set)
        await stop.wait()
        server.close()
        await books.close()

    with contextlib.suppress(KeyboardInterrupt):
        uvloop.run(serve())


if __name__ == "__main__":
    main()
