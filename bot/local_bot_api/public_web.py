"""The Web without this machine and its networks: only what has a public address is fetched."""

import asyncio
import ipaddress
import socket
from collections.abc import Awaitable, Callable, Sequence
from urllib.request import getproxies, proxy_bypass

import httpx

Resolve = Callable[[str], Awaitable[Sequence[str]]]
"""Returns the addresses of a host; none if its name does not resolve."""


async def resolve_host(host: str) -> Sequence[str]:
    """Return the addresses of a host as the system resolves it."""
    try:
        found = await asyncio.get_running_loop().getaddrinfo(host, None, type=socket.SOCK_STREAM)
    except (OSError, UnicodeError):
        return ()
    return [str(address[0]) for *_, address in found]


def is_public(address: str) -> bool:
    """Return whether an IP address belongs to the public Internet."""
    ip = ipaddress.ip_address(address)
    if isinstance(ip, ipaddress.IPv6Address):
        if ip.ipv4_mapped is not None:
            ip = ip.ipv4_mapped
        elif ip.sixtofour is not None or ip.is_site_local:
            return False
    return ip.is_global and not (ip.is_multicast or ip.is_reserved)


class PublicWeb(httpx.AsyncBaseTransport):
    """A transport that refuses requests to addresses that are not public.

    A catalogue may come from anybody, and so may the URLs of its posters. Every request is checked, so redirects are
    checked too. The connection goes to an address that was checked, because the name may resolve to another one later.
    """

    def __init__(self, resolve: Resolve = resolve_host, direct: httpx.AsyncBaseTransport | None = None) -> None:
        """Create the transport.

        Args:
            resolve: returns the addresses of a host.
            direct: makes the requests; None uses the network.
        """
        # A connection that is kept would be reused for another host with the same address.
        limits = httpx.Limits(max_keepalive_connections=0)
        self._resolve = resolve
        self._direct = direct or httpx.AsyncHTTPTransport(limits=limits)
        self._by_proxy: dict[str, httpx.AsyncBaseTransport] = {}

    async def handle_async_request(self, request: httpx.Request) -> httpx.Response:
        """Make a request, through the proxy of the environment if there is one.

        Raises:
            httpx.ConnectError: the host has an address that is not public, or no address.
        """
        host = request.url.raw_host.decode("ascii")
        addresses = await self._resolve(host)
        if not all(map(is_public, addresses)):
            raise httpx.ConnectError("the address is not public", request=request)
        proxy = _proxy_for(request.url)
        if proxy is not None:  # The proxy resolves the name by itself, maybe one that does not resolve here.
            through = self._by_proxy.setdefault(proxy, httpx.AsyncHTTPTransport(proxy=proxy))
            return await through.handle_async_request(request)
        if not addresses:
            raise httpx.ConnectError("the name does not resolve", request=request)
        pinned = httpx.Request(
            request.method,
            request.url.copy_with(host=addresses[0]),
            headers=request.headers,
            stream=request.stream,
            extensions={**request.extensions, "sni_hostname": host},
        )
        return await self._direct.handle_async_request(pinned)

    async def aclose(self) -> None:
        """Close the connections."""
        for transport in (self._direct, *self._by_proxy.values()):
            await transport.aclose()


def _proxy_for(url: httpx.URL) -> str | None:
    return None if proxy_bypass(url.host) else getproxies().get(url.scheme)
