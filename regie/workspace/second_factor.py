"""A second factor beside the password: codes of an authenticator app, and recovery codes.

An app's secret is encrypted at rest under a key that lies apart from the accounts' file; recovery
codes are kept as hashes. A code serves once, a recovery code too. Wrong ones are counted with wrong
passwords, so that nobody can try them all. Whoever lost both has an administrator reset it.
"""

from __future__ import annotations

import base64
import hashlib
import secrets
from typing import TYPE_CHECKING

from regie.govern import one_time
from regie.ports.accounts import Account
from regie.terms.errors import NotFoundError, RefusedError

if TYPE_CHECKING:
    from regie.workspace.site import Site

RECOVERY_CODES = 10
_ISSUER = "Régie"


def is_set(site: Site, account: Account) -> bool:
    """Whether signing in as somebody takes a code."""
    found = site.accounts.second_factor(account.id)
    return found is not None and found.confirmed


def prepare(site: Site, account: Account, password: str, at_us: int) -> str:
    """A new secret, not in force until a code of it was given; the address an app reads.

    Raises
    ------
    RefusedError
        If the password is wrong, or a second factor is set up already.
    """
    site.check_password(account, password, at_us)
    if is_set(site, account):
        raise RefusedError("second factor", "set up already", "none yet", "remove it first")
    secret = secrets.token_bytes(20)
    site.accounts.put_second_factor(account.id, secret.hex())
    return one_time.address(secret, account.email, _ISSUER)


def prepared(site: Site, account: Account) -> str:
    """The address of a secret that waits for its first code; empty where none does."""
    found = site.accounts.second_factor(account.id)
    if found is None or found.confirmed:
        return ""
    secret = site.accounts.second_factor_secret(account.id)
    return one_time.address(bytes.fromhex(secret), account.email, _ISSUER)


def confirm(site: Site, account: Account, given: str, at_us: int) -> tuple[str, ...]:
    """Put it in force by a first code; the recovery codes, told this once.

    Raises
    ------
    RefusedError
        If the code is wrong, or nothing waits for one.
    """
    site.check_refusals(account.email, at_us)
    if is_set(site, account) or not _takes_code(site, account, given, at_us):
        raise _refused(site, account, at_us)
    codes = tuple(_readable(secrets.token_bytes(10)) for _ in range(RECOVERY_CODES))
    site.accounts.confirm_second_factor(account.id, [_hash(one) for one in codes])
    site.note_of(account, "second_factor_set", "", at_us)
    return codes


def remove(site: Site, account: Account, password: str, at_us: int) -> None:
    """Sign in by the password alone from now on.

    Raises
    ------
    RefusedError
        If the password is wrong.
    """
    site.check_password(account, password, at_us)
    site.accounts.drop_second_factor(account.id)
    site.note_of(account, "second_factor_removed", "", at_us)


def reset(site: Site, account_id: str, actor: Account, at_us: int) -> None:
    """Forget the second factor of somebody who lost it; every session of theirs ends.

    Raises
    ------
    RefusedError
        If it is one's own: that takes one's password, on one's own page.
    NotFoundError
        If there is no such account for whoever resets it, or none is set up.
    """
    found = next((one for one in site.people(actor) if one.id == account_id), None)
    if found is None or not is_set(site, found):
        raise NotFoundError("second factor", "not there", "an account that has one", "reload")
    if found.id == actor.id:
        raise RefusedError("second factor", "your own", "somebody else's", "see My account")
    site.accounts.drop_second_factor(found.id)
    site.accounts.close_sessions(found.id)
    site.note_of(found, "second_factor_reset", found.email, at_us, actor.email)


def check(site: Site, account: Account, given: str, at_us: int) -> None:
    """Take a code of the app or a recovery code, each once.

    Raises
    ------
    RefusedError
        If it is wrong or was given before, or wrong ones were given too often.
    """
    site.check_refusals(account.email, at_us)
    plain = given.replace(" ", "").replace("-", "").upper()
    if _takes_code(site, account, plain, at_us):
        return
    if not site.accounts.take_recovery_code(account.id, _hash(plain)):
        raise _refused(site, account, at_us)
    site.note_of(account, "recovery_code_used", "", at_us)


def sign_in(site: Site, half_token: str, given: str, at_us: int) -> str:
    """The session's token of somebody whose password was right, for a code.

    Raises
    ------
    RefusedError
        If the code is wrong, or the password was given too long ago.
    """
    account = site.half_signed_in(half_token, at_us)
    check(site, account, given, at_us)
    return site.complete(half_token, account, at_us)


def _takes_code(site: Site, account: Account, given: str, at_us: int) -> bool:
    found = site.accounts.second_factor(account.id)
    if found is None:
        return False
    secret = bytes.fromhex(site.accounts.second_factor_secret(account.id))
    step = one_time.step_of(secret, given.replace(" ", ""), at_us, found.last_step)
    # Of two who give the same code at once one is taken.
    return step is not None and site.accounts.take_step(account.id, step)


def _refused(site: Site, account: Account, at_us: int) -> RefusedError:
    site.note_of(account, "refused", "code", at_us)
    return RefusedError("code", "wrong or used", "the app's present one", "wait for the next one")


def _readable(code: bytes) -> str:
    return base64.b32encode(code).decode()


def _hash(code: str) -> str:
    return hashlib.sha256(code.encode()).hexdigest()
