"""The word that a chief's calls must come with, known to who may read the search.

Whoever reaches the port could else read the recipe, take trials and give them scores:
on a shared machine that is every user, at 127.0.0.1 too.
"""

from __future__ import annotations

import hmac
import os
import re
import secrets
import stat
from collections.abc import Callable, Mapping
from pathlib import Path

import grpc

from kpoc.ground.files import atomic

TOKEN = "KPOC_TUNING_TOKEN"
"""The variable for processes that do not share the chief's folder."""

KEY = "token"
"""Key of a call's metadata."""

_FILE = "token"
_FORM = re.compile(r"[\w-]{16,}", re.ASCII)


def problem(environment: Mapping[str, str]) -> str | None:
    """What is wrong with the variable, if something is."""
    given = environment.get(TOKEN)
    if not given or _FORM.fullmatch(given):
        return None
    # not what it is: it is a secret
    return (
        f"`{TOKEN}` must be 16 or more letters, digits, - and _. "
        f"Received: {len(given)} characters"
    )


def known_token(folder: Path) -> str | None:
    """The token that the variable holds, or else the file of a search's folder.

    A file that others may read, or that is not this user's, holds no secret.

    Args:
        folder: The directory of the search.
    """
    if given := os.environ.get(TOKEN):
        return given
    try:
        file = os.open(folder / _FILE, os.O_RDONLY | os.O_NOFOLLOW | os.O_NONBLOCK)
    except OSError:
        return None
    with open(file, encoding="ascii", errors="replace") as opened:
        state = os.fstat(file)
        if state.st_uid != os.geteuid() or stat.S_IMODE(state.st_mode) & 0o077:
            return None
        found = opened.read().strip()
    return found if _FORM.fullmatch(found) else None


def make_token(folder: Path) -> str:
    """The token of a search, made if there is none; a chief that comes back keeps it.

    Args:
        folder: The directory of the search.
    """
    if known := known_token(folder):
        return known
    made = secrets.token_urlsafe(32)
    with atomic(folder / _FILE) as part:
        file = os.open(part, os.O_WRONLY | os.O_CREAT | os.O_EXCL, 0o600)
        with open(file, "w", encoding="ascii") as opened:
            opened.write(f"{made}\n")
    return made


def discard_token(folder: Path) -> None:
    """Removes the token of a search that is done."""
    (folder / _FILE).unlink(missing_ok=True)


class TokenRequired(grpc.ServerInterceptor):
    """Turns away every call, of whatever service, that has not the token.

    Args:
        token: The token.
    """

    def __init__(self, token: str):
        self._token = token.encode()
        self._refusal = grpc.unary_unary_rpc_method_handler(_refuse)

    def intercept_service(
        self, continuation: Callable, handler_call_details: grpc.HandlerCallDetails
    ) -> grpc.RpcMethodHandler:
        """Asks for the token before anything of a call is read."""
        said = dict(handler_call_details.invocation_metadata).get(KEY, "")
        given = said if isinstance(said, bytes) else said.encode()
        if hmac.compare_digest(given, self._token):
            return continuation(handler_call_details)
        return self._refusal


def _refuse(request: bytes, context: grpc.ServicerContext) -> None:
    context.abort(grpc.StatusCode.UNAUTHENTICATED, "the search's token is missing")
