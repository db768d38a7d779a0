"""What may leave now, and why the rest may not; pure.

A message leaves only if its decision stands approved, on exactly the bytes that were approved, is
fresh, its campaign is on, and its person may still be written to at this moment. Everything else is
refused for the first reason of a closed list that fits.

Why an approval binds to a list and not to decisions: a person approves a campaign as they read it.
One hash over (decision, content) pairs says that nothing was added or reworded since; the list
itself is kept beside the approval, so that a person erased meanwhile takes out their own message
and nobody else's.
"""

from __future__ import annotations

from collections.abc import Collection, Iterable, Mapping, Sequence
from hashlib import sha256

import msgspec

from regie.govern.register import Holding
from regie.terms.campaign import Campaign, MessageWords
from regie.terms.decision import NOTHING, Act, Decision, decision_state
from regie.terms.instant import DAY_US, day_of

REFUSALS = {
    "no_message": {
        "en": "nothing was to be sent",
        "fr": "rien n’était à envoyer",
    },
    "already_left": {
        "en": "it has left already",
        "fr": "le message est déjà parti",
    },
    "not_approved": {
        "en": "nobody has approved it",
        "fr": "personne ne l’a validé",
    },
    "expired": {
        "en": "it has waited too long",
        "fr": "le message a trop attendu",
    },
    "campaign_off": {
        "en": "its campaign is not on today",
        "fr": "sa campagne n’est pas en cours aujourd’hui",
    },
    "not_allowed": {
        "en": "the person may not be written to any more",
        "fr": "il n’est plus permis d’écrire à cette personne",
    },
    "content_changed": {
        "en": "its bytes are not those that were approved",
        "fr": "son contenu n’est pas celui qui a été validé",
    },
}
"""Why a message stays, first match first, with the words for it."""


HOLDINGS = (
    Holding(
        store="state.sqlite/outbox",
        columns=("*",),
        # As long as its decision, which alone tells what it was.
        purposes=("personalisation", "prospecting"),
        retention_days=760,
        person="key",
        what={
            "en": "Which message is meant for whom, and whether it left.",
            "fr": "Quel message est destiné à qui, et s’il est parti.",
        },
    ),
    Holding(
        store="reports",
        columns=("*",),
        purposes=("prospecting",),
        retention_days=90,
        person="text",
        since="written",
        what={
            "en": "Messages, lists for a mail tool and reports, written out to be looked at.",
            "fr": "Messages, listes pour un outil d’envoi et rapports, écrits pour être regardés.",
        },
    ),
)
"""What delivering keeps."""


VALID_DAYS = 30
"""How long a decision may wait for its approval and its leaving."""


class Refusal(msgspec.Struct, frozen=True):
    """A decision that may not leave, and the code of why (one of `REFUSALS`)."""

    decision: str
    reason: str


class Outgoing(msgspec.Struct, frozen=True):
    """What leaves and what stays; together each decision once.

    Parameters
    ----------
    leave : tuple[str, ...]
        Decision ids, in the order given.
    refused : tuple[Refusal, ...]
        The others, in the order given.
    """

    leave: tuple[str, ...]
    refused: tuple[Refusal, ...]


def campaign_hash(content_hashes: Mapping[str, str]) -> str:
    """One hash over all messages of a campaign and run: what an approval act binds to.

    Parameters
    ----------
    content_hashes : Mapping[str, str]
        Decision id to the SHA-256 of its message, in any order.

    Examples
    --------
    >>> campaign_hash({"d1": "aa", "d2": "bb"}) == campaign_hash({"d2": "bb", "d1": "aa"})
    True
    >>> campaign_hash({"d1": "aa", "d2": "bb"}) == campaign_hash({"d1": "aa", "d2": "bc"})
    False
    >>> campaign_hash({})[:8]
    '4f53cda1'
    """
    return sha256(approved_list(content_hashes)).hexdigest()


def approved_list(content_hashes: Mapping[str, str]) -> bytes:
    """What an approval binds to, as bytes to be kept: their SHA-256 is the approval's hash.

    Examples
    --------
    >>> approved_list({"d2": "bb", "d1": "aa"})
    b'[["d1","aa"],["d2","bb"]]'
    """
    # JSON keeps the pairs apart: no two lists read the same.
    return msgspec.json.encode(sorted(content_hashes.items()))


def listed(content: bytes) -> dict[str, str]:
    """Decisions and content hashes of what an act was about, from the bytes that were kept.

    Examples
    --------
    >>> listed(approved_list({"d1": "aa"}))
    {'d1': 'aa'}
    >>> listed(reworded_list({"d1": "bb"}, {}))
    {'d1': 'bb'}
    """
    held = msgspec.json.decode(content)
    return dict(held["messages"] if isinstance(held, dict) else held)


def reworded_list(content_hashes: Mapping[str, str], words: Mapping[str, MessageWords]) -> bytes:
    """Other words of a campaign's messages, with the hashes these have by them, to be kept.

    Parameters
    ----------
    words : Mapping[str, MessageWords]
        Language to words; empty gives back the campaign's own.

    Examples
    --------
    >>> reworded_list({"d1": "bb"}, {})
    b'{"messages":[["d1","bb"]],"words":{}}'
    """
    return msgspec.json.encode(
        {"messages": sorted(content_hashes.items()), "words": words}, order="deterministic"
    )


def reworded(content: bytes) -> dict[str, MessageWords]:
    """The words of `reworded_list`.

    Examples
    --------
    >>> reworded(b'{"messages":[],"words":{}}')
    {}
    """
    return msgspec.json.decode(content, type=_Reworded).words


class _Reworded(msgspec.Struct, frozen=True):
    words: dict[str, MessageWords]


def may_leave(
    decisions: Sequence[Decision],
    acts: Iterable[Act],
    *,
    listed: Mapping[str, Mapping[str, str]],
    message_hashes: Mapping[str, str],
    allowed: Collection[str],
    campaigns: Mapping[str, Campaign],
    now_us: int,
    zone: str,
    valid_days: int,
) -> Outgoing:
    """Which decisions may leave now, and why the others stay.

    Parameters
    ----------
    decisions : Sequence[Decision]
        Those one would like to send.
    acts : Iterable[Act]
        All acts about them: on a decision, or on a campaign and run.
    listed : Mapping[str, Mapping[str, str]]
        Hash of an act on a campaign to what it was about: decision id to content hash. Keeps its
        entries when a decision is erased.
    message_hashes : Mapping[str, str]
        Decision id to the SHA-256 of the bytes that would leave now.
    allowed : Collection[str]
        Keys of the people the consent gate lets be written to, as things stand now.
    campaigns : Mapping[str, Campaign]
        Name to campaign, as they stand now.
    now_us : int
        This moment, microseconds UTC.
    zone : str
        Zone in which a campaign's days are days.
    valid_days : int
        How long a decision may wait, >= 1.

    Returns
    -------
    Outgoing
        A decision given twice leaves at most once; a decision that was applied never again.

    Examples
    --------
    >>> may_leave([], [], listed={}, message_hashes={}, allowed=(), campaigns={}, now_us=0,
    ...           zone="UTC", valid_days=7)
    Outgoing(leave=(), refused=())
    >>> still = Decision(id="d1", kind="message", run=1, at_us=0, subject="k", policy="p",
    ...                  chosen="nothing", propensity=1.0, seed=7, actor="policy")
    >>> may_leave([still], [], listed={}, message_hashes={}, allowed={"k"}, campaigns={},
    ...           now_us=0, zone="UTC", valid_days=7).refused
    (Refusal(decision='d1', reason='no_message'),)
    """
    standing = _Standing(acts, listed)
    today = day_of(now_us, zone)
    leave: list[str] = []
    refused: list[Refusal] = []
    seen: set[str] = set()
    for decision in decisions:
        campaign = campaigns.get(decision.campaign or "")
        state, approved = standing.of(decision)
        if decision.chosen == NOTHING or decision.campaign is None:
            reason = "no_message"
        elif state == "applied" or decision.id in seen:
            reason = "already_left"
        elif state == "expired" or now_us >= decision.at_us + valid_days * DAY_US:
            reason = "expired"
        elif state != "approved":
            reason = "not_approved"
        elif campaign is None or campaign.paused or not campaign.starts <= today <= campaign.ends:
            reason = "campaign_off"
        elif decision.subject not in allowed:
            reason = "not_allowed"
        elif approved is None or not (
            decision.content_hash == approved == message_hashes.get(decision.id)
        ):
            reason = "content_changed"
        else:
            seen.add(decision.id)
            leave.append(decision.id)
            continue
        refused.append(Refusal(decision.id, reason))
    return Outgoing(tuple(leave), tuple(refused))


class _Standing:
    """The state of each decision, and the content hash its approval stands on."""

    def __init__(self, acts: Iterable[Act], listed: Mapping[str, Mapping[str, str]]) -> None:
        # A list that is not what its hash says is none: nothing leaves under it.
        self._listed = {one: pairs for one, pairs in listed.items() if campaign_hash(pairs) == one}
        self._by_decision: dict[str, list[Act]] = {}
        self._by_campaign: dict[tuple[str, int], list[Act]] = {}
        for act in acts:
            if act.decision is not None:
                self._by_decision.setdefault(act.decision, []).append(act)
            elif act.campaign is not None and act.run is not None:
                self._by_campaign.setdefault((act.campaign, act.run), []).append(act)

    def of(self, decision: Decision) -> tuple[str, str | None]:
        place = (decision.campaign or "", decision.run)
        acts = self._by_decision.get(decision.id, []) + [
            act for act in self._by_campaign.get(place, []) if self._is_about(act, decision.id)
        ]
        if any(act.kind == "applied" for act in acts):
            return "applied", None  # for good: a later approval sends nothing twice
        state = decision_state(acts)
        if state != "approved":
            return state, None
        last = max(acts, key=lambda act: (act.at_us, act.id))
        if last.decision is not None:
            return state, last.content_hash
        return state, self._listed.get(last.content_hash or "", {}).get(decision.id)

    def _is_about(self, act: Act, decision: str) -> bool:
        listed = self._listed.get(act.content_hash or "")
        return listed is None or decision in listed
