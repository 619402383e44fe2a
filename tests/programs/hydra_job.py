"""A job of hydra: its folder, its configuration, resolvers, a nested call and the way out."""

import os
import sys
from dataclasses import dataclass

import hydra
from hydra.core.config_store import ConfigStore
from hydra.core.hydra_config import HydraConfig
from hydra.utils import get_original_cwd
from omegaconf import OmegaConf

# argv: rate=0.5


@dataclass
class Settings:
    steps: int = 3
    rate: float = 0.1
    title: str = "job ${hydra:job.name}"


OmegaConf.register_new_resolver("twice", lambda number: 2 * int(number))
ConfigStore.instance().store(name="settings", node=Settings)


def work(cfg):
    total = 0
    for step in range(cfg.steps):  # checkpoint
        total += cfg.rate * step
        made = OmegaConf.create({"step": step, "double": "${twice:${step}}"})
        print(cfg.title, made.double, HydraConfig.get().job.name, total)
        with open("steps.txt", "a") as file:
            print(step, file=file)
        if step == 1:
            cfg.steps = 4
    return total


@hydra.main(version_base=None, config_name="settings")
def main(cfg):
    print(os.path.relpath(os.getcwd(), get_original_cwd()))
    total = work(cfg)
    print(sorted(os.listdir(".")), HydraConfig.initialized(), total)


if __name__ == "__main__":
    sys.argv += ["hydra.run.dir=out", "hydra.job.chdir=True", "hydra.output_subdir=null"]
    sys.argv += ["hydra/job_logging=disabled", "hydra/hydra_logging=disabled"]
    main()
    print(os.path.exists("out"), HydraConfig.initialized())
