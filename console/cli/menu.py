"""
Commands that are imported when they are called.

`categorise` should start in a few tenths of a second, and `run` needs a proxy and a database: so the map
of commands (`main.py`) names each by module and function, and only the one that is asked for is
imported. The listing, `--help` and shell completion of the names need no more than the map.
"""

import importlib
import os
import sys
from collections.abc import Mapping
from dataclasses import dataclass
from typing import Any

import typer
from typer.core import TyperCommand, TyperGroup


@dataclass(frozen=True, slots=True)
class Leaf:
    """One command: `target` is "module:function", `summary` its line in the listing."""

    target: str
    summary: str


@dataclass(frozen=True, slots=True)
class Branch:
    """A command with commands of its own."""

    summary: str
    commands: Mapping[str, Leaf]


class _Later(TyperCommand):
    """Stands in the listing for a command; becomes that command when it is called."""

    def __init__(self, name: str, leaf: Leaf) -> None:
        super().__init__(name, help=leaf.summary)
        self._target = leaf.target

    def make_context(self, info_name: str | None, args: list[str], parent: Any = None, **extra: Any) -> Any:
        return self._command().make_context(info_name, args, parent, **extra)

    def _command(self) -> Any:
        module, _, function = self._target.partition(":")
        app = typer.Typer(add_completion=False, rich_markup_mode="rich")
        app.command(name=self.name)(getattr(importlib.import_module(module), function))
        return typer.main.get_command(app)


class Menu(TyperGroup):
    """A group of commands that lets a reader who has seen enough close the pipe."""

    def invoke(self, ctx: Any) -> Any:
        try:
            result = super().invoke(ctx)
            sys.stdout.flush()
        except BrokenPipeError:
            # As any filter under `| head`: end without a word, by the number a shell gives for SIGPIPE. What
            # is still buffered must go somewhere, or the interpreter complains of it as it ends.
            os.dup2(os.open(os.devnull, os.O_WRONLY), sys.stdout.fileno())
            raise typer.Exit(141) from None
        return result


def menu(name: str, summary: str, commands: Mapping[str, Leaf | Branch], **options: Any) -> Menu:
    """The group of these commands."""
    return Menu(
        name=name,
        help=summary,
        no_args_is_help=True,
        commands={
            key: menu(key, item.summary, item.commands) if isinstance(item, Branch) else _Later(key, item)
            for key, item in commands.items()
        },
        **options,
    )
