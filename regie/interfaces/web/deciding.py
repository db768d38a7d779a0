"""To decide: what waits for a person, put up so that it can be decided on, or amended."""

from __future__ import annotations

import re
from collections.abc import Mapping, Sequence
from typing import Any

from starlette.responses import Response

from regie.decide.campaign import WORD_AT_MOST, WORDS
from regie.deliver import mail
from regie.govern import approval
from regie.govern.access import ROLE_WORDS
from regie.interfaces.web.asking import Ask, page, seen
from regie.interfaces.web.versions import model_title, version_name
from regie.learn.promote import RULE
from regie.terms.decision import Act
from regie.terms.document import LANGS
from regie.terms.errors import NotFoundError, RefusedError, SettingError
from regie.terms.money import micros_of
from regie.workspace import amending, approving, changes, telling
from regie.workspace import inbox as waiting
from regie.workspace.deciding import explain, find_all, find_one
from regie.workspace.writing import items_named, words_given

LONGEST_REASON = 500
_MAIL_POLICY = (
    "default-src 'none'; style-src 'unsafe-inline'; img-src data:; sandbox; frame-ancestors 'self'"
)
_LOOKS = {"dark": "all", "light": "not all"}
_SCHEME = re.compile(r"@media\s*\(prefers-color-scheme:\s*dark\)")
DEEDS = {"approve": "approved", "reject": "rejected", "undo": "undone"}
AMENDMENTS = ("leave_out", "keep_cap", "keep_best", "reword", "restore")


def inbox(ask: Ask) -> Response:
    """Whatever waits for somebody, and what was decided of late."""
    made = reversed(ask.workspace.state.acts())
    titles = telling.campaign_titles(ask.workspace, ask.lang)
    acts = [
        (act, ask.day(act.at_us), *_decided_about(ask, act, titles), _deed(ask, act))
        for act in made
        if act.campaign or str(act.decision).partition(":")[0] in changes.KINDS
    ][:10]
    return page(
        ask,
        "inbox",
        proposals=ask.board.kept(("waiting",), lambda: waiting.waiting(ask.workspace)),
        changes=[
            (one, change_title(ask, one), asked_by(ask, one))
            for one in changes.waiting(ask.workspace)
        ],
        acts=acts,
    )


def change_title(ask: Ask, change: changes.Change) -> str:
    """What a change would do, in words."""
    return _titled(ask, change.kind, change.subject, change.detail)


def _titled(ask: Ask, kind: str, subject: str, detail: str) -> str:
    if kind == "champion":
        title, version = model_title(ask, subject), version_name(ask, detail)
        return ask.say("change_champion", subject=title, detail=version)
    return ask.say(f"change_{kind}")


def _decided_about(ask: Ask, act: Act, titles: Mapping[str, str]) -> tuple[str, str]:
    """What an act was about, in words, and where it is told."""
    if act.campaign:
        return titles.get(act.campaign, act.campaign), f"/decide/{act.run}/{act.campaign}"
    kind, subject, detail = (*str(act.decision).split(":", 2), "", "")[:3]
    return _titled(ask, kind, subject, detail), f"/decide/change/{act.decision}"


def _deed(ask: Ask, act: Act) -> str:
    """What was done, in a word."""
    return state_told(ask, str(act.decision).partition(":")[0], act.kind)


def state_told(ask: Ask, kind: str, state: str) -> str:
    """A state in a word: an erasure that was carried out is not in use, nobody is there any more.

    Parameters
    ----------
    kind : str
        Of a change; anything else for messages.
    """
    is_erased = (kind, state) == ("erasure", "applied")
    return ask.say("state_erased" if is_erased else f"state_{state}")


def asked_by(ask: Ask, change: changes.Change) -> str:
    """Who asked for it, and when."""
    day = ask.day(change.asked_us)
    if change.put_up_by == RULE:
        return ask.say("change_by_rule", day=day)
    return ask.say("change_by", who=change.put_up_by, day=day)


def proposal(ask: Ask, problems: Mapping[str, str] | None = None, status: int = 200) -> Response:
    """One campaign's messages, with what is expected, what was checked, and some to look at.

    Parameters
    ----------
    problems : Mapping[str, str] or None
        Field of the form to what is wrong with it; `""` is about the whole.
    """
    place = _place(ask)
    told, samples = put_up(ask, *place)
    told = waiting.settled(told, ask.board.judged())
    return page(
        ask,
        "proposal",
        status=status,
        told=told,
        states=_states(ask, told),
        leave_by_us=approving.leave_by_us(told.as_of_us),
        samples=samples,
        barred=_barred(ask, told),
        roles=_named(ask, told.roles),
        problems=problems or {},
        most=LONGEST_REASON,
    )


def _place(ask: Ask) -> tuple[int, str]:
    return int(ask.path["run"]), ask.path["campaign"]


def _states(ask: Ask, told: waiting.Proposal) -> dict[str, int]:
    found = ask.workspace.state.outbox(run=told.run, campaign=told.campaign)["state"].tolist()
    states = {state: found.count(state) for state in sorted(set(found))}
    if (told.is_late or told.newer) and "proposed" in states:
        states["expired"] = states.pop("proposed")
    return states


def _barred(ask: Ask, told: waiting.Proposal) -> str:
    """Why whoever asks may not approve it; empty where they may."""
    assert ask.account is not None, "the route asks for a session"
    return approval.barred(
        approval.Rule(roles=told.roles),
        actor=ask.account.email,
        role=ask.account.role,
        put_up_by=told.put_up_by,
        agreed_by=told.agreed_by or None,
    )


def _named(ask: Ask, roles: tuple[str, ...]) -> str:
    return ", ".join(ROLE_WORDS[role][ask.lang] for role in roles)


def put_up(
    ask: Ask, run: int, campaign: str
) -> tuple[waiting.Proposal, list[tuple[str, list[str]]]]:
    """One campaign's messages, and some of them with the reasons beside each."""
    place = (run, campaign)
    told = ask.board.kept(("told", *place), lambda: waiting.told(ask.workspace, *place))
    return told, ask.board.kept(("samples", ask.lang, *place), lambda: _sampled(ask, told.sample))


def _sampled(ask: Ask, ids: Sequence[str]) -> list[tuple[str, list[str]]]:
    """Decisions in that order, and the reasons beside each one's message."""
    workspace, decisions = ask.workspace, find_all(ask.workspace, ids)
    if not decisions:
        return []
    # One run's, all of one instant.
    items = ask.board.names_at(decisions[0].at_us, items_named(decisions))
    found = {one.id: explain(workspace, one) for one in decisions}
    return [
        (one, telling.tell(workspace, found[one], ask.lang, items, ("chosen",)))
        for one in ids
        if one in found
    ]


def act(ask: Ask) -> Response:
    """Approve, reject or take back, on exactly what was shown."""
    assert ask.account is not None, "the route asks for a session"
    deed, (run, campaign) = ask.form.get("deed", ""), _place(ask)
    if deed not in DEEDS:
        return proposal(ask, {"": ask.say("act_unknown")}, 400)
    about: dict[str, Any] = {"run": run, "campaign": campaign, **_who(ask)}
    about["reason"], problem = reason_of(ask, needed=deed == "reject")
    if problem:
        return proposal(ask, {"reason": problem}, 400)
    if deed != "undo":  # what is taken back was done, whatever is shown of it
        about["shown"] = ask.form.get("shown", "")
    try:
        done = getattr(ask.workspace, deed)(**about)
    except RefusedError as error:
        return proposal(ask, {"": _refused(ask, error)}, 409)
    ask.note(done.acts[0].kind, f"{campaign}, {run}")
    return seen(ask, f"/decide/{run}/{campaign}")


def _who(ask: Ask) -> dict[str, str]:
    assert ask.account is not None, "the route asks for a session"
    return {"actor": ask.account.email, "role": ask.account.role}


def reason_of(ask: Ask, *, needed: bool) -> tuple[str, str]:
    """The reason somebody wrote, and what is wrong with it: nothing is cut short in silence."""
    reason = ask.form.get("reason", "").strip()
    if needed and not reason:
        return reason, ask.say("act_reason")
    if len(reason) > LONGEST_REASON:
        return reason, ask.say("act_long", n=len(reason), most=LONGEST_REASON)
    return reason, ""


def _refused(ask: Ask, error: RefusedError) -> str:
    """Why an act was refused: the cap, somebody else's word is wanted, or things moved on."""
    code, values = error.reason
    if code == "over_cap":
        return ask.say("act_over_cap", **values)
    told = waiting.told(ask.workspace, *_place(ask))
    barred = _barred(ask, told)
    return (
        ask.say(f"barred_{barred}", roles=_named(ask, told.roles))
        if barred
        else (ask.say("act_moved"))
    )


# ---- amend


def amend_page(ask: Ask, problems: Mapping[str, str] | None = None, status: int = 200) -> Response:
    """Change what waits: leave people out, keep the best, say it otherwise."""
    workspace, (run, campaign) = ask.workspace, _place(ask)
    told = waiting.told(workspace, run, campaign)
    rules = {one.name: one for one in workspace.rules.campaigns_read()[0]}
    given = words_given(workspace).get((run, campaign))
    words = given or (rules[campaign].words if campaign in rules else {})
    return page(
        ask,
        "amend",
        status=status,
        told=told,
        fields=[
            (language, name, ask.form.get(f"{language}.{name}", getattr(words[language], name)))
            for language in words
            for name in WORDS
        ],
        is_reworded=given is not None,
        out=ask.form.get("people", ask.query.get("out", "")),
        barred=_barred(ask, told),
        roles=_named(ask, told.roles),
        problems=problems or {},
        most=LONGEST_REASON,
        currency=workspace.settings.currency,
    )


def amend(ask: Ask) -> Response:
    """Do one amendment, on exactly what was shown, and show the new list."""
    deed, (run, campaign) = ask.form.get("deed", ""), _place(ask)
    if deed not in AMENDMENTS:
        return amend_page(ask, {"": ask.say("amend_unknown")}, 400)
    about: dict[str, Any] = {
        "run": run, "campaign": campaign, "shown": ask.form.get("shown", ""), **_who(ask),
    }  # fmt: skip
    about["reason"], problem = reason_of(ask, needed=True)
    if problem:
        return amend_page(ask, {f"{deed}.reason": problem}, 400)
    try:
        done = _amended(ask, deed, about)
    except RefusedError as error:
        return amend_page(ask, {"": _refused(ask, error)}, 409)
    except NotFoundError as error:
        if not error.where.startswith("person"):
            raise
        return amend_page(ask, {"people": ask.say("amend_nobody")}, 400)
    except SettingError as error:
        return amend_page(ask, {deed: _told_wrong(ask, deed, error)}, 400)
    ask.note(done.acts[0].kind, f"{campaign}, {run}")
    return seen(ask, f"/decide/{run}/{campaign}")


def _amended(ask: Ask, deed: str, about: dict[str, Any]) -> approving.Acted:
    workspace = ask.workspace
    if deed == "leave_out":
        people = [one.strip() for one in ask.form.get("people", "").split(",") if one.strip()]
        return amending.leave_out(workspace, people=people, **about)
    if deed == "keep_cap":
        return amending.keep_cap(workspace, **about)
    if deed == "keep_best":
        budget = _micros(ask.form.get("budget", ""))
        return amending.keep_best(workspace, budget_micros=budget, **about)
    words: dict[str, dict[str, str]] = {
        language: {name: ask.form.get(f"{language}.{name}", "") for name in WORDS}
        for language in LANGS
    }
    return amending.reword(workspace, words={} if deed == "restore" else words, **about)


def _micros(typed: str) -> int:
    """An amount as somebody types it, in either language."""
    micros = micros_of("".join(typed.split()).replace(",", "."))
    if micros is None:
        raise SettingError("budget", f'"{typed}"', "an amount", "write for example 12.50")
    return micros


def _told_wrong(ask: Ask, deed: str, error: SettingError) -> str:
    """What is wrong with an amendment, in the reader's language."""
    code = error.where.partition(" ")[0]
    if deed == "keep_best":
        return ask.say("amend_budget_wrong")
    if deed == "leave_out":
        return ask.say("amend_nobody_named")
    if deed == "keep_cap":
        return ask.say("amend_nobody_over")
    if code == "words":
        return ask.say("amend_same_words")
    place = error.where.rpartition(" words.")[2]
    wrong = word_wrong(ask, place.rpartition(".")[2], error)
    return ask.say("amend_words_wrong", field=_field(ask, place), wrong=wrong)


def word_wrong(ask: Ask, word: str, error: SettingError) -> str:
    """What is wrong with one of a message's words, in the reader's language."""
    if error.found == "empty":
        return ask.say("campaign_wrong_empty")
    if word == "subject" and "long" in error.found:
        return ask.say("campaign_wrong_subject")
    if error.rule.startswith(("at most", "one line")):
        return ask.say("campaign_wrong_long", n=WORD_AT_MOST)
    if error.rule == mail.PLAINLY:
        return ask.say("wrong_unseen")
    return ask.say("campaign_wrong_place", place="{first_name}")


def _field(ask: Ask, place: str) -> str:
    language, _, name = place.partition(".")
    known = language in LANGS and name in WORDS
    return f"{ask.say(f'word_{name}')} ({ask.say(f'word_{language}')})" if known else place


def message(ask: Ask) -> Response:
    """One message's own page, drawn as its receiver sees it, locked in a frame."""
    found = approving.messages(ask.workspace, [find_one(ask.workspace, ask.path["decision"]).id])
    if not found:
        raise NotFoundError(
            "message", "not there", "one that was written", "open the decision instead"
        )
    return framed(found[0][1], ask.query.get("look", ""))


def framed(message: bytes, look: str = "") -> Response:
    """A message as a page of its own, locked in.

    Parameters
    ----------
    look : str
        `light` or `dark`, whatever whoever looks prefers; else as they do.
    """
    html = mail.proof(message).html  # whoever looks must not unsubscribe the receiver
    if look in _LOOKS:
        html = _SCHEME.sub(f"@media {_LOOKS[look]}", html)
    return Response(
        html,
        media_type="text/html; charset=utf-8",
        headers={"content-security-policy": _MAIL_POLICY},
    )
