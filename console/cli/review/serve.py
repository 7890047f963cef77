"""`sluicegate review serve`: the service that reads the log for people, in the foreground."""

import os
import threading
from importlib.metadata import version

from addons.server.logs import configure_logging, identify
from addons.server.notify import notifier
from console.cli import show
from console.cli.review.connect import socket_of
from console.cli.workplace import workplace
from console.review.http.app import make_app
from console.review.http.callers import Callers
from console.review.http.server import serve as answer
from console.review.http.server import tls_listener, unix_listener
from console.review.made import make_service
from console.review.telling import tell_repeatedly


def serve() -> None:
    """
    Run the review service, the only thing that reads the log for people.

    Its database login has the role sluicegate_review and nobody else's. It
    listens on a Unix socket, whose peers are known by their account, and over
    TLS where review.listen names an address. Runs in the foreground; SIGTERM
    and Ctrl-C let it finish what was asked and end it. Settings and policy are
    read once: restart it after a change.

    Examples:
      sluicegate review serve
    """
    place = workplace()
    settings = place.settings.review
    place.state.create()
    place.state.run.mkdir(mode=0o700, exist_ok=True)
    mails = place.settings.mail.host is not None
    made = make_service(
        settings,
        place.settings.database,
        place.state.root,
        place.policy,
        shared=place.settings.categories.shared_folder,
        mails=mails,
    )
    path = socket_of(place.settings, place.state)
    listeners = [unix_listener(path)]
    if settings.listen and settings.certificate is not None and settings.key is not None:
        listeners.append(tls_listener(settings.listen, settings.certificate, settings.key))
    callers = Callers(made.redeem, accounts=settings.known_by == "account")
    app = make_app(made.service.by_login, callers, version("sluicegate"))
    manager = notifier(os.environ)
    configure_logging()
    identify("review")

    def ready() -> None:
        manager.ready()
        show.note(f"the review service answers at {' and '.join(map(str, listeners))}")

    end = threading.Event()
    telling = threading.Thread(target=tell_repeatedly, args=(made.tell_due, end), name="telling", daemon=True)
    telling.start()
    try:
        answer(app, listeners, ready=ready)
    finally:
        end.set()
        manager.stopping()
        path.unlink(missing_ok=True)
