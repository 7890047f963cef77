"""
The map of commands, and how each of them ends.

Every foreseeable error is an exception of `policy/errors.py` (or a usage error of Typer) with one line
for the person at the terminal. Here it gets its exit code and goes to stderr; there is never a
traceback for it. What is left is a bug, and shows itself as one.
"""

import io
import os
import sys
from collections.abc import Callable, Sequence

import typer
from typer.main import get_install_completion_arguments

from console.cli.menu import Branch, Leaf, Menu, menu
from console.cli.show import plain
from policy.errors import Away, ConfigurationError, SluicegateError

DONE = 0
REFUSED = 1  # refused, or found wrong
USAGE = 2
CONFIGURATION = 3
AWAY = 4  # something needed is away
INTERRUPTED = 130  # what a shell gives for Ctrl-C

COMMANDS: dict[str, Leaf | Branch] = {
    "demo": Leaf("console.cli.demo:demo", "Try the gateway on this machine, without internet."),
    "run": Leaf("console.cli.run:run", "Run the gateway."),
    "reload": Leaf("console.cli.reload:reload", "Take over new settings, policy and code."),
    "status": Leaf("console.cli.status:status", "Whether the gateway serves, and how it is."),
    "check": Leaf("console.cli.check:check", "Check settings, policy, lists and database; start nothing."),
    "explain": Leaf("console.cli.explain:explain", "Why a URL is allowed or blocked, step by step."),
    "categorise": Leaf(
        "console.cli.categorise:categorise", "What the lists and the policy say of many URLs."
    ),
    "decisions": Leaf("console.cli.decisions:decisions", "What the gateway decided lately, without people."),
    "pac": Leaf("console.cli.pac:pac", "Write the file that tells browsers of the proxy."),
    "backup": Leaf("console.cli.backup:backup", "Back up what this gateway needs to come back."),
    "restore": Leaf("console.cli.restore:restore", "Restore a backup on an empty machine."),
    "lists": Branch(
        "Category lists and the administrators' own entries.",
        {
            "import": Leaf("console.cli.lists.importing:import_list", "Take a list in, build, put in force."),
            "activate": Leaf(
                "console.cli.lists.importing:activate", "Build the lists as kept, put in force."
            ),
            "rebuild": Leaf(
                "console.cli.lists.importing:rebuild", "Build the lists in force as this release would."
            ),
            "status": Leaf("console.cli.lists.importing:status", "The lists, and which are in force."),
            "remove": Leaf("console.cli.lists.changing:remove", "End an imported list's part."),
            "disable": Leaf("console.cli.lists.changing:disable", "Let a list take no part for now."),
            "enable": Leaf("console.cli.lists.changing:enable", "Let a disabled list take part again."),
            "rollback": Leaf(
                "console.cli.lists.changing:rollback", "Put the lists of an earlier Ruleset in force."
            ),
            "never-decrypt": Leaf(
                "console.cli.lists.changing:never_decrypt", "The organisation's own never-decrypt list."
            ),
            "pending": Leaf("console.cli.lists.approving:pending", "What waits for somebody's word."),
            "approve": Leaf("console.cli.lists.approving:approve", "Approve what somebody else proposed."),
            "refuse": Leaf("console.cli.lists.approving:refuse", "Refuse it, or take one's own back."),
            "withdraw": Leaf("console.cli.lists.withdraw:withdraw", "Take out an entry that was wrong."),
            "release": Leaf("console.cli.lists.approving:release", "Let an entry in that was held back."),
            "history": Leaf("console.cli.lists.history:history", "The Rulesets that were put in force."),
            "diff": Leaf("console.cli.lists.diff:diff", "Which entries came and went between two of them."),
            "changes": Leaf("console.cli.lists.history:changes", "The change log: who, what, why."),
            "preview": Leaf("console.cli.lists.preview:preview", "What a change would have done."),
            "subscribe": Leaf("console.cli.lists.feeds:subscribe", "Fetch a list from a URL on a schedule."),
            "unsubscribe": Leaf("console.cli.lists.feeds:unsubscribe", "End a feed; its list stays."),
            "update": Leaf("console.cli.lists.updating:update", "Fetch what is due, put it in force."),
            "catalogue": Leaf("console.cli.lists.feeds:catalogue", "Public feeds, and what they get wrong."),
            "stale": Leaf("console.cli.lists.feeds:stale", "How the feeds are; for monitoring."),
            "search": Leaf("console.cli.lists.search:search", "Which lists have a host, and since when."),
            "conflicts": Leaf("console.cli.lists.conflicts:conflicts", "Hosts about which lists disagree."),
            "allow": Leaf(
                "console.cli.lists.local_entries:allow", "Allow a host or prefix, whatever lists say."
            ),
            "block": Leaf("console.cli.lists.local_entries:block", "Block a host or prefix."),
            "forget": Leaf("console.cli.lists.local_entries:forget", "Take an own allow or block away."),
            "confirm": Leaf(
                "console.cli.lists.local_entries:confirm", "Stand by what was allowed in an emergency."
            ),
        },
    ),
    "exemptions": Branch(
        "Work-purpose exemptions: who may see what, until when, and why.",
        {
            "request": Leaf("console.cli.exemption_requests:request", "Ask for one for somebody."),
            "grant": Leaf("console.cli.exemptions:grant", "Grant one, or give the second word."),
            "refuse": Leaf(
                "console.cli.exemption_requests:refuse", "Refuse a request, or take one's own back."
            ),
            "revoke": Leaf("console.cli.exemptions:revoke", "End an exemption now."),
            "list": Leaf("console.cli.exemptions:list_", "Those that stand, or what is asked for."),
            "report": Leaf("console.cli.exemption_report:report", "Used, unused, ending, to be reviewed."),
        },
    ),
    "people": Branch(
        "The register of people: who they are, and who is refused.",
        {
            "import": Leaf("console.cli.people.importing:import_", "From a file or a directory, all of it."),
            "list": Leaf("console.cli.people.register:list_", "Who is in the register."),
            "show": Leaf("console.cli.people.register:show_", "What it says of one person."),
            "disable": Leaf("console.cli.people.standing:disable", "Refuse a person from now on."),
            "enable": Leaf("console.cli.people.standing:enable", "Take that back."),
            "unused": Leaf("console.cli.people.register:unused", "Who has a login and has not been seen."),
            "confirm-role": Leaf("console.cli.people.standing:confirm_role", "Somebody still has a role."),
            "share": Leaf("console.cli.people.standing:share", "Record an authorised shared use."),
        },
    ),
    "devices": Branch(
        "The register of devices, known by their addresses.",
        {
            "list": Leaf("console.cli.devices:list_", "The devices of the register."),
            "add": Leaf("console.cli.devices:add", "Enter a device, or a network of them."),
            "import": Leaf("console.cli.devices:import_", "Enter the devices of a file."),
            "disable": Leaf("console.cli.devices:disable", "Refuse what comes from a device."),
            "enable": Leaf("console.cli.devices:enable", "Take that back."),
        },
    ),
    "notice": Branch(
        "The monitoring notice, and who has read it.",
        {
            "show": Leaf("console.cli.notice:show_", "The notice as people read it."),
            "report": Leaf("console.cli.notice:report", "How many have read which version."),
        },
    ),
    "reports": Branch(
        "What staff sent from the gateway's own pages.",
        {
            "list": Leaf("console.cli.reports:list_", "What nobody has answered yet."),
            "answer": Leaf("console.cli.reports:answer", "Answer one; whoever sent it reads that."),
        },
    ),
    "policy": Branch(
        "The organisation's rules: checked before they hold, and kept once they did.",
        {
            "check": Leaf("console.cli.policy:check", "Check a policy before it holds."),
            "history": Leaf("console.cli.policy:history", "The policies that gateways ran with."),
            "show": Leaf("console.cli.policy:show_", "Print a policy to the letter."),
        },
    ),
    "break-glass": Branch(
        "Everything but the never-exempt, for an hour at most; confirmed by a second person.",
        {
            "open": Leaf("console.cli.break_glass:open_", "Open for 1 to 60 minutes."),
            "close": Leaf("console.cli.break_glass:close", "End it now."),
            "confirm": Leaf("console.cli.break_glass:confirm", "Stand by what somebody else opened."),
            "list": Leaf("console.cli.break_glass:list_", "Every opening and bypass, newest first."),
            "record-bypass": Leaf(
                "console.cli.break_glass:record_bypass", "Write down a bypass of a dead gateway."
            ),
        },
    ),
    "ca": Branch(
        "The certificate authority that signs for intercepted sites.",
        {
            "csr": Leaf("console.cli.ca:csr", "Ask your own PKI for an issuing certificate."),
            "import": Leaf("console.cli.ca:import_", "Take in what your PKI made of the request."),
            "init": Leaf("console.cli.ca:init", "Make a root of your own, and what issues below it."),
            "next": Leaf("console.cli.ca:next_", "Make the authority that will follow."),
            "switch": Leaf("console.cli.ca:switch", "Put the next authority in force."),
            "status": Leaf("console.cli.ca:status", "Which is in force, which is next, until when."),
            "export": Leaf("console.cli.ca:export", "The root to install on clients."),
            "rollout": Leaf("console.cli.ca:rollout", "Files for Group Policy, Firefox, phones and Linux."),
        },
    ),
    "authority": Branch(
        "Written authorities: without one, nobody's decisions are looked at.",
        {
            "request": Leaf("console.cli.authorities:request", "Ask for one; somebody else decides."),
            "grant": Leaf("console.cli.authorities:grant", "Grant one as it was asked for."),
            "refuse": Leaf("console.cli.authorities:refuse", "Refuse a request, or take one's own back."),
            "revoke": Leaf("console.cli.authorities:revoke", "End one now."),
            "tell": Leaf("console.cli.authorities:tell", "Tell the people named, or not yet."),
            "list": Leaf("console.cli.authorities:list_", "Those that you may see."),
            "show": Leaf("console.cli.authorities:show_", "One of them in full."),
        },
    ),
    "review": Branch(
        "Questions about decisions, within an authority; numbers without one.",
        {
            "search": Leaf("console.cli.review.search:search", "The decisions that fit a question."),
            "timeline": Leaf("console.cli.review.timeline:timeline", "What one person asked for."),
            "report": Leaf("console.cli.review.report:report", "The numbers, with plots as a page."),
            "explain": Leaf("console.cli.review.explain:explain", "One decision in full, judged again."),
            "statistics": Leaf("console.cli.review.statistics:statistics", "Numbers of nobody."),
            "dip-sample": Leaf("console.cli.review.dip_sample:dip_sample", "Some decisions of nobody."),
            "export": Leaf("console.cli.review.export:export", "What it finds in one signed file."),
            "verify": Leaf("console.cli.review.verify:verify", "Whether an export is as it was made."),
            "key": Leaf("console.cli.review.key:key", "The public key that exports are signed by."),
            "serve": Leaf("console.cli.review.serve:serve", "Run the service that all of these ask."),
            "openapi": Leaf("console.cli.review.openapi:openapi", "What that service may be asked."),
        },
    ),
    "transparency": Branch(
        "What was done with the powers of review, in numbers.",
        {"report": Leaf("console.cli.transparency:report", "The figures of a quarter.")},
    ),
    "hold": Branch(
        "Legal holds: what is kept past its time for a matter.",
        {
            "place": Leaf("console.cli.holds:place", "Keep what would be disposed of."),
            "release": Leaf("console.cli.holds:release", "Let go what a hold keeps."),
            "list": Leaf("console.cli.holds:list_", "The holds that stand."),
        },
    ),
    "sealing": Branch(
        "What privileged decisions leave out, sealed, and opened by two people.",
        {
            "make-key": Leaf("console.cli.sealing:make_key", "Make the key, in three shares."),
            "check-shares": Leaf("console.cli.sealing:check_shares", "Whether two shares still make it."),
            "request": Leaf("console.cli.sealing:request", "Ask to open sealed parts."),
            "agree": Leaf("console.cli.sealing:agree", "Agree: the second person's word."),
            "refuse": Leaf("console.cli.sealing:refuse", "Refuse it, or take one's own back."),
            "list": Leaf("console.cli.sealing:list_", "Openings, and what became of them."),
            "take": Leaf("console.cli.sealing:take_", "Take the sealed parts out, once."),
            "open": Leaf("console.cli.sealing:open_", "Open them elsewhere, with two shares."),
        },
    ),
    "audit": Branch(
        "Whether the log is as it was written, and who looked at it.",
        {
            "verify": Leaf("console.cli.audit:verify", "Find what was altered, removed or slipped in."),
            "anchor": Leaf("console.cli.audit:anchor", "One line to keep where nobody here can alter it."),
            "looks": Leaf("console.cli.looks:looks", "Who looked at what, and why."),
            "withheld": Leaf("console.cli.looks:withheld", "Reviews that nobody was told of, and why."),
        },
    ),
    "subject-access": Leaf(
        "console.cli.subject_access:subject_access", "What is kept about somebody, for them."
    ),
    "db": Branch(
        "The database: its schema, its roles, and what has been kept long enough.",
        {
            "upgrade": Leaf("console.cli.database:upgrade", "Bring the schema up to this release."),
            "roles": Leaf("console.cli.database:roles", "Create the database roles (PostgreSQL)."),
            "dispose": Leaf("console.cli.database:dispose", "Delete what has been kept long enough."),
        },
    ),
}


def app() -> Menu:
    """The whole command, with the options that install shell completion."""
    install, show = get_install_completion_arguments()
    return menu(
        "sluicegate",
        "A web content filter for an organisation's network gateway.",
        COMMANDS,
        params=[install, show],
        epilog="Settings: sluicegate.toml and SLUICEGATE_SECTION__KEY. State: SLUICEGATE_STATE_DIR. "
        "See docs/commands.md and docs/configuration.md.",
    )


def main() -> None:
    """What the `sluicegate` program is."""
    # Everything below writes files that hold people's decisions, passwords or keys.
    os.umask(0o077)
    for stream in (sys.stdout, sys.stderr):
        if isinstance(
            stream, io.TextIOWrapper
        ):  # a terminal of a few hundred characters must not end a command
            stream.reconfigure(errors="backslashreplace")
    sys.exit(run_command(sys.argv[1:]))


def run_command(arguments: Sequence[str]) -> int:
    """Run one command line; the exit code."""
    return ended(lambda: app().main(args=list(arguments), prog_name="sluicegate", standalone_mode=False))


def ended(call: Callable[[], object]) -> int:
    """Call it and give the exit code, having said on stderr what went wrong."""
    try:
        result = call()
    except SluicegateError as error:
        return _end(error, exit_code(error))
    except typer.TyperException as error:
        if type(error).__name__ == "NoArgsIsHelpError":  # it has printed the help
            return USAGE
        return _end(error.format_message().replace("Value error, ", ""), error.exit_code)
    except OSError as error:
        # A disk that is full, a file that may not be read: nothing that a program could put right.
        return _end(f"{error.filename or 'reading or writing failed'}: {error.strerror or error}", AWAY)
    except KeyboardInterrupt:
        return INTERRUPTED
    return result if isinstance(result, int) else DONE


def exit_code(error: SluicegateError) -> int:
    """The exit code of a foreseen error."""
    if isinstance(error, ConfigurationError):
        return CONFIGURATION
    return AWAY if isinstance(error, Away) else REFUSED


def _end(problem: object, code: int) -> int:
    """Say on one line what is wrong; a message that quotes hostile text stays one inert line."""
    print(f"sluicegate: {plain(str(problem), 2000)}", file=sys.stderr)  # noqa: T201 - this is the terminal
    return code


if __name__ == "__main__":
    main()
