"""
What search engines, video sites and cloud services listen to, by host: a table of public facts.

Each row says which requests it is about and what is to stand in them. Where each is described:

    Google SafeSearch   parameters `safe=active` and `ssui=on`, as Chromium adds them under its policy
                        ForceGoogleSafeSearch (chromeenterprise.google/policies)
    Bing SafeSearch     parameter `adlt=strict` or `adlt=moderate` (support.microsoft.com, "Block adult
                        content with SafeSearch")
    DuckDuckGo          parameter `kp=1` (strict) or `kp=-1` (moderate) (duckduckgo.com, help pages on
                        "Safe Search" and "URL Parameters")
    YouTube restricted  field `YouTube-Restrict: Strict` or `Moderate` (support.google.com/a, "Manage your
                        organization's YouTube settings", HTTP headers)
    Microsoft tenants   fields `Restrict-Access-To-Tenants` and `Restrict-Access-Context` on three hosts,
                        `sec-Restrict-Tenant-Access-Policy: restrict-msa` on login.live.com
                        (learn.microsoft.com/entra, "Restrict access to a tenant": tenant restrictions v1)
    Google accounts     field `X-GoogApps-Allowed-Domains` on Google's hosts (support.google.com/a, answer
                        1668854, "Block access to consumer accounts")

Nothing here knows mitmproxy: `addons/expected/applying.py` puts it into a request.
"""

from dataclasses import dataclass

from categories.urls.search_engines import is_google
from policy.sections.expected import SafeSearch, Tenants

_GOOGLE_SEARCHES = ("/search", "/images", "/imgres", "/custom", "/cse", "/complete", "/webhp", "/async")
_BING_SEARCHES = ("/search", "/images", "/videos", "/news", "/shop", "/as", "/osjson.aspx")
# Its results are on its front page.
_DUCKDUCKGO_SEARCHES = ("/", "/html", "/lite", "/i.js", "/v.js", "/d.js", "/n.js", "/ac")

_YOUTUBE = (
    "youtube.com",
    "www.youtube.com",
    "m.youtube.com",
    "youtubei.googleapis.com",
    "youtube.googleapis.com",
    "www.youtube-nocookie.com",
)
_MICROSOFT = ("login.microsoftonline.com", "login.microsoft.com", "login.windows.net")
_MICROSOFT_PERSONAL = "login.live.com"

# There are some two hundred country domains; what is asked about them all, is asked about these.
_GOOGLE_SHOWN = ("google.com", "www.google.com")


@dataclass(frozen=True, slots=True)
class Change:
    """What is to stand in a request: parameters of the query, fields of the head."""

    of: str  # the setting that asks for it
    paths: tuple[str, ...] = ()  # whole segments, from the beginning; empty: every path
    parameters: tuple[tuple[str, str], ...] = ()
    fields: tuple[tuple[str, str], ...] = ()  # names in lower case, as HTTP/2 wants them

    def is_for(self, path: str) -> bool:
        """Whether it is about this path, normalised and without its query."""
        return not self.paths or any(path == one or path.startswith(f"{one}/") for one in self.paths)


@dataclass(frozen=True, slots=True)
class Services:
    """The rows that a policy asks for. Build with `Services.of`."""

    exactly: dict[str, tuple[Change, ...]]  # by host
    below: dict[str, tuple[Change, ...]]  # by ".host", for it and its subdomains
    google: tuple[Change, ...]  # every domain of Google's search

    @classmethod
    def of(cls, safe_search: SafeSearch, tenants: Tenants) -> "Services":
        """What this policy asks of whom."""
        exactly: dict[str, tuple[Change, ...]] = {}
        below: dict[str, tuple[Change, ...]] = {}
        google: list[Change] = []
        if safe_search.google != "off":
            parameters = (("safe", "active"), ("ssui", "on"))
            google.append(Change("safe_search.google", _GOOGLE_SEARCHES, parameters))
        if tenants.google:
            allowed = (("x-googapps-allowed-domains", ",".join(tenants.google)),)
            google.append(Change("tenants.google", fields=allowed))
        if safe_search.bing != "off":
            bing = Change("safe_search.bing", _BING_SEARCHES, (("adlt", safe_search.bing),))
            below[".bing.com"] = (bing,)
        if safe_search.duckduckgo != "off":
            kp = "1" if safe_search.duckduckgo == "strict" else "-1"
            duckduckgo = Change("safe_search.duckduckgo", _DUCKDUCKGO_SEARCHES, (("kp", kp),))
            below[".duckduckgo.com"] = (duckduckgo,)
        if safe_search.youtube != "off":
            field = (("youtube-restrict", safe_search.youtube.capitalize()),)
            exactly |= dict.fromkeys(_YOUTUBE, (Change("safe_search.youtube", fields=field),))
        if tenants.microsoft:
            restricted = [("restrict-access-to-tenants", ",".join(tenants.microsoft))]
            if tenants.microsoft_context:
                restricted.append(("restrict-access-context", tenants.microsoft_context))
            exactly |= dict.fromkeys(_MICROSOFT, (Change("tenants.microsoft", fields=tuple(restricted)),))
            personal = (("sec-restrict-tenant-access-policy", "restrict-msa"),)
            exactly[_MICROSOFT_PERSONAL] = (Change("tenants.microsoft", fields=personal),)
        return cls(exactly, below, tuple(google))

    def changes(self, host: str) -> tuple[Change, ...]:
        """Those for a normalised host."""
        found = self.exactly.get(host)
        if found is not None:
            return found
        fenced = f".{host}"
        for parent, changes in self.below.items():
            if fenced.endswith(parent):
                return changes
        # Who registers a name like one of Google's is told, at worst, that somebody wants safe results.
        if self.google and is_google(host):
            return self.google
        return ()

    def hosts(self) -> list[tuple[str, str]]:
        """Every host that must be seen into for a setting to do anything: the host and the setting."""
        said = [
            (host.removeprefix("."), change.of)
            for host, changes in (*self.exactly.items(), *self.below.items())
            for change in changes
        ]
        return said + [(host, change.of) for change in self.google for host in _GOOGLE_SHOWN]
