"""What a peer of compare.py does: it says its versions, then answers lines on standard input, one line each.

    steps NETWORK STEPS    milliseconds a step over so many steps; a network's first mention builds it and warms it up
    check NETWORK STEPS    parameters, and the mean loss of the first STEPS steps of a network made afresh

A peer is a function that makes a trainer of a network, images [n, 784] u8 and labels [n] u8. A trainer has `parameters`, a
count, and `train(steps)`, which returns the mean loss of these steps when they are done.
"""

import sys
import time

from networks import images, networks

WARM_UP = 20


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
            start = time.perf_counter()
            trainers[number].train(steps)
            answer = f"{(time.perf_counter() - start) * 1e3 / steps:.6f}"
        print(answer, flush=True)
