"""What a peer of compare.py does: it says its versions, then answers lines on standard input, one line each.

    steps NETWORK STEPS    milliseconds a step over so many steps, the median of up to ROUNDS rounds, as `fitroom bench`
                           measures; a network's first mention builds it and warms it up
    check NETWORK STEPS    parameters, and the mean loss of the first STEPS steps of a network made afresh

A peer is a function that makes a trainer of a network, images [n, 784] u8 and labels [n] u8. A trainer has
`parameters`, a count, and `train(steps)`, which returns the mean loss of these steps when they are done.
"""

import sys
import time
from statistics import median

from networks import images, networks

WARM_UP, ROUNDS = 20, 20


def serve(make_trainer, versions):
    known, (pixels, labels), trainers = networks(), images(), {}
    print(versions, flush=True)
    for line in sys.stdin:
        request, number, steps = line.split()
        number, steps = int(number), int(steps)
        if request == "check":
            trainer = make_trainer(known[number], pixels, labels)
            answer = f"{trainer.parameters} {trainer.train(steps):.6f}"
        else:
            if number not in trainers:
                trainers[number] = make_trainer(known[number], pixels, labels)
                trainers[number].train(WARM_UP)
            rounds = min(steps, ROUNDS)
            answer = f"{median(milliseconds(trainers[number], steps // rounds) for _ in range(rounds)):.6f}"
        print(answer, flush=True)


def milliseconds(trainer, steps):
    """A step's, as the mean of so many."""
    start = time.perf_counter()
    trainer.train(steps)
    return (time.perf_counter() - start) * 1e3 / steps
