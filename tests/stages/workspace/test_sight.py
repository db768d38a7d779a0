"""What is seen of some items is what is seen of them among all."""

from __future__ import annotations

from pathlib import Path

from regie.collect import catalogue
from regie.workspace import deciding, sight
from regie.workspace.workspace import open_workspace
from regie.workspace.writing import items_named


def test_some_items_are_called_and_cost_what_they_do_in_the_whole_catalogue(
    whole_shop: Path,
) -> None:
    with open_workspace(whole_shop) as shop:
        found = [d for d, _ in deciding.find(shop, kind="message", limit=200)]
        at_us, named = found[0].at_us, items_named(found)
        with shop.tables.session() as session:
            sight.see(shop, session, at_us)
            every = catalogue.settle(session)
            some = sight.catalogue_of(shop, session, at_us, named)
    which = [str(item) in named for item in every["item"]]
    assert 10 < len(some["item"]) < len(every["item"])
    for name, column in every.items():
        assert column[which].tolist() == some[name].tolist(), name
    shown = {
        code for d in found if d.campaign for code in d.inputs["campaigns"][d.campaign]["items"]
    }
    told = {code.partition(":")[2] for d in found for code in d.inputs["because"]} - {""}
    assert shown | told <= named
