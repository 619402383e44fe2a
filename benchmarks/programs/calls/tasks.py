"""Objects that send each other packets, in the manner of an operating system's scheduler."""


class Packet:
    def __init__(self, kind, value):
        self.kind = kind
        self.value = value


class Task:
    def __init__(self, name, scheduler):
        self.name = name
        self.scheduler = scheduler
        self.queue = []
        self.done = 0

    def send(self, packet):
        self.queue.append(packet)

    def run(self):
        if not self.queue:
            return False
        self.done += self.handle(self.queue.pop(0)) + self.weight()
        return True

    def weight(self):
        return 1


class Worker(Task):
    def handle(self, packet):
        packet.value = (packet.value * 31 + 7) % 1009
        self.scheduler.next_of(self).send(packet)
        return packet.value % 3


class Device(Task):
    def handle(self, packet):
        total = 0
        for digit in (1, 2, 3):  # checkpoint
            total += packet.value % digit
        self.scheduler.next_of(self).send(Packet("back", packet.value + total))
        return total


class Scheduler:
    def __init__(self):
        kinds = [Worker, Worker, Worker, Device]
        self.tasks = [kinds[i % 4](f"task {i}", self) for i in range(12)]
        self.place = {task: i for i, task in enumerate(self.tasks)}

    def next_of(self, task):
        return self.tasks[(self.place[task] + 5) % len(self.tasks)]

    def step(self):
        ran = 0
        for task in self.tasks:
            ran += task.run()
        return ran


def main():
    scheduler = Scheduler()
    for i in range(8):
        scheduler.tasks[i].send(Packet("start", i))
    steps = 0
    while steps < 900:  # checkpoint
        scheduler.step()
        steps += 1
    return sum(task.done for task in scheduler.tasks)
