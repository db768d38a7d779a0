"""Law: whatever is registered can be told: a name that the code may show has its words."""

from __future__ import annotations

import inspect

import msgspec
import pytest

from regie.collect.quality import DIMENSIONS
from regie.decide.eligibility import EXCLUSIONS
from regie.deliver.export import FORMATS
from regie.interfaces.cli.commands.delivering import export_command
from regie.learn.promote import MEASURES
from regie.words.sentences import theme_sentences
from regie.workspace.modelling import RECIPES

TOLD = [
    *(("report", f"check_{name}") for name in DIMENSIONS),
    *(("explain", f"excluded_{name}") for name in EXCLUSIONS),
    *(("report", f"{form}_{name}") for name in EXCLUSIONS for form in ("why", "because")),
    *(
        (theme, f"measure_{name}")
        for name, _ in MEASURES.values()
        for theme in ("explain", "report")
    ),
]


@pytest.mark.parametrize(("theme", "name"), TOLD)
def test_what_may_be_shown_has_its_words(theme: str, name: str) -> None:
    assert name in theme_sentences(theme), f"add [{name}] to regie/words/sentences/{theme}.toml"


def test_every_model_has_a_measure_and_no_measure_is_of_none() -> None:
    assert set(MEASURES) == set(RECIPES)


@pytest.mark.parametrize("name", RECIPES)
def test_a_recipe_is_whole(name: str) -> None:
    recipe = RECIPES[name]
    assert issubclass(recipe.OPTIONS, msgspec.Struct)
    recipe.OPTIONS()  # every option has the recipe's own value
    assert list(inspect.signature(recipe.fit).parameters)[:3] == ["session", "as_of_us", "options"]
    for function in ("score", "explain", "to_arrays", "from_arrays"):
        assert callable(getattr(recipe, function)), function
    assert name in recipe.__name__


def test_the_help_of_export_names_every_file_format() -> None:
    (option,) = (p for p in export_command.params if p.name == "to")
    told = str(option.to_info_dict()["help"])
    assert all(name in told for name in FORMATS), told
