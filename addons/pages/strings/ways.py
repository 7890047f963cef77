"""What the links on a refusal are called that lead to the gateway's own pages."""

from addons.pages.own import paths

TEXT = {
    paths.PURPOSE: "State your work purpose and open it",
    paths.NOTICE: "Read what is recorded, then go on",
    paths.SIGN_IN: "Sign in",
    paths.REQUEST: "Request access for work",
    paths.NOT_MEANT: "I did not mean to come here",
    paths.WRONG_CATEGORY: "This category is wrong",
    paths.INDEX: "All pages of the web filter",
}
IN_A_NEW_TAB = "{text} (opens in a new tab)"
