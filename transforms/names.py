"""The one place where generated names are made.

A name says what it holds and where: ``_ar_it_7`` is the iterator of statement 7 of its function.
Names depend on the user's source alone, so that a snapshot finds them again in every later process.
"""

from __future__ import annotations

from .records import NamedTuple

TYPE_CHECKING = False
if TYPE_CHECKING:
    import re

    from .positions import Position


class Names(NamedTuple):
    """Allocates the generated names of one module; ``prefix`` occurs nowhere in its source."""

    prefix: str

    @property
    def due(self) -> str:
        """Global flag: the next boundary has work to do, unless it is None."""
        return f"{self.prefix}due"

    def due_at(self, lineno: int) -> str:
        """The same for the loop in that line, which has a schedule of its own."""
        return f"{self.prefix}due_{lineno}"

    @property
    def boundary(self) -> str:
        """Built-in function that is called at a boundary when the flag is set."""
        return f"{self.prefix}boundary"

    @property
    def iter(self) -> str:
        """The built-in ``iter``, out of reach of user code that shadows it."""
        return f"{self.prefix}iter"

    @property
    def entered(self) -> str:
        """Built-in function that takes the place of a context manager already entered."""
        return f"{self.prefix}entered"

    @property
    def handled(self) -> str:
        """Built-in ``sys.exception``: the exception that is being handled."""
        return f"{self.prefix}handled"

    @property
    def details(self) -> str:
        """Built-in ``sys.exc_info``."""
        return f"{self.prefix}details"

    @property
    def enter_of(self) -> str:
        """Built-in function that gives the ``__enter__`` of a manager."""
        return f"{self.prefix}enter_of"

    @property
    def leave_of(self) -> str:
        """Built-in function that gives the ``__exit__`` of a manager."""
        return f"{self.prefix}leave_of"

    @property
    def handle_again(self) -> str:
        """Built-in function that makes a raised exception what it was when it was first handled."""
        return f"{self.prefix}handle_again"

    @property
    def call(self) -> str:
        """Built-in function that calls another one so that a boundary inside can be resumed."""
        return f"{self.prefix}call"

    @property
    def items(self) -> str:
        """Built-in function that gives `*xs` and several targets their items."""
        return f"{self.prefix}items"

    @property
    def step(self) -> str:
        """The built-in ``next``."""
        return f"{self.prefix}step"

    @property
    def handling(self) -> str:
        """Built-in class that keeps account of the ``except*`` blocks of a ``try``."""
        return f"{self.prefix}handling"

    @property
    def visible(self) -> str:
        """Built-in function that takes generated names out of what ``locals()`` gives."""
        return f"{self.prefix}visible"

    @property
    def plain(self) -> str:
        """Built-in function: whether a class body's namespace is no more than a dictionary."""
        return f"{self.prefix}plain"

    @property
    def tidy(self) -> str:
        """Built-in function that takes generated names out of the namespace of a class body."""
        return f"{self.prefix}tidy"

    @property
    def class_again(self) -> str:
        """Built-in function that gives what makes a class whose body has begun already."""
        return f"{self.prefix}class_again"

    @property
    def static(self) -> str:
        """In the residual of a class body: a method that is never made, and its attribute."""
        return f"{self.prefix}static"

    @property
    def next(self) -> str:
        """What a residual program calls to resume the next frame."""
        return f"{self.prefix}next"

    @property
    def instance(self) -> str:
        """In a residual program: the object whose ``__init__`` is the next frame."""
        return f"{self.prefix}instance"

    @property
    def once(self) -> str:
        """In a residual program: target of the loop that re-enters an iteration."""
        return f"{self.prefix}once"

    @property
    def testing(self) -> str:
        """In a residual program: whether a loop's test is the one that was interrupted."""
        return f"{self.prefix}testing"

    @property
    def state(self) -> str:
        """In a residual program of a generator or class: what its variables are taken from."""
        return f"{self.prefix}state"

    @property
    def delegate(self) -> str:
        """In the residual of a generator: what its ``yield from`` has not taken yet."""
        return f"{self.prefix}delegate"

    @property
    def yields_from(self) -> str:
        """Built-in function that gives what a ``yield from`` takes its items from."""
        return f"{self.prefix}yields_from"

    @property
    def delegated(self) -> str:
        """Built-in generator function that goes on with a ``yield from``."""
        return f"{self.prefix}delegated"

    @property
    def first(self) -> str:
        """In a residual program: the first parameter, where the original one is a cell."""
        return f"{self.prefix}first"

    @property
    def factory(self) -> str:
        """What surrounds a residual function when it is compiled, and gives it its cells."""
        return f"{self.prefix}factory"

    @property
    def residual(self) -> str:
        """A residual function when it is compiled."""
        return f"{self.prefix}residual"

    @property
    def cells(self) -> str:
        """Local function whose closure shows the cells of its frame."""
        return f"{self.prefix}cells"

    def iterator(self, statement: int) -> str:
        """The iterator of a ``for`` loop."""
        return f"{self.prefix}it_{statement}"

    def manager(self, statement: int, item: int) -> str:
        """A context manager of a ``with`` statement."""
        return f"{self.prefix}cm_{statement}_{item}"

    def operand(self, statement: int, expression: int) -> str:
        """An operand evaluated before a call that can reach a boundary."""
        return f"{self.prefix}op_{statement}_{expression}"

    def exception(self, place: Position) -> str:
        """The exception that an ``except`` block handles, or that a ``finally`` block lets pass."""
        return f"{self.prefix}exc_{_suffix(place)}"

    def way(self, place: Position) -> str:
        """How a ``try`` was left when its ``finally`` began, exceptions aside."""
        return f"{self.prefix}way_{_suffix(place)}"

    def special(self, statement: int, item: int) -> str:
        """The bound ``__enter__`` or ``__exit__`` of an item of a ``with``, and what it enters."""
        return f"{self.prefix}special_{statement}_{item}"

    def group(self, statement: int) -> str:
        """The account of the ``except*`` blocks of a ``try``."""
        return f"{self.prefix}group_{statement}"

    def subject(self, statement: int) -> str:
        """The subject of a ``match`` statement."""
        return f"{self.prefix}subject_{statement}"

    def variable(self, name: str) -> str:
        """A variable of the rewritten program that is state like one of the user's."""
        return f"{self.prefix}v_{name}"

    def is_generated(self, name: str) -> bool:
        """Whether a variable of this module was named here, and is no state by itself."""
        return name.startswith(self.prefix) and not name.startswith(f"{self.prefix}v_")

    def is_made(self, name: str) -> bool:
        """Whether a variable of this module was named here."""
        return name.startswith(self.prefix)

    def statement_of(self, name: str) -> int | None:
        """The statement whose hidden state a variable holds; None for any other variable."""
        match = self._hidden_state(name)
        return int(match["statement"]) if match else None

    def _hidden_state(self, name: str) -> re.Match[str] | None:
        import re  # here, because few ask

        return re.match(_HIDDEN_STATE, name.removeprefix(self.prefix))

    def is_manager(self, name: str) -> bool:
        """Whether this variable holds a context manager of a ``with`` statement."""
        return name.startswith(f"{self.prefix}cm_")

    def is_exception(self, name: str) -> bool:
        """Whether this variable holds the exception of an ``except`` block."""
        return name.startswith(f"{self.prefix}exc_")

    def renumbered(self, name: str, statements: dict[int, int]) -> str:
        """The name of the same hidden state after its statement got another number."""
        match = self._hidden_state(name)
        if match is None:
            return name
        number = int(match["statement"])
        return f"{self.prefix}{match['kind']}_{statements.get(number, number)}{match['rest']}"


_HIDDEN_STATE = (
    r"(?P<kind>it|cm|op|subject|exc|way|group|special)_(?P<statement>\d+)(?P<rest>(_\d+)?)$"
)


def _suffix(place: Position) -> str:
    """The number of a statement; of something that was written out for it, two."""
    own = "" if place.expression is None else f"_{-place.expression}"
    return f"{place.statement}{own}"


def names_for(source: bytes) -> Names:
    """Names for a module whose source is ``source`` (its encoded text)."""
    prefix, attempt = "_ar_", 0
    while prefix.encode() in source:
        prefix, attempt = f"_ar{attempt}_", attempt + 1
    return Names(prefix)
