"""A wrong call, told in the house's one form: what click says of it, by the kind of its exception.

One place for every command: `Menu` catches what click raises, so that no command has words of its
own for a missing argument or an unknown option.
"""

from __future__ import annotations

import re
from typing import ClassVar

import click

from regie.terms.errors import RegieError, SettingError, meant


class CallError(SettingError):
    """A command was not called as its help says. Who acts: the caller."""

    code = "usage"
    acts = "the caller"
    words: ClassVar = {
        "en": "The command was not called as its help says.",
        "fr": "La commande n’a pas été appelée comme l’indique son aide.",
    }


def in_form(error: click.UsageError) -> RegieError:
    """What click found wrong with a call, as an error of the house.

    Examples
    --------
    >>> print(in_form(click.NoSuchOption("--lnag", possibilities=["--lang"])))
    option is "--lnag", expected an option of regie; did you mean --lang?
    >>> print(in_form(click.BadOptionUsage("--lang", "Option '--lang' requires an argument.")))
    --lang is without a value, expected one after it; see regie --help
    >>> print(in_form(click.UsageError("Got unexpected extra arguments (a b)")))
    regie is followed by "a b", expected nothing more; see regie --help
    """
    said = error.format_message()
    path = error.ctx.command_path if error.ctx else "regie"
    step = _step(error, path)
    if isinstance(error, click.MissingParameter):
        return CallError(path, f"without {_named(error)}", "all that it needs", step)
    if isinstance(error, click.BadParameter):
        return _bad_value(error, step)
    if isinstance(error, click.NoSuchOption):
        near = " or ".join(error.possibilities or ())
        step = f"did you mean {near}?" if near else step
        return CallError("option", f'"{error.option_name}"', f"an option of {path}", step)
    if isinstance(error, click.BadOptionUsage):
        is_bare = "requires" in said
        found, rule = ("without a value", "one after it") if is_bare else ("with a value", "none")
        return CallError(error.option_name, found, rule, step)
    if more := re.fullmatch(r"Got unexpected extra arguments? \((.*)\)", said, re.DOTALL):
        return CallError(path, f'followed by "{more[1]}"', "nothing more", step)
    return CallError(path, f"not understood ({said})", "a call as in its help", step)


def _bad_value(error: click.BadParameter, step: str) -> RegieError:
    kind = error.param.type if error.param else None
    value = re.match(r"'?(.*?)'? is not ", error.message, re.DOTALL)
    if value is None or kind is None:
        return CallError(
            _named(error), f"not usable ({error.message.rstrip('.')})", "another", step
        )
    found, rule = f'"{value[1]}"', "a value as in its help"
    if isinstance(kind, click.Choice):
        rule = f"one of {', '.join(map(str, kind.choices))}"
        step = meant(value[1], map(str, kind.choices), step)
    elif isinstance(kind, click.IntRange):
        rule = f"a whole number from {kind.min}" + (f" to {kind.max}" if kind.max else " up")
    elif kind is click.INT:
        rule = "a whole number"
    return CallError(_named(error), found, rule, step)


def _named(error: click.BadParameter) -> str:
    """The option or argument as it is typed."""
    if error.param is None:
        return "a value"
    if isinstance(error.param, click.Option):
        return max(error.param.opts, key=len)
    return error.param.make_metavar(error.ctx or click.Context(click.Command("regie"))).rstrip(".")


def _step(error: click.UsageError, path: str) -> str:
    epilog = (error.ctx.command.epilog if error.ctx else "") or ""
    _, _, example = epilog.partition("Example: ")
    help_at = f"see {path} --help"
    return f"type for example {example}, or {help_at}" if example else help_at
