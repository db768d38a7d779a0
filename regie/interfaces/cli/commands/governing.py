"""`regie verify`."""

from __future__ import annotations

from regie.interfaces.cli.shell import NO, Shell, command, count


@command("regie verify", name="verify")
def verify_command(shell: Shell) -> None:
    """Check the ledger: the chain, every entry's leaves, every row against its leaf; and models,
    champions, assets, messages against what is sealed.

    1 where anything recorded was changed since or does not read; it is named, with its file and
    batch.
    """
    with shell.open() as workspace, shell.progress("Verifying"):
        found = workspace.verify()
    lines = [
        f"{count(found.entries)} entries, {count(found.rows)} rows compared, "
        f"{count(found.gone)} gone by right (corrected, erased or too old)."
    ]
    lines += [f"  {fault}" for fault in found.faults[:50]]
    lines.append("The ledger verifies." if not found.faults else "The ledger does not verify.")
    shell.answer(found, lines, NO if found.faults else 0)
