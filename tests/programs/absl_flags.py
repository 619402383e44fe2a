"""A main of absl, with flags that are parsed once and changed while it runs."""

from absl import app, flags, logging

# argv: --steps=4 --tag a --tag b rest

FLAGS = flags.FLAGS
STEPS = flags.DEFINE_integer("steps", 3, "how many", lower_bound=1)
flags.DEFINE_multi_string("tag", [], "names")
flags.DEFINE_enum("kind", "fast", ["fast", "slow"], "how")


def main(argv):
    print(argv[1:], FLAGS.steps, FLAGS.tag)
    logging.set_verbosity(logging.ERROR)
    for step in range(STEPS.value):  # checkpoint
        print(step, FLAGS.steps, FLAGS.tag, FLAGS["kind"].present, logging.get_verbosity())
        FLAGS.steps = 10 + step
        FLAGS.tag.append(step)
        logging.error("a line of stderr")
    print(FLAGS.steps, STEPS.value, FLAGS["steps"].present, FLAGS.is_parsed())
    return 3


if __name__ == "__main__":
    app.run(main)
