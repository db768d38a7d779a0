"""Headings: what columns are called in the files that teams bring; pure.

Why a list of whole names and not a model: a heading is two or three words, the list can be read and
corrected, and a name that is not in it is left to the column's content (see `proposal`). English,
French, German, Spanish, Italian, Japanese and Russian; from the exports of common shops and mail
tools.
"""

from __future__ import annotations

import difflib
import re
import unicodedata
from collections.abc import Sequence

from regie.collect.mapping import FIELDS, folded_name

HEADINGS: dict[str, str] = {
    "order": "order, order id, order number, order no, order ref, order reference, order "
    "#, invoice, invoice no, invoice number, invoice id, basket id, transaction "
    "id, receipt, receipt no, name, commande, n commande, no commande, numero "
    "commande, numero de commande, id commande, ref commande, reference commande, "
    "facture, n facture, numero facture, ticket, id order, bestellung, "
    "bestellnummer, bestell nr, auftrag, auftragsnummer, rechnungsnummer, "
    "belegnummer, pedido, numero de pedido, n pedido, id pedido, factura, numero "
    "factura, ordine, numero ordine, id ordine, fattura, sales order, document "
    "no, order name, "
    "注文番号, 注文id, 受注番号, 伝票番号, "
    "номер заказа, заказ, id заказа, № заказа, номер чека",
    "item": "item, product, produit, item id, sku, product id, stock code, stockcode, "
    "article, article no, item code, product code, product sku, lineitem sku, "
    "variant sku, ean, upc, gtin, asin, product reference, reference, ref, ref "
    "article, reference article, code article, reference produit, code produit, "
    "ref produit, id produit, artikel, artikelnummer, artikel nr, art nr, "
    "produktnummer, referencia, codigo, codigo articulo, articulo, id producto, "
    "codice, codice articolo, articolo, coupon, coupon upc, item sku, "
    "商品コード, 商品番号, 品番, 商品id, クーポン, クーポンコード, クーポンid, "
    "артикул, код товара, sku товара",
    "description": "description, product, product name, item name, item description, title, "
    "lineitem name, designation, libelle, nom produit, produit, intitule, nom du "
    "produit, libelle article, bezeichnung, artikelbezeichnung, produktname, "
    "produkt, descripcion, producto, nombre producto, descrizione, prodotto, nome "
    "prodotto, product type, product title, "
    "商品名, 品名, "
    "название товара, наименование, наименование товара, товар, название",
    "quantity": "quantity, qty, quantite, qte, units, units sold, item quantity, item qty, "
    "lineitem quantity, product quantity, ordered quantity, qte commandee, nb "
    "articles, nombre, menge, anzahl, stuck, stuckzahl, cantidad, unidades, cant, "
    "quantita, qta, pieces, pcs, product quantity, items sold, "
    "数量, 個数, 注文数, "
    "количество, кол во, кол-во, колво, шт",
    "at": "date, at, order date, created at, invoice date, invoicedate, ordered at, "
    "date time, datetime, timestamp, transaction timestamp, transaction date, "
    "purchase date, date commande, date de commande, date de la commande, date "
    "achat, date d achat, date facture, date de facturation, date heure, "
    "horodatage, cree le, commande le, datum, bestelldatum, kaufdatum, "
    "rechnungsdatum, fecha, fecha pedido, fecha de pedido, fecha compra, data, "
    "data ordine, day, date add, date created, paid at, completed at, redemption "
    "date, decided at, updated at, last changed, modified time, added time, optin "
    "time, unsub time, clean time, sent at, send date, event date, date envoi, "
    "date d envoi, "
    "注文日, 注文日時, 日付, 日時, 購入日, 受注日, 利用日, 利用日時, "
    "дата, дата заказа, дата и время, дата покупки",
    "unit_price": "unit price, unitprice, price, item price, price each, lineitem price, prix, "
    "prix unitaire, prix unitaire ttc, prix unitaire ht, prix u, pu, pu ttc, pu "
    "ht, p u, unit price tax incl, product price, einzelpreis, preis, stuckpreis, "
    "e preis, precio, precio unitario, precio unidad, p unitario, prezzo, prezzo "
    "unitario, unit cost, selling price, "
    "単価, 価格, 販売価格, 商品単価, "
    "цена, цена за единицу, цена за шт",
    "value": "value, line total, total line, line amount, sales value, item total, row "
    "total, amount, total, subtotal, net amount, net sales, revenue, montant, "
    "montant ligne, total ligne, montant ttc, montant ht, total ttc, total ht, "
    "prix total, ca, gesamtpreis, gesamt, summe, betrag, umsatz, importe, importe "
    "total, total linea, totale, totale riga, importo, total price tax incl, "
    "total price, item subtotal, line value, "
    "金額, 小計, 税込金額, 合計金額, 合計, "
    "сумма, стоимость, итого",
    "person": "person, identifiant, identifiant client, customer id, customer, customerid, "
    "client id, user id, userid, member id, household id, account id, buyer, "
    "buyer id, contact id, customer no, customer number, client, id client, n "
    "client, no client, numero client, code client, compte client, ref client, "
    "reference client, acheteur, kunde, kundennummer, kunden nr, kundennr, kunden "
    "id, cliente, id cliente, codigo cliente, numero cliente, n cliente, codice "
    "cliente, shopper id, loyalty id, carte fidelite, n carte, id customer, "
    "subscriber id, visitor id, email, email address, id, "
    "顧客id, 顧客番号, 会員番号, 会員id, お客様番号, "
    "клиент, покупатель, id клиента, код клиента, номер клиента",
    "country": "country, pays, land, pais, paese, country code, code pays, billing country, "
    "shipping country, pays de livraison, pays livraison, lieferland, pais envio, "
    "country iso, iso code, nation, market, "
    "国, страна",
    "currency": "currency, devise, monnaie, wahrung, moneda, divisa, valuta, currency code, "
    "code devise, "
    "通貨, "
    "валюта",
    "address": "address, email, e mail, mail, email address, adresse email, adresse mail, "
    "adresse e mail, courriel, e mail adresse, correo, correo electronico, email "
    "cliente, indirizzo email, customer email, billing email, mel, contact email, "
    "subscriber, "
    "メールアドレス, eメール, メール, "
    "почта, электронная почта, email клиента, эл почта",
    "first_name": "first name, firstname, given name, fname, prenom, vorname, nombre, nome, "
    "billing first name, customer first name, "
    "名, имя",
    "last_name": "last name, lastname, surname, family name, lname, nom, nom de famille, "
    "nachname, familienname, apellido, apellidos, cognome, billing last name, "
    "customer last name, "
    "姓, фамилия",
    "language": "language, lang, locale, langue, sprache, idioma, lingua, preferred language",
    "purpose": "purpose, finalite, zweck, finalidad, consent type, topic",
    "granted": "granted, consent, opt in, optin, accord, consentement, accepts marketing, "
    "einwilligung, zustimmung, consentimiento, acepta, subscribed, newsletter, "
    "permission",
    "basis": "basis, legal basis, base legale, rechtsgrundlage, base legal",
    "evidence": "evidence, proof, preuve, source, nachweis, prueba, form, consent source",
    "event": "event, event type, action, activity, type, evenement, statut, ereignis, "
    "aktion, evento, accion, status",
    "campaign": "campaign, campaign id, campaign name, campaign title, campagne, nom "
    "campagne, nom de la campagne, kampagne, campana, campagna, campaign tag, "
    "mailing, "
    "キャンペーン, "
    "кампания",
    "status": "status, order status, financial status, payment status, statut, etat, statut "
    "commande, etat commande, bestellstatus, estado, estado pedido, stato, "
    "current state, "
    "ステータス, 注文状況, 状態, "
    "статус, статус заказа",
    "discount": "discount, line discount, lineitem discount, item discount, remise ligne, "
    "remise, rabatt, descuento, sconto, "
    "割引, 値引, 割引額, "
    "скидка",
}
"""Field to the names it goes by, in lower case without accents and signs."""

_NAMES = {field: [folded_name(n) for n in names.split(",")] for field, names in HEADINGS.items()}
_ALIKE = 0.84
_NAMED = 0.8


def likeness(field: str, column: str) -> float:
    """How well a column's name fits a field, 0..1.

    Returns
    -------
    float
        1 a known name; 0.8 a known name of at least four letters with other words around it; 0.7
        a near miss; 0 none of these.

    Examples
    --------
    >>> likeness("quantity", "Qté"), likeness("unit_price", "Unit price (EUR)")
    (1.0, 0.8)
    >>> likeness("order", "Numero de comande"), likeness("order", "Farbe")
    (0.7, 0.0)
    """
    folded = folded_name(column)
    names = _NAMES.get(field, ())
    if folded in names:
        return 1.0
    words = [folded_name(word) for word in _split(column)]
    runs = {"".join(words[i:j]) for i in range(len(words)) for j in range(i + 1, len(words) + 1)}
    if any(len(name) > 3 and name in runs for name in names):
        return 0.8
    if len(folded) > 4 and difflib.get_close_matches(folded, names, 1, _ALIKE):
        return 0.7
    return 0.0


def _split(column: str) -> list[str]:
    spaced = "".join(f" {c}" if c.isupper() and p.islower() else c for p, c in _pairs(column))
    return "".join(c if c.isalnum() else " " for c in spaced).split()


def _pairs(text: str) -> list[tuple[str, str]]:
    return list(zip(" " + text, text, strict=False))


def person_column(columns: Sequence[str]) -> str:
    """The column that seems to say whose a row is, an identifier or an address; empty if none.

    Examples
    --------
    >>> person_column(["Total", "Nom client", "E-mail client"]), person_column(["Total", "Colour"])
    ('E-mail client', '')
    """
    named = ("first_name", "last_name", "country", "description", "order", "at")
    fitting = [c for c in columns if all(likeness(field, c) < _NAMED for field in named)]
    shares = {c: max(likeness("person", c), likeness("address", c)) for c in fitting}
    # "Nom client" names a client as well, but two clients may share a name.
    best = max(fitting, key=lambda c: (shares[c], likeness("address", c)), default="")
    return best if shares.get(best, 0.0) >= _NAMED else ""


_STATES = (
    "cancelled, canceled, cancelled by customer, refunded, fully refunded, voided, failed, "
    "payment failed, declined, payment error, trash, checkout draft, abandoned, chargeback, "
    "annulé, annulée, annulés, annulées, commande annulée, remboursé, remboursée, échoué, "
    "échouée, échec, erreur de paiement, paiement refusé, storniert, abgebrochen, erstattet, "
    "rückerstattet, fehlgeschlagen, cancelado, cancelada, anulado, anulada, reembolsado, "
    "reembolsada, fallido, annullato, annullata, rimborsato, rimborsata, fallito, geannuleerd, "
    "terugbetaald, キャンセル, 返金済み"
)
_NEVER_SOLD = {folded_name(state) for state in _STATES.split(",")}


def never_sold(status: str) -> bool:
    """Whether a status says that an order was never sold, or was given back whole.

    Examples
    --------
    >>> [never_sold(one) for one in ("Remboursée", "wc-cancelled", "partially_refunded", "paid")]
    [True, True, False, False]
    """
    return folded_name(status.casefold().removeprefix("wc-")) in _NEVER_SOLD


_MONEY_WORDS = {
    "discount": "discount, discounts, discounted, remise, remises, rabais, reduction, promo, "
    "rabatt, nachlass, descuento, sconto, korting, desconto, voucher, markdown, 割引, 値引, скидка",
    "refund": "refund, refunds, refunded, returned, remboursement, rembourse, avoir, avoirs, "
    "erstattung, erstattet, ruckerstattung, gutschrift, storno, reembolso, devolucion, rimborso, "
    "reso, chargeback, возврат",
    "tax": "tax, taxes, vat, tva, taxe, mwst, ust, umsatzsteuer, iva, gst, hst, btw, moms, ндс",
    "type": "type, kind, art, belegart, vorgang, tipo, soort, genre, тип",
}
_MONEY = {word: what for what, words in _MONEY_WORDS.items() for word in words.split(", ")}
_NO_AMOUNT = {
    "id", "no", "nr", "number", "numero", "code", "class", "date", "day", "reason", "motif", "name",
    "nom", "label",
}  # fmt: skip
_OF_A_SALE = {"product", "produit", "article", "item", "payment"}
"""What a row says beside what kind of row it is."""
_RATE = {"rate", "taux", "percent", "percentage", "pct", "prozent", "satz", "tasso"}


def sounds_of(column: str) -> str:
    """What a column that nobody reads may change of a sale, by its name; empty where nothing.

    Returns
    -------
    str
        `discount`, `refund`, `tax` (an amount), or `type` (of the row: a sale or a refund).

    Examples
    --------
    >>> [sounds_of(name) for name in ("Discount %", "Montant remboursé", "VAT", "VAT number")]
    ['discount', 'refund', 'tax', '']
    >>> [sounds_of(name) for name in ("Type", "Document type", "Product type", "Customer")]
    ['type', 'type', '', '']
    """
    words = [folded_name(word) for word in _split(column)]
    found = {_MONEY[word] for word in words if word in _MONEY}
    if _NO_AMOUNT & set(words):
        return ""
    if "type" in found and len(found) == 1:
        about = _OF_A_SALE | {"customer", "client", "user"}
        return "" if about & set(words) else "type"
    if found == {"tax"} and (is_rate(column) or likeness("unit_price", column) > 0):
        return ""
    return next((what for what in ("refund", "discount", "tax") if what in found), "")


def is_rate(column: str) -> bool:
    """Whether a column's name says that it is a share and no amount.

    Examples
    --------
    >>> is_rate("Discount %"), is_rate("Taux de remise"), is_rate("Discount")
    (True, True, False)
    """
    return "%" in column or bool(_RATE & {folded_name(word) for word in _split(column)})


_CENTS = {
    "cents", "cent", "centimes", "centime", "pence", "pennies", "centavos", "centimos", "centesimi",
    "ore", "rappen", "groszy", "kopecks", "minor", "subunits",
}  # fmt: skip


def says_cents(column: str) -> bool:
    """Whether a column's name says that its amounts are hundredths of the currency.

    Examples
    --------
    >>> [says_cents(name) for name in ("price_cents", "Prix (centimes)", "unitPriceMinor", "Price")]
    [True, True, True, False]
    """
    return bool(_CENTS & {folded_name(word) for word in _split(column)})


_BACK = re.compile(
    r"refund|return|rembours|retour|avoir|credit ?note|gutschrift|storno|erstatt|ruckgabe|devol|"
    r"reembols|rimbors|\breso\b|chargeback|возврат"
)


def given_back(word: str) -> bool:
    """Whether the type of a row says that goods or money went back.

    Examples
    --------
    >>> [given_back(one) for one in ("Refund", "Remboursé", "Sale")]
    [True, True, False]
    """
    return bool(_BACK.search(_plain(word)))


_REFUNDS = (
    "refund, refunds, refunded, return, returned, credit note, credit memo, creditnote, avoir, "
    "avoirs, facture d'avoir, remboursement, rembourse, retour, gutschrift, storno, retoure, "
    "erstattung, devolucion, reembolso, nota de credito, rimborso, reso, nota di credito, "
    "terugbetaling, retour client, возврат"
)
_BACK_WORDS = {folded_name(word) for word in _REFUNDS.split(",")}
_NOT_OF_ROWS = _OF_A_SALE | {
    "paiement", "zahlung", "pago", "pagamento", "reason", "motif", "category", "categorie",
}  # fmt: skip


def told_apart_by_words(column: str) -> bool:
    """Whether words of refunds in a column may be of its rows, by its name.

    Paid with a credit note is sold; a product, or a reason, is named as it is.

    Examples
    --------
    >>> told_apart_by_words("Nature"), told_apart_by_words("Payment method")
    (True, False)
    """
    return not _NOT_OF_ROWS & {folded_name(word) for word in _split(column)}


def is_a_refund(word: str) -> bool:
    """Whether a cell is a word for what went back, and nothing else.

    Examples
    --------
    >>> [is_a_refund(one) for one in ("Avoir", "Credit note", "Return gift", "Facture")]
    [True, True, False, False]
    """
    return folded_name(word) in _BACK_WORDS


def _plain(text: str) -> str:
    """In small letters without accents."""
    letters = unicodedata.normalize("NFKD", text.casefold())
    return "".join(c for c in letters if not unicodedata.combining(c))


_ANSWERS = re.compile(
    r"unsub|desabo|desinscri|opt_?(out|in)|confirm|block(list|ed)|blacklist|refus|consent|abmeld|"
    r"clean(_|ed)|bounce|complain|subscri|baja"
)


def tells_an_answer(column: str) -> bool:
    """Whether a column's name says that somebody agreed, refused, or could not be reached.

    Examples
    --------
    >>> [tells_an_answer(name) for name in ("UNSUB_TIME", "Date désabonnement", "MODIFIED_TIME")]
    [True, True, False]
    """
    return bool(_ANSWERS.search(re.sub(r"[^a-z]+", "_", _plain(column))))


def kind_by_heading(columns: Sequence[str]) -> str:
    """The kind of file whose required fields all have a column of a known name; empty if none.

    Kinds that ask for one column only (contacts, products) are never told by it.

    Examples
    --------
    >>> kind_by_heading(["Order ID", "SKU", "Qty", "Date", "Price"])
    'orders'
    >>> kind_by_heading(["id", "city"])
    ''
    """
    for kind in ("orders", "consents", "sends", "redemptions"):
        free = list(columns)
        for field in FIELDS[kind][0]:
            best = max(free, key=lambda column: likeness(field, column), default=None)
            if best is None or likeness(field, best) < _NAMED:
                break
            free.remove(best)
        else:
            return kind
    return ""
