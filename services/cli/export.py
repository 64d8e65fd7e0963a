"""`peaswap export`: all objects of a kind as a file, page by page, in memory that does not grow."""

import sys
from collections.abc import Generator, Mapping
from contextlib import contextmanager
from pathlib import Path
from typing import BinaryIO

import click
from msgspec import Struct
from rich.console import Console
from rich.progress import BarColumn, Progress, TextColumn, TimeElapsedColumn

from projections.event_feed.payload import EventObject
from services.billing.customers.views import CustomerObject
from services.billing.invoices.views import InvoiceObject
from services.billing.payments.views import PaymentObject
from services.billing.subscriptions.views import SubscriptionObject
from services.cli.remote import Remote, asks_api, remote_of
from services.cli.tabular import Csv, JsonLines, Parquet, Writer, columns_of

KINDS: Mapping[str, type[Struct]] = {
    "customers": CustomerObject,
    "payments": PaymentObject,
    "invoices": InvoiceObject,
    "subscriptions": SubscriptionObject,
    "events": EventObject,
}


@click.command("export")
@click.argument("kind", type=click.Choice(list(KINDS)))
@click.option(
    "--format", "form", type=click.Choice(["csv", "jsonl", "parquet"]), default="csv", show_default=True, help="How."
)
@click.option("--output", "-o", metavar="FILE", help="Where to; standard output when it is left out.")
@click.option("--exact", is_flag=True, help="CSV without apostrophes before what a spreadsheet takes for a formula.")
@click.option("--created-from", type=click.IntRange(0), metavar="SECONDS", help="Created at this instant or later.")
@click.option("--created-before", type=click.IntRange(0), metavar="SECONDS", help="Created before this instant.")
@asks_api
def export(
    kind: str,
    form: str,
    output: str | None,
    exact: bool,
    created_from: int | None,
    created_before: int | None,
    url: str | None,
    key: str | None,
    live: bool,
) -> None:
    """Write all customers, payments, invoices, subscriptions or events to a file, newest first.

    It reads page by page what the key may read, so that a million objects need no more memory than a hundred. A file
    appears under its name once it is whole. CSV and Parquet have a column for each field, and JSON in those of nested
    fields; instants are Unix seconds, amounts minor units. In CSV an apostrophe stands before text that begins as a
    formula does (= + - @), because customers choose their names and spreadsheets carry formulas out; plain numbers and
    phones are left alone, and --exact leaves everything alone. JSON Lines are the objects as the API answers them.
    There are no secrets in any of them. Deleted customers are not listed; their events are.

    Parquet needs pyarrow, which is not installed with PeaSwap; when it is missing, the command says how to get it.

    \b
    Examples:
      peaswap export payments --format parquet -o payments.parquet
      peaswap export events --format jsonl --created-from 1767225600 | gzip > events.jsonl.gz
    """
    if exact and form != "csv":
        raise click.UsageError("--exact is about CSV; other formats are exact always.")
    if form == "parquet" and output is None:
        raise click.UsageError("A Parquet file cannot be piped: name it with --output.")
    with remote_of(url, key, live) as remote, _writer(form, kind, output, exact) as writer:
        bounds = {"created[gte]": created_from, "created[lt]": created_before}
        count = _copied(remote, kind, writer, {name: at for name, at in bounds.items() if at is not None})
    click.echo(f"{count} {kind}{f' in {output}' if output else ''}.", err=True)


def _copied(remote: Remote, kind: str, writer: Writer, bounds: Mapping[str, int]) -> int:
    count = 0
    bar = (TextColumn("{task.description}"), BarColumn(), TextColumn("{task.completed:,.0f}"), TimeElapsedColumn())
    with Progress(*bar, console=Console(stderr=True), disable=not sys.stderr.isatty()) as progress:
        # How many there are nobody knows before the last page: the bar moves, and the number counts.
        task = progress.add_task(kind, total=None)
        for rows in remote.pages(f"/v1/{kind}", **bounds):
            writer.write(rows)
            count += len(rows)
            progress.update(task, completed=count)
    return count


@contextmanager
def _writer(form: str, kind: str, output: str | None, exact: bool) -> Generator[Writer]:
    """Writes to standard output, or to a file that takes its name when all is written."""
    if output is None:
        writer = _text_writer(form, kind, sys.stdout.buffer, exact)
        yield writer
        writer.close()
        return
    part = Path(f"{output}.part")
    try:
        if form == "parquet":
            writer = Parquet(part, columns_of(KINDS[kind]))
            yield writer
            writer.close()
        else:
            with part.open("wb") as out:
                writer = _text_writer(form, kind, out, exact)
                yield writer
                writer.close()
        part.replace(output)
    except OSError as problem:
        raise click.ClickException(f"{output} cannot be written: {problem.strerror or problem}.") from None
    finally:
        part.unlink(missing_ok=True)


def _text_writer(form: str, kind: str, out: BinaryIO, exact: bool) -> Writer:
    return JsonLines(out) if form == "jsonl" else Csv(out, columns_of(KINDS[kind]), exact=exact)
