"""The port of a mail server: one message handed over to it, for all its recipients at once.

Why one hand-over for all: a try that failed is repeated, and whoever got the report already must
not get it twice. Why the certificate is checked: whoever stands between would read the report.
"""

from __future__ import annotations

import smtplib
import ssl
from collections.abc import Mapping, Sequence
from contextlib import ExitStack

from regie.terms.errors import RefusedError, WorkspaceError

TIMEOUT_S = 30.0
_MOST_LETTERS = 200
_SEE = "see [mail] in docs/guides/reports.md"


def hand_over(
    message: bytes,
    *,
    sender: str,
    to: Sequence[str],
    host: str,
    port: int,
    security: str,
    user: str = "",
    password: str = "",
) -> Mapping[str, str]:
    """Give a message to a server.

    Parameters
    ----------
    security : str
        `starttls`, `tls` from the first byte, or `none`.

    Returns
    -------
    dict[str, str]
        Recipients that the server refused, and what it said of each; it took all others.

    Raises
    ------
    RefusedError
        If it took none of them, or does not let the user in.
    WorkspaceError
        If it cannot be reached, or the connection is not as safe as is asked.

    References
    ----------
    RFC 5321 (SMTP), RFC 3207 (STARTTLS), RFC 8314 (TLS from the first byte).

    Examples
    --------
    >>> hand_over(b"", sender="a@example.com", to=["b@example.com"], host="127.0.0.1", port=1,
    ...           security="none")
    Traceback (most recent call last):
        ...
    regie.terms.errors.WorkspaceError: mail server 127.0.0.1:1 is not to be reached \
(ConnectionRefusedError), expected one that takes mail; see [mail] in docs/guides/reports.md
    """
    where = f"mail server {host}:{port}"
    try:
        with ExitStack() as held:
            context = ssl.create_default_context()
            if security == "tls":
                server: smtplib.SMTP = held.enter_context(
                    smtplib.SMTP_SSL(host, port, timeout=TIMEOUT_S, context=context)
                )
            else:
                server = held.enter_context(smtplib.SMTP(host, port, timeout=TIMEOUT_S))
            if security == "starttls":
                server.starttls(context=context)
            if user:
                server.login(user, password)
            refused = server.sendmail(sender, list(to), message)
    except smtplib.SMTPNotSupportedError as error:
        raise WorkspaceError(
            where, "without sign-in or STARTTLS", "one with what [mail] asks for", _SEE
        ) from error
    except (smtplib.SMTPResponseException, smtplib.SMTPRecipientsRefused) as error:
        raise RefusedError(
            where, f"refusing it ({_answer(error)})", "one that takes the report",
            "see the addresses and [mail] in docs/guides/reports.md",
        ) from error  # fmt: skip
    except (OSError, smtplib.SMTPException) as error:
        found = f"not to be reached ({type(error).__name__})"
        raise WorkspaceError(where, found, "one that takes mail", _SEE) from error
    return {address: _text(said[1]) for address, said in refused.items()}


def _answer(error: smtplib.SMTPResponseException | smtplib.SMTPRecipientsRefused) -> str:
    """What the server said, of several recipients to the first."""
    if isinstance(error, smtplib.SMTPRecipientsRefused):
        code, said = next(iter(error.recipients.values()))
        return f"{code} {_text(said)}"
    return f"{error.smtp_code} {_text(error.smtp_error)}"


def _text(said: bytes | str) -> str:
    text = said.decode(errors="replace") if isinstance(said, bytes) else said
    return " ".join(text.split())[:_MOST_LETTERS]
