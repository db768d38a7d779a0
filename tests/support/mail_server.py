"""A real mail server on this machine, for tests: takes, refuses, drops or hangs as it is told."""

from __future__ import annotations

import asyncio
import ssl
import threading
from collections.abc import Iterator
from contextlib import contextmanager
from datetime import UTC, datetime, timedelta
from ipaddress import ip_address
from pathlib import Path
from typing import Any

from aiosmtpd.smtp import SMTP, AuthResult
from cryptography import x509
from cryptography.hazmat.primitives import hashes, serialization
from cryptography.hazmat.primitives.asymmetric import ec

TAKES = "250 taken"


class MailServer:
    """What it took, and how it answers.

    Parameters
    ----------
    taken : list[tuple[list[str], bytes]]
        Recipients and the message, of each that it took.
    answers : dict[str, str]
        A recipient's address to what is said of the message: `drop` breaks the line, `hang` says
        nothing.
    unknown : set[str]
        Addresses that it knows not.
    user : tuple[str, str]
        Whom it lets in; it asks nobody where that is empty.
    """

    def __init__(self) -> None:
        self.port = 0
        self.taken: list[tuple[list[str], bytes]] = []
        self.answers: dict[str, str] = {}
        self.unknown: set[str] = set()
        self.user = ("", "")

    async def handle_RCPT(
        self, server: Any, session: Any, envelope: Any, address: str, options: Any
    ) -> str:
        if address in self.unknown:
            return "550 no such mailbox"
        envelope.rcpt_tos.append(address)
        return "250 yes"

    async def handle_DATA(self, server: Any, session: Any, envelope: Any) -> str:
        said = next((self.answers[to] for to in envelope.rcpt_tos if to in self.answers), TAKES)
        if said == "drop":
            server.transport.abort()
        elif said == "hang":
            await asyncio.sleep(30)
        elif said == TAKES:
            self.taken.append((list(envelope.rcpt_tos), envelope.content))
        return said

    def lets_in(self, server: Any, session: Any, envelope: Any, how: str, data: Any) -> AuthResult:
        """Whether a name and a password are right."""
        given = (data.login.decode(), data.password.decode())
        return AuthResult(success=given == self.user, handled=False)


@contextmanager
def mail_server(certificate: tuple[Path, Path] | None = None) -> Iterator[MailServer]:
    """A server that listens on 127.0.0.1; with STARTTLS and sign-in where it has a certificate."""
    kept, loop = MailServer(), asyncio.new_event_loop()
    options: dict[str, Any] = {"hostname": "mail.example.invalid", "loop": loop}
    if certificate:
        context = ssl.SSLContext(ssl.PROTOCOL_TLS_SERVER)
        context.load_cert_chain(*certificate)
        options |= {"tls_context": context, "require_starttls": True, "auth_required": True,
                    "authenticator": kept.lets_in}  # fmt: skip

    async def listen() -> Any:
        return await loop.create_server(lambda: SMTP(kept, **options), "127.0.0.1", 0)

    listening = loop.run_until_complete(listen())
    kept.port = listening.sockets[0].getsockname()[1]
    thread = threading.Thread(target=loop.run_forever, daemon=True)
    thread.start()
    try:
        yield kept
    finally:
        loop.call_soon_threadsafe(listening.close)
        loop.call_soon_threadsafe(loop.stop)
        thread.join()


def certificate(folder: Path) -> tuple[Path, Path]:
    """A certificate of 127.0.0.1 that nobody signed but itself, and its key."""
    key = ec.generate_private_key(ec.SECP256R1())
    name = x509.Name([x509.NameAttribute(x509.NameOID.COMMON_NAME, "127.0.0.1")])
    today = datetime.now(UTC)
    made = (
        x509.CertificateBuilder()
        .subject_name(name)
        .issuer_name(name)
        .public_key(key.public_key())
        .serial_number(x509.random_serial_number())
        .not_valid_before(today - timedelta(1))
        .not_valid_after(today + timedelta(1))
        .add_extension(
            x509.SubjectAlternativeName([x509.IPAddress(ip_address("127.0.0.1"))]), critical=False
        )
        .sign(key, hashes.SHA256())
    )
    paths = folder / "certificate.pem", folder / "key.pem"
    paths[0].write_bytes(made.public_bytes(serialization.Encoding.PEM))
    paths[1].write_bytes(
        key.private_bytes(
            serialization.Encoding.PEM,
            serialization.PrivateFormat.PKCS8,
            serialization.NoEncryption(),
        )
    )
    return paths
