"""Commands of click: groups, contexts, callbacks of options, chains, exit codes, tracebacks."""

import sys

import click

LOG = []


def checked(ctx, param, value):
    print("checking", param.name, value)
    return abs(value)


@click.group()
@click.option("--debug/--no-debug", default=False)
@click.pass_context
def cli(ctx, debug):
    print("the group runs once")
    ctx.ensure_object(dict)
    ctx.obj["debug"] = debug
    ctx.default_map = {"train": {"rate": 0.5}}
    ctx.call_on_close(lambda: print("closed", len(ctx.obj)))


@cli.command()
@click.option("--n", default=-3, callback=checked)
@click.option("--rate", type=float, required=True)
@click.pass_context
def train(ctx, n, rate):
    for i in range(n):  # checkpoint
        LOG.append(i * rate)
        ctx.obj[i] = rate
        same = ctx is click.get_current_context()
        print(i, ctx.obj, same, ctx.command is train, ctx.parent.command is cli)
    ctx.invoke(report, title="invoked")
    return n


@cli.command()
@click.option("--title", default="none")
def report(title):
    for value in LOG:  # checkpoint
        click.echo(f"{title}: {value}")


class Journal:
    def __init__(self):
        self.lines = []


with_journal = click.make_pass_decorator(Journal, ensure=True)


@click.group(chain=True)
@click.pass_obj
def steps(obj):
    print("the chain begins", obj)


@steps.command("one")
@click.argument("n", type=int)
@with_journal
def first(journal, n):
    for i in range(n):  # checkpoint
        journal.lines.append(i)
        print("one", journal.lines)
    return n


@steps.command("two")
@click.argument("out", type=click.File("w"))
@with_journal
def second(journal, out):
    for line in journal.lines:  # checkpoint
        out.write(f"{line}\n")
    return str(out.name)


@steps.result_callback()
def done(results):
    for result in results:  # checkpoint
        print("result", result)
    raise click.ClickException("the chain ends here")


class Careful(click.Command):
    def invoke(self, ctx):
        try:
            return super().invoke(ctx)
        finally:
            print("left", ctx.info_name)


@click.command(cls=Careful)
@click.option("--times", default=2)
def failing(times):
    for i in range(times):  # checkpoint
        print("failing", i)
    raise ValueError(times)


if __name__ == "__main__":
    status = cli(["--debug", "train"], standalone_mode=False, obj={})
    print("status", status, steps.main(["one", "2"], standalone_mode=False) if not status else "")
    try:
        steps(["one", "2", "two", "lines.txt", "one", "1"])
    except SystemExit as end:
        print("exit", end.code)
    sys.exit(failing(["--times", "3"]))
