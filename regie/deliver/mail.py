"""One decision as one e-mail: exact bytes, the same each time; pure but for its own package files.

A template (MJML, compiled once to HTML that mail programs understand, styles inlined) has places
for words, items and links; `render` fills them for one person and wraps them as RFC 5322.

Why compiled once and filled per person: compiling costs ten milliseconds, filling a tenth of one.
Why the bytes are exact: an approval binds to their hash, so what leaves is what somebody read;
date, message-id and boundary come from the decision, never from a clock or a random number.
Why nothing remote: an image fetched from afar tells when and where a message was opened, and open
tracking is off unless a person agreed to it. Coloured tiles with initials stand for pictures.
"""

from __future__ import annotations

import binascii
import email
import email.policy
import re
import tomllib
from datetime import UTC
from email.header import Header
from email.utils import format_datetime, formataddr
from functools import cache, lru_cache
from hashlib import sha256
from importlib import resources
from typing import TYPE_CHECKING, Any

import msgspec

from regie.terms.campaign import MessageWords
from regie.terms.errors import SettingError, ValueFoundError
from regie.terms.instant import moment_of
from regie.words.formats import money

if TYPE_CHECKING:
    from jinja2 import Template

TINTS = 4
"""Colours of item tiles in the template; four items never share one."""


class Advertiser(msgspec.Struct, frozen=True, kw_only=True):
    """Who writes: what the law and good manners want at the foot of every message.

    fr: annonceur

    Parameters
    ----------
    name, postal : str
        Name and postal line as printed.
    from_address : str
        Address the message comes from; its domain also names the message.
    site : str
        Address of the shop, where the button leads; https.

    Examples
    --------
    >>> Advertiser(name="Maison", postal="1 rue Haute, Lyon", from_address="bonjour@example.com",
    ...            site="https://example.com/").name
    'Maison'
    """

    name: str
    postal: str
    from_address: str
    site: str


class MessageItem(msgspec.Struct, frozen=True):
    """An item as a message shows it: its description as catalogued, its price if it is known.

    Examples
    --------
    >>> MessageItem("85123A", "WHITE HANGING HEART T-LIGHT HOLDER", 2_550_000).price_micros
    2550000
    """

    item: str
    description: str
    price_micros: int | None = None


class MessageFill(msgspec.Struct, frozen=True, kw_only=True):
    """Everything one message says to one person: the same fill is always the same bytes.

    Parameters
    ----------
    decision : str
        The decision's id; message-id and boundary are made from it.
    at_us : int
        The decision's instant, the message's date.
    to_address, to_name, first_name : str
        Names may be empty: nothing is then greeted by name.
    language : str
        One of `LANGS`.
    words : MessageWords
        The campaign's words in that language; `{first_name}` is filled here.
    items : tuple[MessageItem, ...]
        The selection, best first.
    currency : str
        ISO 4217 code of the items' prices.
    reasons : tuple[str, ...]
        Sentences in that language that say why these items.
    why_url, unsubscribe_url : str
        Unguessable links, https.
    basis : str
        Why one may write at all: `consent` or `existing-customer`.
    simulated : bool
        Whether the consent was drawn at random, which the message then says.
    """

    decision: str
    at_us: int
    to_address: str
    to_name: str = ""
    first_name: str = ""
    language: str
    words: MessageWords
    items: tuple[MessageItem, ...]
    currency: str
    reasons: tuple[str, ...] = ()
    why_url: str
    unsubscribe_url: str
    basis: str
    simulated: bool = False
    advertiser: Advertiser


class MessageTemplate(msgspec.Struct, frozen=True):
    """A compiled template, named by the hash of all it is made of.

    Parameters
    ----------
    html, text : str
        The two parts, with places to fill.
    labels : dict[str, dict[str, Any]]
        Language to the words that stand around a campaign's own.
    hash : str
        SHA-256 over the three; goes into a decision's versions.
    """

    html: str
    text: str
    labels: dict[str, dict[str, Any]]
    hash: str


@cache
def message_template() -> MessageTemplate:
    """The template that ships with Régie, compiled and inlined; compiled once a process.

    Returns
    -------
    MessageTemplate
        Refers to nothing remote.

    References
    ----------
    MJML 4, rendered by mrml; CSS inlined by css-inline, media rules kept.

    Examples
    --------
    >>> template = message_template()
    >>> len(template.hash), "http" in template.html.replace("http-equiv", "").replace(
    ...     "http://www.w3.org/1999/xhtml", "")
    (64, False)
    """
    import css_inline
    import mrml

    mjml = _packaged("message.mjml")
    rendered = mrml.to_html(mjml, render_options=mrml.RenderOptions(fonts={}))
    inliner = css_inline.CSSInliner(keep_at_rules=True, load_remote_stylesheets=False)
    html = re.sub(r"\n\s+", "\n", inliner.inline(rendered.content))  # indentation is dead weight
    text = _packaged("message.txt")
    labels = tomllib.loads(_packaged("labels.toml"))
    content = msgspec.json.encode([html, text, labels], order="sorted")
    return MessageTemplate(html, text, labels, sha256(content).hexdigest())


def render(fill: MessageFill, template: MessageTemplate) -> bytes:
    """The message as it leaves: RFC 5322 bytes with a text part and an HTML part.

    Parameters
    ----------
    fill : MessageFill
        What is said, to whom. Everything in it is escaped; line ends in it cannot make a header.
    template : MessageTemplate
        From `message_template`, or stored with an earlier run.

    Returns
    -------
    bytes
        CRLF lines, ASCII only, none longer than 998; the same for the same fill and template.

    Raises
    ------
    SettingError
        If the language, the basis or a link is not one that can be written.
    ValueFoundError
        If an address is not `name@domain`.

    References
    ----------
    RFC 5322 (message), RFC 2047 (header words), RFC 2046 section 5.1.4 (alternative parts),
    RFC 2369 and RFC 8058 (List-Unsubscribe in one click).

    Examples
    --------
    >>> words = MessageWords(subject="Hello {first_name}", preheader="", title="Again?",
    ...                      body="Yes.", button="See")
    >>> shop = Advertiser(name="Maison", postal="1 rue Haute, Lyon", from_address="m@example.com",
    ...                   site="https://example.com/")
    >>> fill = MessageFill(decision="d1", at_us=0, to_address="a@example.invalid", language="en",
    ...     words=words, items=(), currency="GBP", why_url="https://example.com/w/1",
    ...     unsubscribe_url="https://example.com/u/1", basis="consent", advertiser=shop)
    >>> print(render(fill, message_template()).decode().split("\\r\\n\\r\\n")[0].replace("\\r", ""))
    From: Maison <m@example.com>
    To: a@example.invalid
    Subject: Hello
    Date: Thu, 01 Jan 1970 00:00:00 +0000
    Message-ID: <d1@example.com>
    List-Unsubscribe: <https://example.com/u/1>
    List-Unsubscribe-Post: List-Unsubscribe=One-Click
    MIME-Version: 1.0
    Content-Type: multipart/alternative;
     boundary="=_8b53639f152c8fc6ef30802fde462ba0"
    """
    _check(fill, template)
    values = _values(fill, template)
    boundary = f"=_{sha256(fill.decision.encode()).hexdigest()[:32]}"
    lines = [f"{name}: {value}" for name, value in _headers(fill, values["subject"])]
    lines += [
        "MIME-Version: 1.0",
        f'Content-Type: multipart/alternative;\r\n boundary="{boundary}"',
        "",
    ]
    # What a message lacks (an offer, a price) leaves blank lines behind: one is enough.
    text = re.sub(r"\n{3,}", "\n\n", _filler(template.text, html=False).render(values))
    html = _filler(template.html, html=True).render(values)
    for subtype, body in (("plain", text), ("html", html)):
        lines += [
            f"--{boundary}",
            f"Content-Type: text/{subtype}; charset=utf-8",
            "Content-Transfer-Encoding: quoted-printable",
            "",
            _quoted_printable(body),
        ]
    lines += [f"--{boundary}--", ""]
    return "\r\n".join(lines).encode("ascii")


class Proof(msgspec.Struct, frozen=True):
    """A message to be looked at by others than its receiver: its links lead nowhere.

    fr: épreuve

    Examples
    --------
    >>> Proof(subject="Hello", html="<p>Hello</p>", text="Hello").subject
    'Hello'
    """

    subject: str
    html: str
    text: str


def proof(message: bytes) -> Proof:
    """A message as it is shown, without its links: each lets whoever has it act for the receiver.

    Examples
    --------
    >>> body = b"<a href='https://shop.example/u/1'>a</a>"
    >>> made = proof(b"Subject: Hi\\nContent-Type: text/html\\n\\n" + body)
    >>> made.subject, made.html.strip()
    ('Hi', '<a>a</a>')
    """
    parsed = email.message_from_bytes(message, policy=email.policy.default)
    html, text = (parsed.get_body((kind,)) for kind in ("html", "plain"))
    return Proof(
        subject=str(parsed["subject"] or ""),
        html=_HREF.sub("", html.get_content()) if html is not None else "",
        text=_ADDRESS_AFAR.sub("…", text.get_content()) if text is not None else "",
    )


_HREF = re.compile(r"""\s+href=("[^"]*"|'[^']*')""")
_ADDRESS_AFAR = re.compile(r"https?://\S+")


def is_address(text: str) -> bool:
    """Whether a text is an address that a message can go to: `name@domain`.

    Examples
    --------
    >>> is_address("ada@example.com"), is_address("not an address"), is_address("a@b@c")
    (True, False, False)
    """
    return _ADDRESS.fullmatch(text) is not None


def content_hash(message: bytes) -> str:
    """SHA-256 of a message's bytes: what an approval binds to.

    Examples
    --------
    >>> content_hash(b"a")[:8], len(content_hash(b""))
    ('ca978112', 64)
    """
    return sha256(message).hexdigest()


@lru_cache(maxsize=65_536)
def tidy_description(description: str) -> str:
    """A catalogue's description in a case people read; text that has lower case stays as it is.

    Parameters
    ----------
    description : str
        As catalogued, often in capitals with stray spaces and stops.

    Examples
    --------
    >>> tidy_description("WHITE HANGING HEART T-LIGHT HOLDER")
    'White hanging heart T-light holder'
    >>> tidy_description("LUNCH BAG  BLACK SKULL."), tidy_description("ASSTD DESIGN 3D STICKERS ")
    ('Lunch bag black skull', 'Asstd design 3D stickers')
    >>> tidy_description("Bougie parfumée"), tidy_description("")
    ('Bougie parfumée', '')
    """
    text = one_line(description, 200).rstrip(" .,")
    if text != text.upper():
        return text
    words = [_tidy_word(word) for word in text.split(" ")]
    tidy = " ".join(words)
    return tidy[:1].upper() + tidy[1:]


_KEPT = {
    "3D", "CD", "DVD", "EU", "FBA", "GB", "LED", "MDF", "PVC", "TV", "UK", "USA", "USB",
    "XL", "XXL",
}  # fmt: skip
_PROPER = {
    "AMERICAN", "CHINESE", "CHRISTMAS", "DANISH", "EASTER", "EDWARDIAN", "ENGLAND",
    "ENGLISH", "EUROPEAN", "FRANCE", "FRENCH", "GEORGIAN", "HALLOWEEN", "I", "INDIAN",
    "JAPAN", "JAPANESE", "LONDON", "MOROCCAN", "NORDIC", "PARIS", "RUSSIAN", "SCANDINAVIAN",
    "SWEDISH", "SWISS", "VICTORIAN", "XMAS",
}  # fmt: skip
_HEADED = re.compile(r"^[A-Z]-[A-Z]")


def _tidy_word(word: str) -> str:
    bare = word.strip("(),.:;!?'\"")
    if bare in _KEPT or re.fullmatch(r"\d[A-Z]", bare):
        return word
    if bare.removesuffix("'S") in _PROPER:
        return (
            word[: len(word) - len(word.lstrip("(\"'")) + 1]
            + word.lower()[len(word) - len(word.lstrip("(\"'")) + 1 :]
        )
    if _HEADED.match(word):  # T-LIGHT, A-FRAME: the letter is a shape
        return word[0] + word[1:].lower()
    return word.lower()


def _initials(name: str) -> str:
    skipped = {"set", "pack", "the", "and", "for", "with", "les", "des", "une", "pour", "lot"}
    words = [w for w in re.findall(r"[^\W\d_]{3,}", name) if w.lower() not in skipped]
    # A letter never doubles: some pairs (SS, HH) are no ornament.
    return "".join(dict.fromkeys(word[0].upper() for word in words[:2])) or name[:1].upper()


@lru_cache(maxsize=65_536)
def _price(micros: int, currency: str, language: str) -> str:
    return money(micros, currency, language)


def _values(fill: MessageFill, template: MessageTemplate) -> dict[str, Any]:
    label = template.labels[fill.language]
    name = one_line(fill.first_name, 60)
    advertiser = one_line(fill.advertiser.name, 100)
    words = {
        field: _said(getattr(fill.words, field), name)
        for field in ("subject", "preheader", "title", "button", "offer")
    }
    paragraphs = (_said(part, name) for part in re.split(r"\n\s*\n", fill.words.body))
    return words | {
        "language": fill.language,
        "label": label,
        "body": [part for part in paragraphs if part],
        "items": [_item(fill, item, place) for place, item in enumerate(fill.items)],
        "reasons": [one_line(reason, 500) for reason in fill.reasons],
        "button_url": fill.advertiser.site,
        "why_url": fill.why_url,
        "unsubscribe_url": fill.unsubscribe_url,
        "basis": label["basis"][fill.basis].replace("{advertiser}", advertiser),
        "simulated": fill.simulated,
        "advertiser": advertiser,
        "postal": one_line(fill.advertiser.postal, 200),
    }


def _item(fill: MessageFill, item: MessageItem, place: int) -> dict[str, str | int]:
    name = tidy_description(item.description) or one_line(item.item, 60)
    price = item.price_micros
    return {
        "name": name,
        "initials": _initials(name),
        "tint": place % TINTS,
        "price": "" if price is None else _price(price, fill.currency, fill.language),
    }


def _said(text: str, first_name: str) -> str:
    """One paragraph with the name in it, or well formed without one."""
    line = one_line(text, 2_000)
    if first_name or "{first_name}" not in line:
        return line.replace("{first_name}", first_name)
    opened = re.sub(r"^\{first_name\}\s*,?\s*", "", line)
    if opened != line:
        return opened[:1].upper() + opened[1:]
    return re.sub(r",?\s*\{first_name\}", "", line)


def one_line(text: str, at_most: int) -> str:
    """Text on one line: no line ends, control or direction characters, spaces single.

    Parameters
    ----------
    text : str
        Anything a file or a person may have written.
    at_most : int
        Characters kept.

    Examples
    --------
    >>> one_line("Camille\\r\\nBcc: all@example.com ", 60), one_line("a" * 9, 3)
    ('Camille Bcc: all@example.com', 'aaa')
    """
    return re.sub(" {2,}", " ", _CONTROL.sub(" ", text)).strip(" ")[:at_most]


PLAINLY = "only characters that people see"
"""What a text is expected to hold; see `is_written_plainly`."""


def is_written_plainly(text: str) -> bool:
    """Whether a text of several lines holds no control or direction character: no message shows
    one, and who approves would see other words than those that stand there.

    Examples
    --------
    >>> is_written_plainly("Bonjour,\\nà bientôt"), is_written_plainly("10 \\u202e€ 01")
    (True, False)
    """
    return not _CONTROL.search(text.replace("\n", " ").replace("\r", " ").replace("\t", " "))


_CONTROL = re.compile("[\x00-\x1f\x7f-\x9f\u2028\u2029\u200e\u200f\u202a-\u202e\u2066-\u2069]")
_ADDRESS = re.compile(r"[A-Za-z0-9.!#$%&'*+/=?^_`{|}~-]{1,64}@[A-Za-z0-9](?:[A-Za-z0-9.-]{0,253})")
_LINK = re.compile(r"https://[!#-;=?-Z\\\]^_a-z|~-]{1,900}")
_ID = re.compile(r"[A-Za-z0-9._-]{1,128}")


def _check(fill: MessageFill, template: MessageTemplate) -> None:
    where = f"message {fill.decision}"
    if not _ID.fullmatch(fill.decision):
        raise SettingError(
            "decision", repr(fill.decision), "letters, digits, . _ -", "use the decision's id"
        )
    labels = template.labels.get(fill.language)
    if labels is None:
        known = " or ".join(sorted(template.labels))
        raise SettingError(f"{where}, language", f'"{fill.language}"', known, "choose one of them")
    if fill.basis not in labels["basis"]:
        known = " or ".join(sorted(labels["basis"]))
        raise SettingError(f"{where}, basis", f'"{fill.basis}"', known, "say why it may be written")
    for name, link in (
        ("why_url", fill.why_url),
        ("unsubscribe_url", fill.unsubscribe_url),
        ("site", fill.advertiser.site),
    ):
        if not _LINK.fullmatch(link):
            raise SettingError(
                f"{where}, {name}", repr(link), "an https link", "set the workspace's web address"
            )
    # The address itself stays out of the message: messages go to logs.
    for name, address in (
        ("to_address", fill.to_address),
        ("from_address", fill.advertiser.from_address),
    ):
        if not is_address(address):
            raise ValueFoundError(
                f"{where}, {name}", "not an address", "name@domain", "correct it in contacts"
            )


def _headers(fill: MessageFill, subject: str) -> list[tuple[str, str]]:
    advertiser = fill.advertiser
    domain = advertiser.from_address.partition("@")[2]
    return [
        ("From", _mailbox("From", advertiser.name, advertiser.from_address)),
        ("To", _mailbox("To", fill.to_name, fill.to_address)),
        ("Subject", _header_words("Subject", subject)),
        ("Date", format_datetime(moment_of(fill.at_us, "UTC").astimezone(UTC))),
        ("Message-ID", f"<{fill.decision}@{domain}>"),
        ("List-Unsubscribe", f"<{fill.unsubscribe_url}>"),
        ("List-Unsubscribe-Post", "List-Unsubscribe=One-Click"),
    ]


def _mailbox(header: str, name: str, address: str) -> str:
    shown = one_line(name, 100)
    if not shown:
        return address
    if shown.isascii() and "=?" not in shown:
        return formataddr((shown, address))
    return f"{_header_words(header, shown)}\r\n <{address}>"


def _header_words(header: str, text: str) -> str:
    # "=?" would be read as an encoded word, and a long word cannot be folded: both are encoded.
    plain = text.isascii() and "=?" not in text and max(map(len, text.split(" "))) <= 60
    charset = "us-ascii" if plain else "utf-8"
    return Header(text, charset, header_name=header).encode(linesep="\r\n")


def _quoted_printable(body: str) -> str:
    crlf = body.replace("\r\n", "\n").replace("\n", "\r\n").encode()
    return binascii.b2a_qp(crlf, istext=True).decode("ascii")


@cache
def _filler(source: str, *, html: bool) -> Template:
    from jinja2 import Environment, StrictUndefined

    if not html:
        return Environment(
            undefined=StrictUndefined, trim_blocks=True, lstrip_blocks=True, autoescape=False
        ).from_string(source)
    # Blocks are HTML comments: the MJML compiler and the inliner carry them through untouched,
    # even inside tables, where bare text would be moved out.
    return Environment(
        undefined=StrictUndefined,
        autoescape=True,
        block_start_string="<!--%",
        block_end_string="%-->",
        comment_start_string="<!--#",
        comment_end_string="#-->",
    ).from_string(source)


def _packaged(name: str) -> str:
    return resources.files("regie.deliver").joinpath("templates", name).read_text("utf-8")
