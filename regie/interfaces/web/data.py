"""Data: where every line of every file went, what was set aside, and bringing a file in."""

from __future__ import annotations

import re
from collections.abc import Mapping

from starlette.responses import Response

from regie.collect import intake
from regie.collect.mapping import FIELDS, SEND_EVENTS, field_of
from regie.collect.mapping import told as told_field
from regie.interfaces.web.asking import Ask, page, refused, seen
from regie.terms.consent import PURPOSES
from regie.terms.errors import InputError, NotFoundError, RefusedError, RegieError, SettingError
from regie.words import formats
from regie.words.sentences import say, theme_sentences
from regie.workspace import bringing, correcting, proposing, sources, uploads
from regie.workspace.correcting import Aside
from regie.workspace.proposing import Chosen
from regie.workspace.sources import Went

_NEWEST = 50
_ROW_NAMES = {
    told_field(field): field
    for required, optional in FIELDS.values()
    for field in (*required, *optional)
}
"""What a preview calls a field to the field."""
_OWN_PLACES = ("consent", "contacts", "products", "order", "return", "fee", "adjustment")


def show(ask: Ask, problem: str = "", status: int = 200) -> Response:
    """Every file, where its lines went, and what waits."""
    told = sources.history(ask.workspace)
    newest: dict[str, Went] = {}
    for one in told:
        newest.setdefault(one.source.mapping, one)
    return page(
        ask,
        "data",
        status=status,
        sources=list(newest.values()),
        imports=told[:_NEWEST],
        more=len(told) > _NEWEST,
        waits=sum(one.waits for one in told),
        may_bring=ask.may("bring_data"),
        most_mb=uploads.MOST_BYTES >> 20,
        problem=problem,
    )  # fmt: skip


def told(ask: Ask) -> Response:
    """One import: the account of its lines, the rules it was judged by, what was set aside."""
    brought = correcting.brought_by(ask.workspace, ask.path["import_id"])
    one = next(
        (w for w in sources.history(ask.workspace) if w.source.import_id == brought.id), None
    )
    if one is None:  # what was corrected is told with its file
        of = brought.id.split("-", 2)[2]
        return seen(ask, f"/data/imports/{of}")
    return page(
        ask,
        "import",
        one=one,
        places={place: _place(ask, place) for place in (*one.kept, *one.left_out)},
        reasons=correcting.reasons(ask.workspace, brought.id),
        later=correcting.later(ask.workspace, brought.id),
        numbered=correcting.numbered,
        may_bring=ask.may("bring_data"),
        word=lambda field: _word(ask, field),
        rules={_rule(ask, rule): share for rule, share in one.source.kept.items()},
    )


def _word(ask: Ask, field: str) -> str:
    """A field in the reader's language; a trait by the name the file gave it."""
    code = f"data_field_{field}"
    return ask.say(code) if code in theme_sentences("screens") else told_field(field)


def _rule(ask: Ask, rule: str) -> str:
    """A quality rule in words: what it checks, of which field."""
    check, _, field = rule.partition(" ")
    return say(f"report.check_{check}", ask.lang, field=_word(ask, field_of(field)))


def _place(ask: Ask, place: str) -> str:
    """What a place is called; an event of a kind without words of its own by that kind's."""
    kind = place.partition("\x1f")[0]
    if kind in (*_OWN_PLACES, *sources.LEFT_OUT):
        return ask.say(f"place_{kind}")
    return say(f"register.kind_{kind}", ask.lang)


def aside(
    ask: Ask,
    still: Mapping[int, str] | None = None,
    problem: str = "",
    status: int = 200,
) -> Response:
    """Lines of a file that were set aside for one reason, to be corrected."""
    reason = ask.path["reason"]
    brought = correcting.brought_by(ask.workspace, ask.path["import_id"])
    rows = correcting.set_aside(ask.workspace, brought.id, reason)
    return page(
        ask,
        "aside",
        status=status,
        brought=brought,
        reason=reason,
        rows=[(one, _values(ask, one), _shown(one)) for one in rows],
        total=correcting.reasons(ask.workspace, brought.id).get(reason, 0),
        still={
            row: (_word(ask, bad), _expects(ask, brought.id, bad))
            for row, bad in (still or {}).items()
        },
        expects=_expects(ask, brought.id, reason),
        problem=problem,
        word=lambda field: _word(ask, field),
    )


def _expects(ask: Ask, import_id: str, field: str) -> str:
    """What a field takes, in the reader's language, as its file writes it."""
    mapping = correcting.mapping_of(ask.workspace, import_id)
    amount = field in ("unit_price", "value", "discount")
    known = ("at", "quantity", "purpose", "granted", "event", "row", "text")
    code = "amount" if amount else field if field in known else "other"
    return ask.say(
        f"expects_{code}",
        example=intake.example(mapping.time_formats[0]),
        amount=f"2{mapping.decimal[0]}50",
        words=", ".join(PURPOSES if field == "purpose" else SEND_EVENTS),
    )


def _values(ask: Ask, one: Aside) -> dict[str, str]:
    """What was typed is kept."""
    return {name: ask.form.get(f"{one.row}.{name}", value) for name, value in one.fields.items()}


def _shown(one: Aside) -> list[str]:
    """The fields of a row to be corrected: the one that cannot be read first, then what it has."""
    named = [n for n, value in one.fields.items() if (value or one.raw) and n != one.reason]
    return [*([one.reason] if one.reason in one.fields else []), *named]


def correct(ask: Ask) -> Response:
    """Read the ticked lines again with the values of the form."""
    import_id, reason = ask.path["import_id"], ask.path["reason"]
    waiting = correcting.set_aside(ask.workspace, import_id, reason)
    corrected = {one.row: _values(ask, one) for one in waiting if f"take {one.row}" in ask.form}
    if not corrected:
        return aside(ask, problem=ask.say("aside_none_taken"), status=400)
    try:
        done = correcting.replay(ask.workspace, import_id, corrected)
    except RefusedError:
        return aside(ask, problem=ask.say("aside_moved"), status=409)
    except InputError as error:
        return aside(ask, problem=_refused(ask, error), status=400)
    if done.imported is None:
        bad = {row: field for row, (field, _) in done.still.items()}
        return aside(ask, still=bad, status=400)
    ask.note("corrected_lines", f"{import_id}, {correcting.numbered(corrected)}")
    return seen(ask, f"/data/imports/{import_id}")


# ---- bringing a file in


def upload(ask: Ask) -> Response:
    """A file came: go and look at how it would be read."""
    if not ask.form.get("file") or not ask.form.get("upload"):
        return show(ask, ask.say("upload_no_file"), 400)
    path = uploads.found(ask.workspace, ask.form["upload"])
    if not path.stat().st_size:
        return show(ask, ask.say("upload_empty"), 400)
    ask.note("uploaded", path.name)
    return seen(ask, f"/data/uploads/{ask.form['upload']}")


def preview(
    ask: Ask, problem: str = "", status: int = 200, detail: RegieError | None = None
) -> Response:
    """How an upload would be read: the mapping, how sure each column is, ten rows as understood."""
    token = ask.path["upload"]
    path = uploads.found(ask.workspace, token)
    given = ask.form or ask.query
    by = _chosen(given)
    try:
        proposed, refusal = proposing.looked_at(ask.workspace, path, by)
    except InputError as error:
        return page(
            ask,
            "upload",
            status=400,
            file=path.name,
            size=path.stat().st_size,
            token=token,
            proposed=None,
            problem=_refused(ask, error),
            detail=_detail(error),
        )
    found = proposed.found
    kind = found.kind
    fields = [f for group in FIELDS[kind] for f in group] if kind else []
    return page(
        ask,
        "upload",
        status=status,
        file=path.name,
        size=path.stat().st_size,
        token=token,
        proposed=proposed,
        kinds=list(FIELDS),
        guesses={guess.field: guess for guess in found.guesses},
        fields=fields,
        needed=FIELDS[kind][0] if kind else (),
        columns=sorted({*found.columns.values(), *found.unknown}),
        chosen=by,
        heads={_ROW_NAMES[name]: name for name in proposed.rows[0] if name in _ROW_NAMES}
        if proposed.rows
        else {},
        bad=lambda name: _word(ask, _ROW_NAMES.get(str(name), str(name))),
        name=given.get("name", ""),
        problem=problem or (_refused(ask, refusal) if refusal else ""),
        detail=detail or (_detail(refusal) if refusal else None),
        word=lambda field: _word(ask, field),
        cell=lambda field, text: _cell(ask, field, text),
    )


def _cell(ask: Ask, field: str, text: str) -> str:
    """A cell as understood: an amount as its reader writes one, with all the decimals it has."""
    if field not in _AMOUNTS or not _PLAIN.fullmatch(text):
        return text
    decimals = len(text.partition(".")[2])
    least = 0 if field == "quantity" else 2
    return formats.number(float(text), ask.lang, digits=max(decimals, least))


_AMOUNTS = ("quantity", "unit_price", "value")
_PLAIN = re.compile(r"-?[0-9]{1,12}(\.[0-9]{1,6})?")


def _refused(ask: Ask, error: RegieError) -> str:
    """Why a file does not come in, in the reader's language."""
    code, values = error.reason
    if not code:
        return refused(ask, error)
    shown = {
        "field": _word(ask, values.get("field", "")) if "field" in values else "",
        "kind": ask.say(f"upload_kind_{values['kind']}") if "kind" in values else "",
        "taken": ask.say(f"upload_kind_{values['taken']}") if "taken" in values else "",
    }
    return ask.say(f"refused_{code}", **{**values, **{k: v for k, v in shown.items() if v}})


def _detail(error: RegieError) -> RegieError | None:
    """What stands beside a sentence that says too little: an error without one of its own."""
    return None if error.reason[0] else error


def _chosen(given: Mapping[str, str]) -> Chosen | None:
    """What the form says of a mapping of the file's own; None: a known one, where one fits.

    Columns belong to the kind beside which they were shown: another one starts with its own.
    """
    if given.get("by") != "own":
        return None
    kind = given.get("kind", "")
    columns = {
        name.removeprefix("field "): column
        for name, column in given.items()
        if name.startswith("field ") and column and given.get("shown", kind) == kind
    }
    return Chosen(
        kind=kind,
        columns=columns,
        decimal=given.get("decimal", ""),
        time_format=given.get("dates", ""),
    )


def bring(ask: Ask) -> Response:
    """Bring an upload in: at once where it is small, else as a job."""
    assert ask.account is not None, "the route asks for a session"
    token, by = ask.path["upload"], _chosen(ask.form)
    try:
        done = (
            bringing.bring(ask.workspace, token, ask.form.get("mapping", ""), ask.account.email)
            if by is None
            else bringing.bring_as(
                ask.workspace, token, ask.form.get("name", ""), by, ask.account.email
            )
        )
    except SettingError as error:
        taken, unnamed = error.found == "there already", error.where == "name"
        if taken or unnamed:
            return preview(ask, ask.say(f"upload_problem_{'taken' if taken else 'name'}"), 400)
        return preview(ask, _refused(ask, error), 400, _detail(error))
    except NotFoundError as error:
        if error.where == "upload":
            raise
        return preview(ask, ask.say("upload_problem_mapping"), 400)
    except InputError as error:
        return preview(ask, _refused(ask, error), 400, _detail(error))
    if done.imported is None:
        ask.note("imported", done.file)
        return seen(ask, "/jobs")
    ask.note("imported", f"{done.file}, {done.imported.rows}")
    return seen(ask, f"/data/imports/{done.imported.import_id}")


def forget(ask: Ask) -> Response:
    """Not this file: remove the upload."""
    uploads.drop(ask.workspace, ask.path["upload"])
    return seen(ask, "/data")
