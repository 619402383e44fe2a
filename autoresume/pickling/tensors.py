"""torch: tensors over shared storages, graphs that are done with, optimizers, loaders."""

from __future__ import annotations

import ctypes
import pickle
import sys
from functools import cache, wraps

from autoresume.errors import Unsaveable
from autoresume.pickling import instances, outside
from autoresume.pickling.tables import Reducer

TYPE_CHECKING = False
if TYPE_CHECKING:
    from typing import Any

    from autoresume.pickling.pickler import Pickler

GRAPH = "backward() can still be called on it; keep what its detach() returns"
SECOND_TIME = "Trying to backward through the graph a second time"
TRACKED = "_wrapped_by_lr_sched"
"""The mark of a `step` of an optimizer that tells a scheduler that it was called."""


def families() -> list[tuple[type, Reducer]]:
    """Return the reducers of torch, as far as it is imported."""
    torch = sys.modules.get("torch")
    if torch is None or not hasattr(torch, "optim"):
        return []
    loaders = sys.modules["torch.utils.data.dataloader"]
    return [
        (torch.Tensor, reduce_tensor),
        (torch.UntypedStorage, reduce_storage),
        (torch.storage.TypedStorage, reduce_typed_storage),
        (torch.optim.Optimizer, reduce_optimizer),
        (loaders._SingleProcessDataLoaderIter, instances.reduce_instance),
    ]


# -- tensors ---------------------------------------------------------------------------------


def reduce_tensor(tensor: Any, pickler: Pickler) -> Any:
    """Reduce a tensor to its storage, its place there, and its gradient."""
    graph = graph_of(tensor)
    if not is_ordinary(tensor):
        if graph is not None or (tensor.is_leaf and tensor.grad is not None):
            raise Unsaveable("a tensor of a special kind with a gradient; use its detach()")
        return NotImplemented
    args = (
        *(type(tensor), tensor.untyped_storage(), tensor.dtype, tensor.storage_offset()),
        *(tuple(tensor.shape), tensor.stride(), tensor.requires_grad, graph),
    )
    gradient = tensor.grad if tensor.is_leaf else None
    hooks = (tensor._backward_hooks, tensor._post_accumulate_grad_hooks)
    state = gradient, vars(tensor), hooks
    if state == (None, {}, (None, None)):
        return make_tensor, args
    return make_tensor, args, state, None, None, set_tensor


def is_ordinary(tensor: Any) -> bool:
    """Tell whether a tensor is nothing but a window on a storage."""
    import torch

    return (
        type(tensor) in (torch.Tensor, torch.nn.Parameter)
        and tensor.layout is torch.strided
        and not (tensor.is_quantized or tensor.is_meta or tensor.is_nested)
        and not any(getattr(tensor, "names", ()))
        and not (tensor.is_conj() or tensor.is_neg() or tensor.is_inference())
    )


def graph_of(tensor: Any) -> str | None:
    """Return the name of the node that has made a tensor, whose graph backward() has freed."""
    if tensor.grad_fn is None:
        return None
    waiting, seen = [tensor.grad_fn], set()
    while waiting:
        node = waiting.pop()
        if node is None or node in seen or is_freed(node):
            continue
        if node.name().endswith("AccumulateGrad"):
            raise Unsaveable(GRAPH)
        seen.add(node)
        waiting += [before for before, _ in node.next_functions]
    return str(tensor.grad_fn.name())


def is_freed(node: Any) -> bool:
    """Tell whether a node of a graph has lost what it needs to be gone through again."""
    if getattr(getattr(node, "_forward_cls", None), "is_freed", False):
        return True
    names = [name for name in dir(node) if name.startswith("_saved_") or name == "saved_tensors"]
    try:
        for name in names:
            getattr(node, name)
    except RuntimeError:
        return True
    return False


def make_tensor(
    cls: Any,
    storage: Any,
    dtype: Any,
    offset: int,
    shape: Any,
    strides: Any,
    needs_gradient: bool,
    graph: str | None,
) -> Any:
    """Make a tensor over a storage."""
    import torch

    made = torch.empty(0, dtype=dtype, device=storage.device)
    made.set_(storage, offset, shape, strides)
    if cls is torch.nn.Parameter:
        return torch.nn.Parameter(made, needs_gradient)
    made.requires_grad_(needs_gradient)
    if graph is None:
        return made
    with torch.enable_grad():
        return freed(graph).apply(made)


@cache
def freed(name: str) -> Any:
    """Return a function whose node in a graph has a name, and cannot be gone through."""
    import torch

    class Freed(torch.autograd.Function):  # type: ignore[misc]
        is_freed = True

        @staticmethod
        def forward(context: Any, tensor: Any) -> Any:
            return tensor.view_as(tensor)

        @staticmethod
        def backward(context: Any, *gradients: Any) -> Any:
            raise RuntimeError(SECOND_TIME)

    Freed._backward_cls.__name__ = name
    return Freed


def set_tensor(tensor: Any, state: tuple[Any, dict[str, Any], tuple[Any, Any]]) -> None:
    """Give a tensor its gradient, its attributes and its hooks."""
    gradient, attributes, (hooks, accumulated) = state
    if gradient is not None:
        tensor.grad = gradient
    vars(tensor).update(attributes)
    if hooks is not None:
        tensor._backward_hooks = hooks
    if accumulated is not None:
        tensor._post_accumulate_grad_hooks = accumulated


# -- storages --------------------------------------------------------------------------------


def reduce_storage(storage: Any, pickler: Pickler) -> Any:
    """Reduce a storage to its bytes, or to whose memory it is, as `from_numpy` makes them."""
    if storage.is_shared() and storage.device.type == "cpu":
        outside.reach_memory()
    if storage.device.type == "cpu" and storage.nbytes():
        start, end = storage.data_ptr(), storage.data_ptr() + storage.nbytes()
        own = storage.resizable()
        for first, last, owner in pickler.borrowed + ([] if own else pickler.memories):
            if first <= start and end <= last:
                return storage_over, (owner, start - first, end - start)
            if start < last and first < end:
                raise Unsaveable("a tensor over a part of another; use a clone() of it")
        (pickler.memories if own else pickler.borrowed).append((start, end, storage))
    return make_storage, (pickle.PickleBuffer(buffer_of(storage)), str(storage.device))


def buffer_of(storage: Any) -> Any:
    """Return the bytes of a storage; an array of numpy over them would keep it from growing."""
    there = storage.cpu()
    buffer = (ctypes.c_ubyte * there.nbytes()).from_address(there.data_ptr())
    buffer.owner = there  # lives as long as the buffer
    return buffer


def octets_of(storage: Any) -> Any:
    """Return a tensor of the bytes of a storage."""
    import torch

    return torch.empty(0, dtype=torch.uint8, device=storage.device).set_(storage)


def make_storage(buffer: Any, device: str) -> Any:
    """Make a storage that owns its memory."""
    import numpy as np
    import torch

    source = np.frombuffer(buffer, np.uint8)
    octets = torch.empty(source.nbytes, dtype=torch.uint8)
    ctypes.memmove(octets.data_ptr(), source.ctypes.data, source.nbytes)
    return octets.to(device).untyped_storage()


def storage_over(owner: Any, offset: int, size: int) -> Any:
    """Make a storage over memory that belongs to an array of numpy or to another storage."""
    import numpy as np
    import torch

    if isinstance(owner, np.ndarray):
        octets = owner.view(np.ndarray).ravel("K").view(np.uint8)
    else:
        octets = octets_of(owner).numpy()
    return torch.from_numpy(octets[offset : offset + size]).untyped_storage()


def reduce_typed_storage(storage: Any, pickler: Pickler) -> Any:
    """Reduce a storage with a dtype to the storage without."""
    return make_typed_storage, (storage._untyped_storage, storage.dtype)


def make_typed_storage(storage: Any, dtype: Any) -> Any:
    """Make a storage with a dtype."""
    import torch

    return torch.storage.TypedStorage(wrap_storage=storage, dtype=dtype, _internal=True)


def array_on(
    storage: Any, offset: int, shape: Any, strides: Any, dtype: Any, writeable: bool
) -> Any:
    """Make an array of numpy over the memory of a storage."""
    import numpy as np

    made: Any = np.ndarray(shape, dtype, octets_of(storage).numpy(), offset, strides)
    made.flags.writeable = writeable
    return made


# -- optimizers ------------------------------------------------------------------------------


def reduce_optimizer(optimizer: Any, pickler: Pickler) -> Any:
    """Reduce an optimizer to all that it has, of which `__getstate__` leaves out the hooks."""
    import torch

    cls = type(optimizer)
    if cls.__getstate__ is not torch.optim.Optimizer.__getstate__:
        return NotImplemented
    state = dict(vars(optimizer))
    tracked = hasattr(state.get("step"), TRACKED)
    if tracked:
        del state["step"]
    return make_optimizer, (cls,), (state, tracked), None, None, fill_optimizer


def make_optimizer(cls: Any) -> Any:
    """Make an optimizer without its parameters."""
    return cls.__new__(cls)


def fill_optimizer(optimizer: Any, state: tuple[dict[str, Any], bool]) -> None:
    """Give an optimizer its parameters, and what torch puts around its `step`."""
    attributes, tracked = state
    vars(optimizer).update(attributes)
    optimizer._patch_step_function()
    vars(optimizer).update(attributes)
    if tracked:
        optimizer.step = tracked_step(optimizer)


def tracked_step(optimizer: Any) -> Any:
    """Return a `step` that tells the scheduler of an optimizer that it was called."""
    function = type(optimizer).step

    @wraps(function)
    def step(*args: Any, **options: Any) -> Any:
        optimizer._opt_called = True
        return function(optimizer, *args, **options)

    setattr(step, TRACKED, True)
    return step
