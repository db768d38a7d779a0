"""A report of 28 real days of Online Retail, in both languages, to look at the HTML engine with.

The figures are the shop's own, counted here with DuckDB; the decision, its reasons and the message
only show the layout. Run as a program it writes sample.en.html and sample.fr.html to a folder.
"""

from __future__ import annotations

import math
import sys
from datetime import date, timedelta
from functools import cache
from pathlib import Path
from typing import Any

import duckdb

from regie.engines.html import HtmlDocuments
from regie.terms.document import (
    LANGS,
    NUMBER,
    SHARE,
    Bar,
    BarFigure,
    Bars,
    CalibrationFigure,
    CalibrationPoint,
    Change,
    Chart,
    Column,
    Definitions,
    Details,
    Document,
    Fact,
    Format,
    Lang,
    LineFigure,
    MessagePreview,
    Notice,
    Paragraph,
    Point,
    Points,
    Row,
    Section,
    ShareRow,
    Source,
    StackedShareFigure,
    Table,
    Tile,
    Tiles,
)
from regie.words import formats
from regie.words.sentences import typeset

SHOP = Path(__file__).parents[2] / "regie/shipped/online_retail/online_retail.parquet"
FIRST, LAST = date(2011, 8, 12), date(2011, 9, 8)
BEFORE_FIRST, BEFORE_LAST = FIRST - timedelta(28), FIRST - timedelta(1)
POUNDS = Format("money", "GBP", digits=0)
PENCE = Format("money", "GBP")
LINES = """
CREATE VIEW lines AS
SELECT InvoiceNo AS invoice, upper(StockCode) AS item, trim(Description) AS description,
       make_timestamp(CAST(InvoiceDate * 1000000 AS BIGINT))::DATE AS day,
       CAST(round(Quantity * UnitPrice * 1000000) AS BIGINT) AS micros,
       CAST(CustomerID AS BIGINT) AS customer, Country AS country, Quantity AS quantity,
       UnitPrice AS price
FROM read_parquet($file)
"""
GOODS = "quantity > 0 AND price > 0 AND upper(item) NOT IN ('POST', 'DOT', 'M', 'AMAZONFEE', 'B')"


@cache
def shop() -> duckdb.DuckDBPyConnection:
    con = duckdb.connect()
    con.read_parquet(str(SHOP)).create_view("raw")
    con.execute(LINES.replace("read_parquet($file)", "raw"))
    con.execute(f"CREATE TABLE goods AS SELECT * FROM lines WHERE {GOODS}")
    return con


def rows(sql: str, *parameters: Any) -> list[tuple[Any, ...]]:
    return shop().execute(sql, list(parameters)).fetchall()


@cache
def by_day(first: date, last: date) -> list[tuple[date, int, int]]:
    found = {
        day: (int(micros), int(orders))
        for day, micros, orders in rows(
            "SELECT day, sum(micros)::BIGINT, count(DISTINCT invoice) FROM goods"
            " WHERE day BETWEEN ? AND ? GROUP BY day ORDER BY day",
            first,
            last,
        )
    }
    days = [first + timedelta(i) for i in range((last - first).days + 1)]
    return [(day, *found.get(day, (0, 0))) for day in days]


@cache
def totals(first: date, last: date) -> tuple[int, int, int]:
    [(micros, orders, customers)] = rows(
        "SELECT sum(micros)::BIGINT, count(DISTINCT invoice), count(DISTINCT customer) FROM goods"
        " WHERE day BETWEEN ? AND ?",
        first,
        last,
    )
    return int(micros), int(orders), int(customers)


@cache
def by_country() -> list[tuple[str, int]]:
    return rows(
        """
        SELECT country, sum(CASE WHEN day >= $1 THEN micros ELSE -micros END)::BIGINT AS moved
        FROM goods WHERE day BETWEEN $2 AND $3 GROUP BY country
        ORDER BY abs(moved) DESC, country
        """,
        FIRST,
        BEFORE_FIRST,
        LAST,
    )


@cache
def top_items() -> list[tuple[str, int, int, int]]:
    return rows(
        """
        SELECT min(description), sum(micros)::BIGINT AS micros, count(DISTINCT invoice),
               count(DISTINCT customer)
        FROM goods WHERE day BETWEEN ? AND ? GROUP BY item ORDER BY 2 DESC, item LIMIT 8
        """,
        FIRST,
        LAST,
    )


@cache
def row_kinds() -> list[tuple[str, int, int]]:
    return rows(
        """
        SELECT CASE WHEN InvoiceNo LIKE 'C%' THEN 'return'
                    WHEN upper(StockCode) IN ('POST','DOT','M','C2','D','S','B','CRUK',
                                              'AMAZONFEE','BANK CHARGES') THEN 'fee'
                    WHEN UnitPrice <= 0 OR Quantity <= 0 THEN 'adjustment'
                    ELSE 'order line' END AS kind,
               count(*), CAST(sum(CAST(round(Quantity * UnitPrice * 1000000) AS BIGINT)) AS BIGINT)
        FROM raw GROUP BY kind ORDER BY count(*) DESC, kind
        """
    )


@cache
def forecast_groups() -> list[tuple[float, float, int]]:
    """By days since the last order: the share that ordered in the 30 days after 11 July, and after
    10 August."""
    return rows(
        """
        WITH cut(moment) AS (VALUES (DATE '2011-07-11'), (DATE '2011-08-10')),
        person AS (
            SELECT moment, customer, moment - max(day) FILTER (day < moment) AS since,
                   count(DISTINCT day) FILTER (day < moment) AS orders,
                   coalesce(bool_or(day >= moment AND day < moment + 30), false) AS came
            FROM goods, cut WHERE customer IS NOT NULL GROUP BY moment, customer
        ), grouped AS (
            SELECT moment, came, least(since // 30, 4) * 4 + least(orders, 4) AS part
            FROM person WHERE since IS NOT NULL
        )
        SELECT avg(came::INT) FILTER (moment = DATE '2011-07-11') AS predicted,
               avg(came::INT) FILTER (moment = DATE '2011-08-10') AS observed,
               count(*) FILTER (moment = DATE '2011-08-10') AS people
        FROM grouped GROUP BY part HAVING people > 30 AND predicted IS NOT NULL ORDER BY predicted
        """
    )


def wilson(share: float, n: int) -> tuple[float, float]:
    """The 95 % interval of a share."""
    z = 1.96
    middle = (share + z * z / (2 * n)) / (1 + z * z / n)
    half = z * math.sqrt(share * (1 - share) / n + z * z / (4 * n * n)) / (1 + z * z / n)
    return middle - half, middle + half


def sample(lang: Lang) -> Document:
    """The whole sample in one language."""

    def t(english: str, french: str) -> str:
        return typeset(french if lang == "fr" else english, lang)

    against = t("vs the 28 days before", "contre les 28 jours d'avant")
    return Document(
        title=t("What the shop did, and what we did", "Ce que la boutique a fait, et nous"),
        subtitle=t("Demo shop", "Boutique de démonstration")
        + " · "
        + formats.days(FIRST, LAST, lang),
        lang=lang,
        tags=(
            t("simulated consent", "consentement simulé"),
            t("simulated addresses", "adresses simulées"),
        ),
        blocks=(
            _summary(lang, t),
            _tiles(t, against),
            _happened(t, against),
            _decided(t),
            _right(t),
            _quality(t),
            _method(t),
        ),
        stamp=(
            Fact(t("Run", "Calcul"), "4"),
            Fact(t("Seen as of", "Vu au"), formats.day("2011-09-09", lang)),
            Fact(t("Events", "Événements"), "version 7"),
            Fact("Régie", "0.1.0"),
        ),
    )


def _summary(lang: Lang, t: Any) -> Points:
    now, before = totals(FIRST, LAST), totals(BEFORE_FIRST, BEFORE_LAST)
    moved = formats.share(now[0] / before[0] - 1, lang, signed=True)
    revenue = formats.money(now[0], "GBP", lang, digits=0)
    return Points(
        title=t("In short", "L'essentiel"),
        lead=True,
        points=(
            Point(
                t(
                    f"Revenue was **{revenue}**, **{moved}** against the 28 days before: smaller"
                    " baskets in Britain, almost as many customers.",
                    f"Le chiffre d'affaires atteint **{revenue}**, soit **{moved}** contre les 28"
                    " jours d'avant : des paniers britanniques plus petits, presque autant de"
                    " clients.",
                )
            ),
            Point(
                t(
                    "Three campaigns proposed **1,240 messages**; 137 people were left without one"
                    " on purpose.",
                    "Trois campagnes ont proposé **1 240 messages** ; 137 personnes sont restées"
                    " sans message, exprès.",
                )
            ),
            Point(
                t(
                    "Predictions of an order held: groups told to order more often did.",
                    "Les prévisions de commande ont tenu : les groupes donnés pour plus actifs"
                    " l'ont été.",
                )
            ),
        ),
    )


def _tiles(t: Any, against: str) -> Tiles:
    now, before = totals(FIRST, LAST), totals(BEFORE_FIRST, BEFORE_LAST)
    days = by_day(FIRST, LAST)
    sql = (
        "SELECT CAST(sum(value_micros) AS BIGINT) AS revenue_micros\nFROM events\nWHERE kind ="
        " 'order' AND at_us >= $first_us AND at_us < $end_us"
    )

    def change(a: float, b: float) -> Change:
        return Change(value=a / b - 1, against=against, good=a >= b)

    return Tiles(
        (
            Tile(
                label=t("Revenue", "Chiffre d'affaires"),
                value=now[0],
                format=POUNDS,
                change=change(now[0], before[0]),
                series=tuple(float(d[1]) for d in days),
                source=Source(
                    definition=t(
                        "Order lines of the period, returns and fees left out.",
                        "Lignes de commande de la période, hors retours et frais.",
                    ),
                    command='regie sql "SELECT …"',
                    sql=sql,
                ),
            ),
            Tile(
                label=t("Orders", "Commandes"),
                value=now[1],
                change=change(now[1], before[1]),
                series=tuple(float(d[2]) for d in days),
                source=Source(definition=t("Invoices.", "Factures."), sql=sql),
            ),
            Tile(
                label=t("Average basket", "Panier moyen"),
                value=now[0] // now[1],
                format=PENCE,
                change=change(now[0] / now[1], before[0] / before[1]),
                series=tuple(d[1] / d[2] for d in days if d[2]),
            ),
            Tile(
                label=t("Active customers", "Clients actifs"),
                value=now[2],
                change=change(now[2], before[2]),
                note=t("who ordered at least once", "qui ont commandé au moins une fois"),
            ),
        )
    )


def _happened(t: Any, against: str) -> Section:
    now, before = by_day(FIRST, LAST), by_day(BEFORE_FIRST, BEFORE_LAST)
    countries = by_country()
    others = sum(moved for _, moved in countries[5:])
    total = sum(moved for _, moved in countries)
    return Section(
        title=t("What happened", "Ce qui s'est passé"),
        anchor="happened",
        lead=t(
            "August is quiet for a gift shop; September begins with stock for the end of the year.",
            "Août est calme pour un marchand de cadeaux ; septembre ouvre les stocks de fin"
            " d'année.",
        ),
        blocks=(
            Chart(
                title=t("Revenue by day", "Chiffre d'affaires par jour"),
                note=t(
                    "No orders on Saturdays: the shop ships in the week.",
                    "Aucune commande le samedi : la boutique expédie en semaine.",
                ),
                figure=LineFigure(
                    days=tuple(d[0] for d in now),
                    now=tuple(d[1] for d in now),
                    previous=tuple(d[1] for d in before),
                    now_label=t("these 28 days", "ces 28 jours"),
                    previous_label=t("the 28 days before", "les 28 jours d'avant"),
                    format=POUNDS,
                ),
                table=Table(
                    title=t("Revenue by day", "Chiffre d'affaires par jour"),
                    columns=(
                        Column(t("Day", "Jour"), Format("day")),
                        Column(t("Revenue", "Chiffre d'affaires"), POUNDS),
                        Column(t("28 days before", "28 jours avant"), POUNDS),
                        Column(t("Orders", "Commandes"), NUMBER),
                    ),
                    rows=tuple(
                        (a[0].isoformat(), a[1], b[1], a[2])
                        for a, b in zip(now, before, strict=True)
                    ),
                ),
                source=Source(
                    definition=t(
                        "Order lines, returns and fees left out, by day in London.",
                        "Lignes de commande, hors retours et frais, par jour à Londres.",
                    ),
                    command="regie sql --file revenue_by_day.sql",
                    sql="SELECT day, sum(value_micros) FROM events GROUP BY day ORDER BY day",
                ),
            ),
            Row(
                (
                    Bars(
                        title=t("What changed, by country", "Ce qui a changé, par pays"),
                        note=against,
                        rows=(
                            *(Bar(name, moved) for name, moved in countries[:5]),
                            Bar(t("Other countries", "Autres pays"), others),
                        ),
                        total=Bar("Total", total),
                        format=Format("money", "GBP", digits=0, signed=True),
                    ),
                    Chart(
                        title=t("Best-selling items", "Articles en tête"),
                        note=t("By revenue.", "Par chiffre d'affaires."),
                        figure=BarFigure(
                            bars=tuple(Bar(r[0].capitalize(), r[1]) for r in top_items()[:5]),
                            format=POUNDS,
                        ),
                        table=_item_table(t),
                    ),
                )
            ),
            _item_table(t),
        ),
    )


def _item_table(t: Any) -> Table:
    return Table(
        title=t("Items in detail", "Les articles en détail"),
        columns=(
            Column(t("Item", "Article")),
            Column(t("Revenue", "Chiffre d'affaires"), POUNDS),
            Column(t("Orders", "Commandes"), NUMBER),
            Column(t("Customers", "Clients"), NUMBER),
        ),
        rows=tuple((r[0].capitalize(), *r[1:]) for r in top_items()),
        footer=(
            t("These items", "Ces articles"),
            sum(r[1] for r in top_items()),
            sum(r[2] for r in top_items()),
            None,
        ),
    )


MAIL = """<!doctype html><html lang="en"><body style="margin:0;font:16px/1.5 Arial,sans-serif;
background:#f2f3f5"><div style="max-width:520px;margin:0 auto;background:#fff;padding:28px">
<h1 style="font-size:24px;margin:0 0 12px">Your favourites, again</h1><p>Four things you bought
before, and may be running out of.</p><p><b>Jumbo bag red retrospot</b> · £2.08</p><p><b>Party
bunting</b> · £4.95</p><p><b>Spotty bunting</b> · £4.95</p><p><b>Cake cases, set of 72</b>
· £0.55</p>
<p style="margin-top:22px"><a href="https://example.invalid/" style="background:#0b5cad;color:#fff;
padding:10px 18px;border-radius:6px;text-decoration:none">See them</a></p>
<p style="color:#56606c;font-size:13px">Why this message? · Unsubscribe</p></div></body></html>"""


def _decided(t: Any) -> Section:
    parts = (
        t("nothing", "rien"),
        t("your favourites again", "vos favoris, à nouveau"),
        t("new for you", "nouveau pour vous"),
        t("we miss you", "vous nous manquez"),
    )
    runs = (
        ("2011-06-09", (2_310, 611, 402, 188)),
        ("2011-07-09", (2_420, 655, 390, 214)),
        ("2011-08-09", (2_533, 640, 371, 229)),
        ("2011-09-09", (2_604, 690, 335, 215)),
    )
    return Section(
        title=t("What was decided, and why", "Ce qui a été décidé, et pourquoi"),
        anchor="decided",
        lead=t(
            "For each person with consent: one message, or nothing.",
            "Pour chaque personne consentante : un message, ou rien.",
        ),
        blocks=(
            Chart(
                title=t("Decisions by run", "Décisions par calcul"),
                figure=StackedShareFigure(
                    parts=parts,
                    rows=tuple(
                        ShareRow(formats.day(day, "fr" if t("e", "f") == "f" else "en"), values)
                        for day, values in runs
                    ),
                ),
                table=Table(
                    title=t("Decisions by run", "Décisions par calcul"),
                    columns=(
                        Column(t("Run", "Calcul"), Format("day")),
                        *(Column(part, NUMBER) for part in parts),
                    ),
                    rows=tuple((day, *values) for day, values in runs),
                ),
            ),
            MessagePreview(
                title=t("One message, as an example", "Un message, en exemple"),
                subject="Your favourites, again",
                preheader="Four things you may be running out of",
                html=MAIL,
                beside=(
                    Bars(
                        title=t("Why this person?", "Pourquoi cette personne ?"),
                        note=t(
                            "Probability of an order within 30 days: **71%**, average 63%.",
                            "Probabilité de commander sous 30 jours : **71 %**, moyenne 63 %.",
                        ),
                        rows=(
                            Bar(
                                t(
                                    "Buys “Cake cases” every 34 days on average; last 31 days ago",
                                    "Rachète « Cake cases » tous les 34 jours en moyenne ; dernier"
                                    " achat il y a 31 jours",
                                ),
                                0.046,
                            ),
                            Bar(
                                t("Orders regularly (11 in 9 months)", "Commande régulièrement"),
                                0.031,
                            ),
                            Bar(t("Opened the last message", "A ouvert le dernier message"), 0.012),
                            Bar(t("Smaller baskets since June", "Panier en baisse"), -0.009),
                        ),
                        total=Bar(t("Against the average", "Écart à la moyenne"), 0.08),
                        format=Format("points"),
                    ),
                    Points(
                        title=t("On which consent", "Sur quel consentement"),
                        points=(
                            Point(
                                t("E-mail, since 3 March 2011", "E-mail, depuis le 3 mars 2011"),
                                "ok",
                            ),
                            Point(
                                t("Personalised content, same day", "Contenu personnalisé, idem"),
                                "ok",
                            ),
                            Point(t("Tracking of openings", "Suivi des ouvertures"), "bad"),
                        ),
                    ),
                ),
            ),
        ),
    )


def _right(t: Any) -> Section:
    groups = forecast_groups()
    points = tuple(
        CalibrationPoint(p, o, n, *wilson(o, n))  # the order of the record
        for p, o, n in groups
    )
    title = t("Promised and kept", "Annoncé et tenu")
    quality = (("hit", 0.312, 0.224), ("ndcg", 0.187, 0.131))
    names = {
        "hit": t("A chosen item was bought", "Un article choisi a été acheté"),
        "ndcg": t("Order of the choice (nDCG)", "Ordre du choix (nDCG)"),
    }
    return Section(
        title=t("How right we were", "À quel point nous avions raison"),
        anchor="right",
        blocks=(
            Notice(
                kind="info",
                title=t("No effect is claimed", "Aucun effet n'est revendiqué"),
                text=t(
                    "Nothing was really sent. What follows says how well we foretold, not what the"
                    " messages caused.",
                    "Rien n'a réellement été envoyé. Ce qui suit dit si nous prévoyions juste, non"
                    " ce que les messages ont causé.",
                ),
            ),
            Chart(
                title=title,
                note=t(
                    "Each circle is a group of customers: what was foretold, what they did.",
                    "Chaque cercle est un groupe de clients : ce qui était prévu, ce qu'ils ont"
                    " fait.",
                ),
                figure=CalibrationFigure(
                    points=points,
                    predicted_label=t("predicted to order", "commandes prévues"),
                    observed_label=t("ordered", "ont commandé"),
                ),
                table=Table(
                    title=title,
                    columns=(
                        Column(t("Predicted", "Prévu"), SHARE),
                        Column(t("Observed", "Observé"), SHARE),
                        Column(t("People", "Personnes"), NUMBER),
                    ),
                    rows=tuple(groups),
                ),
            ),
            Row(
                (
                    Chart(
                        title=t("Our choice of items", "Notre choix d'articles"),
                        figure=BarFigure(
                            bars=tuple(Bar(names[c], a, b) for c, a, b in quality),
                            format=SHARE,
                            value_label=t("our choice", "notre choix"),
                            mark_label=t("the best sellers", "les meilleures ventes"),
                        ),
                        table=Table(
                            title=t("Our choice of items", "Notre choix d'articles"),
                            columns=(
                                Column(t("Measure", "Mesure")),
                                Column(t("Ours", "Nous"), SHARE),
                                Column(t("Best sellers", "Meilleures ventes"), SHARE),
                            ),
                            rows=tuple((names[c], a, b) for c, a, b in quality),
                        ),
                    ),
                    Details(
                        title=t("A statistician's words", "Les mots du statisticien"),
                        text=t(
                            "AUC 0.781, Brier score 0.168 (baseline 0.214), expected calibration"
                            " error 2.1 points.",
                            "AUC 0,781, score de Brier 0,168 (référence 0,214), erreur de"
                            " calibration attendue 2,1 points.",
                        ),
                    ),
                )
            ),
        ),
    )


def _quality(t: Any) -> Section:
    names = {
        "order line": t("order lines", "lignes de commande"),
        "return": t("returns", "retours"),
        "fee": t("fees", "frais"),
        "adjustment": t("adjustments", "corrections"),
    }
    kinds = row_kinds()
    title = t("Where every row went", "Où est allée chaque ligne")
    return Section(
        title=t("The data behind it", "Les données derrière"),
        anchor="quality",
        blocks=(
            Chart(
                title=title,
                figure=StackedShareFigure(
                    parts=tuple(names[k] for k, _, _ in kinds),
                    rows=(ShareRow("online_retail.parquet", tuple(n for _, n, _ in kinds)),),
                ),
                table=Table(
                    title=title,
                    columns=(
                        Column(t("Kind", "Nature")),
                        Column(t("Rows", "Lignes"), NUMBER),
                        Column(t("Amount", "Montant"), PENCE),
                    ),
                    rows=tuple((names[k], n, micros) for k, n, micros in kinds),
                    footer=("Total", sum(k[1] for k in kinds), sum(k[2] for k in kinds)),
                ),
            ),
            Points(
                title=t("Checks", "Contrôles"),
                points=(
                    Point(t("Complete: every row is somewhere", "Complet : rien ne manque"), "ok"),
                    Point(t("Fresh: last order yesterday", "Frais : dernière commande hier"), "ok"),
                    Point(
                        t(
                            "8 customers live in two countries; the last one is used",
                            "8 clients ont deux pays ; le dernier est retenu",
                        ),
                        "warn",
                    ),
                ),
            ),
        ),
    )


def _method(t: Any) -> Section:
    return Section(
        title=t("Method", "Méthode"),
        anchor="method",
        blocks=(
            Paragraph(
                t(
                    "Each run sees only what was known at its instant. Try it again with"
                    " `regie replay --run 4`.",
                    "Chaque calcul ne voit que ce qui était connu à son instant. Pour le refaire :"
                    " `regie replay --run 4`.",
                )
            ),
            Definitions(
                title=t("Words used", "Mots employés"),
                facts=(
                    Fact(
                        t("holdout", "groupe témoin"),
                        t(
                            "People left without a message on purpose.",
                            "Personnes laissées exprès sans message.",
                        ),
                    ),
                    Fact(
                        t("affinity", "appétence"),
                        t(
                            "How likely a person is to like an item.",
                            "À quel point un article a des chances de plaire à une personne.",
                        ),
                    ),
                ),
            ),
        ),
    )


if __name__ == "__main__":
    folder = Path(sys.argv[1])
    for language in LANGS:
        page = HtmlDocuments().render(sample(language))
        (folder / f"sample.{language}.html").write_bytes(page)
