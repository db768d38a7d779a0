"""The OpenAPI document against the service itself: whatever it allows is answered as it says."""

from __future__ import annotations

import json
import re
from collections.abc import Iterator
from pathlib import Path
from typing import Any

import pytest
from hypothesis import HealthCheck, Phase, settings

from regie.govern.access import may
from regie.interfaces.web.api.document import openapi
from regie.interfaces.web.api.table import ENTRIES
from regie.workspace import jobs
from regie.workspace.site import Site
from tests.support.room import app_of, site
from tests.support.tokens import secret_of

ROLES = ("administrator", "privacy_officer")
"""Together they may everything: each entry is asked as the first of them that may."""
EXAMPLES, MANY = 3, 100
"""Of each entry, in make test and in make proof."""


@pytest.fixture(scope="module")
def open_site(whole_shop: Path, tmp_path_factory: pytest.TempPathFactory) -> Iterator[Site]:
    """A site over a copy of the small shop."""
    import shutil

    folder = shutil.copytree(whole_shop, tmp_path_factory.mktemp("schema") / "shop")
    with site(folder) as opened:
        yield opened


def test_nothing_that_the_document_allows_breaks_the_service(
    open_site: Site, monkeypatch: pytest.MonkeyPatch
) -> None:
    assert _asked(open_site, EXAMPLES, monkeypatch) > 2 * len(ENTRIES)


def test_every_type_that_the_document_names_is_there() -> None:
    told = openapi()
    named = set(re.findall(r'"\$ref": ?"#/components/schemas/([^"]+)"', json.dumps(told)))
    assert named == set(told["components"]["schemas"])


@pytest.mark.proof
def test_nothing_breaks_in_many_more_tries(
    open_site: Site, monkeypatch: pytest.MonkeyPatch
) -> None:
    assert _asked(open_site, MANY, monkeypatch) > 20 * len(ENTRIES)


def _asked(of: Site, examples: int, monkeypatch: pytest.MonkeyPatch) -> int:
    """Ask every entry in many ways, as each role; how many answers were checked."""
    import schemathesis
    from schemathesis.checks import CHECKS, load_all_checks

    load_all_checks()
    checks = [CHECKS.get_one(name) for name in (
        "not_a_server_error", "status_code_conformance", "content_type_conformance",
        "response_schema_conformance",
    )]  # fmt: skip
    schema = schemathesis.openapi.from_asgi("/api/v1/openapi.json", app_of(of))
    monkeypatch.setattr(jobs, "process", lambda folder, what: None)  # asked for, never done
    permissions = {_told(e.method, e.path): e.permission for e in ENTRIES}
    secrets = {role: secret_of(of, role) for role in ROLES}
    asked: list[str] = []
    for result in schema.get_all_operations():
        operation: Any = result.ok()  # type: ignore[union-attr]
        permission = permissions[_told(operation.method, operation.path)]
        secret = secrets[next(role for role in ROLES if may(role, permission))]
        _many(operation.as_strategy(), _asking(secret, checks, asked), examples)
    return len(asked)


def _asking(secret: str, checks: list[Any], asked: list[str]) -> Any:
    def one(case: Any) -> None:
        response = case.call(headers={"authorization": f"Bearer {secret}"})
        case.validate_response(response, checks=checks)
        asked.append(case.path)

    return one


def _told(method: str, path: str) -> str:
    return f"{method.upper()} {path.replace(':int', '')}"


def _many(strategy: Any, one: Any, examples: int) -> None:
    from hypothesis import given

    bounded = settings(
        max_examples=examples, derandomize=True, database=None, deadline=None,
        suppress_health_check=list(HealthCheck), phases=(Phase.explicit, Phase.generate),
    )  # fmt: skip
    bounded(given(case=strategy)(one))()
