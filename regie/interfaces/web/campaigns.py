"""Campaigns: whom, words, offer, dates, budget, priority: edited in forms, seen as they arrive."""

from __future__ import annotations

import base64
import binascii
import zlib
from collections.abc import Mapping
from typing import Any

import msgspec
from starlette.responses import Response

from regie.decide.campaign import (
    COST_AT_MOST_MICROS,
    SELECTIONS,
    TITLE_AT_MOST,
    WORDS,
)
from regie.deliver import mail
from regie.interfaces.web import rule_form
from regie.interfaces.web.asking import Ask, page, seen
from regie.interfaces.web.audiences import count, offers
from regie.interfaces.web.deciding import framed, put_up, word_wrong
from regie.interfaces.web.rule_form import Node
from regie.terms.campaign import Campaign, MessageWords
from regie.terms.document import LANGS, lang_of
from regie.terms.errors import NotFoundError, RefusedError, RuleError
from regie.terms.instant import day_of
from regie.terms.money import MICROS
from regie.terms.rule import All, parse_rule, rule_table
from regie.understand.wording import describe
from regie.words import formats
from regie.workspace import campaigning, ruling
from regie.workspace.settings import toml_from

_SAMPLES = 3
_LONGEST_DRAFT = 20_000


def show(ask: Ask) -> Response:
    """Every campaign: whom it reaches, when, for how much, and where it stands."""
    workspace = ask.workspace
    found, faults = workspace.rules.campaigns_read()
    waits: dict[str, int] = {}
    for (_, campaign), messages in workspace.proposals().items():
        waits[campaign] = waits.get(campaign, 0) + len(messages)
    return page(
        ask,
        "campaigns",
        rows=[
            {
                "name": one.name,
                "title": _title(ask, one),
                "state": campaigning.state_of(one, _today(ask)),
                "whom": _whom(ask, one),
                "days": formats.days(one.starts, one.ends, ask.lang),
                "budget": one.budget_micros,
                "priority": _points(ask, one.priority),
                "waits": waits.get(one.name, 0),
            }
            for one in found
        ],
        faults=faults,
        may_edit=ask.may("edit_campaigns"),
    )


def told(ask: Ask, problem: str = "", status: int = 200) -> Response:
    """One campaign: all it says, how its messages look, why these people, the control group."""
    campaign, workspace = _campaign(ask), ask.workspace
    run = campaigning.newest_run(workspace, campaign.name)
    proposal, samples = put_up(ask, run, campaign.name) if run else (None, [])
    lang = lang_of(ask.query.get("lang")) or ask.lang
    return page(
        ask,
        "campaign",
        status=status,
        campaign=campaign,
        title=_title(ask, campaign),
        state=campaigning.state_of(campaign, _today(ask)),
        whom=_whom(ask, campaign),
        size=ask.board.audiences.size(campaign.whom, workspace.rules.segments()),
        days=formats.days(campaign.starts, campaign.ends, ask.lang),
        priority=_points(ask, campaign.priority),
        holdout=formats.share(workspace.rules.policy().holdout_share, ask.lang),
        proposal=proposal,
        samples=samples[:_SAMPLES],
        words=campaign.words[lang],
        spoken=lang,
        frame=_frame(ask, campaign.name, lang, campaign.words[lang]),
        changes=[_change(ask, one) for one in ruling.history(
            workspace, campaigning.file_of(campaign.name), campaign.name)],
        shown=ruling.shown(workspace, campaigning.file_of(campaign.name)),
        problem=problem,
        may_edit=ask.may("edit_campaigns"),
    )  # fmt: skip


def act(ask: Ask) -> Response:
    """Pause a campaign, or let it write again."""
    campaign, deed = _campaign(ask), ask.form.get("deed", "")
    if deed not in ("pause", "resume"):
        return told(ask, ask.say("act_unknown"), 400)
    try:
        campaigning.pause(
            ask.workspace, campaign.name, paused=deed == "pause", seen=ask.form.get("shown", ""),
            actor=_actor(ask),
        )  # fmt: skip
    except RefusedError:
        return told(ask, ask.say("rule_changed"), 409)
    ask.note(f"campaign_{deed}", campaign.name)
    return seen(ask, f"/campaigns/{campaign.name}")


def edit_page(ask: Ask) -> Response:
    """The form of a campaign: one that is there, a new one, or a copy of another."""
    name = ask.path.get("campaign", "")
    base = name or ask.query.get("from", "")
    table = campaigning.table_of(ask.workspace, base) if base else {}
    fields = campaigning.typed(table, ask.lang)
    if base and not name:
        fields |= {f"title.{x}": "" for x in LANGS}
    whom = _campaign(ask, base).whom if base else All(())
    shown = ruling.shown(ask.workspace, campaigning.file_of(name)) if name else ""
    return _edit(ask, rule_form.node_of(whom), fields, shown, base)


def edit(ask: Ask) -> Response:
    """A button of that form: a part of the rule, how it looks, or save."""
    name, deed, root = ask.path.get("campaign", ""), ask.form.get("deed", ""), rule_form.read(
        ask.form)  # fmt: skip
    if name:
        _campaign(ask)
    fields = {field: ask.form.get(field, "") for field in campaigning.FIELDS}
    shown, base = ask.form.get("shown", ""), name or ask.form.get("copied", "")
    if deed != "save":
        return _edit(ask, rule_form.done(root, deed, ask.form), fields, shown, base)
    whom, wrong = rule_form.table(root)
    if not wrong and count(ask, root, ask.workspace.rules.segments())["problems"]:
        wrong = {"r": "rule_wrong_any"}
    found = {place: ask.say(code) for place, code in wrong.items()}
    data = campaigning.drafted(fields, whom if not wrong else rule_table(All(())))
    good = _GOOD
    if base:
        table = campaigning.table_of(ask.workspace, base)
        good = campaigning.drafted(campaigning.typed(table, "en"), table["whom"])
    found |= {
        field: _told_wrong(ask, field, error)
        for field, error in campaigning.problems(data, good).items()
    }
    if found:
        return _edit(ask, root, fields, shown, base, problems=found, status=400)
    try:
        saved = campaigning.save(
            ask.workspace, name or None, data, copied=base, seen=shown, actor=_actor(ask)
        )
    except RefusedError:
        problems = {"": ask.say("rule_changed")}
        return _edit(ask, root, fields, shown, base, problems=problems, status=409)
    except RuleError:
        problems = {"r": ask.say("rule_wrong_any")}
        return _edit(ask, root, fields, shown, base, problems=problems, status=400)
    ask.note("campaign_edited" if name else "campaign_made", saved)
    return seen(ask, f"/campaigns/{saved}")


_SAID = {"subject": "…", "preheader": "", "title": "…", "body": "…", "button": "…", "offer": ""}
_GOOD: dict[str, Any] = {
    "title": dict.fromkeys(LANGS, "…"), "selection": SELECTIONS[0], "starts": "2000-01-01",
    "ends": "2000-01-01", "budget": "0", "cost_per_message": "0", "priority": 0.0,
    "words": {x: dict(_SAID) for x in LANGS}, "whom": rule_table(All(())),
}  # fmt: skip
"""What stands in for a mistake in a new campaign, so that the next one is told too."""


def look(ask: Ask) -> Response:
    """A message as somebody will see it: by words that stand in the address."""
    lang = ask.query.get("lang", "")
    words = _words_of(ask.query.get("words", ""))
    if words is None or lang not in LANGS:
        raise NotFoundError("message", "not there", "words of a campaign", "open the campaigns")
    message = campaigning.preview(ask.workspace, ask.query.get("campaign", ""), words, lang)
    return framed(message, ask.query.get("look", ""))


def _frame(ask: Ask, campaign: str, lang: str, words: MessageWords) -> str:
    """The address of a message's look, without day or night."""
    packed = base64.urlsafe_b64encode(zlib.compress(msgspec.json.encode(words), 9)).decode()
    return f"{ask.base}/campaigns-look?campaign={campaign}&lang={lang}&words={packed}"


def _words_of(packed: str) -> MessageWords | None:
    try:
        zipped = base64.urlsafe_b64decode(packed.encode())
        return msgspec.json.decode(
            zlib.decompressobj().decompress(zipped, _LONGEST_DRAFT), type=MessageWords
        )
    except (ValueError, binascii.Error, zlib.error, msgspec.DecodeError):
        return None


def _edit(
    ask: Ask,
    root: Node,
    fields: dict[str, str],
    shown: str,
    base: str,
    *,
    problems: Mapping[str, str] | None = None,
    status: int = 200,
) -> Response:
    """The form as it stands, with its people counted and its messages as they would look."""
    segments, name = ask.workspace.rules.segments(), ask.path.get("campaign", "")
    counted, found = count(ask, root, segments), dict(problems or {})
    if ask.form.get("deed") == "look":
        found |= {place: ask.say(code) for place, code in counted["problems"].items()}
    said = {
        x: MessageWords(**{word: fields[f"{x}.{word}"].strip() for word in WORDS}) for x in LANGS
    }
    return page(
        ask,
        "campaign_edit",
        status=status,
        name=name,
        copied=base,
        fields=fields,
        root=root,
        shown=shown,
        counted=counted,
        problems=found,
        languages=("fr", "en"),
        word_names=WORDS,
        selections=SELECTIONS,
        currency=ask.workspace.settings.currency,
        frames={x: _frame(ask, name or base, x, words) for x, words in said.items()},
        **offers(ask, root, segments),
    )


def _told_wrong(ask: Ask, field: str, error: RuleError) -> str:
    """What is wrong with a field, in the reader's language."""
    if field.partition(".")[0] in LANGS:
        return word_wrong(ask, field.rpartition(".")[2], error)
    if error.rule == mail.PLAINLY:
        return ask.say("wrong_unseen")
    if error.rule.startswith(("at most", "one line")):
        return _told_too_much(ask, field)
    if field.startswith("title."):
        return ask.say("campaign_wrong_empty")
    if field in ("starts", "ends") and error.rule.startswith("a day from"):
        return ask.say("campaign_wrong_ends")
    names = {"starts": "day", "ends": "day", "budget": "amount", "cost_per_message": "amount"}
    return ask.say(f"campaign_wrong_{names.get(field, 'other')}")


def _told_too_much(ask: Ask, field: str) -> str:
    if field == "cost_per_message":
        return ask.say("campaign_wrong_cost", n=COST_AT_MOST_MICROS // MICROS)
    return ask.say("campaign_wrong_long", n=TITLE_AT_MOST)


def _change(ask: Ask, change: Any) -> dict[str, Any]:
    """Who changed what when: each field before and after."""
    assets = ask.workspace.assets
    was, now = (
        _flat(ask, toml_from(assets.get(one), change.file) if one else {})
        for one in (change.was, change.now)
    )
    return {
        "day": ask.day(change.at_us),
        "who": change.actor,
        "what": ask.say(f"rule_{change.deed}"),
        "fields": [
            (ask.say(_label(field)), _language(ask, field), was.get(field, ""), now.get(field, ""))
            for field in dict.fromkeys((*was, *now)) if was.get(field, "") != now.get(field, "")
        ],
    }  # fmt: skip


def _flat(ask: Ask, table: dict[str, Any]) -> dict[str, str]:
    if not table:
        return {}
    told = campaigning.typed(table, ask.lang)
    segments, currency = ask.workspace.rules.segments(), ask.workspace.settings.currency
    whom = describe(parse_rule(table["whom"], "whom"), ask.lang, segments, currency)
    return told | {"whom": whom, "selection": ask.say(f"selection_{told['selection']}")}


def _label(field: str) -> str:
    last = field.rpartition(".")[2]
    return f"word_{last}" if last in WORDS and "title." not in field else (
        "campaign_title" if field.startswith("title.") else f"campaign_{field}")  # fmt: skip


def _language(ask: Ask, field: str) -> str:
    parts = [one for one in field.split(".") if one in LANGS]
    return ask.say(f"word_{parts[0]}") if parts else ""


def _campaign(ask: Ask, name: str = "") -> Campaign:
    named = name or ask.path["campaign"]
    read, faults = ask.workspace.rules.campaigns_read()
    if named in faults:
        raise faults[named]
    found = next((c for c in read if c.name == named), None)
    if found is None:
        raise NotFoundError("campaign", "not there", "one of this workspace", "open the campaigns")
    campaign: Campaign = found
    return campaign


def _title(ask: Ask, campaign: Campaign) -> str:
    return campaign.title.get(ask.lang, campaign.name)


def _whom(ask: Ask, campaign: Campaign) -> str:
    segments, currency = ask.workspace.rules.segments(), ask.workspace.settings.currency
    told = describe(campaign.whom, ask.lang, segments, currency)
    return told[:1].upper() + told[1:]


def _points(ask: Ask, priority: float) -> str:
    whole = priority == int(priority)
    return formats.number(int(priority) if whole else priority, ask.lang)


def _today(ask: Ask) -> Any:
    return day_of(ask.workspace.settings.now_us(), ask.zone)


def _actor(ask: Ask) -> str:
    assert ask.account is not None, "the route asks for a session"
    return ask.account.email
