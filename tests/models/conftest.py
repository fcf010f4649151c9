import pytest
import torch

from core.models.states import freeze


@pytest.fixture
def step_of():
    """step_of(network, size): freeze half of its stages, train a step, and see who changed."""

    def step(network, size):
        cut = len(network.names) // 2
        freeze(network, ["frozen"] * cut + ["fine-tuned"] * (len(network.names) - cut - 1) + ["new"])
        before = {key: value.clone() for key, value in network.state_dict().items()}
        network.train()
        scores = network(torch.randn(4, 3, size, size, generator=torch.Generator().manual_seed(0)))
        assert scores.shape == (4, 3)
        torch.nn.functional.cross_entropy(scores, torch.tensor([0, 1, 2, 0])).backward()
        torch.optim.SGD([p for p in network.parameters() if p.requires_grad], lr=0.1).step()
        for k, stage in enumerate(network.names):
            state = network.stage(stage).state_dict()
            same = [torch.equal(value, before[f"stages.{stage}.{key}"]) for key, value in state.items()]
            assert all(same) if k < cut else not all(same), stage

    return step
