"""Where a host is: on this machine, or beyond it."""

import ipaddress
from typing import TypedDict
from urllib.parse import urlsplit


def is_this_machine(host: str) -> bool:
    """Whether a host's name or number means this machine, and nobody beyond it can be meant."""
    if host == "localhost":
        return True
    try:
        return ipaddress.ip_address(host).is_loopback
    except ValueError:  # a name, which may lead anywhere
        return False


def host_of(url: str) -> str:
    """Return the host that an address names, "" where it is no address."""
    try:
        return urlsplit(url.strip()).hostname or ""
    except ValueError:
        return ""


class HttpSettings(TypedDict):
    """What an HTTP client may do on its own account."""

    trust_env: bool
    follow_redirects: bool


def http_settings(url: str) -> HttpSettings:
    """Return settings of an HTTP client by which a request goes to this address alone.

    A proxy that the environment names would be handed what is meant for a server on this machine,
    and an answer could send the same request on to anywhere.
    """
    return {"trust_env": not is_this_machine(host_of(url)), "follow_redirects": False}
