"""What torch keeps for the process: its random generators, and how it computes."""

from __future__ import annotations

import sys

TYPE_CHECKING = False
if TYPE_CHECKING:
    from typing import Any


def numbers() -> dict[str, Any] | None:
    """Return the states of the random generators of torch, if it is imported."""
    torch = sys.modules.get("torch")
    if torch is None or not hasattr(torch, "get_rng_state"):
        return None
    devices = torch.cuda.get_rng_state_all() if torch.cuda.is_initialized() else []
    return {"cpu": torch.get_rng_state(), "cuda": devices}


def set_numbers(saved: dict[str, Any]) -> None:
    """Set what `numbers` returned; a process on a machine with fewer devices sets fewer."""
    import torch

    torch.set_rng_state(saved["cpu"])
    for device, state in enumerate(saved["cuda"][: torch.cuda.device_count()]):
        torch.cuda.set_rng_state(state, device)


def settings() -> dict[str, Any] | None:
    """Return how torch computes, if it is imported."""
    torch = sys.modules.get("torch")
    if torch is None or not hasattr(torch, "backends"):
        return None
    warns = torch.is_deterministic_algorithms_warn_only_enabled()
    return {
        "gradients": torch.is_grad_enabled(),
        "dtype": torch.get_default_dtype(),
        "deterministic": (torch.are_deterministic_algorithms_enabled(), warns),
        "precision": torch.get_float32_matmul_precision(),
        "cudnn": (torch.backends.cudnn.benchmark, torch.backends.cudnn.deterministic),
        "threads": torch.get_num_threads(),
    }


def set_settings(saved: dict[str, Any]) -> None:
    """Set what `settings` returned."""
    import torch

    torch.set_grad_enabled(saved["gradients"])
    torch.set_default_dtype(saved["dtype"])
    on, warns = saved["deterministic"]
    torch.use_deterministic_algorithms(on, warn_only=warns)
    torch.set_float32_matmul_precision(saved["precision"])
    torch.backends.cudnn.benchmark, torch.backends.cudnn.deterministic = saved["cudnn"]
    torch.set_num_threads(saved["threads"])
