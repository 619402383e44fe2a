"""An application of typer: commands, a sub-application, callbacks, an exit code."""

from typing import Annotated

import typer

app = typer.Typer()
models = typer.Typer()
app.add_typer(models, name="models")


@app.callback()
def common(verbose: bool = False):
    print("the callback runs once", verbose)


def checked(value: int) -> int:
    print("checking", value)
    return value


@models.command()
def train(
    ctx: typer.Context,
    steps: Annotated[int, typer.Option(callback=checked)] = 3,
    name: str = "x",
):
    for step in range(steps):  # checkpoint
        print(name, step, ctx.info_name, ctx.parent.info_name)
    return steps


@app.command()
def stop(code: int):
    for i in range(2):  # checkpoint
        print("stopping", i)
    raise typer.Exit(code=code)


def main(n: int = 3):
    for i in range(n):  # checkpoint
        print("main", i)


if __name__ == "__main__":
    print(app(["--verbose", "models", "train", "--steps", "4"], standalone_mode=False))
    alone = typer.Typer()
    alone.command()(main)
    alone(["--n", "2"], standalone_mode=False)
    app(["stop", "5"])
