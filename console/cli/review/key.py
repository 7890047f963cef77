"""`sluicegate review key`: the public half of the key that exports are signed by."""

from console.cli import show
from console.cli.options import AsJson
from console.cli.review import connect
from console.evidence.keys import VerifyKey


def key(as_json: AsJson = False) -> None:
    """
    The public key that exports are signed by, and its fingerprint.

    Publish it, or give it to whoever relies on an export, by another way than
    the export itself: on paper, by telephone, on the organisation's own site.

    Examples:
      sluicegate review key > organisation.pem
    """
    found = connect.review().evidence.key()
    public = VerifyKey(bytes.fromhex(found.public))
    if as_json:
        show.json_line(
            {"public": found.public, "fingerprint": public.fingerprint, "pem": public.pem.decode()}
        )
        return
    show.raw(public.pem.decode())
    show.note(f"fingerprint {public.fingerprint}")
