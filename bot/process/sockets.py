"""Sockets at the address of LISTEN, of one process or of several."""

import asyncio
import socket

from storage.errors import Misconfigured

_QUEUE = 2048


async def listen(host: str, port: int, *, is_shared: bool = False) -> socket.socket:
    """Return a socket that listens at an address.

    Args:
        host: the host to bind.
        port: the port to bind; 0 takes a free one.
        is_shared: whether several processes listen at the address, which another one has reserved.

    Raises:
        Misconfigured: the address cannot be used.
    """
    return await _open(host, port, is_shared=is_shared, is_listening=True)


async def reserve(host: str, port: int) -> socket.socket:
    """Return a socket that keeps an address from everybody but processes of this user that share it.

    Args:
        host: the host to bind.
        port: the port to bind; 0 takes a free one.

    Raises:
        Misconfigured: the address cannot be used.
    """
    # It is shared only when it is bound, so that the address of another bot cannot be reserved.
    reserved = await _open(host, port, is_shared=False, is_listening=False)
    _share(reserved)
    return reserved


async def _open(host: str, port: int, *, is_shared: bool, is_listening: bool) -> socket.socket:
    try:
        addresses = await asyncio.get_running_loop().getaddrinfo(host, port, type=socket.SOCK_STREAM)
        family, kind, protocol, _, address = addresses[0]
        # With the protocol given, asyncio sees that it is TCP and turns off Nagle's algorithm: a delay of 40 ms on each
        # response.
        opened = socket.socket(family, kind, protocol)
        try:
            opened.setsockopt(socket.SOL_SOCKET, socket.SO_REUSEADDR, 1)
            if is_shared:
                _share(opened)
            opened.bind(address)
            if is_listening:
                opened.listen(_QUEUE)
        except OSError:
            opened.close()
            raise
    except OSError as error:
        reason = error.strerror or str(error)
        raise Misconfigured(f"LISTEN: cannot listen on {host}:{port}: {reason}") from None
    return opened


def _share(opened: socket.socket) -> None:
    opened.setsockopt(socket.SOL_SOCKET, socket.SO_REUSEPORT, 1)
