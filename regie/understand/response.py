"""Response: the calibrated probability that a person orders within the next 30 days.

Reads `seen` and `people` of a session; leaves one scratch relation, `understand_instants`. A
logistic regression over eight readable habits, trained on people as they stood 30, 60, 90 … days
before the run (their outcome complete, their habits only as then known), and calibrated on the
newest of these snapshots.

Why so plain: on the Online Retail log boosted trees rank no better, and a straight line in log-odds
can be told: named parts that add up to the score. Calibration only stretches and shifts the line,
so it stays one. Each habit is a figure a marketer knows; two of them measure distance from the
person's own rhythm, because in wholesale a shop that ordered yesterday is not due today.

A model holds coefficients and rates over everybody, no key and no row of a person.
"""

from __future__ import annotations

from typing import Any

import msgspec
import numpy as np
import numpy.typing as npt

from regie.ports.tables import Column, Columns, Session, sql_text
from regie.terms.decision import Reason
from regie.terms.instant import DAY_US

HORIZON_DAYS = 30
"""How far ahead the probability looks."""

HABITS = (
    "days_before_rhythm", "days_past_rhythm", "tenure_days", "orders_90", "order_days",
    "value_per_order", "distinct_items", "returned_share",
)  # fmt: skip
"""What the model reads of a person, in the order of its weights."""

MEAN_PERSON = "mean_person"
"""The code of the part that everybody shares: the log-odds of a person of average habits."""
NO_ORDER_YET = "no_order_yet"
"""The code of the part of a person without any order known."""

RECENCY_BANDS_DAYS = (7, 14, 30, 60, 90, 180)
"""Where the baseline's bands of days since the last order part."""

ASSUMED_RATE = 0.1
"""The rate taken for granted before anything is known; it weighs as much as ten people."""
_ASSUMED_PEOPLE = 10
_SHORTEST_RHYTHM_DAYS = 7
"""Added to both sides before a rhythm is compared, so that a day is not a big part of a week."""

Floats = npt.NDArray[np.float64]
Ints = npt.NDArray[np.int64]
Flags = npt.NDArray[np.bool_]


class ResponseOptions(msgspec.Struct, frozen=True, kw_only=True):
    """How the model is fitted.

    Parameters
    ----------
    snapshots : int
        At most so many training snapshots, newest first.
    penalty : float
        Strength of the ridge penalty on standardised weights, > 0.
    min_days, min_people : int
        Below so much history, or so many people in the snapshots, the base rate is used.
    """

    snapshots: int = 12
    penalty: float = 10.0
    min_days: int = 60
    min_people: int = 50


OPTIONS = ResponseOptions
"""What `rules/models.toml` may set."""


class Habits(msgspec.Struct, frozen=True, kw_only=True):
    """People's buying habits as of an instant, in the order of their keys.

    fr: habitudes d’achat

    Parameters
    ----------
    key : npt.NDArray
        Shape (P,), text.
    orders : npt.NDArray
        Shape (P,). Orders known; 0 for a person without any.
    recency_days : npt.NDArray
        Shape (P,). Whole days since the last order; -1 without one.
    figures : dict[str, npt.NDArray]
        Name to shape (P,) integers, as `features.sql` has them; 0 for a person without an order.
    """

    key: Column
    orders: Ints
    recency_days: Ints
    figures: Columns


class ResponseModel(msgspec.Struct, frozen=True, kw_only=True):
    """A fitted model: a line in log-odds over standardised habits. No personal data.

    Parameters
    ----------
    weights_f, means_f, scales_f : npt.NDArray
        Shape (F,). Of the transformed habits, in the order of `HABITS`.
    typical_f : npt.NDArray
        Shape (F,). The mean person's habits as a marketer reads them.
    intercept : float
        Log-odds of the mean person.
    rhythm_days : float
        The usual gap between orders, taken for people who have only one.
    band_rates_b : npt.NDArray
        Shape (B,). The baseline: the share who ordered, by days since the last order.
    card : dict[str, Any]
        What it is, fitted on what, with which options, to be judged how.
    """

    weights_f: Floats
    means_f: Floats
    scales_f: Floats
    typical_f: Floats
    intercept: float
    rhythm_days: float
    band_rates_b: Floats
    card: dict[str, Any]


class Scores(msgspec.Struct, frozen=True, kw_only=True):
    """The probability of an order in the next 30 days, in the order of the keys.

    Parameters
    ----------
    key : npt.NDArray
        Shape (P,), text.
    p : npt.NDArray
        Shape (P,), strictly between 0 and 1.
    log_odds : npt.NDArray
        Shape (P,). Where the parts of `explain` add up to.
    baseline_p : npt.NDArray
        Shape (P,). What the plain baseline says.
    """

    key: Column
    p: Floats
    log_odds: Floats
    baseline_p: Floats


class Outcomes(msgspec.Struct, frozen=True, kw_only=True):
    """What people did in the `days` after an instant, in the order of the keys asked for.

    Parameters
    ----------
    key : npt.NDArray
        Shape (P,), text.
    known : npt.NDArray
        Shape (P,). Whose outcome may be read today: consent may have been withdrawn since.
    ordered : npt.NDArray
        Shape (P,). Who ordered; False where not known.
    value_micros : npt.NDArray
        Shape (P,). What they ordered for.
    """

    key: Column
    known: Flags
    ordered: Flags
    value_micros: Ints


def fit(session: Session, as_of_us: int, options: ResponseOptions | None = None) -> ResponseModel:
    """Fit on what was known before the instant; never fails for want of history.

    Parameters
    ----------
    session : Session
        Holds `seen` and `people` as of the instant.
    as_of_us : int
        The run's instant.
    options : ResponseOptions, optional
        How.

    Returns
    -------
    ResponseModel
        Where there is too little history, too few people or only one kind of outcome: the base
        rate for everybody, and a card that says so (`kind` is `base rate`, `why` the reason).
    """
    options = options or ResponseOptions()
    found = session.query(sql_text("regie.understand", "first_known"))["known_us"]
    first_us = int(found[0]) if len(found) else as_of_us
    instants = [
        as_of_us - HORIZON_DAYS * DAY_US * step
        for step in range(options.snapshots, 0, -1)
        if as_of_us - HORIZON_DAYS * DAY_US * step - first_us
        >= (options.min_days - HORIZON_DAYS) * DAY_US
    ]
    columns = _read(session, instants)
    ordered = _ordered(session, instants, columns)
    card = _card(columns, ordered, instants, options) | {
        "as_of_us": as_of_us,
        "known_from_us": first_us,
    }
    history_days = (as_of_us - first_us) // DAY_US
    if not instants:
        why = f"{history_days} days of history, {options.min_days} needed"
        return _base_rate(ordered, card, why)
    if len(ordered) < options.min_people:
        why = f"{len(ordered)} people in the snapshots, {options.min_people} needed"
        return _base_rate(ordered, card, why)
    if ordered.all() or not ordered.any():
        return _base_rate(ordered, card, "everybody ordered, or nobody did")
    return _logistic(columns, ordered, card, options)


def habits(session: Session, as_of_us: int) -> Habits:
    """The habits of everybody in `people` as of the instant, those without an order included.

    Parameters
    ----------
    session : Session
        Holds `seen` and `people` as of the instant.
    as_of_us : int
        The run's instant.
    """
    key = session.query(sql_text("regie.understand", "people"))["key"]
    columns = _read(session, [as_of_us])
    place = _places(key, columns["key"])
    figures = {}
    for name, values in columns.items():
        if name not in ("instant_us", "key"):
            figures[name] = np.zeros(len(key), dtype=np.int64)
            figures[name][place] = values
    recency = np.where(figures["orders"] > 0, figures["recency_days"], -1)
    return Habits(key=key, orders=figures["orders"], recency_days=recency, figures=figures)


def score(model: ResponseModel, people: Habits) -> Scores:
    """Everybody's probability of an order in the next 30 days.

    Returns
    -------
    Scores
        A person scored alone gets the same bits as in a batch. A person without any order known
        gets the rate of those silent longest: nothing in the log tells who never came.

    Examples
    --------
    Everybody alike gives the mean person's odds; who never ordered, the rate of the silent.

    >>> people = _example_habits()
    >>> score(_example_model(), people).p.round(2).tolist()
    [0.5, 0.73, 0.1]
    >>> score(_example_model(), people).baseline_p.tolist()
    [0.4, 0.4, 0.1]
    """
    log_odds = np.full(len(people.key), model.intercept)
    # Column by column: each person's sum has one order, whoever else is in the batch.
    for part in _parts_fp(model, people.figures):
        log_odds = log_odds + part
    log_odds = np.where(people.orders > 0, log_odds, _silent_log_odds(model))
    band = np.digitize(people.recency_days, RECENCY_BANDS_DAYS, right=True)
    band = np.where(people.orders > 0, band, len(RECENCY_BANDS_DAYS))
    return Scores(
        key=people.key,
        p=_share(log_odds),
        log_odds=log_odds,
        baseline_p=model.band_rates_b[band],
    )


def explain(model: ResponseModel, people: Habits, person: int) -> tuple[Reason, ...]:
    """One person's score as named parts, in log-odds.

    Parameters
    ----------
    model : ResponseModel
        The one that scored.
    people : Habits
        From `habits`.
    person : int
        Row of the person.

    Returns
    -------
    tuple[Reason, ...]
        First what everybody shares (`MEAN_PERSON`, its value the mean person's probability), then
        one part per habit: the person's figure, the mean person's, and its weight. The weights,
        added in this order, are the person's `log_odds` exactly.

    Examples
    --------
    >>> parts = explain(_example_model(), _example_habits(), 1)
    >>> [(part.code, part.value, part.weight) for part in parts if part.weight]
    [('orders_90', 3.0, 1.0)]
    >>> [part.code for part in explain(_example_model(), _example_habits(), 2)]
    ['mean_person', 'no_order_yet']
    """
    one = {name: values[person : person + 1] for name, values in people.figures.items()}
    row = slice(person, person + 1)
    alone = msgspec.structs.replace(people, key=people.key[row], orders=people.orders[row],
                                    recency_days=people.recency_days[row], figures=one)  # fmt: skip
    return explain_all(model, alone)[0]


def explain_all(model: ResponseModel, people: Habits) -> list[tuple[Reason, ...]]:
    """Everybody's score as named parts: what `explain` says of each, at the cost of one.

    Examples
    --------
    >>> people = _example_habits()
    >>> explain_all(_example_model(), people)[1] == explain(_example_model(), people, 1)
    True
    """
    mean = Reason(MEAN_PERSON, float(_share(np.array([model.intercept]))[0]), 0.0, model.intercept)
    unknown = Reason(NO_ORDER_YET, 0.0, 1.0, _silent_log_odds(model) - model.intercept)
    told = [habit.tolist() for habit in _told_fp(people.figures, model.rhythm_days)]
    parts = [part.tolist() for part in _parts_fp(model, people.figures)]
    typical = model.typical_f.tolist()
    return [
        (
            mean,
            *(
                Reason(name, told[j][person], typical[j], parts[j][person])
                for j, name in enumerate(HABITS)
            ),
        )
        if orders
        else (mean, unknown)
        for person, orders in enumerate(people.orders.tolist())
    ]


def outcomes(
    session: Session, key: Column, as_of_us: int, days: int = HORIZON_DAYS, kind: str = "order"
) -> Outcomes:
    """Who of these people ordered, or did what else is asked, in the days after the instant.

    Parameters
    ----------
    session : Session
        One whose `seen` reaches to `as_of_us + days` or beyond.
    key : npt.NDArray
        Shape (P,). Whom to tell of.
    as_of_us : int
        The instant a prediction was made for.
    days : int
        How long the window is, from the instant on.
    kind : str
        Which kind of event counts: `order`, `redeem`.
    """
    session.register("understand_instants", {"at_us": np.array([as_of_us], dtype=np.int64)})
    found = session.query(
        sql_text("regie.understand", "outcomes"), {"days_us": days * DAY_US, "kind": kind}
    )
    allowed = set(session.query(sql_text("regie.understand", "people"))["key"].tolist())
    value = dict(zip(found["key"].tolist(), found["value_micros"].tolist(), strict=True))
    return Outcomes(
        key=key,
        known=np.array([k in allowed for k in key], dtype=np.bool_),
        ordered=np.array([k in value for k in key], dtype=np.bool_),
        value_micros=np.array([value.get(k, 0) for k in key], dtype=np.int64),
    )


def to_arrays(model: ResponseModel) -> dict[str, Column]:
    """The model as named arrays, for `models/NAME/VERSION/arrays.npz`; the card goes beside it.

    Examples
    --------
    >>> all(isinstance(array, np.ndarray) for array in to_arrays(_example_model()).values())
    True
    """
    return {
        "weights_f": model.weights_f,
        "means_f": model.means_f,
        "scales_f": model.scales_f,
        "typical_f": model.typical_f,
        "intercept": np.array([model.intercept]),
        "rhythm_days": np.array([model.rhythm_days]),
        "band_rates_b": model.band_rates_b,
    }


def from_arrays(arrays: dict[str, Column], card: dict[str, Any]) -> ResponseModel:
    """The model back from its arrays and its card.

    Examples
    --------
    >>> model = _example_model()
    >>> from_arrays(to_arrays(model), model.card).weights_f.tolist() == model.weights_f.tolist()
    True
    """
    return ResponseModel(
        weights_f=arrays["weights_f"],
        means_f=arrays["means_f"],
        scales_f=arrays["scales_f"],
        typical_f=arrays["typical_f"],
        intercept=float(arrays["intercept"][0]),
        rhythm_days=float(arrays["rhythm_days"][0]),
        band_rates_b=arrays["band_rates_b"],
        card=card,
    )


def _places(sorted_keys: Column, keys: Column) -> Ints:
    """Where each of `keys` stands among `sorted_keys`, which holds them all."""
    place = {key: row for row, key in enumerate(sorted_keys.tolist())}
    return np.array([place[key] for key in keys.tolist()], dtype=np.int64)


def _read(session: Session, instants: list[int]) -> Columns:
    session.register("understand_instants", {"at_us": np.array(instants, dtype=np.int64)})
    return session.query(sql_text("regie.understand", "features"))


def _ordered(session: Session, instants: list[int], columns: Columns) -> Flags:
    session.register("understand_instants", {"at_us": np.array(instants, dtype=np.int64)})
    found = session.query(
        sql_text("regie.understand", "outcomes"),
        {"days_us": HORIZON_DAYS * DAY_US, "kind": "order"},
    )
    came = set(zip(found["instant_us"].tolist(), found["key"].tolist(), strict=True))
    rows = zip(columns["instant_us"].tolist(), columns["key"].tolist(), strict=True)
    return np.array([row in came for row in rows], dtype=np.bool_)


def _told_fp(figures: Columns, rhythm_days: float) -> list[Floats]:
    """The habits as a marketer reads them, one array per name of `HABITS`."""
    f = {name: np.asarray(values, dtype=np.float64) for name, values in figures.items()
         if name not in ("instant_us", "key")}  # fmt: skip
    rhythm = _rhythm(f, rhythm_days)
    return [
        np.maximum(rhythm - f["recency_days"], 0.0),
        np.maximum(f["recency_days"] - rhythm, 0.0),
        f["tenure_days"],
        f["orders_90"],
        f["order_days"],
        f["value_micros"] / 1e6 / np.maximum(f["orders"], 1.0),
        f["items"],
        np.minimum(f["returned_micros"] / np.maximum(f["value_micros"], 1.0), 1.0),
    ]


def _rhythm(f: dict[str, Floats], rhythm_days: float) -> Floats:
    gaps = f["order_days"] - 1
    span = f["tenure_days"] - f["recency_days"]
    return np.where(gaps > 0, span / np.maximum(gaps, 1.0), rhythm_days)


def _transformed_fp(figures: Columns, rhythm_days: float) -> list[Floats]:
    """The habits on scales where a step means the same everywhere: logs of days, counts, money."""
    told = _told_fp(figures, rhythm_days)
    f = {name: np.asarray(figures[name], dtype=np.float64)
         for name in ("recency_days", "tenure_days", "order_days")}  # fmt: skip
    shift = float(_SHORTEST_RHYTHM_DAYS)
    late = np.log((f["recency_days"] + shift) / (_rhythm(f, rhythm_days) + shift))
    return [
        np.maximum(-late, 0.0),
        np.maximum(late, 0.0),
        *(np.log1p(habit) for habit in told[2:7]),
        told[7],
    ]


def _parts_fp(model: ResponseModel, figures: Columns) -> list[Floats]:
    transformed = _transformed_fp(figures, model.rhythm_days)
    return [
        model.weights_f[j] * ((habit - model.means_f[j]) / model.scales_f[j])
        for j, habit in enumerate(transformed)
    ]


def _share(log_odds: Floats) -> Floats:
    return np.asarray(1.0 / (1.0 + np.exp(-log_odds)))


def _odds(share: float) -> float:
    return float(np.log(share) - np.log1p(-share))


def _silent_log_odds(model: ResponseModel) -> float:
    return _odds(float(model.band_rates_b[-1]))


def _smoothed(came: int, people: int, rate: float) -> float:
    return (came + rate * _ASSUMED_PEOPLE) / (people + _ASSUMED_PEOPLE)


def _band_rates(columns: Columns, ordered: Flags) -> Floats:
    rate = _smoothed(int(ordered.sum()), len(ordered), ASSUMED_RATE)
    band = np.digitize(columns["recency_days"], RECENCY_BANDS_DAYS, right=True)
    counts = [
        (int(ordered[band == b].sum()), int((band == b).sum()))
        for b in range(len(RECENCY_BANDS_DAYS) + 1)
    ]
    return np.array([_smoothed(came, people, rate) for came, people in counts])


def _base_rate(ordered: Flags, card: dict[str, Any], why: str) -> ResponseModel:
    rate = _smoothed(int(ordered.sum()), len(ordered), ASSUMED_RATE)
    nothing = np.zeros(len(HABITS))
    return ResponseModel(
        weights_f=nothing,
        means_f=nothing,
        scales_f=np.ones(len(HABITS)),
        typical_f=nothing,
        intercept=_odds(rate),
        rhythm_days=float(HORIZON_DAYS),
        band_rates_b=np.full(len(RECENCY_BANDS_DAYS) + 1, rate),
        card=card | {"kind": "base rate", "why": why},
    )


def _logistic(
    columns: Columns, ordered: Flags, card: dict[str, Any], options: ResponseOptions
) -> ResponseModel:
    again = columns["order_days"] > 1
    gaps = (columns["tenure_days"] - columns["recency_days"])[again] / (
        columns["order_days"][again] - 1
    )
    rhythm_days = float(np.median(gaps)) if again.any() else float(HORIZON_DAYS)
    x_pf = np.stack(_transformed_fp(columns, rhythm_days), axis=1)
    means_f, scales_f = x_pf.mean(axis=0), x_pf.std(axis=0)
    scales_f = np.where(scales_f > 0, scales_f, 1.0)
    x_pf = (x_pf - means_f) / scales_f
    weights_f, intercept = _line(x_pf, ordered, options.penalty)
    slope, shift, how = _calibration(x_pf, ordered, columns["instant_us"], options)
    told = _told_fp(columns, rhythm_days)
    return ResponseModel(
        weights_f=slope * weights_f,
        means_f=means_f,
        scales_f=scales_f,
        typical_f=np.array([float(habit.mean()) for habit in told]),
        intercept=slope * intercept + shift,
        rhythm_days=rhythm_days,
        band_rates_b=_band_rates(columns, ordered),
        card=card
        | {
            "kind": "logistic regression",
            "rhythm_days": rhythm_days,
            "calibration": how,
            "calibration_slope": slope,
            "calibration_shift": shift,
        },
    )


def _line(x_pf: Floats, ordered: Flags, penalty: float) -> tuple[Floats, float]:
    from sklearn.linear_model import LogisticRegression

    line = LogisticRegression(C=1.0 / penalty, tol=1e-8, max_iter=1000)
    line.fit(np.ascontiguousarray(x_pf), ordered)
    return line.coef_[0], float(line.intercept_[0])


def _calibration(
    x_pf: Floats, ordered: Flags, instant_us: Ints, options: ResponseOptions
) -> tuple[float, float, str]:
    """Slope and shift that would have made a model of the older snapshots right on the newest."""
    newest = instant_us == instant_us.max()
    older = ~newest
    for part in (newest, older):
        if part.sum() < options.min_people or ordered[part].all() or not ordered[part].any():
            return 1.0, 0.0, "none: it takes two snapshots with enough people of both kinds"
    weights_f, intercept = _line(x_pf[older], ordered[older], options.penalty)
    log_odds = (x_pf[newest] * weights_f).sum(axis=1) + intercept
    # Platt's line, hardly penalised: two numbers over a whole snapshot need no holding back.
    slope_f, shift = _line(log_odds[:, None], ordered[newest], 1e-6)
    if slope_f[0] <= 0:
        rate = _smoothed(int(ordered[newest].sum()), int(newest.sum()), ASSUMED_RATE)
        return 0.0, _odds(rate), "flat: the newest snapshot did not follow the older ones"
    return float(slope_f[0]), shift, "Platt's line on the newest snapshot"


def _card(
    columns: Columns, ordered: Flags, instants: list[int], options: ResponseOptions
) -> dict[str, Any]:
    return {
        "model": "response",
        "what": {
            "en": "Probability of an order in the next 30 days",
            "fr": "Probabilité d’une commande dans les 30 prochains jours",
        },
        "snapshots_us": instants,
        "rows": len(ordered),
        "people": len(set(columns["key"].tolist())),
        "ordered": int(ordered.sum()),
        "habits": list(HABITS),
        "options": msgspec.to_builtins(options),
        "baseline": "share who ordered, by days since the last order",
        "judged": "on the 30 days after each run: AUC, Brier, log loss, calibration, baseline",
        "personal_data": "none: coefficients and rates over everybody",
    }


def _example_model() -> ResponseModel:
    """A model for the examples above: only orders of the last 90 days count."""
    nothing = np.zeros(len(HABITS))
    weights_f, means_f = nothing.copy(), nothing.copy()
    weights_f[HABITS.index("orders_90")] = 1.0 / np.log(2)
    means_f[HABITS.index("orders_90")] = np.log(2)
    return ResponseModel(
        weights_f=weights_f,
        means_f=means_f,
        scales_f=np.ones(len(HABITS)),
        typical_f=nothing,
        intercept=0.0,
        rhythm_days=40.0,
        band_rates_b=np.array([0.4, 0.4, 0.4, 0.3, 0.2, 0.2, 0.1]),
        card={},
    )


def _example_habits() -> Habits:
    """Three people for the examples above: one order, three orders, none."""
    orders, recency_days = np.array([1, 3, 0]), np.array([5, 5, -1])
    figures = dict.fromkeys(
        ("tenure_days", "order_days", "value_micros", "items", "returned_micros"), orders
    )
    return Habits(
        key=np.array(["a", "b", "c"], dtype=object),
        orders=orders,
        recency_days=recency_days,
        figures=figures | {"orders": orders, "orders_90": orders, "recency_days": recency_days},
    )
