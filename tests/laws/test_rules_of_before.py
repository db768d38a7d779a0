"""What a run decided stands by the rules of its time, whatever is made of them afterwards."""

from __future__ import annotations

from pathlib import Path

from regie.workspace import open_workspace
from regie.workspace.approving import leaving_hash, messages
from regie.workspace.replaying import replay_run


def test_a_changed_campaign_changes_nothing_that_was_decided(own_shop: Path) -> None:
    for file in (own_shop / "rules" / "campaigns").glob("*.toml"):
        text = file.read_text("utf-8")
        file.write_text(
            text.replace("Hello", "Dear").replace("Bonjour", "Cher").replace('"25.00"', '"1.00"'),
            "utf-8",
        )
    (own_shop / "rules" / "campaigns" / "discover.toml").unlink()
    segments = own_shop / "rules" / "segments.toml"
    segments.write_text(segments.read_text("utf-8").replace("at_least = 3", "at_least = 4"))
    with open_workspace(own_shop) as shop:
        hashes = shop.state.outbox(run=2)
        was = dict(zip(hashes["decision"], hashes["content_hash"], strict=True))
        now = {d.id: leaving_hash(m) for d, m in messages(shop, list(was))}
        assert now == was, "the bytes that wait are those that were put up"
        assert len(now) > 10
        assert replay_run(shop, 2).answer == "identical"
