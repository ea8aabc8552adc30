#!/usr/bin/env python3
"""Schedules, the optimizers that came after make_numbers.py, and clipping, by PyTorch in float64: schedules.h, updates.h.

Run it as make_numbers.py.
"""

import warnings

import torch
from torch.optim import lr_scheduler

from make_numbers import Header

warnings.filterwarnings("ignore")  # "scheduler.step() before optimizer.step()"


def rise(steps):
    """warmup(steps,...): value / steps at first, the value at the last of so many steps."""
    return lambda o: lr_scheduler.LinearLR(o, 1 / steps, 1.0, steps - 1)


def after(steps, then):
    return lambda o: lr_scheduler.SequentialLR(o, [rise(steps)(o), then(o)], [steps])


def linear(start, end, steps):
    """Factors of the learning rate, which is the larger of the two."""
    most = max(start, end)
    return lambda o: lr_scheduler.LinearLR(o, start / most, end / most, steps)


def cosine(end, steps):
    return lambda o: lr_scheduler.CosineAnnealingLR(o, steps, end)


def exponential(start, end, steps):
    return lambda o: lr_scheduler.ExponentialLR(o, (end / start) ** (1 / steps))


# name = the text; the learning rate it starts from; the scheduler; how many steps PyTorch's and ours agree in (ours stay
# at the end, the cosine and the exponential of PyTorch go on, and OneCycleLR ends with an error).
SCHEDULES = [
    ("linear(0.5,0.125,7)", 0.5, linear(0.5, 0.125, 7), 12),
    ("linear(0.001,1,3)", 1, linear(0.001, 1, 3), 6),
    ("cosine(0.001,0,10)", 0.001, cosine(0, 10), 11),
    ("cosine(0.3,0.03,9)", 0.3, cosine(0.03, 9), 10),
    ("exponential(0.1,0.0005,12)", 0.1, exponential(0.1, 0.0005, 12), 13),
    ("exponential(0.002,3,5)", 0.002, exponential(0.002, 3, 5), 6),
    ("one_cycle(0.003,20)", 0.003, lambda o: lr_scheduler.OneCycleLR(o, 0.003, total_steps=20), 20),
    ("one_cycle(2,7)", 2, lambda o: lr_scheduler.OneCycleLR(o, 2, total_steps=7), 7),
    ("one_cycle(1,3)", 1, lambda o: lr_scheduler.OneCycleLR(o, 1, total_steps=3), 3),
    ("one_cycle(1,4)", 1, lambda o: lr_scheduler.OneCycleLR(o, 1, total_steps=4), 4),
    ("warmup(4,0.2)", 0.2, rise(4), 8),
    ("warmup(5,cosine(0.2,0.02,8))", 0.2, after(5, cosine(0.02, 8)), 14),
    ("warmup(3,exponential(0.2,0.02,6))", 0.2, after(3, exponential(0.2, 0.02, 6)), 10),
]


def make_schedules():
    header = Header("schedules", 9)
    for text, start, make, count in SCHEDULES:
        optimizer = torch.optim.SGD([torch.nn.Parameter(torch.zeros(1))], lr=start)
        scheduler = make(optimizer)
        values = []
        for step in range(count):
            values.append(optimizer.param_groups[0]["lr"])
            if step + 1 < count:
                scheduler.step()
        header.put(text, values)
    header.write()


def rms(**options):
    return lambda p: torch.optim.RMSprop(p, **options)


def adam(kind=torch.optim.Adam, **options):
    return lambda p: kind(p, **options)


def sgd(**options):
    return lambda p: torch.optim.SGD(p, **options)


W = torch.optim.AdamW
COSINE = lambda o: lr_scheduler.CosineAnnealingLR(o, 3, 0.01)
# text, optimizer, scheduler of lr or None, the largest norm and value of the gradients or None
UPDATES = [
    ("adamw", adam(W), None, None, None),
    ("adamw lr=0.1 beta1=0.5 weight_decay=0.5", adam(W, lr=0.1, betas=(0.5, 0.999), weight_decay=0.5), None, None, None),
    ("adamw lr=0.1 weight_decay=0", adam(W, lr=0.1, weight_decay=0), None, None, None),
    ("rmsprop", rms(), None, None, None),
    ("rmsprop lr=0.1 alpha=0.5 epsilon=0.01", rms(lr=0.1, alpha=0.5, eps=0.01), None, None, None),
    ("rmsprop lr=0.1 weight_decay=0.5", rms(lr=0.1, weight_decay=0.5), None, None, None),
    ("rmsprop lr=0.1 momentum=0.9", rms(lr=0.1, momentum=0.9), None, None, None),
    ("rmsprop lr=0.1 centered=true", rms(lr=0.1, centered=True), None, None, None),
    (
        "rmsprop lr=0.1 alpha=0.9 momentum=0.5 centered=true weight_decay=0.125",
        rms(lr=0.1, alpha=0.9, momentum=0.5, centered=True, weight_decay=0.125),
        None,
        None,
        None,
    ),
    ("sgd lr=0.1 clip_gradient_norm=0.75", sgd(lr=0.1), None, 0.75, None),
    ("sgd lr=0.1 clip_gradient_norm=100", sgd(lr=0.1), None, 100, None),
    ("sgd lr=0.1 clip_gradient_value=0.25", sgd(lr=0.1), None, None, 0.25),
    (
        "sgd lr=0.1 momentum=0.9 weight_decay=0.5 clip_gradient_norm=1 clip_gradient_value=0.125",
        sgd(lr=0.1, momentum=0.9, weight_decay=0.5),
        None,
        1,
        0.125,
    ),
    ("adam lr=0.1 clip_gradient_norm=0.75", adam(lr=0.1), None, 0.75, None),
    ("rmsprop lr=0.1 clip_gradient_value=0.125", rms(lr=0.1), None, None, 0.125),
    ("sgd lr=cosine(0.1,0.01,3)", sgd(lr=0.1), COSINE, None, None),
    ("adam lr=cosine(0.1,0.01,3) weight_decay=0.5", adam(lr=0.1, weight_decay=0.5), COSINE, None, None),
    ("adamw lr=cosine(0.1,0.01,3) weight_decay=0.5", adam(W, lr=0.1, weight_decay=0.5), COSINE, None, None),
    ("rmsprop lr=cosine(0.1,0.01,3) momentum=0.5", rms(lr=0.1, momentum=0.5), COSINE, None, None),
]
STEPS = 4


def make_updates():
    header = Header("updates", 9)
    starts = [header.fill("weight", (7, 3), 1.0), header.fill("bias", (3,), 1.0)]
    gradients = [
        [header.fill("%s%d" % (name, i), shape, 1.0 / (1 + i)) for name, shape in (("weight", (7, 3)), ("bias", (3,)))]
        for i in range(STEPS)
    ]
    for index, (text, make, schedule, norm, value) in enumerate(UPDATES):
        parameters = [torch.nn.Parameter(start.clone()) for start in starts]
        optimizer = make(parameters)
        scheduler = schedule(optimizer) if schedule else None
        header.text("%d" % index, text)
        for step in range(STEPS):
            for parameter, gradient in zip(parameters, gradients[step]):
                parameter.grad = gradient.clone()
            if norm is not None:
                torch.nn.utils.clip_grad_norm_(parameters, norm)
            if value is not None:
                torch.nn.utils.clip_grad_value_(parameters, value)
            optimizer.step()
            if scheduler:
                scheduler.step()
        for name, parameter, start in zip(("weight", "bias"), parameters, starts):
            header.put("%d.%s.moved" % (index, name), parameter - start)
            for state, numbers in optimizer.state[parameter].items():
                if state != "step" and numbers is not None:
                    header.put("%d.%s.%s" % (index, name, state), numbers)
    header.write()


if __name__ == "__main__":
    make_schedules()
    make_updates()
