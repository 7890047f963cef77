"""
Which protocol comes next, in place of mitmproxy's addon of that name.

Stricter, because what is not recognised there is passed on as raw TCP, decrypted as DNS or left hanging.
Here a tunnel carries TLS or HTTP and nothing else; inside TLS, HTTP and nothing else. A connection that
was redirected to us is like the inside of a tunnel: it leads somewhere already. Whether TLS is
decrypted is not decided here but in `tls_clienthello`, when the ClientHello is whole: with today's
key shares it often comes in two segments, and an addon that looks at the first one only has seen no name.
"""

import re

from mitmproxy.net.tls import starts_like_tls_record
from mitmproxy.proxy import layer, mode_specs
from mitmproxy.proxy.layers.http import HTTPMode
from mitmproxy.proxy.layers.tls import HTTP1_ALPNS, HTTP2_ALPN

from addons.stream.edge import edge_of
from addons.stream.http_layer import GatewayHttpLayer
from addons.stream.tls import GatewayClientTLS, GatewayServerTLS
from addons.stream.tunnel import NotARequest, NotHttp

# A method and the space after it. No method in use is longer.
_BEGINNING = re.compile(rb"[\r\n]{0,4}([A-Z]{1,20}(?:-[A-Z]{0,20})?)?( ?)", re.IGNORECASE)
_LONGEST = 48
_TLS_HANDSHAKE = b"\x16\x03"
_HTTP = frozenset({HTTP2_ALPN, *HTTP1_ALPNS})
# The first word of HTTP/2 without TLS, which nobody is offered.
_NEVER = frozenset({b"PRI"})


def begins_http(data: bytes) -> bool | None:
    """Whether `data` begins an HTTP/1 request; None while that cannot be said."""
    begun = _BEGINNING.match(data, 0, _LONGEST)
    if begun is None:
        return False
    method, space = begun.groups()
    if space:
        return method is not None and method not in _NEVER
    return None if begun.end() == len(data) < _LONGEST else False


class GatewayNextLayer:
    """The hook by which mitmproxy asks."""

    def next_layer(self, nextlayer: layer.NextLayer) -> None:
        """Set `nextlayer.layer`, or leave it unset until there is more to see."""
        if nextlayer.layer is None:
            nextlayer.layer = self._choose(nextlayer, nextlayer.data_client())
            if nextlayer.layer is None:
                # Something has begun, then, and must go on.
                edge_of(nextlayer.context).began()

    def _choose(self, nextlayer: layer.NextLayer, data: bytes) -> layer.Layer | None:
        context = nextlayer.context
        if not data:
            return None
        redirected = isinstance(context.client.proxy_mode, mode_specs.TransparentMode)
        if len(context.layers) == 1 and not redirected:
            # Straight behind the edge: what clients say to an explicit proxy.
            http, mode = begins_http(data), HTTPMode.regular
        else:
            http, mode = begins_http(data), HTTPMode.transparent
            if context.client.tls:
                if context.client.alpn:  # empty where none was agreed
                    http = context.client.alpn in _HTTP
            elif starts_like_tls_record(data):
                server_tls = GatewayServerTLS(context)
                server_tls.child_layer = GatewayClientTLS(context)
                return server_tls
            elif _TLS_HANDSHAKE.startswith(data[:2]) and len(data) < 3:
                return None
        if http is None:
            return None
        if http:
            return GatewayHttpLayer(context, mode)
        return NotARequest(context) if mode is HTTPMode.regular else NotHttp(context)
