"""Rules and reasons told in a marketer's words, in French and English; pure.

Why beside `audience` and not in it: who is in a segment must not change with how it is told.
"""

from __future__ import annotations

from collections.abc import Sequence

from regie.terms.money import MICROS
from regie.terms.rule import All, Any_, InSegment, Measure, Not, Rule, Trait
from regie.understand.audience import Because, Segment
from regie.words.formats import country, money
from regie.words.sentences import say, theme_sentences


def describe(rule: Rule, lang: str, segments: Sequence[Segment], currency: str) -> str:
    """A rule as words: whom it reaches.

    Parameters
    ----------
    rule : Rule
        A segment's or a campaign's.
    lang : str
        `en` or `fr`.
    segments : Sequence[Segment]
        Those the rule may name; told by their titles.
    currency : str
        Of the amounts.

    Examples
    --------
    >>> loyal = All((Measure("count", "order", days=180, at_least=3),
    ...              Measure("days_since", "order", at_most=60)))
    >>> describe(loyal, "en", [], "GBP")
    'at least 3 orders in the last 180 days and last order 60 days ago or less'
    >>> describe(Not(Any_((loyal, Trait("country", ("France", "Spain"))))), "en", [], "GBP")[:41]
    'not ((at least 3 orders in the last 180 d'
    >>> describe(All(()), "fr", [], "GBP")
    'tout le monde'
    """
    match rule:
        case All(parts) | Any_(parts):
            told = [_inside(part, lang, segments, currency) for part in parts]
            join, nothing = ("and", "everybody") if isinstance(rule, All) else ("or", "nobody")
            return say(f"audience.{join}", lang).join(told) or say(f"audience.{nothing}", lang)
        case Not(part):
            return say("audience.not", lang, rule=_inside(part, lang, segments, currency))
        case InSegment(name):
            titles = {segment.name: segment.title for segment in segments}
            return say("audience.segment", lang, title=titles.get(name, {}).get(lang, name))
        case Trait(name, values):
            shown = [value_words(name, value, lang) for value in values]
            either = say("audience.or", lang).join(shown) or say("audience.nobody", lang)
            return say("audience.trait", lang, trait=trait_words(name, lang), values=either)
        case Measure():
            return _bounded(rule, rule.at_least, rule.at_most, lang, currency)
    raise TypeError(rule)


def tell(because: Because, lang: str, currency: str) -> str:
    """A person's own figure for one part of a rule, as words.

    Examples
    --------
    >>> tell(Because(Measure("count", "order", days=30, at_least=2), 3, True), "en", "GBP")
    '3 orders in the last 30 days'
    >>> tell(Because(Measure("value", "order", at_least=2), 2_500_000, True), "en", "GBP")
    'orders worth £2.50'
    >>> tell(Because(Measure("days_since", "order", at_most=9), None, False), "en", "GBP")
    'never: order'
    >>> tell(Because(Trait("country", ("France",)), None, False), "en", "GBP")
    'country: none of these'
    """
    leaf, figure = because.leaf, because.figure
    if isinstance(leaf, Trait):
        trait = trait_words(leaf.trait, lang)
        if figure is None:
            return say("audience.no_trait", lang, trait=trait)
        shown = value_words(leaf.trait, str(figure), lang)
        return say("audience.trait", lang, trait=trait, values=shown)
    if figure is None:
        told = say("audience.never", lang, what=_what(leaf.kind, 1, lang))
        return _windowed(told, leaf, lang)
    exact = int(figure) / MICROS if leaf.figure == "value" else int(figure)
    return _bounded(leaf, exact, exact, lang, currency)


def _inside(rule: Rule, lang: str, segments: Sequence[Segment], currency: str) -> str:
    told = describe(rule, lang, segments, currency)
    several = isinstance(rule, All | Any_) and len(rule.of) > 1
    return say("audience.group", lang, rule=told) if several else told


def _bounded(leaf: Measure, low: float | None, high: float | None, lang: str, currency: str) -> str:
    form = "between"
    if low is None or high is None or low == high:
        form = "at_most" if low is None else "at_least" if high is None else "exactly"
    most = high if high is not None else low
    n = 2.0 if leaf.figure == "value" else most or 0.0
    told = say(
        f"audience.{leaf.figure}_{form}",
        lang,
        what=_what(leaf.kind, n, lang),
        last=say(f"audience.last_{leaf.kind}", lang),
        low=_amount(leaf, low, lang, currency),
        high=_amount(leaf, most, lang, currency),
    )
    return _windowed(told, leaf, lang)


def _amount(leaf: Measure, bound: float | None, lang: str, currency: str) -> str | float:
    if leaf.figure != "value":
        return bound or 0
    micros = round((bound or 0.0) * MICROS)
    # A round bound is told round; a person's own amount to the cent.
    return money(micros, currency, lang, digits=2 if micros % MICROS else 0)


def _windowed(told: str, leaf: Measure, lang: str) -> str:
    return told if leaf.days is None else say("audience.window", lang, rule=told, days=leaf.days)


def _what(kind: str, n: float, lang: str) -> str:
    return say(f"audience.kind_{kind}", lang, n=n)


def value_words(trait: str, value: str, lang: str) -> str:
    """A trait's value in words.

    Examples
    --------
    >>> value_words("country", "Germany", "fr"), value_words("city", "Vannes", "fr")
    ('Allemagne', 'Vannes')
    """
    return country(value, lang) if trait == "country" else value


def trait_words(name: str, lang: str) -> str:
    """A trait's name in words; one that a file brought keeps its own.

    Examples
    --------
    >>> trait_words("country", "fr"), trait_words("city", "fr")
    ('pays', 'city')
    """
    # A trait is whatever a file brought: one without words of ours keeps its own name.
    code = f"trait_{name}"
    return say(f"audience.{code}", lang) if code in theme_sentences("audience") else name
