# needs: torch
"""A training loop with all that hangs on it: momentum, schedules, shared weights, a loader."""

import random

import torch
from torch import nn
from torch.utils.data import DataLoader, Dataset


class Net(nn.Module):
    def __init__(self):
        super().__init__()
        self.first, self.second, self.tied = nn.Linear(4, 8), nn.Linear(8, 8), nn.Linear(8, 8)
        self.tied.weight = self.second.weight
        self.norm, self.drop, self.last = nn.BatchNorm1d(8), nn.Dropout(0.3), nn.Linear(8, 1)
        self.register_buffer("calls", torch.zeros(()))

    def forward(self, x):
        self.calls += 1
        hidden = self.tied(torch.relu(self.second(self.first(x))))
        return self.last(self.drop(self.norm(hidden)))


class Lines(Dataset):
    def __len__(self):
        return 16

    def __getitem__(self, number):
        return torch.full((4,), float(number)), torch.tensor([number * 0.1 + random.random()])


def main():
    torch.manual_seed(1)
    random.seed(1)
    net = Net()
    slow = torch.optim.SGD(net.parameters(), lr=0.01, momentum=0.9)
    fast = torch.optim.AdamW(net.parameters(), lr=1e-3)
    cosine = torch.optim.lr_scheduler.CosineAnnealingLR(slow, 10)
    falling = torch.optim.lr_scheduler.LambdaLR(fast, lambda step: 0.9**step)
    average = torch.optim.swa_utils.AveragedModel(net)
    steps = []
    slow.register_step_post_hook(lambda *args: steps.append(len(steps)))
    whole = torch.arange(10.0)
    part, turned = whole[2:5], whole.view(2, 5).t()[1:]
    numbers = torch.arange(4.0).numpy()
    shared = torch.from_numpy(numbers)
    owned = torch.from_numpy(memory := __import__("numpy").arange(4.0))
    own = torch.Generator().manual_seed(3)
    weight = torch.ones(3, requires_grad=True)
    weight.grad = torch.ones(3)
    kinds = [torch.ones(2, dtype=kind) for kind in (torch.bfloat16, torch.uint8, torch.complex64)]
    scaler = torch.amp.GradScaler("cpu", enabled=True)
    for epoch in range(2):  # checkpoint
        for x, y in DataLoader(Lines(), batch_size=4, shuffle=True):  # checkpoint
            slow.zero_grad()
            loss = ((net(x) - y) ** 2).mean()
            loss.backward()
            slow.step()
            fast.step()
            falling.step()
            average.update_parameters(net)
            part[0] += 1
            numbers[0] += 1
            memory[0] += 2
            print(epoch, loss, whole[2], turned[0, 0], shared[0], owned[0], weight.grad, len(steps))
            print(torch.rand(1, generator=own), random.random(), torch.rand(1), kinds[epoch])
            print(net.tied.weight is net.second.weight, net.calls, cosine.get_last_lr())
            print([state["momentum_buffer"].sum() for state in slow.state.values()])
        cosine.step()
        print(slow.param_groups[0]["lr"], average.n_averaged, scaler.get_scale())
    try:
        loss.backward()
    except RuntimeError as error:
        print(str(error)[:46])
    with torch.no_grad():
        for number in range(2):  # checkpoint
            print(number, torch.is_grad_enabled(), (weight * 2).requires_grad)
    print(torch.is_grad_enabled())


main()
