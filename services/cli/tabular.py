"""Wire objects as rows of a table: their fields become columns, what is nested becomes JSON text."""

import csv
import io
import re
from collections.abc import Sequence
from importlib import import_module
from pathlib import Path
from typing import Any, BinaryIO, Literal, Protocol

import click
import msgspec
from msgspec import Struct, inspect

Kind = Literal["integer", "number", "boolean", "text", "json"]
Row = dict[str, Any]

# Rows of a Parquet file are kept until there are this many of them.
GROUP_ROWS = 1_000
# What spreadsheets take for the beginning of a formula, and what begins so and is a number to them: of a phone, say.
FORMULA = re.compile(r"[=+\-@\t\r\n＝＋－＠]")
NUMBER = re.compile(r"[+-][0-9 .()-]+")
NO_PYARROW = (
    "Parquet needs pyarrow, which is not part of PeaSwap. Install it beside it, once:\n"
    "  .venv/bin/python -m pip install --require-hashes -r deploy/export.lock"
)


class Column(Struct, frozen=True):
    """A field and what its values are."""

    name: str
    kind: Kind


class Writer(Protocol):
    """Takes rows as they come, and keeps no more of them than it must."""

    def write(self, rows: Sequence[Row]) -> None: ...

    def close(self) -> None: ...


class JsonLines:
    """One JSON object a line, exactly as the API answers it."""

    def __init__(self, out: BinaryIO) -> None:
        self._out = out

    def write(self, rows: Sequence[Row]) -> None:
        self._out.write(msgspec.json.Encoder().encode_lines(rows))

    def close(self) -> None:
        self._out.flush()


class Csv:
    """RFC 4180 with a line of names; null is empty, what is nested is JSON. Unless it is to be `exact`, an apostrophe
    stands before text that a spreadsheet would carry out as a formula: whoever signs up chooses their name."""

    def __init__(self, out: BinaryIO, columns: Sequence[Column], *, exact: bool = False) -> None:
        self._text = io.TextIOWrapper(out, encoding="utf-8", newline="", write_through=True)
        self._columns = columns
        self._exact = exact
        self._rows = csv.writer(self._text)
        self._rows.writerow([column.name for column in columns])

    def write(self, rows: Sequence[Row]) -> None:
        for row in rows:
            cells = [_as_text(_cell(row, column)) for column in self._columns]
            self._rows.writerow(cells if self._exact else [_disarmed(cell) for cell in cells])

    def close(self) -> None:
        self._text.flush()
        self._text.detach()


class Parquet:
    """Typed columns, a group of rows at a time."""

    def __init__(self, file: Path, columns: Sequence[Column]) -> None:
        arrow, parquet = _arrow()
        types = {"integer": arrow.int64(), "number": arrow.float64(), "boolean": arrow.bool_()}
        self._columns = columns
        self._schema = arrow.schema([(each.name, types.get(each.kind, arrow.string())) for each in columns])
        self._batch = arrow.RecordBatch
        self._writer = parquet.ParquetWriter(str(file), self._schema, compression="zstd")
        self._waiting: list[Row] = []

    def write(self, rows: Sequence[Row]) -> None:
        self._waiting += [{column.name: _cell(row, column) for column in self._columns} for row in rows]
        if len(self._waiting) >= GROUP_ROWS:
            self._flush()

    def close(self) -> None:
        if self._waiting:
            self._flush()
        self._writer.close()

    def _flush(self) -> None:
        self._writer.write_batch(self._batch.from_pylist(self._waiting, schema=self._schema))
        self._waiting = []


def columns_of(view: type[Struct]) -> list[Column]:
    """The columns of objects of this kind, in the order in which the API shows their fields."""
    shown = inspect.type_info(view)
    assert isinstance(shown, inspect.StructType)
    return [Column(field.encode_name, _kind(field.type)) for field in shown.fields]


def _kind(shown: inspect.Type) -> Kind:
    if isinstance(shown, inspect.UnionType):
        kinds: set[Kind] = {
            _kind(each) for each in shown.types if not isinstance(each, inspect.NoneType | inspect.CustomType)
        }
        return kinds.pop() if len(kinds) == 1 else "json"
    if isinstance(shown, inspect.BoolType):
        return "boolean"
    if isinstance(shown, inspect.IntType):
        return "integer"
    if isinstance(shown, inspect.FloatType):
        return "number"
    if isinstance(shown, inspect.StrType) or (
        isinstance(shown, inspect.LiteralType) and all(isinstance(value, str) for value in shown.values)
    ):
        return "text"
    return "json"


def _cell(row: Row, column: Column) -> Any:
    value = row.get(column.name)
    return msgspec.json.encode(value).decode() if column.kind == "json" and value is not None else value


def _as_text(value: Any) -> Any:
    return str(value).lower() if isinstance(value, bool) else value


def _disarmed(cell: Any) -> Any:
    return f"'{cell}" if isinstance(cell, str) and FORMULA.match(cell) and not NUMBER.fullmatch(cell) else cell


def _arrow() -> tuple[Any, Any]:
    try:
        return import_module("pyarrow"), import_module("pyarrow.parquet")
    except ImportError:
        raise click.ClickException(NO_PYARROW) from None
