"""Affinity: which items a person will like, from what stands together in baskets and what sells.

Reads `seen` and `people` of a session; leaves one scratch relation, `understand_items`. Three
selections: `favourites` (bought before by this person), `new` (stands in baskets with what this
person bought, never bought by them) and `popular` (sells now).

Why like this, measured on the Online Retail log: a basket's say is shared among its items, because
a wholesaler's basket of 300 lines says little about any two of them; older baskets fade; and a
neighbour counts for more while it sells better than it used to, because a shop's range turns with
the seasons. All of it stays a sum over the items a person bought, so a score can be told.

A model holds item codes and weights over all baskets, no key and no basket. Everything is counted
in whole days, and each person's sum has one order: a person scored alone gets the same bits.
"""

from __future__ import annotations

from collections.abc import Callable, Iterable, Mapping
from concurrent.futures import ThreadPoolExecutor
from typing import TYPE_CHECKING, Any

import msgspec
import numpy as np
import numpy.typing as npt

from regie.ports.tables import Column, Columns, Session, sql_text
from regie.terms.decision import Reason
from regie.terms.errors import NotFoundError
from regie.terms.instant import DAY_US

if TYPE_CHECKING:
    from scipy import sparse

SELECTIONS = ("favourites", "new", "popular")
"""How items can be chosen for a person."""

POPULARITY = "popularity"
"""The code of the part an item's sales give."""
BOUGHT = "bought"
"""The code of the part the person's own purchases of the item give."""
BECAUSE = "because:"
"""What the code of a part begins with that another bought item gives; the item follows."""

NOBODY = -1
"""The place of an item where there are fewer than asked for."""
LEAST_SPREAD = 0.25
"""Where people are more alike than this (in the logarithm of affinity), they are taken as alike."""
MOST_POINTS = 4.0
"""No selection counts for more than this, either way."""
_LEAST_AFFINITY = 1e-12
"""Keeps the logarithm of nothing finite."""
_BLOCK_CELLS = 1_000_000
"""How many cells of a people × items (or items × items) table are held at once."""

Floats = npt.NDArray[np.float64]
Ints = npt.NDArray[np.int64]
Flags = npt.NDArray[np.bool_]


class AffinityOptions(msgspec.Struct, frozen=True, kw_only=True):
    """How the model is fitted and how it weighs.

    Parameters
    ----------
    basket_half_life_days, own_half_life_days : float
        After how many days a basket, a person's own purchase, counts half.
    popularity_half_life_days, range_half_life_days : float
        The same for what sells now, and for what it is compared with to see a trend.
    neighbours : int
        How many neighbours an item keeps.
    shrinkage : float
        How much evidence a pair needs, in weights of the median item.
    favourites_popularity, new_popularity : float
        What the best seller gets on top, in either selection.
    """

    basket_half_life_days: float = 60.0
    own_half_life_days: float = 120.0
    popularity_half_life_days: float = 14.0
    range_half_life_days: float = 180.0
    neighbours: int = 100
    shrinkage: float = 2.0
    favourites_popularity: float = 0.3
    new_popularity: float = 0.001


OPTIONS = AffinityOptions
"""What `rules/models.toml` may set."""


class AffinityModel(msgspec.Struct, frozen=True, kw_only=True):
    """What goes with what, and what sells. No personal data.

    Parameters
    ----------
    items : npt.NDArray
        Shape (I,), text, sorted: an item's place is its index.
    popularity_i : npt.NDArray
        Shape (I,). Decayed baskets of the item over those of the best seller, 0..1.
    start_i, neighbour_n, weight_n : npt.NDArray
        Neighbours of item i are `neighbour_n[start_i[i]:start_i[i + 1]]`, by place; how much a
        purchase of i speaks for each, trend included.
    card : dict[str, Any]
        What it is, fitted on what, with which options, to be judged how.
    """

    items: Column
    popularity_i: Floats
    start_i: Ints
    neighbour_n: Ints
    weight_n: Floats
    card: dict[str, Any]


class Histories(msgspec.Struct, frozen=True, kw_only=True):
    """What each person bought, faded by age, in the order of the keys.

    Parameters
    ----------
    key : npt.NDArray
        Shape (P,), text.
    start_p, place_h, weight_h : npt.NDArray
        Person p bought the items at `place_h[start_p[p]:start_p[p + 1]]`, in rising order; each
        purchase counts 1 on its day and fades.
    """

    key: Column
    start_p: Ints
    place_h: Ints
    weight_h: Floats


class Selections(msgspec.Struct, frozen=True, kw_only=True):
    """The best items for each person, best first; equal scores stand in the order of their codes.

    Parameters
    ----------
    key : npt.NDArray
        Shape (P,), text.
    place_pk : npt.NDArray
        Shape (P, k). Places in the model's items; `NOBODY` where there are no more.
    score_pk : npt.NDArray
        Shape (P, k). 0 where there are no more.
    """

    key: Column
    place_pk: Ints
    score_pk: Floats


class Scale(msgspec.Struct, frozen=True):
    """What a selection's affinity is compared with: everybody's, once per run.

    Parameters
    ----------
    typical : float
        Mean affinity of the median person who likes anything of it; 0 if nobody does.
    spread : float
        How far people are from it: half of them lie within so much of its logarithm.
    """

    typical: float
    spread: float


def fit(session: Session, as_of_us: int, options: AffinityOptions | None = None) -> AffinityModel:
    """Learn what goes with what from every basket known before the instant.

    Parameters
    ----------
    session : Session
        Holds `seen` and `people` as of the instant.
    as_of_us : int
        The run's instant; baskets age back from it.
    options : AffinityOptions, optional
        How.

    Returns
    -------
    AffinityModel
        Without any basket: a model of no items, which recommends nothing.
    """
    options = options or AffinityOptions()
    then = {"as_of_us": as_of_us}
    items = session.query(sql_text("regie.understand", "goods"), then)["item"]
    lines = session.query(sql_text("regie.understand", "baskets"), then)
    age_days = _age_days(lines["at_us"], as_of_us)
    recent_i = _sold(lines, age_days, len(items), options.popularity_half_life_days)
    usual_i = _sold(lines, age_days, len(items), options.range_half_life_days)
    start_i, neighbour_n, weight_n = _neighbours(lines, age_days, len(items), options)
    return AffinityModel(
        items=items,
        popularity_i=recent_i / recent_i.max() if len(items) else recent_i,
        start_i=start_i,
        neighbour_n=neighbour_n,
        weight_n=weight_n * _trend(recent_i, usual_i)[neighbour_n],
        card=_card(lines, items, as_of_us, options),
    )


def histories(session: Session, model: AffinityModel, as_of_us: int) -> Histories:
    """What everybody in `people` bought before the instant, as far as the model knows the items.

    Parameters
    ----------
    session : Session
        Holds `seen` and `people` as of the instant.
    model : AffinityModel
        Whose items are counted.
    as_of_us : int
        The run's instant; purchases age back from it.
    """
    key = session.query(sql_text("regie.understand", "people"))["key"]
    session.register(
        "understand_items", {"item": model.items, "place": np.arange(len(model.items))}
    )
    bought = session.query(sql_text("regie.understand", "histories"), {"as_of_us": as_of_us})
    age_days = _age_days(bought["at_us"], as_of_us)
    faded = _faded(age_days, _options(model).own_half_life_days)
    width = max(len(model.items), 1)
    # Rows come by person, item and time, so each sum has one order.
    cells, back = np.unique(bought["person"] * width + bought["place"], return_inverse=True)
    weight = _summed(back, faded, len(cells))
    return Histories(
        key=key,
        start_p=np.searchsorted(cells // width, np.arange(len(key) + 1)).astype(np.int64),
        place_h=cells % width,
        weight_h=weight,
    )


def allowed(model: AffinityModel, items: Iterable[str]) -> Flags:
    """Which of the model's items may be recommended: shape (I,).

    Examples
    --------
    >>> allowed(_example_model(), ["MUG", "UNKNOWN"]).tolist()
    [True, False, False]
    """
    wanted = set(items)
    return np.array([item in wanted for item in model.items.tolist()], dtype=np.bool_)


def score(
    model: AffinityModel, bought: Histories, selection: str, allowed_i: Flags, k: int
) -> Selections:
    """Each person's best `k` items of a selection.

    Parameters
    ----------
    model : AffinityModel
        What goes with what.
    bought : Histories
        From `histories`.
    selection : str
        `favourites`, `new` or `popular`.
    allowed_i : npt.NDArray
        Shape (I,). Items that may be recommended; never one that is gone.
    k : int
        How many.

    Raises
    ------
    NotFoundError
        If there is no such selection.

    Examples
    --------
    Who bought a mug gets the plate that stands with it, then what sells; who bought nothing gets
    what sells; and what may not be recommended is not.

    >>> model, bought = _example_model(), _example_histories()
    >>> everything = allowed(model, ["MUG", "PLATE", "TRAY"])
    >>> score(model, bought, "new", everything, 2).place_pk.tolist()
    [[1, 2], [0, 2]]
    >>> score(model, bought, "favourites", everything, 1).place_pk.tolist()
    [[0], [-1]]
    >>> score(model, bought, "new", allowed(model, ["TRAY"]), 2).place_pk.tolist()
    [[2, -1], [2, -1]]
    >>> score(model, bought, "dearest", everything, 1)
    Traceback (most recent call last):
        ...
    regie.terms.errors.NotFoundError: selection is "dearest", expected one of favourites, new, \
popular; name one of them
    """
    _known(selection)
    return _picked(model, bought, allowed_i, k, lambda own: _scores(model, own, selection))


def baseline(
    model: AffinityModel, bought: Histories, selection: str, allowed_i: Flags, k: int
) -> Selections:
    """What popularity alone would offer under the selection's own rule: what `score` must beat.

    Parameters
    ----------
    model, bought, selection, allowed_i, k
        As for `score`: best sellers the person never bought for `new`, did for `favourites`.

    Examples
    --------
    >>> model, bought = _example_model(), _example_histories()
    >>> baseline(model, bought, "new", allowed(model, model.items), 2).place_pk.tolist()
    [[2, 1], [0, 2]]
    """
    _known(selection)
    return _picked(model, bought, allowed_i, k, lambda own: _popular_scores(model, own, selection))


def scale(score_pk: Floats) -> Scale:
    """The scale on which people's affinity to a selection is told in points.

    Parameters
    ----------
    score_pk : npt.NDArray
        Shape (P, k). From `score`, of everybody who is compared.

    Examples
    --------
    >>> scale(np.array([[1.0], [2.0], [4.0]]))
    Scale(typical=2.0, spread=0.6931471805599453)
    >>> scale(np.zeros((0, 4)))
    Scale(typical=0.0, spread=0.25)
    """
    mean_p = _mean_affinity(score_pk)
    liked = mean_p[mean_p > 0]
    if not len(liked):
        return Scale(0.0, LEAST_SPREAD)
    typical = float(np.median(liked))
    return Scale(typical, max(LEAST_SPREAD, float(np.median(np.abs(np.log(liked / typical))))))


def points(score_pk: Floats, on: Scale) -> Floats:
    """How well each selection suits, in points: 0 for the median person, one for each spread.

    Parameters
    ----------
    score_pk : npt.NDArray
        Shape (P, k). From `score`.
    on : Scale
        From `scale`.

    Returns
    -------
    npt.NDArray
        Shape (P,). Half of everybody lie between −1 and 1; nobody beyond ±`MOST_POINTS`.

    References
    ----------
    docs/decisions/0010-affinity-in-spreads.md: why this scale and no other.

    Examples
    --------
    >>> points(np.array([[1.0], [2.0], [8.0], [0.0]]), Scale(2.0, np.log(2))).tolist()
    [-1.0, 0.0, 2.0, -4.0]
    >>> points(np.array([[1.0]]), Scale(0.0, 0.25)).tolist()
    [0.0]
    """
    mean_p = _mean_affinity(score_pk)
    if not on.typical:
        return np.zeros(len(mean_p))
    away_p = np.log(np.maximum(mean_p, _LEAST_AFFINITY) / on.typical) / on.spread
    return np.clip(away_p, -MOST_POINTS, MOST_POINTS)


def wanted(
    model: AffinityModel, bought: Histories, selection: str, later: Mapping[str, set[str]]
) -> list[set[str]]:
    """Of what each person bought afterwards, the items this selection could have been right about.

    Parameters
    ----------
    model, bought, selection
        As for `score`.
    later : Mapping[str, set[str]]
        Key to the items bought after the instant.

    Returns
    -------
    list[set[str]]
        Length P, in the order of the keys: for `new` what was never bought before, for
        `favourites` what was, for `popular` all of it. Only people with some can be judged.

    Examples
    --------
    >>> model, bought = _example_model(), _example_histories()
    >>> wanted(model, bought, "new", {"a": {"MUG", "TRAY"}})
    [{'TRAY'}, set()]
    >>> wanted(model, bought, "favourites", {"a": {"MUG", "TRAY"}})
    [{'MUG'}, set()]
    """
    _known(selection)
    found = []
    for person, key in enumerate(bought.key.tolist()):
        mine = bought.place_h[bought.start_p[person] : bought.start_p[person + 1]]
        own, after = set(model.items[mine].tolist()), later.get(key, set())
        found.append({"new": after - own, "favourites": after & own, "popular": after}[selection])
    return found


def explain(
    model: AffinityModel, bought: Histories, person: int, selection: str, place: int
) -> tuple[Reason, ...]:
    """Why an item has its score for a person: named parts that add up to it.

    Parameters
    ----------
    model : AffinityModel
        The one that scored.
    bought : Histories
        From `histories`.
    person : int
        Row of the person.
    selection : str
        The selection it was scored in.
    place : int
        The item's place.

    Returns
    -------
    tuple[Reason, ...]
        `BOUGHT` (how often, faded), `BECAUSE` with the bought item that speaks for this one (how
        often that was bought, faded), `POPULARITY` (sales over the best seller's); strongest
        first. The weights add up to the score within 1e-12.

    Raises
    ------
    NotFoundError
        If there is no such selection.

    Examples
    --------
    >>> model, bought = _example_model(), _example_histories()
    >>> [(r.code, r.weight) for r in explain(model, bought, 0, "new", 1)]
    [('because:MUG', 0.5), ('popularity', 0.0005)]
    >>> [(r.code, r.weight) for r in explain(model, bought, 1, "popular", 0)]
    [('popularity', 1.0)]
    """
    _known(selection)
    sells = float(model.popularity_i[place])
    parts = [Reason(POPULARITY, sells, 0.0, sells * _popularity_weight(model, selection))]
    mine = slice(bought.start_p[person], bought.start_p[person + 1])
    own_h, weight_h = bought.place_h[mine], bought.weight_h[mine]
    if selection == "favourites":
        parts += [Reason(BOUGHT, w, 0.0, w) for w in weight_h[own_h == place].tolist()]
    if selection == "new":
        parts += [
            Reason(f"{BECAUSE}{model.items[own]}", weight, 0.0, weight * speaks)
            for own, weight, speaks in _speaking_for(model, own_h, weight_h, place)
        ]
    return tuple(sorted(parts, key=lambda part: (-part.weight, part.code)))


def _speaking_for(
    model: AffinityModel, own_h: Ints, weight_h: Floats, place: int
) -> list[tuple[int, float, float]]:
    """Bought items that have an item for a neighbour: place, how often bought, how much it says."""
    first_h = model.start_i[own_h]
    near_h = model.start_i[own_h + 1] - first_h
    ends_h = np.cumsum(near_h)
    # The neighbours of all bought items in one row, and where in the model each stands.
    stands = np.repeat(first_h - (ends_h - near_h), near_h) + np.arange(near_h.sum())
    found = np.flatnonzero(model.neighbour_n[stands] == place)
    by = np.searchsorted(ends_h, found, side="right")
    speaks = model.weight_n[stands[found]]
    return list(zip(own_h[by].tolist(), weight_h[by].tolist(), speaks.tolist(), strict=True))


def to_arrays(model: AffinityModel) -> dict[str, Column]:
    """The model as named arrays, for `models/NAME/VERSION/arrays.npz`; the card goes beside it.

    Examples
    --------
    >>> all(isinstance(array, np.ndarray) for array in to_arrays(_example_model()).values())
    True
    """
    return {
        "items": model.items.astype(np.str_),
        "popularity_i": model.popularity_i,
        "start_i": model.start_i,
        "neighbour_n": model.neighbour_n,
        "weight_n": model.weight_n,
    }


def from_arrays(arrays: dict[str, Column], card: dict[str, Any]) -> AffinityModel:
    """The model back from its arrays and its card.

    Examples
    --------
    >>> model = _example_model()
    >>> from_arrays(to_arrays(model), model.card).items.tolist()
    ['MUG', 'PLATE', 'TRAY']
    """
    return AffinityModel(
        items=arrays["items"].astype(object),
        popularity_i=arrays["popularity_i"],
        start_i=arrays["start_i"],
        neighbour_n=arrays["neighbour_n"],
        weight_n=arrays["weight_n"],
        card=card,
    )


def _mean_affinity(score_pk: Floats) -> Floats:
    mean_p: Floats = score_pk.sum(axis=1) / max(score_pk.shape[1], 1)
    return mean_p


def _known(selection: str) -> None:
    if selection not in SELECTIONS:
        raise NotFoundError(
            "selection", f'"{selection}"', f"one of {', '.join(SELECTIONS)}", "name one of them"
        )


def _options(model: AffinityModel) -> AffinityOptions:
    return msgspec.convert(model.card["options"], AffinityOptions)


def _popularity_weight(model: AffinityModel, selection: str) -> float:
    options = _options(model)
    return {
        "favourites": options.favourites_popularity,
        "new": options.new_popularity,
        "popular": 1.0,
    }[selection]


def _age_days(at_us: Ints, as_of_us: int) -> Ints:
    return (as_of_us - at_us) // DAY_US


def _faded(age_days: Ints, half_life_days: float) -> Floats:
    # One Python power per day of age: the same bits for one purchase as for a million.
    longest = int(age_days.max()) + 1 if len(age_days) else 0
    table = np.array([0.5 ** (day / half_life_days) for day in range(longest)])
    return table[age_days]


def _sold(lines: Columns, age_days: Ints, items: int, half_life_days: float) -> Floats:
    """Shape (I,): the item's baskets, each faded by its age."""
    return _summed(lines["place"], _faded(age_days, half_life_days), items)


def _summed(place: Ints, weight: Floats, places: int) -> Floats:
    # Adds one by one in the order of the rows, which the SQL makes total.
    return np.bincount(place, weights=weight, minlength=places).astype(np.float64)


def _trend(recent_i: Floats, usual_i: Floats) -> Floats:
    """Shape (I,): how many times better an item sells now than it used to; 1 for no change."""
    total = usual_i.sum()
    # One basket on both sides keeps a rarity from being a trend.
    return np.asarray((recent_i + 1) / (usual_i * (recent_i.sum() / total if total else 1.0) + 1))


def _neighbours(
    lines: Columns, age_days: Ints, items: int, options: AffinityOptions
) -> tuple[Ints, Ints, Floats]:
    """Each item's nearest items by shrunken cosine over faded baskets, in compressed rows."""
    from scipy import sparse

    basket, place = lines["basket"], lines["place"]
    baskets = int(basket.max()) + 1 if len(basket) else 0
    size = np.bincount(basket, minlength=baskets)
    say = _faded(age_days, options.basket_half_life_days) / size[basket]
    shape = (items, baskets)
    in_basket = sparse.csr_array((np.ones(len(basket)), (place, basket)), shape=shape)
    weighed = sparse.csr_array((say, (basket, place)), shape=shape[::-1])
    own_i = _summed(place, say, items)
    held_back = options.shrinkage * float(np.median(own_i)) if items else 0.0
    start, near, weights = [0], [], []
    step = max(1, _BLOCK_CELLS // max(items, 1))
    for first in range(0, items, step):
        together = (in_basket[first : first + step] @ weighed).toarray()
        for row, pairs in enumerate(together):
            item = first + row
            pairs[item] = 0.0
            alike = pairs / (np.sqrt(own_i[item] * own_i) + held_back)
            best = _best(alike, options.neighbours)
            near.append(best)
            weights.append(alike[best])
            start.append(start[-1] + len(best))
    return (
        np.array(start, dtype=np.int64),
        np.concatenate(near) if near else np.zeros(0, dtype=np.int64),
        np.concatenate(weights) if weights else np.zeros(0),
    )


def _best(scores: Floats, k: int) -> Ints:
    """Places of the `k` highest scores above 0, best first, equal ones in their order."""
    candidates = np.flatnonzero(scores > 0)
    if len(candidates) > k:
        found = scores[candidates]
        least = np.partition(found, len(found) - k)[len(found) - k]
        candidates = candidates[found >= least]
    return candidates[np.argsort(-scores[candidates], kind="stable")[:k]]


def _best_of_each(score_bi: Floats, k: int) -> tuple[Ints, Floats]:
    """Each row's `k` highest scores above 0, best first, equal ones in their order; uses it up."""
    rows = np.arange(len(score_bi))
    place_bk = np.full((len(rows), k), NOBODY, dtype=np.int64)
    score_bk = np.zeros((len(rows), k))
    for nth in range(min(k, score_bi.shape[1])):
        place = score_bi.argmax(axis=1)  # the first of equals
        score = score_bi[rows, place]
        place_bk[:, nth] = np.where(score > 0, place, NOBODY)
        score_bk[:, nth] = np.maximum(score, 0.0)
        score_bi[rows, place] = 0.0
    return place_bk, score_bk


def _picked(
    model: AffinityModel,
    bought: Histories,
    allowed_i: Flags,
    k: int,
    scores_of: Callable[[sparse.csr_array], Floats],
) -> Selections:
    place_pk = np.full((len(bought.key), k), NOBODY, dtype=np.int64)
    score_pk = np.zeros((len(bought.key), k))
    people = len(bought.key) if len(model.items) else 0
    step = max(1, _BLOCK_CELLS // max(len(model.items), 1))

    def pick(first: int) -> None:
        block = slice(first, min(first + step, people))
        score_bi = scores_of(_table(bought, block, len(model.items)))
        score_bi[:, ~allowed_i] = 0.0
        place_pk[block], score_pk[block] = _best_of_each(score_bi, k)

    # As many blocks at once as there are cores: a person's sums stand in one, so no bit changes.
    with ThreadPoolExecutor() as beside:
        list(beside.map(pick, range(0, people, step)))
    return Selections(key=bought.key, place_pk=place_pk, score_pk=score_pk)


def _scores(model: AffinityModel, own: sparse.csr_array, selection: str) -> Floats:
    """Shape (people of the block, I): every item's score, 0 where it is not offered."""
    from scipy import sparse

    if selection == "popular":
        return _popular_scores(model, own, selection)
    popular = model.popularity_i * _popularity_weight(model, selection)
    if selection == "favourites":
        held = own.toarray()
        return np.where(held > 0, held + popular, 0.0)
    shape = (len(model.items), len(model.items))
    near = sparse.csr_array((model.weight_n, model.neighbour_n, model.start_i), shape=shape)
    score_bi: Floats = (own @ near).toarray() + popular
    score_bi[own.nonzero()] = 0.0
    return score_bi


def _popular_scores(model: AffinityModel, own: sparse.csr_array, selection: str) -> Floats:
    held = own.toarray() > 0
    offered = {"new": ~held, "favourites": held, "popular": np.ones_like(held)}[selection]
    return np.where(offered, model.popularity_i, 0.0)


def _table(bought: Histories, people: slice, items: int) -> sparse.csr_array:
    from scipy import sparse

    start = bought.start_p[people.start : people.stop + 1]
    mine = slice(start[0], start[-1])
    return sparse.csr_array(
        (bought.weight_h[mine], bought.place_h[mine], start - start[0]),
        shape=(len(start) - 1, items),
    )


def _card(lines: Columns, items: Column, as_of_us: int, options: AffinityOptions) -> dict[str, Any]:
    at_us = lines["at_us"]
    return {
        "model": "affinity",
        "kind": "item co-visitation and popularity, decayed in time",
        "what": {
            "en": "Which items a person will like",
            "fr": "Les articles qu’une personne aimera",
        },
        "as_of_us": as_of_us,
        "known_from_us": int(at_us.min()) if len(at_us) else as_of_us,
        "known_to_us": int(at_us.max()) if len(at_us) else as_of_us,
        "rows": len(at_us),
        "baskets": int(lines["basket"].max()) + 1 if len(at_us) else 0,
        "items": len(items),
        "options": msgspec.to_builtins(options),
        "baseline": "popularity",
        "judged": "on the 30 days after each run: hit rate and nDCG against popularity",
        "personal_data": "none: item codes and weights over all baskets",
    }


def _example_model() -> AffinityModel:
    """Three items for the examples above: a mug and a plate stand together, a tray alone."""
    return AffinityModel(
        items=np.array(["MUG", "PLATE", "TRAY"], dtype=object),
        popularity_i=np.array([1.0, 0.5, 0.75]),
        start_i=np.array([0, 1, 2, 2]),
        neighbour_n=np.array([1, 0]),
        weight_n=np.array([0.5, 0.5]),
        card={"options": msgspec.to_builtins(AffinityOptions())},
    )


def _example_histories() -> Histories:
    """Two people for the examples above: one bought a mug today, one nothing yet."""
    return Histories(
        key=np.array(["a", "b"], dtype=object),
        start_p=np.array([0, 1, 1]),
        place_h=np.array([0]),
        weight_h=np.array([1.0]),
    )
