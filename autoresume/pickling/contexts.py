"""Context variables with the values that they have, their tokens, and contexts."""

from __future__ import annotations

from contextvars import Context, ContextVar, Token, copy_context

from autoresume.errors import Unsaveable
from autoresume.pickling.anchors import attribute
from autoresume.pickling.sentinels import place_of
from autoresume.pickling.structs import Sample, Struct, Values
from autoresume.pickling.tables import Reducer

TYPE_CHECKING = False
if TYPE_CHECKING:
    from typing import Any

    from autoresume.pickling.pickler import Pickler

UNSET = Token.MISSING


def variable_sample() -> Sample:
    """Return a variable that has a default."""
    name, default = "sample", object()
    return ContextVar(name, default=default), {"name": name, "default": default}


def token_sample() -> Sample:
    """Return the token of a variable that has had a value before."""
    variable: ContextVar[Any] = ContextVar("sample")

    def token() -> Token[Any]:
        variable.set(variable)
        return variable.set(None)

    made = Context().run(token)
    return made, {"variable": variable, "old": variable, "used": 0}


VARIABLE = Struct("object name, object default", variable_sample)
TOKEN = Struct("object context, object variable, object old, int used", token_sample)


def reduce_variable(variable: ContextVar[Any], pickler: Pickler) -> Any:
    """Reduce a variable to its default and its value; one of a library to its name."""
    place = place_of(variable, pickler)
    if place is not None:
        return attribute, place
    fields = VARIABLE.read(variable)
    value = variable.get(UNSET)
    if variable not in copy_context():
        value = UNSET
    return make_variable, (fields,), {"value": value}, None, None, fill_variable


def make_variable(fields: Values) -> ContextVar[Any]:
    """Make a variable."""
    name = fields.pop("name")
    return ContextVar(name, **fields)


def fill_variable(variable: ContextVar[Any], state: dict[str, Any]) -> None:
    """Give a variable its value."""
    if state["value"] is not UNSET:
        variable.set(state["value"])


def reduce_missing(missing: Any, pickler: Pickler) -> Any:
    """Reduce what stands for no value to its name."""
    return attribute, ("contextvars", "Token.MISSING")


def own_context() -> int:
    """Return where the context is that the program runs in."""
    variable: ContextVar[Any] = ContextVar("own")
    token = variable.set(None)
    address: int = TOKEN.checked(token).context
    variable.reset(token)
    return address


def reduce_token(token: Token[Any], pickler: Pickler) -> Any:
    """Reduce a token to its variable, and to what that is to be set back to."""
    if TOKEN.checked(token).context != own_context() and not TOKEN.raw(token).used:
        raise Unsaveable("it is of another context than the program runs in")
    fields = TOKEN.read(token)
    state = {name: fields[name] for name in ("old", "used") if name in fields}
    return make_token, (fields["variable"],), state, None, None, fill_token


def make_token(variable: ContextVar[Any]) -> Token[Any]:
    """Make a token of a variable, whose value stays as it is."""
    token = variable.set(None)
    variable.reset(token)
    return token


def fill_token(token: Token[Any], state: Values) -> None:
    """Let a token be what sets its variable back."""
    fields = TOKEN.read(token)
    fields.pop("old", None)
    TOKEN.write(token, fields | state)


def reduce_context(context: Context, pickler: Pickler) -> Any:
    """Reduce a context to its variables and their values."""
    return Context, (), list(context.items()), None, None, fill_context


def fill_context(context: Context, items: list[tuple[ContextVar[Any], Any]]) -> None:
    """Give a context its variables."""
    for variable, value in items:
        context.run(variable.set, value)


REDUCERS: dict[type, Reducer] = {
    ContextVar: reduce_variable,
    type(UNSET): reduce_missing,
    Token: reduce_token,
    Context: reduce_context,
}
