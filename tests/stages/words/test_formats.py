"""Figures as French and English readers write them; expected texts are typographers'."""

from __future__ import annotations

import math

import numpy as np
import pytest

from regie.terms.document import Cell, Format
from regie.terms.errors import SettingError
from regie.words import formats

NB, NN = "\u00a0", "\u202f"


@pytest.mark.parametrize(
    ("micros", "english", "french"),
    [
        (1_234_560_000, "£1,234.56", f"1{NN}234,56{NB}£"),
        (-73_117_000_000, "−£73,117.00", f"−73{NN}117,00{NB}£"),
        (0, "£0.00", f"0,00{NB}£"),
        (-4_000, "£0.00", f"0,00{NB}£"),  # never minus zero
        (9_747_747_934_000, "£9,747,747.93", f"9{NN}747{NN}747,93{NB}£"),
        (90_071_992_547_409_994_000, "£90,071,992,547,409.99", None),  # no float on the way
    ],
)
def test_money(micros: int, english: str, french: str | None) -> None:
    assert formats.money(micros, "GBP", "en") == english
    if french is not None:
        assert formats.money(micros, "GBP", "fr") == french


def test_money_keeps_the_currency_s_own_decimals() -> None:
    assert formats.money(500_000_000, "JPY", "fr").startswith("500")
    assert formats.money(1_500_000, "EUR", "fr") == f"1,50{NB}€"


@pytest.mark.parametrize(
    ("value", "english", "french"),
    [
        (3, "3", "3"),
        (3_000_000, "3,000,000", f"3{NN}000{NN}000"),
        (np.int64(-1234), "−1,234", f"−1{NN}234"),
        (2.5, "2.50", "2,50"),
        (math.inf, "–", "–"),
    ],
)
def test_number(value: float, english: str, french: str) -> None:
    assert (formats.number(value, "en"), formats.number(value, "fr")) == (english, french)


@pytest.mark.parametrize(
    ("value", "english", "french"),
    [(-0.108, "−10.8%", f"−10,8{NN}%"), (0.0, "0.0%", f"0,0{NN}%"), (0.5, "+50.0%", f"+50,0{NN}%")],
)
def test_signed_share(value: float, english: str, french: str) -> None:
    assert formats.share(value, "en", signed=True) == english
    assert formats.share(value, "fr", signed=True) == french


@pytest.mark.parametrize(
    ("first", "last", "english", "french"),
    [
        (
            "2011-08-12",
            "2011-09-08",
            "12 August – 8 September 2011",
            "12 août – 8 septembre 2011",
        ),
        ("2011-09-01", "2011-09-08", "1–8 September 2011", "1er–8 septembre 2011"),
        (
            "2010-12-31",
            "2011-01-01",
            "31 December 2010 – 1 January 2011",
            "31 décembre 2010 – 1er janvier 2011",
        ),
        ("2011-09-01", "2011-09-01", "1 September 2011", "1er septembre 2011"),
        ("2011-09-11", "2011-09-21", "11–21 September 2011", "11–21 septembre 2011"),
    ],
)
def test_days(first: str, last: str, english: str, french: str) -> None:
    assert formats.days(first, last, "en") == english
    assert formats.days(first, last, "fr") == french


@pytest.mark.parametrize(
    ("n", "english", "french"),
    [(0, "0 orders", "commande"), (1, "1 order", "commande"), (2, "2 orders", "commandes")],
)
def test_zero_is_singular_in_french_only(n: int, english: str, french: str) -> None:
    assert formats.count(n, "order", "orders", "en") == english
    assert formats.count(n, "commande", "commandes", "fr") == f"{n}{NB}{french}"


def test_a_million_is_a_plural_in_french() -> None:
    assert formats.count(1_000_000, "client", "clients", "fr").endswith("clients")


@pytest.mark.parametrize(
    ("seconds", "text"),
    [(0, "0 ms"), (59.94, "59.9 s"), (59.96, "1 min"), (3_599.6, "1 h"), (86_400, "1 d")],
)
def test_duration(seconds: float, text: str) -> None:
    assert formats.duration(seconds, "en") == text


@pytest.mark.parametrize(
    ("value", "form", "text"),
    [
        (None, Format("money", "GBP"), "–"),
        (math.nan, Format("share"), "–"),
        ("<b>", Format("text"), "<b>"),
        (1_200_000, Format("number", compact=True), "1.2M"),
        (0.046, Format("points"), "+4.6 pts"),
        (90, Format("duration"), "1 min 30 s"),
    ],
)
def test_show(value: Cell, form: Format, text: str) -> None:
    assert formats.show(value, form, "en") == text


def test_text_where_a_figure_belongs_is_an_error() -> None:
    with pytest.raises(SettingError, match="expected a number"):
        formats.show("twelve", Format("money", "GBP"), "en")
