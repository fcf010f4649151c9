"""Autoencoders: a picture through a narrow code and back (Hinton and Salakhutdinov 2006, doi:10.1126/science.1127647).
The denoising one is shown a noisy picture and must give the clean one (Vincent et al. 2008,
doi:10.1145/1390156.1390294); the variational one makes its codes a cloud that can be drawn from (Kingma and Welling
2013, arXiv:1312.6114).
"""

from __future__ import annotations

import numpy as np
import torch
import torch.nn.functional as F
from torch import Tensor

from core.learning.features import maps
from core.learning.objective import Metrics
from core.methods.catalog import Options
from core.methods.views import Views
from core.models.heads import attach
from core.models.staged import Staged

CHANNELS = 64  # where a decoder begins, if the encoder ends in a vector


class Autoencoder(Views):
    views = 1
    outputs_each = 1

    def __init__(self, network: Staged, pictures: np.ndarray, options: Options, *others, **place):
        super().__init__(network, pictures, options, *others, **place)
        if "code" not in network.heads:
            add_code(network, options.code, self.outputs_each, options.seed)
        self.chance = torch.Generator().manual_seed(options.seed)

    def loss(self, x: Tensor) -> tuple[Tensor, Metrics]:
        error = F.mse_loss(self.decode(self.code(x)), x)
        return error, {}

    def code(self, x: Tensor) -> Tensor:
        """(N, 3, S, S) -> (N, code)"""
        return self.network.heads["code"](self.arithmetic.features(self.network, x).float())

    def decode(self, code: Tensor) -> Tensor:
        """(N, code) -> pictures (N, 3, S, S), normalised as the network sees them"""
        with self.arithmetic.autocast():
            return decode(self.network, code)

    def normal(self, like: Tensor) -> Tensor:
        """Standard normal numbers, of the seed alone."""
        return torch.randn(like.shape, generator=self.chance).to(like.device)


class Denoising(Autoencoder):
    def loss(self, x: Tensor) -> tuple[Tensor, Metrics]:
        noisy = x + self.options.noise * self.normal(x)
        return F.mse_loss(self.decode(self.code(noisy)), x), {}


class VAE(Autoencoder):
    outputs_each = 2  # the mean and the log of the variance of each number of the code

    def loss(self, x: Tensor) -> tuple[Tensor, Metrics]:
        """Nats a picture: what it costs to say the code, and then the picture, each pixel with unit variance."""
        mean, log_variance = super().code(x).chunk(2, dim=1)
        code = mean + (log_variance / 2).exp() * self.normal(mean)
        error = F.mse_loss(self.decode(code), x, reduction="sum") / 2 / len(x)
        divergence = kl_to_normal(mean, log_variance)
        return error + divergence, {"kl": divergence}

    def code(self, x: Tensor) -> Tensor:
        return super().code(x).chunk(2, dim=1)[0]


def decode(network: Staged, code: Tensor) -> Tensor:
    """(N, code) -> pictures (N, 3, S, S) as the network sees them, by the heads that `add_code` gave it."""
    pictures, side = network.heads["decoder"](network.heads["unfolded"](code)).float(), network.preprocessing.size
    return pictures if pictures.shape[-1] == side else F.interpolate(pictures, (side, side), mode="bilinear")


def kl_to_normal(mean: Tensor, log_variance: Tensor) -> Tensor:
    """The divergence of N(mean, variance), (N, D) each, from the standard normal: nats, mean over N."""
    return (mean**2 + log_variance.exp() - 1 - log_variance).sum(1).mean() / 2


def add_code(network: Staged, code: int, each: int, seed: int) -> None:
    """The heads "code", "unfolded" and "decoder"; the decoder doubles the maps until they are as large as a picture."""
    size, last = network.preprocessing.size, network.names[-1]
    given = maps(network, np.zeros((1, size, size, 3), np.uint8), [last], pooled=False)[last]
    channels, low = (given.shape[1], given.shape[-1]) if given.ndim == 4 else (CHANNELS, -(-size // 8))
    attach(network, "code", "code", seed, inputs=given[0].numel(), outputs=each * code)
    attach(network, "unfolded", "unfolded", seed, inputs=code, outputs=channels, side=low)
    attach(network, "decoder", "decoder", seed, inputs=channels, outputs=3, doublings=(size // low).bit_length() - 1)
