"""What chance may and may not do: where nothing is open, nothing is drawn."""

from __future__ import annotations

import numpy as np
import pytest

from regie.decide.policy import NOBODY, budget_cutoffs, choose, probabilities
from tests.support.choosing import policy, slate

FREE = np.full(3, -np.inf)


@pytest.mark.parametrize("share", [0.05, 0.3, 1.0])
def test_where_nothing_is_open_nothing_was_drawn(share: float) -> None:
    closed = slate(50, consent_p=np.zeros(50, dtype=bool))
    choices = choose(closed, policy(explore_share=share), FREE, 3)
    assert (choices.chosen_p == NOBODY).all()
    assert not choices.explored_p.any()
    assert (choices.propensity_p == 1.0).all()


@pytest.mark.parametrize("share", [0.0, 0.3, 1.0])
@pytest.mark.parametrize("first_on", [True, False])
def test_all_that_could_have_been_adds_up_and_holds_what_was(share: float, first_on: bool) -> None:
    """Some people may get anything, some one campaign, some nothing; some like none of it."""
    audience = np.arange(120)[:, None] % 4 > np.arange(3)[None, :]
    affinity = np.linspace(-0.5, 0.5, 120)[:, None] * np.array([[1.0, 0.9, 0.8]])
    dates_c = np.array([first_on, True, True])
    made = slate(120, audience_pc=audience, affinity_pc=affinity, dates_c=dates_c)
    rule = policy(explore_share=share, holdout_share=0.2)
    choices = choose(made, rule, FREE, 3)
    each_pa = probabilities(choices, rule)
    assert each_pa.shape == (120, 4)
    people = np.arange(120)
    assert (each_pa[people, choices.chosen_p] == choices.propensity_p).all()
    open_pa = np.column_stack([choices.excluded_pc < 0, np.ones(120, dtype=bool)])
    actions_p = open_pa.sum(axis=1)
    assert set(actions_p.tolist()) == ({1, 2, 3, 4} if first_on else {1, 2, 3})
    for p in people:
        for action in range(4):
            drawn = share / actions_p[p] if open_pa[p, action] else 0.0
            if actions_p[p] == 1:
                drawn = 0.0 if action != NOBODY % 4 else 1.0
            elif action == choices.best_p[p] % 4:
                drawn += 1 - share
            assert each_pa[p, action] == pytest.approx(drawn, abs=1e-12), (p, action)


@pytest.mark.parametrize("share", [0.0, 0.5])
@pytest.mark.parametrize("campaigns", [0, 1, 3])
def test_choices_are_arrays_of_one_kind_whatever_was_given(share: float, campaigns: int) -> None:
    made = slate(4, [f"c{n}" for n in range(campaigns)])
    choices = choose(made, policy(explore_share=share), np.full(campaigns, -np.inf), 3)
    kinds = {name: getattr(choices, name).dtype.name for name in choices.__struct_fields__}
    assert kinds == {
        "chosen_p": "int64", "best_p": "int64", "propensity_p": "float64", "score_pc": "float64",
        "excluded_pc": "int64", "explored_p": "bool", "holdout_p": "bool",
    }  # fmt: skip


@pytest.mark.parametrize(("cost", "budget", "paid"), [(1, 2, 2), (2, 5, 2), (3, 2, 0), (1, 9, 4)])
def test_a_budget_is_used_up_to_the_last_message_it_pays(cost: int, budget: int, paid: int) -> None:
    made = slate(
        4, ["one"], affinity_pc=np.array([[0.4], [0.1], [0.3], [0.2]]),
        cost_c=np.array([cost]), budget_c=np.array([budget]),
    )  # fmt: skip
    chosen_p = choose(made, policy(), budget_cutoffs(made, policy(), 0), 0).chosen_p
    best_first = [0, 2, 3, 1]
    assert np.flatnonzero(chosen_p == 0).tolist() == sorted(best_first[:paid])
