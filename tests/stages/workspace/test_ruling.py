"""A rule changed on a screen: refused or written whole, sealed, kept, finished after a crash."""

from __future__ import annotations

from pathlib import Path

import pytest

from regie.terms.errors import RefusedError, RuleError
from regie.workspace import open_workspace, ruling

FILE = "campaigns/discover.toml"


def test_a_change_is_read_first_kept_sealed_and_told_by_whom(own_shop: Path) -> None:
    path = own_shop / "rules" / FILE
    before = path.read_bytes()
    with open_workspace(own_shop) as shop:
        seen = ruling.shown(shop, FILE)
        with pytest.raises(RuleError, match="an amount in quotes"):
            ruling.change(shop, FILE, before.replace(b'"25.00"', b'"-1"'), seen=seen,
                          about="discover", deed="edited", actor="ann@shop")  # fmt: skip
        assert path.read_bytes() == before
        assert ruling.history(shop, FILE, "discover") == []
        after = before.replace(b'"25.00"', b'"12.00"')
        made = ruling.change(
            shop, FILE, after, seen=seen, about="discover", deed="edited", actor="ann@shop"
        )
        assert path.read_bytes() == after
        assert (shop.assets.get(made.was), shop.assets.get(made.now)) == (before, after)
        with pytest.raises(RefusedError, match="somebody else"):
            ruling.change(
                shop, FILE, before, seen=seen, about="discover", deed="edited", actor="bob@shop"
            )
        assert [one.actor for one in ruling.history(shop, FILE, "discover")] == ["ann@shop"]
        assert shop.ledger.entries()[-1].kind == "rule"
        assert shop.verify().faults == ()
        shop.state._con.execute("UPDATE rule_changes SET actor = 'nobody'")
        assert "change of a rule" in " ".join(shop.verify().faults)


def test_a_segment_that_a_campaign_names_does_not_go(own_shop: Path) -> None:
    campaign = own_shop / "rules" / FILE
    text = campaign.read_text("utf-8")
    campaign.write_text(
        text.replace('{ days_since = "order", at_most = 60 }', '{ segment = "loyal" }'), "utf-8"
    )
    with open_workspace(own_shop) as shop:
        segments = (own_shop / "rules/segments.toml").read_bytes()
        with pytest.raises(RuleError, match=r"discover\.toml, whom is a reference to"):
            ruling.change(
                shop, "segments.toml", segments.replace(b"[loyal]", b"[faithful]"),
                seen=ruling.shown(shop, "segments.toml"), about="loyal", deed="edited",
                actor="ann@shop",
            )  # fmt: skip


@pytest.mark.parametrize("by_hand", [False, True])
def test_what_was_noted_and_not_written_is_written_at_the_next_opening(
    own_shop: Path, monkeypatch: pytest.MonkeyPatch, by_hand: bool
) -> None:
    path = own_shop / "rules" / FILE
    after = path.read_bytes().replace(b'"25.00"', b'"12.00"')

    def ends(*_: object, **__: object) -> None:
        raise KeyboardInterrupt

    with open_workspace(own_shop) as shop, monkeypatch.context() as broken:
        broken.setattr(ruling, "write_whole", ends)
        with pytest.raises(KeyboardInterrupt):
            ruling.change(shop, FILE, after, seen=ruling.shown(shop, FILE), about="discover",
                          deed="edited", actor="ann@shop")  # fmt: skip
    theirs = path.read_bytes() + b"# by hand\n"
    if by_hand:
        path.write_bytes(theirs)
    with open_workspace(own_shop) as shop:
        assert path.read_bytes() == (theirs if by_hand else after)
        assert shop.state.rule_changes("pending") == []
        assert shop.verify().faults == ()
