"""The monitoring notice: what stands around the policy's own text."""

TITLE = "What is recorded when you use the internet here"
LEAD = "Please read this before you go on. It tells you what the web filter records, and what it does not."
HEADINGS = {
    "recorded": "What is recorded",
    "not_recorded": "What is not recorded",
    "decrypted": "What is decrypted",
    "purposes": "What it may be used for",
    "who_may_look": "Who may look, and on whose authority",
    "how_long": "How long it is kept",
    "rights": "Your rights",
    "contacts": "Whom to ask",
}
READ = "When you have read it"
BUTTON = "I have read this"
KEPT = (
    "This says that you have been told. It does not say that you agree, and nothing depends on your agreeing. "
    "What is kept: your user name, the version of this notice, the time, and how you were known. It is kept for {days} days."
)
NOBODY = "This network does not know who you are, so it keeps nothing under your name and you need do nothing here."
STOPPED = "Your account or device cannot be used here, so it cannot be kept that you have read this."
DONE_ALREADY = "You have said that you have read this version. You need do nothing else."
NO_NOTICE_TITLE = "There is no notice yet"
NO_NOTICE = "Your organisation has not written its notice yet. Until it has, nothing is recorded under anybody's name."
THANKS_TITLE = "Thank you"
THANKS = "It is kept that you have read the notice. You can read it again at any time on this page."
CHANGED = (
    "The notice was changed while you were reading it. This is the new one; please read it and say so again."
)
NOT_KEPT = "The gateway cannot keep anything at the moment, so it could not keep that you have read this. Please try again."
RECORD = "See what is stored about you"


def version(text: str) -> str:
    """Which version of the notice this is."""
    return f"This is version {text} of the notice."
