"""A shop, its words and one message, for the tests of deliver."""

from __future__ import annotations

from typing import Any

from regie.deliver.mail import Advertiser, MessageFill, MessageItem
from regie.terms.campaign import MessageWords

SHOP = Advertiser(
    name="Maison Cardinal",
    postal="12 Market Street, London E1 6AN",
    from_address="hello@shop.example",
    site="https://shop.example/",
)
WORDS = {
    "en": MessageWords(
        subject="{first_name}, your favourites are here",
        preheader="Four things you come back to.",
        title="Again?",
        body="Hello {first_name},\n\nThey are back.",
        button="See them",
        offer="Delivery is on us.",
    ),
    "fr": MessageWords(
        subject="{first_name}, vos favoris sont là",
        preheader="Quatre articles auxquels vous revenez.",
        title="À nouveau\u202f?",
        body="Bonjour {first_name},\n\nIls sont revenus\u202f: profitez-en.",
        button="Les revoir",
        offer="10\u202f% sur tout.",
    ),
}
ITEMS = (
    MessageItem("85123A", "WHITE HANGING HEART T-LIGHT HOLDER", 2_950_000),
    MessageItem("22423", "REGENCY CAKESTAND 3 TIER", 12_750_000),
    MessageItem("47566", "PARTY BUNTING", 4_950_000),
    MessageItem("84879", "ASSORTED COLOUR BIRD ORNAMENT", None),
)


def a_fill(**changes: Any) -> MessageFill:
    """A message to Camille in French, with what is changed."""
    language = changes.get("language", "fr")
    fields: dict[str, Any] = {
        "decision": "0123456789abcdef0123456789abcdef",
        "at_us": 1_307_574_000_000_000,
        "to_address": "camille@example.invalid",
        "to_name": "Camille Léger",
        "first_name": "Camille",
        "language": language,
        "words": WORDS.get(language, WORDS["en"]),
        "items": ITEMS,
        "currency": "GBP",
        "reasons": ("Parce que vous en avez pris trois.",),
        "why_url": "https://shop.example/w/3f9c2a",
        "unsubscribe_url": "https://shop.example/u/77d1e0",
        "basis": "consent",
        "simulated": False,
        "advertiser": SHOP,
    }
    return MessageFill(**(fields | changes))
