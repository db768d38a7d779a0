"""Models: what each foresees, which version serves, how right it was, what its challengers came to;
a version put up for somebody else to approve."""

from __future__ import annotations

from collections.abc import Mapping
from typing import Any

import msgspec
from markupsafe import Markup as SafeText
from starlette.responses import Response

from regie.interfaces.web.asking import Ask, page, seen
from regie.interfaces.web.deciding import reason_of
from regie.interfaces.web.versions import result_told, version_name
from regie.measure.judged import Judged, certainty
from regie.measure.report import figures, rightness
from regie.terms.errors import RefusedError
from regie.terms.instant import day_of
from regie.words import formats
from regie.words.sentences import say, theme_sentences
from regie.workspace import champions, drawing, policies
from regie.workspace.champions import ModelStands, Placed, VersionTold

_SHOWN = 24
"""So many versions are listed; the others stand in the programming interface."""
PREDICTIONS_SQL = """\
SELECT d.run, count(*) AS people,
  round(avg(CAST(d.inputs->>'probability' AS DOUBLE)), 4) AS foreseen,
  round(avg(CAST(EXISTS (SELECT 1 FROM events e WHERE e.key = d.subject AND e.kind = 'order'
    AND e.at_us >= d.at_us AND e.at_us < d.at_us + 30 * 86400000000) AS INTEGER)), 4) AS came
FROM decisions d WHERE d.kind = 'message' GROUP BY d.run ORDER BY d.run"""
"""What was foreseen beside what came, from the tables: recorded probabilities and later orders."""


def show(ask: Ask) -> Response:
    """Every model, and the way of choosing."""
    judged = ask.board.judged()
    return page(
        ask,
        "models",
        models=[
            (one, _what(ask, one), _since(ask, one), _right(ask, one.name, judged),
             _why_none(ask, one))
            for one in champions.every(ask.workspace)
        ],
        is_known=judged is not None,
        serves=policies.SERVES,
        may_propose=ask.may("propose_changes"),
    )  # fmt: skip


def told(ask: Ask, problems: Mapping[str, str] | None = None, status: int = 200) -> Response:
    """One model: its card, its rightness, its versions, its history."""
    model = champions.told(ask.workspace, ask.path["model"])
    wanted = ask.query.get("version", "") or ask.form.get("version", "")
    listed = {one.version for one in model.versions}
    chosen = wanted if wanted in listed else model.champion or model.versions[0].version
    judged = ask.board.judged()
    return page(
        ask,
        "model",
        status=status,
        model=model,
        title=_what(ask, model),
        means=_means(ask, model),
        since=_since(ask, model),
        chosen=chosen,
        chosen_name=version_name(ask, chosen),
        card=_card(ask, champions.card(ask.workspace, model.name, chosen)),
        right=_right(ask, model.name, judged),
        blocks=_blocks(ask, model, judged),
        is_known=judged is not None,
        sql=PREDICTIONS_SQL if model.name == "response" else "",
        why_none=_why_none(ask, model),
        versions=[
            (one, version_name(ask, one.version), result_told(ask, one.result, one.contest),
             _state(one))
            for one in model.versions[:_SHOWN]
        ],
        more=max(0, len(model.versions) - _SHOWN),
        history=[
            (one, version_name(ask, one.version), _placed(ask, one), n)
            for n, one in enumerate(model.history)
        ],
        may_propose=ask.may("propose_changes"),
        problems=problems or {},
    )  # fmt: skip


def act(ask: Ask) -> Response:
    """Put a version up: somebody else decides."""
    assert ask.account is not None, "the route asks for a session"
    name, version = ask.path["model"], ask.form.get("version", "")
    champions.card(ask.workspace, name, version)
    reason, problem = reason_of(ask, needed=True)
    if problem:
        return told(ask, {version: problem}, 400)
    try:
        change = champions.put_up(ask.workspace, name, version, ask.account.email, reason)
    except RefusedError:
        return told(ask, {"": ask.say("model_waits_already")}, 409)
    ask.note("change_put_up", change.id)
    return seen(ask, f"/decide/change/{change.id}")


def card(ask: Ask) -> Response:
    """The card of a version as a file for a machine."""
    name, version = ask.path["model"], ask.path["version"]
    found = champions.card(ask.workspace, name, version)
    content = msgspec.json.format(msgspec.json.encode(found, order="sorted"))
    file = f"{name}-{version}.json"
    return Response(
        content,
        media_type="application/json",
        headers={"content-disposition": f'attachment; filename="{file}"'},
    )


# ---- what is said of a model


def _what(ask: Ask, model: ModelStands) -> str:
    return model.what.get(ask.lang, model.name)


def _means(ask: Ask, model: ModelStands) -> str:
    """What it is for, in a marketer's words; a model nobody wrote words for says what it is."""
    code = f"model_{model.name}_means"
    return ask.say(code) if code in theme_sentences("screens") else _what(ask, model)


def _since(ask: Ask, model: ModelStands) -> str:
    serving = model.serving
    if serving is None:
        return ask.say("model_none_serves")
    version = version_name(ask, serving.version)
    day = ask.day(serving.since_us)
    return f"{ask.say('model_serves', version=version, day=day)} {_placed(ask, serving)}"


def _placed(ask: Ask, one: Placed) -> str:
    """Who put a version into service."""
    if not one.is_known:
        return ask.say("model_by_unknown")
    if not one.actor:
        return ask.say("model_by_first" if one.is_first else "model_by_rule")
    if one.asked_by and one.asked_by != one.actor:
        return ask.say("model_by_two", actor=one.actor, asked=one.asked_by)
    return ask.say("model_by_person", actor=one.actor)


def _right(ask: Ask, name: str, judged: Judged | None) -> str:
    """How right it was, in a sentence; empty where nothing is known of it."""
    if judged is None or not judged.known:
        return ""
    if name == "response":
        auc, plain = (judged.probabilities.get(n) for n in ("auc", "baseline_auc"))
        if auc is None or plain is None:
            return ""
        return say(
            "report.summary_auc", ask.lang, auc=round(100 * auc), baseline=round(100 * plain)
        )
    hits, popular = (judged.items.get(n) for n in ("hit_rate", "baseline_hit_rate"))
    if name != "affinity" or hits is None or popular is None:
        return ""
    size = rightness.size_of(judged.items, ask.lang)
    told = say("report.summary_hits", ask.lang, hits=hits, popular=popular, size=size)
    return f"{told} {say(f'report.hits_{certainty(judged.items)}', ask.lang)}"


def _why_none(ask: Ask, model: ModelStands) -> str:
    """Why no challenger took the place yet, by the newest of them."""
    rivals = model.challengers
    if not rivals:
        return ask.say("model_no_challenger")
    newest = rivals[0]
    told = result_told(ask, newest.result, newest.contest)
    name = version_name(ask, newest.version)
    told = told[:1].lower() + told[1:]
    return ask.say("model_newest", n=len(rivals), version=name, told=told)


def _state(one: VersionTold) -> str:
    if one.serves:
        return "serves"
    return "waits" if one.waits else "served" if one.served else "challenger"


def _card(ask: Ask, card: Mapping[str, Any]) -> list[tuple[str, str]]:
    """The card in rows: label, what is said."""
    rows = [("kind", _kind(ask, card)), ("data", _data(ask, card))]
    if habits := card.get("habits"):
        rows.append(("features", ", ".join(_habit(ask, one) for one in habits)))
    elif card["model"] == "affinity":
        rows.append(("features", ask.say("model_affinity_features")))
    if rule := _known(f"model_{card['model']}_measure"):
        rows.append(("measure", ask.say(rule)))
    if rule := _known(f"model_{card['model']}_limits"):
        rows.append(("limits", ask.say(rule)))
    rows += [("groups", ask.say("model_groups_unknown")), ("personal", ask.say("model_no_people"))]
    if options := card.get("options"):
        rows.append(("options", _options(options)))
    return rows


def _known(code: str) -> str:
    return code if code in theme_sentences("screens") else ""


def _kind(ask: Ask, card: Mapping[str, Any]) -> str:
    code = _known(f"model_{card['model']}_kind")
    return ask.say(code) if code else str(card["kind"])


def _data(ask: Ask, card: Mapping[str, Any]) -> str:
    """Which days it learned from, and how much that was."""
    to_us = int(card.get("known_to_us", card["as_of_us"] - 1))
    from_us = int(card.get("known_from_us", to_us))
    days = formats.days(day_of(from_us, ask.zone), day_of(to_us, ask.zone), ask.lang)
    counts = {name: int(card[name]) for name in ("rows", "people", "items", "baskets")
              if name in card}  # fmt: skip
    told = [
        ask.say(_known(f"model_data_{card['model']}_{name}") or f"model_data_{name}", n=n)
        for name, n in counts.items()
    ]
    return ask.say("model_data_days", days=days, counts=", ".join(told))


def _habit(ask: Ask, name: str) -> str:
    code = f"habit_{name}"
    return say(f"explain.{code}", ask.lang) if code in theme_sentences("explain") else name


def _options(options: Mapping[str, float]) -> str:
    """As rules/models.toml writes them."""
    return ", ".join(f"{name} = {value:g}" for name, value in sorted(options.items()))


def _blocks(ask: Ask, model: ModelStands, judged: Judged | None) -> SafeText | None:
    """Figures, picture and table of how right it was; None where nothing is known of it."""
    if judged is None:
        return None
    settings = ask.workspace.settings
    today = day_of(settings.now_us(), ask.zone)
    nothing = figures.nothing_known(settings.name, settings.currency, figures.Period(today, today))
    blocks = rightness.of_model(
        model.name,
        msgspec.structs.replace(nothing, judged=judged),
        {run.run: day_of(run.as_of_us, ask.zone).isoformat() for run in judged.runs},
        {one.version: version_name(ask, one.version) for one in model.versions},
        ask.lang,
    )
    return SafeText(drawing.fragment(blocks, ask.lang, 3)) if blocks else None
