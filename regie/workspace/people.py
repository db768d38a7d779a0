"""What a person can ask: consent, objection, access, rectification, erasure; the shell of rights.

A withdrawal holds from the next read. Erasing hides at once and then destroys: order lines become
anonymous, so that the accounts keep their totals, and every other row goes.
"""

from __future__ import annotations

import secrets
import time
from collections.abc import Sequence
from typing import TYPE_CHECKING, Any

import msgspec

from regie.deliver import mail
from regie.govern import ledger
from regie.ports.tables import PERSON_COLUMN, Columns, Session, sql_text
from regie.terms.consent import PURPOSES, Consent
from regie.terms.document import LANGS
from regie.terms.errors import NotFoundError, SettingError
from regie.terms.event import ANONYMOUS_ORDER
from regie.terms.instant import day_of
from regie.workspace import mailboxes
from regie.workspace.mailboxes import fingerprint
from regie.workspace.records import consents_of
from regie.workspace.sealing import Sealing
from regie.workspace.writing import CONTACT_FIELDS

if TYPE_CHECKING:
    from regie.workspace.stores import Stores

LONGEST_VALUE = 200
"""So many letters a corrected value has at most."""


class Erased(msgspec.Struct, frozen=True, kw_only=True):
    """What an erasure did.

    Parameters
    ----------
    rows : dict[str, int]
        Rows by table.
    hidden_s, destroyed_s : float
        After how many seconds each part was done.
    people : int
        How many people were erased.
    left : tuple[str, ...]
        People of the same address who stay, as whoever works here knows them.
    was_begun : bool
        Whether an earlier process began it, was cut short, and this opening finished it.
    """

    rows: dict[str, int]
    hidden_s: float
    destroyed_s: float
    people: int = 1
    left: tuple[str, ...] = ()
    was_begun: bool = False


def consent(
    workspace: Stores,
    key: str,
    *,
    grant: Sequence[str] = (),
    withdraw: Sequence[str] = (),
    evidence: str = "noted by hand",
) -> dict[str, bool]:
    """Note answers and tell where each purpose stands.

    What is withdrawn is withdrawn for everybody of the same address; what is granted is for this
    person alone.

    Parameters
    ----------
    evidence : str
        How they were given.
    """
    for purpose in (*grant, *withdraw):
        if purpose not in PURPOSES:
            raise SettingError(
                "purpose",
                f'"{purpose}"',
                "one of " + ", ".join(PURPOSES),
                "see regie consent --help",
            )
    answers = [(p, True) for p in grant] + [(p, False) for p in withdraw]
    if answers:
        others = mailboxes.sharing(workspace, [key]) if withdraw else []
        with workspace.state.together():
            _put(workspace, key, answers, evidence)
            if grant:
                # Consenting anew ends an erasure's opposition: later rows may carry the person.
                for mark in _marks(workspace, [key]):
                    workspace.state.lift_opposition(mark)
            for other in others:
                _put(workspace, other, [(p, False) for p in withdraw], evidence)
        Sealing(workspace).settle()
    return standing(workspace, key)


def _marks(workspace: Stores, keys: Sequence[str]) -> list[str]:
    """How the opposition list names people, and their addresses."""
    marks = mailboxes.marks_of(workspace, keys)
    return list(dict.fromkeys([*(fingerprint(workspace, key) for key in keys), *marks]))


def object_to(workspace: Stores, key: str) -> dict[str, bool]:
    """Object to everything that rests on anything but the law (GDPR article 21).

    It closes everybody of the same address, and the address for whoever comes later.
    """
    everybody = [key, *mailboxes.sharing(workspace, [key])]
    with workspace.state.together():
        for one in everybody:
            _put(workspace, one, [(p, False) for p in mailboxes.REFUSABLE], "objection")
        for mark in _marks(workspace, everybody):
            workspace.state.oppose(mark, workspace.settings.now_us(), "objected")
    Sealing(workspace).settle()
    return standing(workspace, key)


def _put(workspace: Stores, key: str, answers: Sequence[tuple[str, bool]], why: str) -> None:
    at_us = workspace.settings.now_us()
    bases = _bases(workspace, key)
    # In a workspace that stands still two answers of one day must keep their order.
    found = workspace.state.consents([key])
    if len(found["at_us"]):
        at_us = max(at_us, int(found["at_us"].max()) + 1)
    workspace.state.put_consents(
        {
            "key": [key] * len(answers),
            "purpose": [purpose for purpose, _ in answers],
            "granted": [granted for _, granted in answers],
            "basis": ["consent" if granted else bases[purpose] for purpose, granted in answers],
            "at_us": [at_us] * len(answers),
            "evidence": [why] * len(answers),
            "import_id": [None] * len(answers),
        }
    )
    answered = [
        Consent(key, p, granted, "consent" if granted else bases[p], at_us, why)
        for p, granted in answers
    ]
    leaves = Sealing(workspace).consent_leaves(answered)
    workspace.state.owe("consents", secrets.token_hex(16), leaves)


def _bases(workspace: Stores, key: str) -> dict[str, str]:
    """Purpose to what its use of a person rested on, which is what a refusal ends."""
    bases = {name: one.legal_basis for name, one in workspace.rules.purposes().items()}
    found = workspace.state.consents([key])
    columns = (found[name].tolist() for name in ("purpose", "granted", "basis"))
    for purpose, granted, basis in zip(*columns, strict=True):
        if granted:
            bases[purpose] = basis
    return bases


def standing(workspace: Stores, key: str) -> dict[str, bool]:
    """Whether each purpose is open for a person now."""
    from regie.govern.consent import allows
    from regie.workspace.sight import FAR_US, consents_by_key

    consents = consents_by_key(workspace, [key])[key]
    hidden = key in workspace.state.hidden_keys()
    shut = mailboxes.shut(workspace, [key]).get(key, {})
    return {
        name: allows(consents, purpose, as_of_us=FAR_US, hidden=hidden, shut=name in shut)
        for name, purpose in workspace.rules.purposes().items()
    }


RECTIFIED = "rectified"
"""The source of what was set by hand."""


def rectify(workspace: Stores, key: str, field: str, value: str) -> dict[str, Any]:
    """Change what is held on a person; earlier values stay in the history."""
    check_rectified(field, value)
    workspace.state.rectify(key, field, value, workspace.settings.now_us(), RECTIFIED)
    return held_contacts(workspace, key)


def check_rectified(field: str, value: str) -> None:
    """Whether a field of a person can be changed to a value.

    Raises
    ------
    SettingError
        If not.

    Examples
    --------
    >>> check_rectified("language", "fr")
    >>> check_rectified("language", "de")
    Traceback (most recent call last):
        ...
    regie.terms.errors.SettingError: language is "de", expected one of en, fr; choose one
    """
    allowed = [name for name in CONTACT_FIELDS if name != "raw_id"]
    if field not in allowed and not field.startswith("trait:"):
        raise SettingError(
            "field",
            f'"{field}"',
            "one of " + ", ".join(allowed) + ", or trait:NAME",
            "an order is corrected by importing its corrected file",
        )
    if len(value) > LONGEST_VALUE:
        raise SettingError(
            "value", f"of {len(value)} letters", f"at most {LONGEST_VALUE}", "write it shorter"
        )
    if field == "address" and not mail.is_address(value):
        raise SettingError("address", f'"{value}"', "name@domain", "write it whole")
    if field == "language" and value not in LANGS:
        raise SettingError("language", f'"{value}"', "one of " + ", ".join(LANGS), "choose one")


def held_contacts(workspace: Stores, key: str) -> dict[str, Any]:
    """The values that stand for a person, by field."""
    history = workspace.state.contact_history(key)
    standing: dict[str, Any] = {}
    for field, value in zip(history["field"], history["value"], strict=True):
        standing[str(field)] = value
    return standing


def access(workspace: Stores, *keys: str) -> dict[str, Any]:
    """All that is held on a person, found through the list of holdings.

    Of several people of one address the first, and the others under `same_address`.
    """
    from regie.workspace.holdings import held_on

    told: dict[str, Any] = {}
    for key in keys:
        contacts = held_contacts(workspace, key)
        held = held_on(workspace, key, [(f, str(value)) for f, value in contacts.items() if value])
        if not held:
            raise _unknown(key)
        one = {"key": key, "purposes": standing(workspace, key), "contacts": contacts, **held}
        if not told:
            told = one
        else:
            told.setdefault("same_address", []).append(one)
    return told


def check_known(workspace: Stores, key: str, person: str) -> None:
    """Whether something is held on a person.

    Parameters
    ----------
    person : str
        As they were named.

    Raises
    ------
    NotFoundError
        If not; says so where they were erased.
    """
    if not is_known(workspace, key):
        raise _unknown(person, erased_on(workspace, key))


def _unknown(person: str, erased: str = "") -> NotFoundError:
    if erased:
        return NotFoundError(
            f"person {person}", f"erased since {erased}", "a person of this workspace",
            "nothing is held on them any more: nothing is left to be done",
        )  # fmt: skip
    return NotFoundError(
        f"person {person}", "not there", "a person of this workspace", "check the identifier"
    )


def erased_on(workspace: Stores, key: str) -> str:
    """The day on which a person was erased; empty where they were not."""
    found = workspace.state.opposition()
    was = (found["fingerprint"] == fingerprint(workspace, key)) & (found["kind"] == "erased")
    if not was.any():
        return ""
    return day_of(int(found["at_us"][was].max()), workspace.settings.zone).isoformat()


def erase(workspace: Stores, *keys: str) -> Erased:
    """Hide people at once, then destroy what is held on them; the accounts keep their totals.

    Their addresses go on the opposition list too. Where nobody is left who has one, later rows that
    name it are kept out like theirs; somebody who stays is written to no more.
    """
    started = time.monotonic()
    for key in keys:
        if not is_known(workspace, key):
            raise _unknown(key)
    left = mailboxes.sharing(workspace, keys)
    stay = set(mailboxes.marks_of(workspace, left))
    now_us = workspace.settings.now_us()
    with workspace.state.together():
        for mark in mailboxes.marks_of(workspace, keys):
            workspace.state.oppose(mark, now_us, "objected" if mark in stay else "erased")
        for key in keys:
            workspace.state.erase(key, fingerprint(workspace, key), now_us)
    hidden_s = time.monotonic() - started
    rows: dict[str, int] = {}
    for key in keys:
        for place, n in destroy(workspace, key).items():
            rows[place] = rows.get(place, 0) + n
    return Erased(
        rows=rows,
        hidden_s=hidden_s,
        destroyed_s=time.monotonic() - started,
        people=len(keys),
        left=tuple(mailboxes.told(workspace, left)),
    )


def was_finished(workspace: Stores, key: str) -> bool:
    """Whether it is the erasure of this person, or of their address, that the opening finished."""
    is_gone = bool(workspace.finished) and not is_known(workspace, key)
    return is_gone and (key in workspace.finished or bool(erased_on(workspace, key)))


def finished(workspace: Stores) -> Erased:
    """What is told of an erasure that an earlier process began and the opening has just finished.

    How many rows went is not known any more: they went before anybody asked.
    """
    return Erased(
        rows={}, hidden_s=0.0, destroyed_s=0.0, people=len(workspace.finished), was_begun=True
    )


def destroy(workspace: Stores, key: str) -> dict[str, int]:
    """The physical part: every table, file and page; done again after a crash it ends the same.

    What goes is sealed before it goes: the rows that let it be sealed would be gone afterwards.
    """
    from regie.workspace import papers, redacting, uploads
    from regie.workspace.holdings import quarantined

    sealing, everything = Sealing(workspace), workspace.everything
    with everything.lease("events"), everything.lease("decisions"), everything.lease("quarantine"):
        for table, column in PERSON_COLUMN.items():
            everything.doubt(table, column)
        seal_anonymised(workspace)
        import_id = f"{ANONYMOUS_ORDER}{len(workspace.ledger.entries())}"
        held = workspace.state.hidden_values(key)
        names, wanted = [value for _, value in held], redacting.telling(held)
        files = redacting.renamed(workspace, wanted)
        with everything.session() as session:
            released = _leaves_of(workspace, session, key)
            found = quarantined(workspace, session, key, names)
            named = papers.naming(workspace, session, key, held)
            others = redacting.told_of(session, key, wanted)
            own = _events_of(session, key) if others else []
            released += _leaves_of_events(session, others)
            released += redacting.released(workspace, session, files)
            decided = redacting.decided_of(session, key, wanted)
            answered = redacting.answered_of(workspace, key, wanted)
            released += decided.was + answered.was
            set_aside = {name: found[name] for name in ("import_id", "row")}
            places = [f"{i}/{row}" for i, row in zip(*set_aside.values(), strict=True)]
            if places:
                released += sealing.quarantine_leaves(session, places=places)
            own_decisions = _decisions_of(session, key)["id"].tolist()
        sealing.seal("erasure", import_id, released)
        # Before they are written: whoever is cut short here writes the same at the next opening.
        if decided.ids:
            sealing.seal("redacted", import_id, decided.now)
        rows = {
            "reports": papers.erase(named),
            "quarantine": everything.erase("quarantine", set_aside) if set_aside["row"] else 0,
            "events": everything.erase(
                "events",
                {"event_id": [*own, *others]} if others else {"key": [key]},
                sql_text("regie.workspace", "anonymous"),
                {
                    "key": key,
                    "codes": wanted.codes,
                    "import_id": import_id,
                    "zone": workspace.settings.zone,
                    "chance": secrets.token_hex(32),
                    "words": wanted.words,
                },
            ),
            # Last of the tables: links and files are found through the decisions.
            "decisions": everything.erase(
                "decisions",
                {"id": [*own_decisions, *decided.ids]} if decided.ids else {"subject": [key]},
                sql_text("regie.workspace", "redacted_decisions"),
                {"codes": wanted.codes, "key": key, "words": wanted.words},
            ),
        }
        redacting.reword_answers(workspace, key, answered, import_id)
        redacting.rename(workspace, files, import_id)
        seal_anonymised(workspace)
        # Who stands in a file that nobody brought in yet is not to be known: it is uploaded again.
        uploads.let_go(workspace)
        redacting.reword(workspace, wanted)
        workspace.state.forget(key)
    return rows


def seal_anonymised(workspace: Stores) -> None:
    """Seal the lines that an erasure announced in the ledger has left, under the same name."""
    entries, sealing = workspace.ledger.entries(), Sealing(workspace)
    done = {entry.subject for entry in entries if entry.kind == "anonymised"}
    for entry in entries:
        begins = _LEAVE_LINES.get(entry.kind)
        if begins and entry.subject.startswith(begins) and entry.subject not in done:
            with workspace.everything.session() as session:
                leaves = sealing.event_leaves(session, import_id=entry.subject)
            sealing.seal("anonymised", entry.subject, leaves)


EXPIRY = "expiry"
"""The kind of entry that seals what age took out; its subject is STORE/DAY/NUMBER."""
_LEAVE_LINES = {"erasure": ANONYMOUS_ORDER, EXPIRY: "events/"}
"""Kinds of entry after which anonymous lines stand, and how the subjects of those begin."""


def _decisions_of(session: Session, key: str) -> Columns:
    return session.query("SELECT * FROM decisions WHERE subject = $key ORDER BY id", {"key": key})


def _events_of(session: Session, key: str) -> list[str]:
    sql = "SELECT event_id FROM events WHERE key = $key ORDER BY event_id"
    return [str(event) for event in session.query(sql, {"key": key})["event_id"]]


def _leaves_of_events(session: Session, ids: Sequence[str]) -> bytes:
    if not ids:
        return b""
    session.register("going", {"event_id": list(ids)})
    return b"".join(session.query(ledger.going_leaves_sql())["leaf"].tolist())


def _leaves_of(workspace: Stores, session: Session, key: str) -> bytes:
    decisions = _decisions_of(session, key)
    sealing = Sealing(workspace)
    consents = consents_of(workspace.state.consents([key], hidden=True))
    return (
        sealing.event_leaves(session, key=key)
        + ledger.record_leaves(decisions)
        + sealing.consent_leaves(consents)
        + sealing.erased_leaves(decisions["id"].tolist())
    )


def is_known(workspace: Stores, key: str) -> bool:
    """Whether anything is held on a person, wherever; what they ask for does not count."""
    from regie.workspace.holdings import held_on

    state = workspace.state
    if len(state.contact_history(key)["key"]) or len(state.consents([key])["key"]):
        return True
    # Rows set aside are opened one by one: looked at only for somebody found nowhere else.
    return bool(held_on(workspace, key).keys() - {"state.sqlite/requests"})
