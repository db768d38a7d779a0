"""The report's fifth part: how many people each purpose is open to; pure."""

from __future__ import annotations

from regie.measure.report.figures import ReportFigures
from regie.measure.report.voice import Voice
from regie.terms.document import (
    NUMBER,
    SHARE,
    Block,
    Column,
    Notice,
    Section,
    Table,
)


def section(told: ReportFigures, voice: Voice) -> Section:
    """By purpose: people, share, legal basis, how long data is kept.

    Examples
    --------
    >>> from datetime import date
    >>> from regie.measure.report import figures
    >>> period = figures.Period(date(2011, 8, 12), date(2011, 9, 8))
    >>> told = figures.nothing_known("Shop", "EUR", period)
    >>> section(told, Voice("en", told)).title
    'Consent'
    """
    blocks: list[Block] = []
    if "consent" in told.simulated:
        blocks.append(
            Notice(
                kind="warn", title=voice.say("simulated_consent"), text=voice.say("consent_drawn")
            )
        )
    blocks.append(
        Table(
            title=voice.say("purposes"),
            note=voice.say("purposes_note", people=told.people),
            columns=(
                Column(voice.say("purpose")),
                Column(voice.say("open_to"), NUMBER),
                Column(voice.say("share"), SHARE),
                Column(voice.say("legal_basis")),
                Column(voice.say("kept_days"), NUMBER),
            ),
            rows=tuple(
                (
                    purpose.title,
                    purpose.people,
                    purpose.people / told.people if told.people else None,
                    voice.named("basis", purpose.legal_basis),
                    purpose.retention_days,
                )
                for purpose in told.purposes
            ),
        )
    )
    return Section(
        title=voice.say("consent"),
        anchor="consent",
        lead=voice.say("consent_lead"),
        blocks=tuple(blocks),
    )
