"""Cookie that identifies a browser session."""

import hashlib
import hmac
import secrets
from http.cookies import CookieError, SimpleCookie
from typing import Final
from urllib.parse import urlsplit

from starlette.datastructures import Headers, MutableHeaders
from starlette.types import Message, Scope, Send

TOKEN_BYTES: Final = 24


class SessionCookie:
    """Issues and verifies the cookies of one server.

    A token is random and signed with a key that exists only in this process. The cookie is sent to this
    server only, is not available to scripts, and ends with the browser.
    """

    def __init__(self) -> None:
        self._key = secrets.token_bytes(TOKEN_BYTES)

    def read(self, headers: Headers) -> str | None:
        """Returns the token of a request.

        Args:
            headers: Headers of the request.

        Returns:
            Token, or None if there is none of this server.
        """
        cookies = SimpleCookie()
        try:
            cookies.load(headers.get("cookie", ""))
        except CookieError:
            return None
        name = _name(headers)
        token = cookies[name].value if name in cookies else ""
        random, _, signature = token.partition(".")
        return token if hmac.compare_digest(self._signature(random), signature.encode()) else None

    def sender(self, send: Send, scope: Scope) -> Send:
        """Adds a new cookie to a response.

        Args:
            send: Sends the response.
            scope: The request.

        Returns:
            Function that sends the response with the cookie.
        """
        random = secrets.token_urlsafe(TOKEN_BYTES)
        token = f"{random}.{self._signature(random).decode()}"
        cookie = f"{_name(Headers(scope=scope))}={token}; Path=/; HttpOnly; SameSite=Strict"

        async def send_with_cookie(message: Message) -> None:
            if message["type"] == "http.response.start":
                MutableHeaders(scope=message).append("set-cookie", cookie)
            await send(message)

        return send_with_cookie

    def _signature(self, random: str) -> bytes:
        return hmac.new(self._key, random.encode("utf-8", "replace"), hashlib.sha256).hexdigest().encode()


def _name(headers: Headers) -> str:
    """Returns the name of the cookie. It contains the port, because browsers share cookies between ports."""
    return f"seldkit-{urlsplit('//' + headers.get('host', '')).port or 80}"
