"""A small network that learns a function, STEPS steps of Adam."""

import sys

import torch
from torch import nn

torch.set_num_threads(1)
torch.manual_seed(1)
model = nn.Sequential(
    nn.Linear(64, 512), nn.Tanh(), nn.Linear(512, 512), nn.Tanh(), nn.Linear(512, 1)
)
optimizer = torch.optim.Adam(model.parameters(), lr=1e-3)
for _ in range(int(sys.argv[1])):  # checkpoint
    inputs = torch.randn(256, 64)
    loss = ((model(inputs) - inputs.square().sum(1, keepdim=True)) ** 2).mean()
    optimizer.zero_grad()
    loss.backward()
    optimizer.step()
print(sum(float(parameter.sum()) for parameter in model.parameters()))
