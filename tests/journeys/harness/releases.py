"""Releases beside the installed one: a folder each, as an operator unpacks them, and a link to one."""

import shutil
import sys
from pathlib import Path

import addons
import db
from db.upgrade import needed_revision

_HEADING = "this page is blocked"
_PROGRAM = """#!{python} -P
import os, sys
sys.path.insert(0, {lib!r})
os.environ["PYTHONPATH"] = {lib!r}  # for what it starts in its turn
from console.cli.main import main
main()
"""
_MIGRATION = '''"""What a next release may do: add."""

import sqlalchemy as sa
from alembic import op

revision = "{revision}"
down_revision = "{before}"
branch_labels = depends_on = None


def upgrade() -> None:
    op.add_column("decision", sa.Column("of_the_next", sa.Text()))
    op.add_column("exemption", sa.Column("of_the_next", sa.Integer(), server_default="1"))
    op.create_table("of_the_next", sa.Column("id", sa.Integer(), primary_key=True))
'''


def make_release(folder: Path, name: str) -> Path:
    """A release of this very code whose refusals say by which it was; the program is `bin/sluicegate`."""
    here = folder / name
    for package in (addons, db):
        source = Path(next(iter(package.__path__)))
        shutil.copytree(source, here / "lib" / source.name, ignore=shutil.ignore_patterns("__pycache__"))
    strings = here / "lib" / "addons" / "pages" / "strings" / "refusal.py"
    text = strings.read_text()
    assert _HEADING in text
    strings.write_text(text.replace(_HEADING, f"blocked by {name}"))
    program = here / "bin" / "sluicegate"
    program.parent.mkdir()
    program.write_text(_PROGRAM.format(python=sys.executable, lib=str(here / "lib")))
    program.chmod(0o755)
    return here


def with_a_newer_schema(release: Path) -> str:
    """Give a release a migration that this one does not know, and which only adds; its revision."""
    number = int(needed_revision()[:4])
    revision = f"{number + 1:04}_since_{number:04}"
    path = release / "lib" / "db" / "migrations" / "versions" / f"{revision}.py"
    path.write_text(_MIGRATION.format(revision=revision, before=needed_revision()))
    return revision


def point(current: Path, release: Path) -> None:
    """Let the link lead to a release, in one step."""
    following = current.with_name("following")
    following.symlink_to(release)
    following.replace(current)
