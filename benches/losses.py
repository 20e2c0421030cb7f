"""PyTorch's side of `losses.rs`: the objectives as one would write them, in eager mode on one thread.

Says torch's version, then answers every line `LOSS CLASSES PASSES` with the loss's value and the microseconds of a pass.
"""

import sys
import time

import torch
import torch.nn.functional as F

EXAMPLES = 128


def distillation(s, t, y, tau=4.0):
    return F.kl_div(F.log_softmax(s / tau, 1), F.softmax(t / tau, 1), reduction="batchmean") * tau**2


def cross_entropy(s, t, y):
    return F.cross_entropy(s, y)


def label_smoothing(s, t, y):
    return F.cross_entropy(s, y, label_smoothing=0.1)


def virtual_teacher(s, t, y, probability=0.99, tau=20.0):
    classes = s.shape[1]
    teacher = torch.full_like(s, (1 - probability) / (classes - 1), requires_grad=False)
    teacher.scatter_(1, y[:, None], probability)
    return F.kl_div(F.log_softmax(s, 1), F.softmax(teacher / tau, 1), reduction="batchmean")


def soft_cross_entropy(s, t, y, tau=4.0):
    return F.cross_entropy(s / tau, F.softmax(t / tau, 1)) * tau**2


def reverse_kl(s, t, y, tau=4.0):
    log_q = F.log_softmax(s / tau, 1)
    return F.kl_div(F.log_softmax(t / tau, 1), log_q, reduction="batchmean", log_target=True) * tau**2


def jensen_shannon(s, t, y, tau=4.0, beta=0.5):
    p, q = F.softmax(t / tau, 1), F.softmax(s / tau, 1)
    log_m = (beta * p + (1 - beta) * q).log()
    to_teacher = F.kl_div(log_m, p, reduction="batchmean")
    to_student = F.kl_div(log_m, q, reduction="batchmean")
    return (beta * to_teacher + (1 - beta) * to_student) * tau**2


def logit_mse(s, t, y):
    return F.mse_loss(s, t)


def decoupled(s, t, y, tau=4.0, alpha=1.0, beta=8.0):
    on_label = F.one_hot(y, s.shape[1])
    p, q = F.softmax(t / tau, 1), F.softmax(s / tau, 1)
    binary = lambda x: torch.stack([(x * on_label).sum(1), (x * (1 - on_label)).sum(1)], 1)
    target = F.kl_div(binary(q).log(), binary(p), reduction="batchmean")
    others = F.kl_div(
        F.log_softmax(s / tau - 1000.0 * on_label, 1),
        F.softmax(t / tau - 1000.0 * on_label, 1),
        reduction="batchmean",
    )
    return (alpha * target + beta * others) * tau**2


def normalised(s, t, y, tau=1.0, gamma=1.5):
    mask = torch.ones_like(s, dtype=torch.bool).scatter_(1, y[:, None], False)
    others = lambda z: z[mask].reshape(len(z), -1)
    p_label = F.softmax(t, 1).gather(1, y[:, None])[:, 0]
    on_label = (p_label * F.cross_entropy(s, y, reduction="none")).mean()
    on_others = F.cross_entropy(others(s) / tau, F.softmax(others(t) / tau, 1))
    return on_label + gamma * tau**2 * on_others


def dist(s, t, y):
    p, q = F.softmax(t, 1), F.softmax(s, 1)
    centred = lambda x: x - x.mean(1, keepdim=True)
    distance = lambda a, b: 1 - F.cosine_similarity(centred(a), centred(b), dim=1).mean()
    return distance(q, p) + distance(q.T, p.T)


def multi_level(s, t, y, tau=4.0):
    p, q = F.softmax(t / tau, 1), F.softmax(s / tau, 1)
    examples = ((q @ q.T - p @ p.T) ** 2).sum() / len(s)
    classes = ((q.T @ q - p.T @ p) ** 2).sum() / s.shape[1]
    return distillation(s, t, y, tau) + examples + classes


def confidence_weighted(s, t, y):
    confidence = F.softmax(t, 1).max(1).values
    return (F.cross_entropy(s, y, reduction="none") * confidence / confidence.sum()).sum()


def logits(classes):
    def wave(frequency):
        angles = torch.arange(EXAMPLES * classes, dtype=torch.float64) * frequency
        return (torch.sin(angles) * 3).float().view(EXAMPLES, classes)

    student, teacher = wave(0.7).requires_grad_(True), wave(1.3)
    return student, teacher, teacher.argmax(1)


def main():
    torch.set_num_threads(1)
    print(torch.__version__, flush=True)
    for order in sys.stdin:
        name, classes, passes = order.split()
        loss = globals()[name]
        student, teacher, labels = logits(int(classes))
        start = time.perf_counter()
        for _ in range(int(passes)):
            value = loss(student, teacher, labels)
            torch.autograd.grad(value, student)
        elapsed = time.perf_counter() - start
        print(value.item(), elapsed * 1e6 / int(passes), flush=True)


main()
