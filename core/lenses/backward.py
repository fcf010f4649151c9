"""From a unit back to the picture, by three rules that differ in one thing: what a ReLU lets through on the way back.

The gradient (Simonyan et al., arXiv:1312.6034) passes where its input was positive; the deconvnet (Zeiler and Fergus,
arXiv:1311.2901) where what comes back is positive; guided backprop (Springenberg et al., arXiv:1412.6806) where both
are. Convolutions are transposed, and a max-pool sends back to where its maximum came from, in all three: for the
deconvnet these places are the *switches*. BatchNorm, which Zeiler and Fergus did not have, scales.
"""

from __future__ import annotations

import contextlib
from collections.abc import Callable, Iterator

import torch
from torch import Tensor, nn

from core.lenses.units import Unit, looking, value
from core.models.staged import Staged
from core.runs.settings import Refused

RECTIFIERS = (nn.ReLU, nn.ReLU6)
# What goes on below a ReLU, of its gradient (with the mask of its input) and of what came back from above.
Rule = Callable[[Tensor, Tensor], Tensor]
RULES: dict[str, Rule] = {
    "gradient": lambda gradient, above: gradient,
    "deconvnet": lambda gradient, above: above.clamp(min=0),
    "guided": lambda gradient, above: gradient.clamp(min=0),
}


def backward(network: Staged, x: Tensor, unit: Unit, rule: str = "gradient") -> Tensor:
    """(N, 3, S, S), normalised -> (N, 3, S, S): what comes back from `unit`, one picture's apart from the others'.

    `Refused`: a rule that changes nothing in this network, because it has no ReLU, or no switches for the deconvnet.
    """
    check(network, rule)
    with looking(network), rectified(network, RULES[rule]):
        x = x.detach().requires_grad_()
        return torch.autograd.grad(value(network, x, unit).sum(), x)[0]


def rules(network: Staged) -> tuple[str, ...]:
    """Those of RULES that this network has what it takes for."""
    return tuple(rule for rule in RULES if not _missing(network, rule))


def check(network: Staged, rule: str) -> None:
    """`Refused` with the reason: a rule that this network has not what it takes for."""
    if rule not in RULES:
        raise Refused("rule", rule, f"one of {', '.join(RULES)}.")
    if why := _missing(network, rule):
        raise Refused("rule", rule, why)


def _missing(network: Staged, rule: str) -> str:
    kinds = [type(module) for module in network.modules()]
    if rule != "gradient" and not any(issubclass(kind, RECTIFIERS) for kind in kinds):
        return "gradient: this network has no ReLU, so only the gradient can be followed back."
    if rule == "deconvnet" and not any(issubclass(kind, nn.MaxPool2d) for kind in kinds):
        return (
            "guided: this network makes its maps smaller by strides and has no max-pooling, so there are no switches "
            "that say where a feature was seen; guided backprop needs none."
        )
    return ""


@contextlib.contextmanager
def rectified(network: nn.Module, rule: Rule) -> Iterator[None]:
    """While this lasts, what flows back through the ReLUs follows `rule`."""
    with contextlib.ExitStack() as hooks:
        for module in network.modules():
            if isinstance(module, RECTIFIERS) and rule is not RULES["gradient"]:

                def passed(module: nn.Module, gradient: tuple, above: tuple) -> tuple[Tensor]:
                    return (rule(gradient[0], above[0]),)

                hooks.callback(module.register_full_backward_hook(passed).remove)
        yield


def integrated(network: Staged, x: Tensor, unit: Unit, steps: int = 32) -> Tensor:
    """Integrated gradients (Sundararajan et al., arXiv:1703.01365) from the mean colour, which is 0 once normalised:
    (N, 3, S, S) -> (N, 3, S, S), whose sum is how much the unit's value differs from its value there.
    """
    where = (torch.arange(steps, device=x.device) + 0.5) / steps
    return torch.stack([backward(network, x * part, unit) for part in where]).mean(0) * x
