"""A driver of processes that are generators: what it sends is changed by each."""


class Process:
    def __init__(self, gen):
        self._generator = gen
        self.target = None

    def resume(self, event):
        while True:  # checkpoint
            try:
                if event[0]:
                    event = self._generator.send(event[1])
                else:
                    event = self._generator.throw(ValueError(event[1]))
            except StopIteration as e:
                event = None
                print("stop", e.value)
                break
            except ValueError as e:
                print("bad", e)
                break
            if event[2]:
                self.target = event
                break
        return event


def work(n):
    for i in range(n):  # checkpoint
        total = 0
        for j in range(3):  # checkpoint
            total += j
            print("w", i, j)
        try:
            got = yield (i % 3 != 2, i, i % 2)
        except ValueError as e:
            got = str(e)
        print("got", got, total)
    return n


p = Process(work(5))
event = (True, None, 0)
while event is not None:
    event = p.resume(event)
    print("main", event)
