"""What went wrong, as a program reads it (RFC 9457), in the house's form of message; pure.

References
----------
RFC 9457, Problem Details for HTTP APIs.
"""

from __future__ import annotations

from typing import Any

import msgspec
from starlette.responses import Response

from regie.terms.document import Lang
from regie.terms.errors import (
    InputError,
    NotFoundError,
    RefusedError,
    RegieError,
    SettingError,
    StaleError,
    WorkspaceError,
)

KIND = "application/problem+json"
_STATUS = (
    (NotFoundError, 404), (StaleError, 412), (RefusedError, 409), (SettingError, 400),
    (InputError, 400), (WorkspaceError, 503),
)  # fmt: skip
BUSY, NO_TOKEN, NOT_OPEN, NO_ENTRY, NO_METHOD, TOO_LARGE, NOT_JSON, NO_VERSION = (
    429, 401, 403, 404, 405, 413, 415, 428,
)  # fmt: skip
TITLES: dict[int, dict[str, str]] = {
    401: {"en": "A token is needed.", "fr": "Il faut un jeton."},
    403: {"en": "Not open to this token.", "fr": "Ce jeton n’y donne pas accès."},
    404: {"en": "There is no such thing.", "fr": "Cela n’existe pas."},
    405: {"en": "Not by this method.", "fr": "Pas par cette méthode."},
    413: {"en": "Too long.", "fr": "Trop long."},
    415: {"en": "Not JSON.", "fr": "Ce n’est pas du JSON."},
    421: {"en": "Not under this name.", "fr": "Pas sous ce nom."},
    428: {"en": "Say which version you looked at.", "fr": "Dites quelle version vous avez lue."},
    429: {"en": "Too much at once.", "fr": "Trop à la fois."},
    500: {"en": "Something went wrong here.", "fr": "Une erreur est survenue ici."},
}


class Problem(msgspec.Struct, frozen=True, kw_only=True):
    """Why something was not done.

    Parameters
    ----------
    type : str
        Names the kind of problem: `urn:regie:problem:` and its code.
    title : str
        The kind in words, in the language that Accept-Language asks for.
    detail : str
        `<where> is <found>, expected <rule>; <next step>`.
    where, found, expected, step : str
        The same in parts.
    who_acts : str
        Who can do something about it.
    """

    type: str
    title: str
    status: int
    detail: str
    instance: str
    where: str
    found: str
    expected: str
    step: str
    who_acts: str


def status_of(error: RegieError) -> int:
    """The status that tells an error's kind, to a browser as to a program.

    Examples
    --------
    >>> status_of(StaleError("rule", "changed", "as shown", "look")), status_of(RegieError(*"abcd"))
    (412, 500)
    """
    return next((status for kind, status in _STATUS if isinstance(error, kind)), 500)


def answer(
    error: RegieError, instance: str, lang: Lang, status: int | None = None, **headers: str
) -> Response:
    """An error as an answer.

    Parameters
    ----------
    instance : str
        The path that was asked for.
    status : int or None
        Where the kind of error does not say it.
    """
    code = error.code if status is None else f"http-{status}"
    title = (error.words if status is None else TITLES[status])[lang]
    told = Problem(
        type=f"urn:regie:problem:{code}", title=title, status=status or status_of(error),
        detail=str(error), instance=instance, where=error.where, found=error.found,
        expected=error.rule, step=error.step, who_acts=error.acts,
    )  # fmt: skip
    return of_struct(told, told.status, KIND, headers)


def of_struct(value: Any, status: int, kind: str, headers: dict[str, str]) -> Response:
    """A value as JSON."""
    named = {name.replace("_", "-"): text for name, text in headers.items()}
    return Response(msgspec.json.encode(value), status, named, media_type=kind)
