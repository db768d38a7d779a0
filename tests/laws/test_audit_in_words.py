"""Whatever can be noted in the audit stands there in words: read off the code that notes it."""

from __future__ import annotations

import ast
import re
from collections.abc import Iterator, Mapping
from pathlib import Path

import pytest

import regie
from regie.interfaces.web import deciding
from regie.ports.accounts import AuditEntry
from regie.words.sentences import theme_sentences
from regie.workspace import changes, handling
from regie.workspace.approving import WANTED
from regie.workspace.settings import wall_us
from tests.support.room import browser, csrf, shop, site

CODE = Path(regie.__file__).parent
KINDS = {*WANTED, *deciding.DEEDS.values(), "agreed"}
MADE: Mapping[str, set[str]] = {
    "f'request_{deed}'": {f"request_{deed}" for deed in handling.DEEDS},
    "f'campaign_{deed}'": {"campaign_pause", "campaign_resume"},
    "f'explore_{deed}'": {
        f"explore_{deed}" for deed in ("keep", "annotate", "drop_view", "drop_annotation")
    },
    "done.acts[0].kind": KINDS,
    "{'undo': 'undone'}.get(deed, done.state)": {
        *changes._WAITS, "approved", "applied", "rejected", "undone", "expired"
    },
}  # fmt: skip
"""An act that the code puts together to what it can be: a new one must be added here, by hand."""
PASSED_ON = ("interfaces/web/asking.py", "interfaces/web/api/entry.py", "workspace/site.py")
"""Where `note` itself stands, and hands on what it is given."""


def noted_at(call: ast.Call) -> ast.expr | None:
    """What a call notes as an act; None where it is no note of the audit."""
    if not isinstance(call.func, ast.Attribute) or call.func.attr not in ("note", "note_of"):
        return None
    receiver = ast.unparse(call.func.value)
    if receiver in ("ask", "call"):
        return call.args[0]
    is_site = receiver == "site" or receiver.endswith(".site") or call.func.attr == "note_of"
    # An amendment has a note of its own, of two arguments.
    return call.args[1] if is_site or (receiver == "self" and len(call.args) > 3) else None


def values(tree: ast.Module, within: ast.AST, act: ast.expr) -> set[str]:
    """What an act can be: as it stands, or as those who call its function name it."""
    if isinstance(act, ast.Constant):
        return {str(act.value)}
    if isinstance(act, ast.IfExp):
        return values(tree, within, act.body) | values(tree, within, act.orelse)
    if isinstance(act, ast.Name) and isinstance(within, ast.FunctionDef):
        names = [one.arg for one in within.args.args]
        calls = [one for one in ast.walk(tree) if isinstance(one, ast.Call)
                 and ast.unparse(one.func) == within.name]  # fmt: skip
        given = [one.args[names.index(act.id)] for one in calls if act.id in names]
        assert given, f"{ast.unparse(act)} in {within.name}"
        return set().union(*(values(tree, within, one) for one in given))
    return MADE[ast.unparse(act)]


def noted() -> Iterator[tuple[str, str]]:
    """Every act that any code can note, and where."""
    for path in sorted(CODE.rglob("*.py")):
        name = str(path.relative_to(CODE))
        tree = ast.parse(path.read_text("utf-8"))
        for function in ast.walk(tree):
            if not isinstance(function, ast.FunctionDef):
                continue
            for call in ast.walk(function):
                act = noted_at(call) if isinstance(call, ast.Call) else None
                if act is None or (name in PASSED_ON and isinstance(act, ast.Name)):
                    continue
                yield from ((one, name) for one in sorted(values(tree, function, act)))


def test_every_act_that_can_be_noted_has_its_sentence_in_both_languages() -> None:
    found = set(noted())
    acts = {act for act, _ in found}
    assert {"signed_in", "applied", "left_out", "request_erase", "report_sent", "erased"} <= acts
    assert len({where for _, where in found}) > 20, "the law reads the whole code"
    said = theme_sentences("screens")
    without = [one for one in sorted(found) if set(said.get(f"audit_{one[0]}", ())) != {"en", "fr"}]
    assert without == []


@pytest.mark.parametrize("lang", ["en", "fr"])
def test_the_page_of_accounts_survives_an_act_without_words(own_shop: Path, lang: str) -> None:
    with site(own_shop) as opened:
        opened.accounts.audit(
            AuditEntry(at_us=wall_us(), actor="a@example.com", act="flew", about="somewhere")
        )
        for act, about in (
            ("account_changed", "b@example.com: crm_manager, False, *"),
            ("token_made", "weekly: viewer"), ("job_started", "run"), ("refused", "sign-in"),
        ):  # fmt: skip
            opened.accounts.audit(
                AuditEntry(at_us=wall_us(), actor="a@example.com", act=act, about=about)
            )
        page = browser(opened, "administrator", lang).get("/accounts")
    assert page.status_code == 200
    cells = re.findall(r'<td data-label="(?:About|À propos de)">([^<]*)</td>', page.text)
    raw = ("crm_manager", "False", ", *", ": viewer")
    assert not [one for one in cells if any(word in one for word in raw)], "told in words"
    assert not {"run", "sign-in"} & set(cells)
    assert [one for one in cells if one.startswith("b@example.com") and len(one) > 30]
    assert "(flew)" in page.text


def test_what_an_amendment_and_an_approval_note_stands_on_the_page(own_shop: Path) -> None:
    with site(own_shop) as opened:
        space = shop(opened)
        space.undo(campaign="favourites", actor="nobody")
        admin = browser(opened, "administrator")
        page = "/decide/2/favourites"
        shown = re.search(r'name="shown" value="([0-9a-f]{64})"', admin.get(page).text)
        assert shown is not None
        whom = space.state.outbox(run=2, campaign="favourites")["decision"][0]
        amended = {"csrf": csrf(admin), "deed": "leave_out", "people": whom,
                   "reason": "complained", "shown": shown.group(1)}  # fmt: skip
        assert admin.post(f"{page}/amend", data=amended).status_code == 303
        serving = space.models.champion("response")
        other = next(one for one in space.models.versions("response") if one != serving)
        name = changes.put_up(space, f"champion:response:{other}", "somebody", by_two=True).id
        approved = {"csrf": csrf(admin), "deed": "approve"}
        assert admin.post(f"/decide/change/{name}", data=approved).status_code == 303
        told = admin.get("/accounts")
    assert told.status_code == 200
    assert "Left people out of a mailing" in told.text
    assert "Approved a change, which holds" in told.text
