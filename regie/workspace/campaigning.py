"""Campaigns edited on the screens: a form's fields become the file's keys, and nothing else moves.

What is typed is read by the same reader as a file that somebody wrote (`decide.campaign`), each
mistake by its field. Only keys whose value changed are written, so remarks and the order of the
file stay. A change is kept and sealed (`ruling`); what a run decided goes on standing by the file
of its time, so an edit moves nothing that waits for approval.
"""

from __future__ import annotations

from collections.abc import Mapping
from datetime import date
from typing import TYPE_CHECKING, Any

import msgspec

from regie.decide.campaign import WORDS, campaign_from
from regie.deliver import mail
from regie.ports.tables import sql_text
from regie.terms.campaign import Campaign, MessageWords
from regie.terms.decision import Decision
from regie.terms.document import LANGS
from regie.terms.errors import NotFoundError, RuleError
from regie.workspace import ruling, sight
from regie.workspace.deciding import find_one
from regie.workspace.settings import toml_from
from regie.workspace.writing import Writer, items_named, rules_of, template_content

if TYPE_CHECKING:
    from regie.workspace.stores import Stores

AMOUNTS = ("budget", "cost_per_message")
DAYS = ("starts", "ends")
FIELDS = (
    *(f"title.{x}" for x in LANGS), "selection", *DAYS, *AMOUNTS, "priority",
    *(f"{x}.{word}" for x in LANGS for word in WORDS),
)  # fmt: skip
"""Fields of the form, beside whom it reaches; words by language."""
_RECEIVER = {"en": "Alex", "fr": "Camille"}


def file_of(name: str) -> str:
    """The file of a campaign, below rules/.

    Examples
    --------
    >>> file_of("discover")
    'campaigns/discover.toml'
    """
    return f"campaigns/{name}.toml"


def typed(data: Mapping[str, Any], lang: str) -> dict[str, str]:
    """A campaign's table as its form shows it.

    Examples
    --------
    >>> shown = typed({"title": {"fr": "Encore"}, "budget": "25.50", "starts": date(2011, 1, 1)},
    ...               "fr")
    >>> shown["title.fr"], shown["budget"], shown["starts"], shown["fr.subject"]
    ('Encore', '25,50', '2011-01-01', '')
    """
    words, title = data.get("words", {}), data.get("title", {})
    told = {f"title.{x}": str(title.get(x, "")) for x in LANGS}
    told |= {name: str(data.get(name, "")) for name in ("selection", *DAYS)}
    point = "," if lang == "fr" else "."
    told |= {name: str(data.get(name, "")).replace(".", point) for name in (*AMOUNTS, "priority")}
    return told | {
        f"{x}.{word}": str(words.get(x, {}).get(word, "")).strip()
        for x in LANGS for word in WORDS
    }  # fmt: skip


def drafted(fields: Mapping[str, str], whom: Mapping[str, Any]) -> dict[str, Any]:
    """What a form says as a campaign's table; what cannot be read stays as it was typed.

    Examples
    --------
    >>> made = drafted({"budget": "1 200,50", "starts": "2011-01-01", "priority": "0,5"}, {})
    >>> made["budget"], made["starts"], made["priority"]
    ('1200.50', datetime.date(2011, 1, 1), 0.5)
    >>> drafted({"priority": "high"}, {})["priority"]
    'high'
    """
    said = {name: fields.get(name, "").replace("\r\n", "\n").strip() for name in FIELDS}
    plain = {n: "".join(said[n].split()).replace(",", ".") for n in (*AMOUNTS, "priority")}
    return {
        "title": {x: said[f"title.{x}"] for x in LANGS},
        "whom": dict(whom),
        "selection": said["selection"],
        **{name: _day(said[name]) for name in DAYS},
        **{name: plain[name] for name in AMOUNTS},
        "priority": _number(plain["priority"] or "0"),
        "words": {x: {word: said[f"{x}.{word}"] for word in WORDS} for x in LANGS},
    }


def _day(text: str) -> date | str:
    try:
        return date.fromisoformat(text)
    except ValueError:
        return text


def _number(text: str) -> float | str:
    try:
        return float(text)
    except ValueError:
        return text


def problems(data: Mapping[str, Any], good: Mapping[str, Any]) -> dict[str, RuleError]:
    """Everything that is wrong with a campaign's table: field to what its reader says.

    Parameters
    ----------
    data : Mapping[str, Any]
        From `drafted`.
    good : Mapping[str, Any]
        A table that can be read: stands in for each mistake, so that the next one is found.

    Examples
    --------
    >>> words = dict.fromkeys(WORDS, "Yes")
    >>> good = {"title": {"en": "A", "fr": "B"}, "whom": {"count": "order", "at_least": 1},
    ...         "selection": "new", "words": {"en": words, "fr": words}, "budget": "1",
    ...         "cost_per_message": "1", "starts": date(2011, 1, 1), "ends": date(2011, 1, 2)}
    >>> problems(good, good)
    {}
    >>> sorted(problems(good | {"budget": "lots", "title": {"en": "", "fr": "B"}}, good))
    ['budget', 'title.en']
    """
    found: dict[str, RuleError] = {}
    tried = {name: dict(v) if isinstance(v, dict) else v for name, v in data.items()}
    tried["words"] = {x: dict(said) for x, said in data["words"].items()}
    while True:
        try:
            campaign_from(tried, "campaign")
        except RuleError as error:
            place = error.where.partition(", ")[2]
            field = place.removeprefix("words.")
            if field in found or not place:  # nothing can stand in for it
                return found | {field: error}
            found[field] = error
            _mend(tried, place, good)
        else:
            break
    for place, text in _texts(data).items():
        try:
            check_signs({place: text}, "campaign")
        except RuleError as error:
            found.setdefault(place.removeprefix("words."), error)
    return found


_PLACE = "{first_name}"


def check_signs(said: Mapping[str, str], where: str) -> None:
    """Whether what is typed for people to read can be read as it stands.

    Parameters
    ----------
    said : Mapping[str, str]
        Place to text.

    Raises
    ------
    RuleError
        If a text holds a character that nobody sees, or half a place to fill; `where` ends with
        its place.

    Examples
    --------
    >>> check_signs({"words.en.title": "Hello {first_name}"}, "campaign")
    >>> check_signs({"words.en.title": "Hello {first_name"}, "campaign")
    Traceback (most recent call last):
        ...
    regie.terms.errors.RuleError: campaign, words.en.title is with a lone curly bracket, expected \
no place to fill but {first_name}; write the place whole, or take the bracket out
    """
    for place, text in said.items():
        if not mail.is_written_plainly(text):
            raise RuleError(
                f"{where}, {place}",
                "with a control or direction character",
                mail.PLAINLY,
                "take it out",
            )
        rest = text.replace(_PLACE, "")
        if place.startswith("words.") and ("{" in rest or "}" in rest):
            raise RuleError(
                f"{where}, {place}", "with a lone curly bracket",
                f"no place to fill but {_PLACE}", "write the place whole, or take the bracket out",
            )  # fmt: skip


def _texts(data: Mapping[str, Any]) -> dict[str, str]:
    """Every text of a campaign that people read, by its place."""
    found = {f"title.{x}": str(said) for x, said in data["title"].items()}
    for x, words in data["words"].items():
        found |= {f"words.{x}.{name}": str(text) for name, text in words.items()}
    return found


def _mend(tried: dict[str, Any], place: str, good: Mapping[str, Any]) -> None:
    *path, last = place.split(".")
    for name in path:
        tried, good = tried[name], good[name]
    tried[last] = good[last]
    if last in DAYS:  # one of the two alone could stand before the other
        tried |= {name: good[name] for name in DAYS}


def table_of(workspace: Stores, name: str) -> dict[str, Any]:
    """The table of a campaign's file.

    Raises
    ------
    NotFoundError
        If there is no such campaign.
    RuleError
        If its file cannot be read.
    """
    read, faults = workspace.rules.campaigns_read()
    if name in faults:
        raise faults[name]
    if name not in {c.name for c in read}:
        raise NotFoundError(
            f"campaign {name}", "not there", "one of this workspace", "open the campaigns"
        )
    return toml_from(workspace.rules.content(file_of(name)), f"rules/{file_of(name)}")


def save(
    workspace: Stores,
    name: str | None,
    data: Mapping[str, Any],
    *,
    copied: str = "",
    seen: str,
    actor: str,
) -> str:
    """Write a campaign's file; its name.

    Parameters
    ----------
    name : str or None
        The campaign; None for a new one, named by its English title.
    data : Mapping[str, Any]
        From `drafted`, without problems.
    copied : str
        The campaign whose file a new one begins with, remarks and all.
    seen : str
        `ruling.shown` of the file that was looked at; empty for a new one.

    Raises
    ------
    RuleError
        If it could not be read.
    RefusedError
        If somebody changed it since.
    """
    import tomlkit

    check_signs(_texts(data), "campaign")
    rules = workspace.rules
    base = name or copied
    text = rules.content(file_of(base)).decode("utf-8") if base else ""
    document = tomlkit.parse(text)
    for key, value in data.items():
        _put(document, key, value)
    if not name:
        document.pop("paused", None)
    named = name or ruling.name_for(data["title"]["en"], rules.campaign_names())
    ruling.change(
        workspace, file_of(named), tomlkit.dumps(document).encode(), seen=seen, about=named,
        deed="edited" if name else "made", actor=actor,
    )  # fmt: skip
    return named


def _put(document: Any, key: str, value: Any) -> None:
    """One key, where its value is another than the one that stands there."""
    import tomlkit

    if key == "words":
        words = document.setdefault("words", tomlkit.table(is_super_table=True))
        for language, said in value.items():
            table = words.setdefault(language, tomlkit.table())
            for word, text in said.items():
                _put_words(table, word, text)
    elif key == "title":
        if document.get(key) != value:
            document[key] = tomlkit.inline_table()
            document[key].update(value)
    elif key == "whom":
        if document.get(key) != value:
            document[key] = tomlkit.parse(f"whom = {ruling.rule_text(value)}\n")["whom"]
    elif document.get(key) != value:
        document[key] = value


def _put_words(table: Any, word: str, text: str) -> None:
    import tomlkit

    if str(table.get(word, "")).strip() == text:
        return
    if not text:
        table.pop(word, None)
    elif word == "body":
        table[word] = tomlkit.string(f"{text}\n", multiline=True)
    else:
        table[word] = text


def pause(workspace: Stores, name: str, *, paused: bool, seen: str, actor: str) -> None:
    """Let a campaign write to nobody for now, or write again.

    Raises
    ------
    NotFoundError
        If there is no such campaign.
    RefusedError
        If somebody changed it since.
    """
    import tomlkit

    table_of(workspace, name)
    document = tomlkit.parse(workspace.rules.content(file_of(name)).decode("utf-8"))
    if paused:
        document["paused"] = True
    else:
        document.pop("paused", None)
    ruling.change(
        workspace, file_of(name), tomlkit.dumps(document).encode(), seen=seen, about=name,
        deed="paused" if paused else "resumed", actor=actor,
    )  # fmt: skip


def newest_run(workspace: Stores, name: str) -> int:
    """The newest run that writes for a campaign; 0 where none does."""
    return next((run for run, own, _ in _written(workspace, name) if own), 0)


def _written(workspace: Stores, name: str) -> list[tuple[int, str | None, str]]:
    """Runs that wrote, the newest first: a message of the campaign, if any, and one of any."""
    as_of_us = {one.number: one.as_of_us for one in workspace.state.runs("published")}
    with workspace.tables.session() as session:
        given = {"campaign": name, "published": list(as_of_us)}
        found = session.query(sql_text("regie.workspace", "written"), given)
    rows = zip(*(found[column].tolist() for column in ("run", "own", "one")), strict=True)
    return sorted(rows, key=lambda row: (as_of_us[row[0]], row[0]), reverse=True)


def preview(workspace: Stores, name: str, words: MessageWords, language: str) -> bytes:
    """A message with those words to somebody made up, about items that somebody was offered.

    Parameters
    ----------
    name : str
        The campaign whose newest items are shown; another's where it has written to nobody yet.
    language : str
        `en` or `fr`.
    """
    settings = workspace.settings
    fill = mail.MessageFill(
        decision="0" * 32,
        at_us=settings.now_us(),
        to_address="someone@example.invalid",
        first_name=_RECEIVER[language],
        language=language,
        words=words,
        items=(),
        currency=settings.currency,
        why_url=f"{settings.public_url}/w/-",
        unsubscribe_url=f"{settings.public_url}/u/-",
        basis="consent",
        simulated="consent" in settings.simulated,
        advertiser=mail.Advertiser(
            name=settings.sender.name,
            postal=settings.sender.postal,
            from_address=settings.sender.address,
            site=settings.public_url,
        ),
    )
    decision = _of_somebody(workspace, name)
    if decision is not None:
        with workspace.tables.session() as session:
            items = sight.catalogue_of(workspace, session, decision.at_us, items_named([decision]))
        writer = Writer(workspace, items, [], rules_of(workspace, decision.run))
        facts = decision.inputs["campaigns"][decision.campaign]
        fill = msgspec.structs.replace(
            fill,
            items=tuple(writer.item(code) for code in facts["items"]),
            reasons=writer.reasons(decision, language),
        )
    template = msgspec.json.decode(template_content(), type=mail.MessageTemplate)
    return mail.render(fill, template)


def _of_somebody(workspace: Stores, name: str) -> Decision | None:
    """A decision of the newest run that writes: for the campaign, else for another."""
    ids = [own or one for _, own, one in _written(workspace, name)]
    return find_one(workspace, ids[0]) if ids else None


def state_of(campaign: Campaign, today: date) -> str:
    """Where a campaign stands on a day: `paused`, `to_come`, `over` or `running`.

    Examples
    --------
    >>> from regie.terms.rule import All
    >>> one = Campaign(name="c", title={}, whom=All(()), selection="new", words={},
    ...                starts=date(2011, 1, 1), ends=date(2011, 1, 31), budget_micros=0,
    ...                cost_micros=0, priority=0.0)
    >>> state_of(one, date(2011, 1, 31)), state_of(one, date(2011, 2, 1))
    ('running', 'over')
    """
    if campaign.paused:
        return "paused"
    if today < campaign.starts:
        return "to_come"
    return "over" if today > campaign.ends else "running"
