"""What each screen is for programs: its address to the entries that say and do the same; data.

A law holds that every address of the control room stands here, once, and that no entry opens to a
role to which its screens do not. `WITHOUT` says of the others, plainly, why programs have none.
"""

from __future__ import annotations

from collections.abc import Mapping

_EXPLORE = ("GET /explore", "GET /views", "GET /annotations")
_KEEP = (
    "POST /views", "POST /views/{view}/drop", "POST /annotations",
    "POST /annotations/{annotation}/drop",
)  # fmt: skip
_INBOX, _CHANGE, _REQUEST = (
    "/inbox/{run:int}/{campaign}",
    "/changes/{change}",
    "/requests/{request}",
)
_REPORT = "/reports/{report}"
_NEW_AUDIENCE = ("POST /audiences-count", "POST /audiences")
_AUDIENCE = (
    "POST /audiences-count", "POST /audiences/{audience}", "POST /audiences/{audience}/drop"
)  # fmt: skip

SCREENS: Mapping[str, tuple[str, ...]] = {
    "GET /": ("GET /figures", "GET /workspace"),
    "GET /number/{measure}": ("GET /numbers/{measure}", "GET /figures/{name}"),
    "GET /goals": ("GET /goals",),
    "POST /goals": ("POST /goals", "POST /goals/drop"),
    "GET /explore": _EXPLORE,
    "POST /explore": _KEEP,
    "GET /explore/rows": ("GET /explore/rows",),
    "GET /explore/{kind}": ("GET /explore/file/{kind}",),
    "GET /audiences": ("GET /audiences",),
    "GET /audiences-new": _NEW_AUDIENCE,
    "POST /audiences-new": _NEW_AUDIENCE,
    "GET /audiences/{audience}": ("GET /audiences/{audience}",),
    "GET /audiences/{audience}/edit": _AUDIENCE,
    "POST /audiences/{audience}/edit": _AUDIENCE,
    "POST /audiences/{audience}/why": ("POST /audiences/{audience}/why",),
    "POST /audiences/{audience}/export": ("POST /audiences/{audience}/export",),
    "GET /campaigns": ("GET /campaigns",),
    "GET /campaigns-new": ("POST /campaigns",),
    "POST /campaigns-new": ("POST /campaigns",),
    "GET /campaigns-look": ("POST /campaigns-preview",),
    "GET /campaigns/{campaign}": ("GET /campaigns/{campaign}",),
    "POST /campaigns/{campaign}": (
        "POST /campaigns/{campaign}/pause", "POST /campaigns/{campaign}/resume",
    ),
    "GET /campaigns/{campaign}/edit": ("POST /campaigns/{campaign}",),
    "POST /campaigns/{campaign}/edit": ("POST /campaigns/{campaign}",),
    "GET /decide": ("GET /inbox", "GET /changes", "GET /acts"),
    "GET /decide/{run:int}/{campaign}": (f"GET {_INBOX}",),
    "POST /decide/{run:int}/{campaign}": (
        f"POST {_INBOX}/approve", f"POST {_INBOX}/reject", f"POST {_INBOX}/undo",
    ),
    "GET /decide/{run:int}/{campaign}/amend": (f"POST {_INBOX}/leave-out",),
    "POST /decide/{run:int}/{campaign}/amend": (
        f"POST {_INBOX}/leave-out", f"POST {_INBOX}/keep-cap", f"POST {_INBOX}/keep-best",
        f"POST {_INBOX}/reword",
    ),
    "GET /decide/change/{change}": (f"GET {_CHANGE}",),
    "POST /decide/change/{change}": (
        f"POST {_CHANGE}/approve", f"POST {_CHANGE}/reject", f"POST {_CHANGE}/undo",
    ),
    "GET /messages/{decision}": ("GET /decisions/{decision}/message",),
    "GET /decisions": ("GET /decisions", "GET /runs", "GET /runs/{run:int}"),
    "POST /decisions/verify": ("POST /verify",),
    "GET /decisions/{decision}": (
        "GET /decisions/{decision}", "GET /decisions/{decision}/explanation",
    ),
    "POST /decisions/{decision}/replay": ("POST /decisions/{decision}/replay",),
    "GET /models": ("GET /models",),
    "GET /models/{model}": ("GET /models/{model}",),
    "POST /models/{model}": ("POST /models/{model}/{version}/put-up",),
    "GET /models/{model}/{version}/card": ("GET /models/{model}/{version}",),
    "GET /policies": ("GET /policies",),
    "GET /policies/{policy}": ("GET /policies/{policy}", "POST /policies-compare"),
    "POST /policies/{policy}": ("POST /policies-put-up",),
    "GET /settings": ("GET /settings", "GET /settings/approvals"),
    "POST /settings": ("POST /settings", "POST /settings/approvals"),
    "GET /data": ("GET /imports", "GET /quality"),
    "POST /data": ("POST /uploads",),
    "GET /data/imports/{import_id}": ("GET /imports/{import_id}",),
    "GET /data/imports/{import_id}/{reason}": ("GET /imports/{import_id}/aside",),
    "POST /data/imports/{import_id}/{reason}": ("POST /imports/{import_id}/aside",),
    "GET /data/uploads/{upload}": (
        "GET /uploads/{upload}", "POST /uploads/{upload}/preview",
    ),
    "POST /data/uploads/{upload}": ("POST /uploads/{upload}/bring",),
    "POST /data/uploads/{upload}/forget": ("POST /uploads/{upload}/forget",),
    "GET /privacy": ("GET /requests", "GET /purposes"),
    "POST /privacy/requests": ("POST /requests",),
    "GET /privacy/requests/{request}": (f"GET {_REQUEST}",),
    "POST /privacy/requests/{request}": tuple(
        f"POST {_REQUEST}/{deed}"
        for deed in ("identify", "extend", "access", "rectify", "object", "erase", "answer")
    ),
    "GET /privacy/requests/{request}/pack": (f"GET {_REQUEST}/pack",),
    "GET /privacy/papers/{paper}": ("GET /papers/{paper}", "GET /papers/{paper}/file"),
    "GET /reports": ("GET /reports",),
    "GET /reports-new": ("POST /reports",),
    "POST /reports-new": ("POST /reports",),
    "GET /reports/{report}": (
        f"GET {_REPORT}", f"GET {_REPORT}/edition", f"GET {_REPORT}/editions",
        f"GET {_REPORT}/changes",
    ),
    "POST /reports/{report}/sign": (f"POST {_REPORT}/sign",),
    "POST /reports/{report}/take-back": (f"POST {_REPORT}/take-back",),
    "POST /reports/{report}/send": (f"POST {_REPORT}/send",),
    "GET /reports/{report}/edit": (f"POST {_REPORT}", f"POST {_REPORT}/drop"),
    "POST /reports/{report}/edit": (f"POST {_REPORT}", f"POST {_REPORT}/drop"),
    "GET /reports/{report}/file/{form}": (f"GET {_REPORT}/file/{{form}}",),
    "GET /jobs": ("GET /jobs", "GET /jobs/{job}", "GET /schedule"),
    "POST /jobs": ("POST /jobs",),
    "POST /jobs/{job}/again": ("POST /jobs/{job}/again",),
}  # fmt: skip
"""Screen to its entries, each as `METHOD path`."""

_SIGN_IN = "people sign in; a program brings its token with every request"
_OWN = "an account's own secrets are changed by its person, whom a token must not become"
_ACCOUNTS = "who may come in is decided by people who are signed in; /audit tells what was done"
_RECEIVER = "for whoever received a message, and the service that shows it to them: no account"

WITHOUT: Mapping[str, str] = {
    "GET /live": "tells a page to ask again; a program asks with If-None-Match",
    "GET /accounts": _ACCOUNTS,
    "POST /accounts": _ACCOUNTS,
    "POST /accounts/factor": _ACCOUNTS,
    "POST /accounts/invite": _ACCOUNTS,
    "GET /me": _OWN,
    "POST /me/password": _OWN,
    "POST /me/factor": _OWN,
    "POST /me/factor/confirm": _OWN,
    "POST /me/factor/remove": _OWN,
    "POST /me/token": "a token that could make tokens would never end",
    "POST /me/token/revoke": _OWN,
    "GET /sign-in": _SIGN_IN,
    "POST /sign-in": _SIGN_IN,
    "GET /sign-in/outside": _SIGN_IN,
    "GET /sign-in/back": _SIGN_IN,
    "GET /sign-in/code": _SIGN_IN,
    "POST /sign-in/code": _SIGN_IN,
    "GET /join/{token}": _SIGN_IN,
    "POST /join/{token}": _SIGN_IN,
    "POST /language": "a program says its language in the address or in Accept-Language",
    "POST /sign-out": _SIGN_IN,
    "GET /w/{token}": _RECEIVER,
    "POST /w/{token}": _RECEIVER,
    "GET /u/{token}": _RECEIVER,
    "POST /u/{token}": _RECEIVER,
}
"""Screen to why programs have no entry for it."""
