"""Write the message of a decision: contacts, campaign, items and links become exact bytes.

The same decision, contact and rules give the same bytes whenever they are asked for: that is what
an approval binds to, and why no message needs to be stored. Where somebody gave a campaign's
messages of one run other words, those are the words (`amending`).
"""

from __future__ import annotations

from collections.abc import Callable, Iterable, Mapping, Sequence
from typing import TYPE_CHECKING

import msgspec

from regie.deliver import mail
from regie.deliver import outbox as leaving
from regie.ports.tables import Columns
from regie.terms.campaign import MessageWords
from regie.terms.decision import Decision
from regie.terms.errors import NotFoundError
from regie.terms.person import keyed_token
from regie.words.sentences import say
from regie.workspace.settings import Rules
from regie.workspace.stores import SIMULATED_AT

if TYPE_CHECKING:
    from regie.workspace.stores import Stores

Words = Mapping[tuple[int, str], Mapping[str, MessageWords]]
"""Run and campaign to its words by language."""

CORRECTABLE = ("address", "first_name", "last_name", "language")
"""Fields of a contact that a person may have corrected."""
CONTACT_FIELDS = ("raw_id", *CORRECTABLE)


class Writer:
    """Writes messages of one run to some people.

    Parameters
    ----------
    items : Columns
        The catalogue as of the run.
    keys : Sequence[str]
        Whom it will write to.
    rules : Rules
        Those of the run: what was changed since changes none of its messages.
    words : Words or None
        Words by run and campaign that stand in for those of the rules; as `words_given` says where
        not given.
    """

    def __init__(
        self,
        workspace: Stores,
        items: Columns,
        keys: Sequence[str],
        rules: Rules,
        words: Words | None = None,
    ) -> None:
        self.workspace = workspace
        self._words = words_given(workspace) if words is None else words
        self.campaigns = {c.name: c for c in rules.campaigns()}
        self._templates: dict[str, mail.MessageTemplate] = {}
        self.items = {
            str(item): mail.MessageItem(str(item), str(description), int(price))
            for item, description, price in zip(
                items["item"], items["description"], items["usual_price_micros"], strict=True
            )
        }
        self.contacts = contact_cards(workspace, keys)
        settings = workspace.settings
        self.advertiser = mail.Advertiser(
            name=settings.sender.name,
            postal=settings.sender.postal,
            from_address=settings.sender.address,
            site=settings.public_url,
        )

    def message(self, decision: Decision) -> bytes:
        """The message as it leaves."""
        return mail.render(self.fill(decision), self._template(decision.versions["template"]))

    def _template(self, name: str) -> mail.MessageTemplate:
        """The template a decision was rendered with: kept by its hash, so that bytes repeat."""
        if name not in self._templates:
            assets = self.workspace.assets
            content = assets.get(name) if assets.holds(name) else template_content()
            self._templates[name] = msgspec.json.decode(content, type=mail.MessageTemplate)
        return self._templates[name]

    def fill(self, decision: Decision) -> mail.MessageFill:
        """What the message says.

        Raises
        ------
        NotFoundError
            If the decision sends nothing, or its campaign or person is not there any more.
        """
        campaign = self.campaigns.get(decision.campaign or "")
        card = self.contacts.get(decision.subject)
        if campaign is None or card is None:
            raise NotFoundError(
                f"message of decision {decision.id}",
                "not there",
                "a decision to write, its campaign and its person",
                "see regie explain",
            )
        words = self._words.get((decision.run, campaign.name)) or campaign.words
        language = card["language"] if card["language"] in words else None
        language = language or self.workspace.settings.language
        facts = decision.inputs["campaigns"][campaign.name]
        link = f"{self.workspace.settings.public_url}/{{}}/{self.token(decision)}"
        return mail.MessageFill(
            decision=decision.id,
            at_us=decision.constraints["send_us"],
            to_address=card["address"],
            to_name=f"{card['first_name']} {card['last_name']}".strip(),
            first_name=card["first_name"],
            language=language,
            words=words[language],
            items=tuple(self.item(code) for code in facts["items"]),
            currency=self.workspace.settings.currency,
            reasons=self.reasons(decision, language),
            why_url=link.format("w"),
            unsubscribe_url=link.format("u"),
            basis=decision.basis["prospecting"].partition(":")[0],
            simulated="consent" in self.workspace.settings.simulated,
            advertiser=self.advertiser,
        )

    def token(self, decision: Decision) -> str:
        """The unguessable part of the links in a message."""
        return keyed_token(self.workspace.key, "why", decision.id)

    def item(self, code: str) -> mail.MessageItem:
        """An item as a message shows it."""
        return self.items.get(code) or mail.MessageItem(code, code)

    def reasons(self, decision: Decision, language: str) -> tuple[str, ...]:
        """Why these items, each sentence once, in the order of the items."""
        return why_these(
            decision, lambda code: mail.tidy_description(self.item(code).description), language
        )


def why_these(decision: Decision, name_of: Callable[[str], str], language: str) -> tuple[str, ...]:
    """Why a message's items, each sentence once, in their order; `name_of` names an item."""
    told = []
    for code in decision.inputs.get("because", ()):
        kind, _, other = code.partition(":")
        told.append(say(f"selection.{kind}", language, item=name_of(other) if other else ""))
    return tuple(dict.fromkeys(told))


def items_named(decisions: Iterable[Decision]) -> set[str]:
    """Every item that decisions name: what they show or might have shown, and what that is like."""
    named: set[str] = set()
    for decision in decisions:
        for facts in decision.inputs.get("campaigns", {}).values():
            named.update(facts.get("items", ()))
        named.update(code.partition(":")[2] for code in decision.inputs.get("because", ()))
    return named


def rules_of(workspace: Stores, run: int) -> Rules:
    """The rules as they were when a run was; today's where it is none that was published.

    Parameters
    ----------
    run : int
        Its number.
    """
    for one in workspace.state.runs("published"):
        if one.number == run:
            return kept_rules(workspace, msgspec.json.decode(one.manifest)["rules"])
    return workspace.rules


def kept_rules(workspace: Stores, hashes: Mapping[str, str]) -> Rules:
    """The rules of those hashes, as every run keeps them.

    Parameters
    ----------
    hashes : Mapping[str, str]
        Rule file to the SHA-256 of its bytes.

    Raises
    ------
    NotFoundError
        If one of them is not kept any more.
    """
    held = {name: workspace.assets.get(kept) for name, kept in hashes.items()}
    return Rules(workspace.folder, held)


def words_given(workspace: Stores) -> dict[tuple[int, str], dict[str, MessageWords]]:
    """Run and campaign to the words that somebody gave its messages last, where not their own."""
    last = {
        (one.run or 0, one.campaign or ""): one.content_hash or ""
        for one in workspace.state.acts()
        if one.kind == "reworded"
    }
    words = {place: leaving.reworded(workspace.assets.get(kept)) for place, kept in last.items()}
    return {place: said for place, said in words.items() if said}


def template_content() -> bytes:
    """The template of today as the bytes it is kept as; its asset's name is their SHA-256."""
    return msgspec.json.encode(mail.message_template(), order="sorted")


def address_for(workspace: Stores, key: str, held: str, raw_id: str) -> str:
    """Where a person is written to: what is held, or what stands for it; empty if nowhere."""
    address = held or (raw_id if "@" in raw_id else "")
    if not address and "address" in workspace.settings.simulated:
        address = f"{key}{SIMULATED_AT}"
    # Whoever has none that can be written to is left out of a run for that reason, and ends no run.
    return address if mail.is_address(address) else ""


def contact_cards(workspace: Stores, keys: Sequence[str]) -> dict[str, dict[str, str]]:
    """What is known of people for writing to them: address, names, language, by key.

    Where the workspace says that addresses are simulated, a person without one gets
    KEY@example.invalid, an address that cannot be reached; see `stores.SIMULATED_AT`.
    """
    found = workspace.state.contacts(CONTACT_FIELDS, list(keys))
    cards = {}
    for row in zip(found["key"], *(found[field] for field in CONTACT_FIELDS), strict=True):
        key = str(row[0])
        card = dict(
            zip(CONTACT_FIELDS, ("" if v is None else str(v) for v in row[1:]), strict=True)
        )
        card["address"] = address_for(workspace, key, card["address"], card["raw_id"])
        card["language"] = card["language"][:2].lower()
        cards[key] = card
    return cards
