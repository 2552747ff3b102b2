"""What a user can mend, and what they cannot: two kinds of errors told apart.

**For users** is an error whose message says what they gave and what it must be:

- every `UserError`, the base of all error classes of kpoc;
- an `OSError`: a file that is not there, a full disk;
- a plain `ValueError` or `RuntimeError` that a `raise` statement of kpoc's own code
  raised. kpoc checks its arguments in many places and says so in these words; whoever
  wrote that `raise` foresaw the case. The same type out of NumPy, Keras or a builtin
  that kpoc called was foreseen by nobody.

Losses, metrics, optimizers and layers are a library of their own, which knows nothing
of this file and raises at those who call it: inside of the command that is kpoc. What a
recipe gives their constructors is checked where they are made, in
`kpoc.training.components`, which makes a `UserError` of it.

**A fault** is everything else: kpoc's own, or one of its environment.
"""

from __future__ import annotations

import contextlib
import dis
from collections.abc import Iterator

_RAISE = dis.opmap["RAISE_VARARGS"]
_OWN = {"kpoc", "tuning"}
_LIBRARY = {"losses", "metrics", "optimizers", "layers"}


class UserError(Exception):
    """What the user gave cannot be used; the message says what it must be.

    Classes that derive from it name `ValueError` or `RuntimeError` beside it, so that
    they are caught as such too.

    Example:
        >>> from kpoc.ground.schema import SchemaError
        >>> issubclass(SchemaError, UserError), issubclass(SchemaError, ValueError)
        (True, True)
    """


@contextlib.contextmanager
def blamed_on(what: str, given: object) -> Iterator[None]:
    """Makes errors of a constructor those of what a user gave it.

    Args:
        what: What was made, as the user calls it.
        given: What its constructor was given.

    Raises:
        ParameterError: The constructor refused it.
    """
    try:
        yield
    except UserError:
        raise
    except TypeError as error:
        raise ParameterError(f"{what}: {error}. Received: {given}") from error
    except ValueError as error:
        # it says itself what it received
        raise ParameterError(f"{what}: {error}") from error


class ParameterError(UserError, ValueError):
    """Parameters that what they were given to does not take."""


def is_for_users(error: BaseException) -> bool:
    """Whether an error that was caught is one for users; else it is a fault.

    Example:
        >>> def kind(make):
        ...     try:
        ...         make()
        ...     except Exception as error:
        ...         return is_for_users(error)
        >>> from kpoc.recipe import load_recipe
        >>> kind(lambda: load_recipe("portraits/baseline", {"epoch": 3}))
        True
        >>> kind(lambda: int("three"))
        False
    """
    if isinstance(error, UserError | OSError):
        return True
    return type(error) in (ValueError, RuntimeError) and _is_said_by_kpoc(error)


def _is_said_by_kpoc(error: BaseException) -> bool:
    """Whether a `raise` of kpoc's, not something that it called, made the error."""
    trace = error.__traceback__
    if trace is None:
        return False
    while trace.tb_next is not None:
        trace = trace.tb_next
    room, *inner = trace.tb_frame.f_globals.get("__name__", "").split(".")
    if room not in _OWN or (room == "kpoc" and _LIBRARY.intersection(inner[:1])):
        return False
    return trace.tb_frame.f_code.co_code[trace.tb_lasti] == _RAISE
