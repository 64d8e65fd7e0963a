"""Rows of a CSV file: a customer's name is never a formula, and what is exact can be had too."""

import csv
import io

import pytest

from services.billing.customers.views import CustomerObject
from services.cli.tabular import Csv, columns_of


def written(name: str, phone: str | None, *, exact: bool = False) -> tuple[str, str, str]:
    """Name, phone and balance as a reader of the file finds them."""
    out = io.BytesIO()
    writer = Csv(out, columns_of(CustomerObject), exact=exact)
    writer.write([{"name": name, "phone": phone, "balance": -500}])
    writer.close()
    (row,) = csv.DictReader(io.StringIO(out.getvalue().decode(), newline=""))
    return row["name"], row["phone"], row["balance"]


@pytest.mark.parametrize(
    "name", ["=1+1", "+cmd|' /C calc'!A0", "-2+3", "@SUM(A1)", "\t=1", "\r=1", "\n=1", "＝1", '=HYPERLINK("x")', "-"]
)
def test_what_a_spreadsheet_would_carry_out_is_text(name: str) -> None:
    assert written(name, None) == (f"'{name}", "", "-500")
    assert written(name, None, exact=True)[0] == name


@pytest.mark.parametrize("name", ["Ada", "O'Neill", "a=b", "1-2", "", "Zoë 😀", "'quoted"])
def test_everything_else_is_left_alone(name: str) -> None:
    assert written(name, "+1 (555) 123-4567") == (name, "+1 (555) 123-4567", "-500")
    assert written(name, "+1234567890")[1] == "+1234567890"
