"""Which function makes which of our pages."""

from collections.abc import Mapping

from addons.pages.own import paths
from addons.pages.own.index import index
from addons.pages.own.missing import missing
from addons.pages.own.my_record import my_record
from addons.pages.own.not_meant import not_meant
from addons.pages.own.notice import notice
from addons.pages.own.purpose import purpose
from addons.pages.own.report import report
from addons.pages.own.request import Route
from addons.pages.own.request_access import request_access
from addons.pages.own.role import role
from addons.pages.own.sign_in import sign_in, sign_out
from addons.pages.own.wrong_category import wrong_category

ROUTES: Mapping[str, Route] = {
    paths.INDEX: Route(index, form=False),
    paths.NOTICE: Route(notice),
    paths.SIGN_IN: Route(sign_in),
    paths.SIGN_OUT: Route(sign_out, personal=True),
    paths.PURPOSE: Route(purpose, named=True),
    paths.ROLE: Route(role, personal=True, named=True),
    paths.REQUEST: Route(request_access, named=True),
    paths.NOT_MEANT: Route(not_meant, named=True),
    paths.REPORT: Route(report, named=True),
    paths.WRONG_CATEGORY: Route(wrong_category, named=True),
    paths.MISSING: Route(missing, personal=True),
    paths.MY_RECORD: Route(my_record, form=False, personal=True),
}
