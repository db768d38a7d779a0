"""Deliver: decisions become exact bytes, and only what was approved leaves; touches no world.

In: decisions, a campaign's words, what a person may read. Out: messages (RFC 5322 bytes and their
hash), what may leave now and why the rest may not, files that a mail tool takes.
"""

__all__ = ["export", "mail", "outbox"]
