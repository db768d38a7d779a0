"""Every address of the control room: method, path, the permission it asks for, who answers; data.

A law asks every route as every role: what is not in this table is not served.
"""

from __future__ import annotations

from collections.abc import Callable

import msgspec
from starlette.responses import Response

from regie.interfaces.web import (
    audiences,
    campaigns,
    changing,
    coming_in,
    data,
    deciding,
    explore,
    journal,
    live,
    models,
    myself,
    policies,
    privacy,
    public,
    reports,
    room,
    running,
    settings,
    working,
)
from regie.interfaces.web.asking import Ask

ANYBODY = "anybody"
"""Pages without an account; their forms must come from themselves."""
FROM_OUTSIDE = "from outside"
"""Addresses that another service may post to: one-click unsubscribe (RFC 8058)."""
SIGNED_IN = "signed in"


class Route(msgspec.Struct, frozen=True):
    """An address and its answer.

    Parameters
    ----------
    permission : str
        `ANYBODY`, `FROM_OUTSIDE`, `SIGNED_IN`, or one of `govern.access.PERMISSIONS`.
    of_site : bool
        About the whole site; else about one of its workspaces, whose name comes before the path
        where there are several.
    takes_file : bool
        Its form brings a file: it may be longer, and is read only once whoever sends it may.
    """

    method: str
    path: str
    permission: str
    handler: Callable[[Ask], Response]
    of_site: bool = False
    takes_file: bool = False


ROUTES: tuple[Route, ...] = (
    Route("GET", "/", "see", room.show),
    Route("GET", "/number/{measure}", "see", room.number),
    Route("GET", "/goals", "see", room.goal_list),
    Route("POST", "/goals", "set_goals", room.set_goal),
    Route("GET", "/explore", "see", explore.show),
    Route("POST", "/explore", "explore", explore.keep),
    Route("GET", "/explore/rows", "explore", explore.rows),
    Route("GET", "/explore/{kind}", "see", explore.export),
    Route("GET", "/audiences", "see", audiences.show),
    Route("GET", "/audiences-new", "edit_audiences", audiences.edit_page),
    Route("POST", "/audiences-new", "edit_audiences", audiences.edit),
    Route("GET", "/audiences/{audience}", "see", audiences.told),
    Route("GET", "/audiences/{audience}/edit", "edit_audiences", audiences.edit_page),
    Route("POST", "/audiences/{audience}/edit", "edit_audiences", audiences.edit),
    Route("POST", "/audiences/{audience}/why", "see_people", audiences.why),
    Route("POST", "/audiences/{audience}/export", "export_audiences", audiences.export),
    Route("GET", "/campaigns", "see_decisions", campaigns.show),
    Route("GET", "/campaigns-new", "edit_campaigns", campaigns.edit_page),
    Route("POST", "/campaigns-new", "edit_campaigns", campaigns.edit),
    Route("GET", "/campaigns-look", "see_decisions", campaigns.look),
    Route("GET", "/campaigns/{campaign}", "see_decisions", campaigns.told),
    Route("POST", "/campaigns/{campaign}", "edit_campaigns", campaigns.act),
    Route("GET", "/campaigns/{campaign}/edit", "edit_campaigns", campaigns.edit_page),
    Route("POST", "/campaigns/{campaign}/edit", "edit_campaigns", campaigns.edit),
    Route("GET", "/decide", "see_decisions", deciding.inbox),
    Route("GET", "/decide/{run:int}/{campaign}", "see_decisions", deciding.proposal),
    Route("POST", "/decide/{run:int}/{campaign}", "approve_messages", deciding.act),
    Route("GET", "/decide/{run:int}/{campaign}/amend", "approve_messages", deciding.amend_page),
    Route("POST", "/decide/{run:int}/{campaign}/amend", "approve_messages", deciding.amend),
    Route("GET", "/decide/change/{change}", "see_decisions", changing.show),
    Route("POST", "/decide/change/{change}", "approve_changes", changing.act),
    Route("GET", "/messages/{decision}", "see_decisions", deciding.message),
    Route("GET", "/decisions", "see_decisions", journal.show),
    Route("POST", "/decisions/verify", "see_decisions", journal.verify),
    Route("GET", "/decisions/{decision}", "see_decisions", journal.told),
    Route("POST", "/decisions/{decision}/replay", "see_decisions", journal.replay),
    Route("GET", "/data", "see_data", data.show),
    Route("POST", "/data", "bring_data", data.upload, takes_file=True),
    Route("GET", "/data/imports/{import_id}", "see_data", data.told),
    Route("GET", "/data/imports/{import_id}/{reason}", "bring_data", data.aside),
    Route("POST", "/data/imports/{import_id}/{reason}", "bring_data", data.correct),
    Route("GET", "/data/uploads/{upload}", "bring_data", data.preview),
    Route("POST", "/data/uploads/{upload}", "bring_data", data.bring),
    Route("POST", "/data/uploads/{upload}/forget", "bring_data", data.forget),
    Route("GET", "/privacy", "see_privacy", privacy.show),
    Route("POST", "/privacy/requests", "answer_people", privacy.receive),
    Route("GET", "/privacy/requests/{request}", "see_people", privacy.request),
    Route("POST", "/privacy/requests/{request}", "answer_people", privacy.act),
    Route("GET", "/privacy/requests/{request}/pack", "answer_people", privacy.pack),
    Route("GET", "/privacy/papers/{paper}", "see_privacy", privacy.paper),
    Route("GET", "/reports", "see", reports.show),
    Route("GET", "/reports-new", "edit_reports", reports.edit_page),
    Route("POST", "/reports-new", "edit_reports", reports.edit),
    Route("GET", "/reports/{report}", "see", reports.told),
    Route("POST", "/reports/{report}/sign", "sign_reports", reports.sign),
    Route("POST", "/reports/{report}/take-back", "sign_reports", reports.take_back),
    Route("POST", "/reports/{report}/send", "start_jobs", reports.send),
    Route("GET", "/reports/{report}/edit", "edit_reports", reports.edit_page),
    Route("POST", "/reports/{report}/edit", "edit_reports", reports.edit),
    Route("GET", "/reports/{report}/file/{form}", "see", reports.file),
    Route("GET", "/models", "see_decisions", models.show),
    Route("GET", "/models/{model}", "see_decisions", models.told),
    Route("POST", "/models/{model}", "propose_changes", models.act),
    Route("GET", "/models/{model}/{version}/card", "see_decisions", models.card),
    Route("GET", "/policies", "see_decisions", policies.show),
    Route("GET", "/policies/{policy}", "see_decisions", policies.told),
    Route("POST", "/policies/{policy}", "propose_changes", policies.act),
    Route("GET", "/settings", "see_decisions", settings.show),
    Route("POST", "/settings", "change_settings", settings.act),
    Route("GET", "/jobs", "see_decisions", working.jobs),
    Route("POST", "/jobs", "start_jobs", working.start),
    Route("POST", "/jobs/{job}/again", "start_jobs", working.again),
    Route("GET", "/live", "see_decisions", live.events),
    Route("GET", "/accounts", "manage_accounts", running.accounts, of_site=True),
    Route("POST", "/accounts", "manage_accounts", running.change, of_site=True),
    Route("POST", "/accounts/invite", "manage_accounts", running.invite, of_site=True),
    Route("POST", "/accounts/factor", "manage_accounts", running.reset_factor, of_site=True),
    Route("GET", "/me", SIGNED_IN, myself.account, of_site=True),
    Route("POST", "/me/password", SIGNED_IN, myself.change_password, of_site=True),
    Route("POST", "/me/factor", SIGNED_IN, myself.prepare_factor, of_site=True),
    Route("POST", "/me/factor/confirm", SIGNED_IN, myself.confirm_factor, of_site=True),
    Route("POST", "/me/factor/remove", SIGNED_IN, myself.remove_factor, of_site=True),
    Route("POST", "/me/token", "make_tokens", myself.make_token, of_site=True),
    Route("POST", "/me/token/revoke", SIGNED_IN, myself.revoke_token, of_site=True),
    Route("GET", "/sign-in", ANYBODY, coming_in.sign_in_page, of_site=True),
    Route("POST", "/sign-in", ANYBODY, coming_in.sign_in, of_site=True),
    Route("GET", "/sign-in/outside", ANYBODY, coming_in.go_outside, of_site=True),
    Route("GET", "/sign-in/back", ANYBODY, coming_in.come_back, of_site=True),
    Route("GET", "/sign-in/code", ANYBODY, coming_in.code_page, of_site=True),
    Route("POST", "/sign-in/code", ANYBODY, coming_in.sign_in_by_code, of_site=True),
    Route("GET", "/join/{token}", ANYBODY, coming_in.join_page, of_site=True),
    Route("POST", "/join/{token}", ANYBODY, coming_in.join, of_site=True),
    Route("POST", "/language", ANYBODY, coming_in.language, of_site=True),
    Route("POST", "/sign-out", SIGNED_IN, coming_in.sign_out, of_site=True),
    Route("GET", "/w/{token}", ANYBODY, public.why),
    Route("POST", "/w/{token}", ANYBODY, public.answer),
    Route("GET", "/u/{token}", ANYBODY, public.unsubscribe_page),
    Route("POST", "/u/{token}", FROM_OUTSIDE, public.unsubscribe),
)

WORKSPACES = Route("GET", "/", SIGNED_IN, coming_in.workspaces, of_site=True)
"""The first page of a site of several workspaces."""
