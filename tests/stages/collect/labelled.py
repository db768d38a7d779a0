"""Files of which it is known what each column is: the truth that proposals are measured against.

Rows are drawn with a seed; headers are those of shops, tools and spreadsheets in several languages.
"""

from __future__ import annotations

import random
from collections.abc import Callable, Sequence
from datetime import datetime, timedelta
from pathlib import Path
from typing import Any, NamedTuple

import duckdb

SHIPPED = Path("regie/shipped")
Column = list[str | None]


class Labelled(NamedTuple):
    """A file's cells by column, its kind, and field to the column it is in."""

    name: str
    kind: str
    cells: dict[str, Column]
    truth: dict[str, str]


def _orders(seed: int, comma: bool, form: str, n: int = 120) -> dict[str, Column]:
    """Order lines by field, and what stands beside them in exports."""
    draw = random.Random(seed)
    goods = [
        (f"{draw.choice(('TB', 'CH', 'LP'))}-{k:03}", name, draw.randint(199, 19999) / 100)
        for k, name in enumerate(_GOODS * 2)
    ]
    rows: list[dict[str, str | None]] = []
    start = datetime(2025, 3, 1, 9, 0)  # noqa: DTZ001
    order = draw.randint(10_000, 90_000)
    while len(rows) < n:
        order += draw.randint(1, 3)
        start += timedelta(minutes=draw.randint(20, 2000))
        person = draw.randint(100, 100 + n // 4)
        land = draw.choice(("France", "France", "Germany", "Spain"))
        for item, name, price in draw.sample(goods, draw.choice((1, 1, 2, 3, 4))):
            quantity = draw.choice((1, 1, 1, 2, 2, 3, 6))
            rows.append(
                {
                    "order": str(order),
                    "at": start.isoformat(" ")[:16] if form == "iso" else start.strftime(form),
                    "person": f"{person}",
                    "item": item,
                    "description": name,
                    "quantity": str(quantity),
                    "unit_price": _amount(price, comma),
                    "value": _amount(round(price * quantity, 2), comma),
                    "country": land,
                    "mail": f"client{person}@example.com",
                    "noise": draw.choice(("web", "store", "phone")),
                    "weight": _amount(draw.randint(100, 900) / 100, comma),
                    "currency": "EUR",
                }
            )
    return {field: [row[field] for row in rows] for field in rows[0]}


_GOODS = (
    "Oak serving board", "Earl Grey tea, 100 g", "Cedar candle", "Blue linen napkin", "Salad bowl",
    "Small copper pan", "Wool throw, grey", "Glass carafe", "Bread knife", "Olive oil, 50 cl",
)  # fmt: skip


def _amount(value: float, comma: bool) -> str:
    text = f"{value:.2f}"
    return text.replace(".", ",") if comma else text


def _named(
    name: str, columns: Sequence[tuple[str, str]], *, comma: bool = False, form: str = "iso"
) -> Labelled:
    """An orders file with these columns: (heading, field); a field not of orders is noise."""
    made = _orders(sum(map(ord, name)), comma, form)
    truth = {("person" if f == "mail" else f): h for h, f in columns if f not in _NOISE}
    return Labelled(name, "orders", {heading: made[field] for heading, field in columns}, truth)


_NOISE = ("noise", "weight")
_FRENCH = "%d/%m/%Y %H:%M"
_GERMAN = "%d.%m.%Y"


def headed() -> list[Labelled]:
    """Orders under the headings of many shops and spreadsheets."""
    return [
        _named(
            "plain English",
            [
                ("Order ID", "order"),
                ("Order Date", "at"),
                ("Customer ID", "person"),
                ("SKU", "item"),
                ("Product", "description"),
                ("Qty", "quantity"),
                ("Unit Price", "unit_price"),
                ("Country", "country"),
            ],
        ),
        _named(
            "French till",
            [
                ("N° commande", "order"),
                ("Réf.", "item"),
                ("Qté", "quantity"),
                ("PU TTC", "unit_price"),
                ("Date", "at"),
                ("Client", "person"),
            ],
            comma=True,
            form=_FRENCH,
        ),
        _named(
            "French with totals",
            [
                ("Numéro de commande", "order"),
                ("Date de commande", "at"),
                ("Code client", "person"),
                ("Référence produit", "item"),
                ("Désignation", "description"),
                ("Quantité", "quantity"),
                ("Prix unitaire HT", "unit_price"),
                ("Montant HT", "value"),
                ("Pays", "country"),
            ],
            comma=True,
            form=_FRENCH,
        ),
        _named(
            "French invoices",
            [
                ("N° facture", "order"),
                ("Date facture", "at"),
                ("N° client", "person"),
                ("Article", "item"),
                ("Libellé", "description"),
                ("Nb articles", "quantity"),
                ("Total TTC", "value"),
                ("Vendeur", "noise"),
            ],
            comma=True,
            form="%d/%m/%Y",
        ),
        _named(
            "German",
            [
                ("Bestellnummer", "order"),
                ("Bestelldatum", "at"),
                ("Kundennummer", "person"),
                ("Artikelnummer", "item"),
                ("Bezeichnung", "description"),
                ("Menge", "quantity"),
                ("Einzelpreis", "unit_price"),
                ("Gesamtpreis", "value"),
                ("Land", "country"),
            ],
            comma=True,
            form=_GERMAN,
        ),
        _named(
            "German short",
            [
                ("Auftrag", "order"),
                ("Datum", "at"),
                ("Kunde", "person"),
                ("Artikel", "item"),
                ("Anzahl", "quantity"),
                ("Preis", "unit_price"),
                ("Kanal", "noise"),
            ],
            comma=True,
            form=_GERMAN,
        ),
        _named(
            "Spanish",
            [
                ("Nº pedido", "order"),
                ("Fecha", "at"),
                ("Cliente", "person"),
                ("Referencia", "item"),
                ("Descripción", "description"),
                ("Cantidad", "quantity"),
                ("Precio unitario", "unit_price"),
                ("País", "country"),
            ],
            comma=True,
            form="%d/%m/%Y",
        ),
        _named(
            "Spanish totals",
            [
                ("Pedido", "order"),
                ("Fecha de pedido", "at"),
                ("Id cliente", "person"),
                ("Código artículo", "item"),
                ("Unidades", "quantity"),
                ("Importe", "value"),
            ],
            comma=True,
            form="%d/%m/%Y",
        ),
        _named(
            "Italian",
            [
                ("Numero ordine", "order"),
                ("Data ordine", "at"),
                ("Codice cliente", "person"),
                ("Codice articolo", "item"),
                ("Quantità", "quantity"),
                ("Prezzo unitario", "unit_price"),
            ],
            comma=True,
            form="%d/%m/%Y",
        ),
        _named(
            "American",
            [
                ("Order Number", "order"),
                ("Purchase Date", "at"),
                ("Email", "mail"),
                ("Item SKU", "item"),
                ("Item Name", "description"),
                ("Item Quantity", "quantity"),
                ("Item Price", "unit_price"),
                ("Channel", "noise"),
            ],
            form="%m/%d/%Y %H:%M",
        ),
        _named(
            "snake case",
            [
                ("order_id", "order"),
                ("created_at", "at"),
                ("user_id", "person"),
                ("product_id", "item"),
                ("product_name", "description"),
                ("quantity", "quantity"),
                ("amount", "value"),
                ("currency", "currency"),
            ],
        ),
        _named(
            "camel case",
            [
                ("orderId", "order"),
                ("orderDate", "at"),
                ("customerId", "person"),
                ("itemId", "item"),
                ("unitPrice", "unit_price"),
                ("itemQuantity", "quantity"),
                ("shippingCountry", "country"),
            ],
        ),
        _named(
            "data warehouse",
            [
                ("TRANSACTION_ID", "order"),
                ("TRANSACTION_TIMESTAMP", "at"),
                ("LOYALTY_ID", "person"),
                ("EAN", "item"),
                ("UNITS", "quantity"),
                ("NET_AMOUNT", "value"),
                ("STORE_TYPE", "noise"),
            ],
        ),
        _named(
            "marketplace",
            [
                ("Order Reference", "order"),
                ("Date/Time", "at"),
                ("Buyer", "mail"),
                ("Product Code", "item"),
                ("Title", "description"),
                ("Units sold", "quantity"),
                ("Item total", "value"),
                ("Parcel weight", "weight"),
            ],
        ),
        _named(
            "Polish, unknown tongue",
            [
                ("Nr zamówienia", "order"),
                ("Kiedy", "at"),
                ("Nabywca", "person"),
                ("Kod towaru", "item"),
                ("Nazwa towaru", "description"),
                ("Ilość", "quantity"),
                ("Cena", "unit_price"),
                ("Kraj", "country"),
            ],
            comma=True,
            form=_GERMAN,
        ),
        _named(
            "Finnish, unknown tongue",
            [
                ("Tilaus", "order"),
                ("Päivämäärä", "at"),
                ("Asiakas", "person"),
                ("Tuotekoodi", "item"),
                ("Nimike", "description"),
                ("Määrä", "quantity"),
                ("Hinta", "unit_price"),
                ("Yhteensä", "value"),
            ],
            comma=True,
            form=_GERMAN,
        ),
        _named(
            "letters for names",
            [
                ("A", "order"),
                ("B", "at"),
                ("C", "person"),
                ("D", "item"),
                ("E", "description"),
                ("F", "quantity"),
                ("G", "unit_price"),
                ("H", "value"),
            ],
        ),
        _named(
            "names that lie",
            [
                ("Date", "noise"),
                ("Commande", "order"),
                ("Horodatage", "at"),
                ("Prix", "unit_price"),
                ("Client", "mail"),
                ("Produit", "item"),
                ("Nombre", "quantity"),
            ],
            form=_FRENCH,
            comma=True,
        ),
        _named(
            "units in headings",
            [
                ("Order # (web)", "order"),
                ("Date (UTC)", "at"),
                ("Customer no.", "person"),
                ("SKU code", "item"),
                ("Quantity (pcs)", "quantity"),
                ("Unit price (EUR)", "unit_price"),
                ("Line total (EUR)", "value"),
            ],
        ),
    ]


def _people(n: int = 60) -> dict[str, Column]:
    draw = random.Random(5)
    first = ("Camille", "Hugo", "Inès", "Oliver", "Chloé", "Marta", "Jonas", "Léa")
    last = ("Moreau", "Lefèvre", "Roussel", "Hartley", "Weber", "García", "Nowak", "Petit")
    rows = [
        (
            f"c{1000 + k}",
            f"person{k}@example.com",
            draw.choice(first),
            draw.choice(last),
            draw.choice(("fr", "en")),
            draw.choice(("Lyon", "Paris", "Leeds")),
            f"2025-0{draw.randint(1, 9)}-1{draw.randint(0, 9)} 10:00:00",
            "Yes" if k % 3 else "No",
        )
        for k in range(n)
    ]
    names = ("id", "mail", "first", "last", "lang", "city", "date", "yes")
    return dict(zip(names, ([*column] for column in zip(*rows, strict=True)), strict=True))


def others() -> list[Labelled]:
    """Contacts, consents, sends, products, coupons under several headings."""
    p = _people()
    draw = random.Random(9)
    events: Column = [draw.choice(("send", "open", "click", "bounce")) for _ in p["id"]]
    purposes: Column = [draw.choice(("prospecting", "profiling")) for _ in p["id"]]
    codes: Column = [f"SKU-{k}" for k in range(60)]
    names: Column = [f"{_GOODS[k % 10]} {k}" for k in range(60)]
    tags: Column = [draw.choice(("spring", "autumn_teas")) for _ in range(60)]
    return [
        Labelled(
            "French contacts",
            "contacts",
            {
                "Identifiant": p["id"],
                "Adresse e-mail": p["mail"],
                "Prénom": p["first"],
                "Nom": p["last"],
                "Langue": p["lang"],
                "Ville": p["city"],
            },
            {
                "person": "Identifiant",
                "address": "Adresse e-mail",
                "first_name": "Prénom",
                "last_name": "Nom",
                "language": "Langue",
            },
        ),
        Labelled(
            "English contacts",
            "contacts",
            {
                "Customer ID": p["id"],
                "Email": p["mail"],
                "First name": p["first"],
                "Surname": p["last"],
                "Updated at": p["date"],
            },
            {
                "person": "Customer ID",
                "address": "Email",
                "first_name": "First name",
                "last_name": "Surname",
                "at": "Updated at",
            },
        ),
        Labelled(
            "Mailchimp audience",
            "contacts",
            {
                "Email Address": p["mail"],
                "First Name": p["first"],
                "Last Name": p["last"],
                "MEMBER_RATING": ["2"] * 60,
                "OPTIN_TIME": p["date"],
                "LAST_CHANGED": p["date"],
                "LEID": [str(7_000_000 + k) for k in range(60)],
            },
            {
                "person": "Email Address",
                "address": "Email Address",
                "first_name": "First Name",
                "last_name": "Last Name",
                "at": "LAST_CHANGED",
            },
        ),
        Labelled(
            "German contacts",
            "contacts",
            {
                "Kundennummer": p["id"],
                "E-Mail": p["mail"],
                "Vorname": p["first"],
                "Nachname": p["last"],
                "Sprache": p["lang"],
            },
            {
                "person": "Kundennummer",
                "address": "E-Mail",
                "first_name": "Vorname",
                "last_name": "Nachname",
                "language": "Sprache",
            },
        ),
        Labelled(
            "consents",
            "consents",
            {
                "Client": p["id"],
                "Finalité": purposes,
                "Accord": p["yes"],
                "Date": p["date"],
                "Preuve": tags,
            },
            {
                "person": "Client",
                "purpose": "Finalité",
                "granted": "Accord",
                "at": "Date",
                "evidence": "Preuve",
            },
        ),
        Labelled(
            "consents in English",
            "consents",
            {"email": p["mail"], "purpose": purposes, "granted": p["yes"], "timestamp": p["date"]},
            {"person": "email", "purpose": "purpose", "granted": "granted", "at": "timestamp"},
        ),
        Labelled(
            "sends",
            "sends",
            {"Email": p["mail"], "Event": events, "Date": p["date"], "Campaign": tags},
            {"person": "Email", "event": "Event", "at": "Date", "campaign": "Campaign"},
        ),
        Labelled(
            "sends without words",
            "sends",
            {"c1": p["mail"], "c2": events, "c3": p["date"]},
            {"person": "c1", "event": "c2", "at": "c3"},
        ),
        Labelled(
            "French products",
            "products",
            {"Référence": codes, "Nom du produit": names, "Poids": [f"{k}.5" for k in range(60)]},
            {"item": "Référence", "description": "Nom du produit"},
        ),
    ]


_REAL: dict[str, tuple[str, str, dict[str, str]]] = {
    "Online Retail": (
        "online_retail/online_retail.parquet",
        "orders",
        {
            "order": "InvoiceNo",
            "item": "StockCode",
            "description": "Description",
            "quantity": "Quantity",
            "at": "InvoiceDate",
            "unit_price": "UnitPrice",
            "person": "CustomerID",
            "country": "Country",
        },
    ),
    "Complete Journey transactions": (
        "completejourney/transactions.parquet",
        "orders",
        {
            "order": "basket_id",
            "item": "product_id",
            "quantity": "quantity",
            "at": "transaction_timestamp",
            "value": "sales_value",
            "person": "household_id",
        },
    ),
    "Complete Journey coupons": (
        "completejourney/coupon_redemptions.parquet",
        "redemptions",
        {
            "person": "household_id",
            "item": "coupon_upc",
            "at": "redemption_date",
            "campaign": "campaign_id",
        },
    ),
    "Complete Journey products": (
        "completejourney/products.parquet",
        "products",
        {"item": "product_id", "description": "product_type"},
    ),
    "sample of orders": (
        "samples/orders.csv",
        "orders",
        {
            "order": "order_id",
            "at": "ordered_at",
            "person": "customer_id",
            "item": "sku",
            "description": "product",
            "quantity": "quantity",
            "unit_price": "unit_price",
            "country": "country",
        },
    ),
    "sample of contacts": (
        "samples/contacts.csv",
        "contacts",
        {
            "person": "customer_id",
            "address": "email",
            "first_name": "first_name",
            "last_name": "last_name",
            "language": "language",
        },
    ),
    "sample of consents": (
        "samples/consents.csv",
        "consents",
        {
            "person": "customer_id",
            "purpose": "purpose",
            "granted": "granted",
            "at": "decided_at",
            "evidence": "evidence",
        },
    ),
    "sample of sends": (
        "samples/sends.csv",
        "sends",
        {"person": "customer_id", "event": "event", "at": "at", "campaign": "campaign"},
    ),
}


def _read(path: Path) -> dict[str, Column]:
    with duckdb.connect() as con:
        reader: Callable[..., Any] = con.read_parquet if path.suffix == ".parquet" else con.read_csv
        source = (
            reader(str(path)) if path.suffix == ".parquet" else reader(str(path), all_varchar=True)
        )
        rows = source.limit(2000).fetchall()
        names = source.columns
    columns = zip(*rows, strict=True)
    return {
        name: [None if cell is None else str(cell) for cell in column]
        for name, column in zip(names, columns, strict=True)
    }


def real() -> list[Labelled]:
    """The shipped logs and samples, their first 2,000 rows."""
    return [
        Labelled(name, kind, _read(SHIPPED / path), truth)
        for name, (path, kind, truth) in _REAL.items()
    ]


def held_out() -> list[Labelled]:
    """Files written after the weights of a proposal were set: nothing was changed for them."""
    p = _people()
    return [
        _named(
            "wholesale",
            [
                ("Doc. No.", "order"),
                ("Posting date", "at"),
                ("Sold-to party", "person"),
                ("Material", "item"),
                ("Material description", "description"),
                ("Billed quantity", "quantity"),
                ("Net value", "value"),
                ("Sales office", "noise"),
            ],
            form=_GERMAN,
            comma=True,
        ),
        _named(
            "Portuguese",
            [
                ("Nº da encomenda", "order"),
                ("Data da compra", "at"),
                ("Cód. cliente", "person"),
                ("Código do produto", "item"),
                ("Descrição", "description"),
                ("Quantidade", "quantity"),
                ("Preço unitário", "unit_price"),
                ("País", "country"),
            ],
            comma=True,
            form="%d/%m/%Y",
        ),
        _named(
            "Dutch",
            [
                ("Ordernummer", "order"),
                ("Besteldatum", "at"),
                ("Klantnummer", "person"),
                ("Artikelcode", "item"),
                ("Omschrijving", "description"),
                ("Aantal", "quantity"),
                ("Stukprijs", "unit_price"),
                ("Totaal", "value"),
            ],
            comma=True,
            form="%d-%m-%Y",
        ),
        _named(
            "Swedish",
            [
                ("Ordernr", "order"),
                ("Orderdatum", "at"),
                ("Kundnr", "person"),
                ("Artikelnr", "item"),
                ("Benämning", "description"),
                ("Antal", "quantity"),
                ("Pris", "unit_price"),
                ("Land", "country"),
            ],
            comma=True,
        ),
        _named(
            "app events",
            [
                ("purchase_uuid", "order"),
                ("occurred_at", "at"),
                ("account", "person"),
                ("content_id", "item"),
                ("content_name", "description"),
                ("num_items", "quantity"),
                ("price_eur", "unit_price"),
                ("platform", "noise"),
            ],
        ),
        _named(
            "French bookkeeper",
            [
                ("Pièce", "order"),
                ("Date pièce", "at"),
                ("Compte", "person"),
                ("Code art.", "item"),
                ("Libellé article", "description"),
                ("Qté livrée", "quantity"),
                ("P.U. net", "unit_price"),
                ("Net ligne", "value"),
            ],
            comma=True,
            form="%d/%m/%Y",
        ),
        _named(
            "Turkish",
            [
                ("Sipariş no", "order"),
                ("Tarih", "at"),
                ("Müşteri", "person"),
                ("Ürün kodu", "item"),
                ("Ürün adı", "description"),
                ("Adet", "quantity"),
                ("Birim fiyat", "unit_price"),
                ("Ülke", "country"),
            ],
            comma=True,
            form=_GERMAN,
        ),
        Labelled(
            "Dutch contacts",
            "contacts",
            {
                "Klantnr": p["id"],
                "E-mailadres": p["mail"],
                "Voornaam": p["first"],
                "Achternaam": p["last"],
                "Taal": p["lang"],
                "Plaats": p["city"],
            },
            {
                "person": "Klantnr",
                "address": "E-mailadres",
                "first_name": "Voornaam",
                "last_name": "Achternaam",
                "language": "Taal",
            },
        ),
        Labelled(
            "sign-ups",
            "contacts",
            {"Subscriber e-mail": p["mail"], "Given name": p["first"], "Signed up": p["date"]},
            {
                "person": "Subscriber e-mail",
                "address": "Subscriber e-mail",
                "first_name": "Given name",
                "at": "Signed up",
            },
        ),
    ]


FRENCH = """\
Numéro de commande;Date;Réf article;Désignation;Quantité;Prix unitaire;Client;Pays
536365;{day} 10:00;85123A;Suspension cœur blanc;6;2,55;17850;France
536365;{day} 10:00;71053;Lanterne blanche métal;6;3,39;17850;France
536366;13/01/2011 11:20;22633;Chauffe-mains Union Jack;6;1,85;17851;France
536366;13/01/2011 11:20;22632;Chauffe-mains pois rouges;6;1,85;17851;France
536367;14/01/2011 09:05;84879;Oiseau décoratif assorti;32;1,69;13047;Belgique
536367;14/01/2011 09:05;22745;Coffret jeu poupée;6;2,10;13047;Belgique
536368;15/01/2011 14:30;85123A;Suspension cœur blanc;2;2,55;13748;Suisse
536369;16/01/2011 16:45;71053;Lanterne blanche métal;3;3,39;17850;France
536369;16/01/2011 16:45;22633;Chauffe-mains Union Jack;4;1,85;17850;France
"""
FRENCH_FIELDS = ("order", "at", "item", "description", "quantity", "unit_price", "person",
                 "country")  # fmt: skip
