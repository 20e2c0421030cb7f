"""Writes measures.json: losses of numbers and of tokens, ensembles, CKA and neural tangent kernels, by PyTorch in float64.

    pip install torch==2.11.0 numpy
    python crates/kd-core/tests/golden/measures.py

Everything is written here from its paper's formula in the plainest way, sharing nothing with the crate.
"""

import json
import pathlib

import torch
import torch.nn.functional as F
from torch.func import functional_call, jacrev

torch.set_default_dtype(torch.float64)
PADDING = -100


def with_gradient(name, loss, variable):
    (gradient,) = torch.autograd.grad(loss, variable, retain_graph=True)
    return {"name": name, "value": loss.item(), "gradient": gradient.tolist()}


def teacher_bounded(s, y, t, margin):
    total = 0.0
    for i in range(len(s)):
        of_student, of_teacher = torch.sum((s[i] - y[i]) ** 2), torch.sum((t[i] - y[i]) ** 2)
        if of_student + margin > of_teacher:
            total = total + of_student
    return total / len(s) + 0 * s.sum()


def regression(draw, shape):
    s, y, t = draw(shape).requires_grad_(True), draw(shape), draw(shape)
    e = s - y
    losses = {
        "mse": (e**2).mean(),
        "mse_to_teacher": F.mse_loss(s, t),
        "huber 0.7": torch.where(e.abs() <= 0.7, 0.5 * e**2, 0.7 * (e.abs() - 0.35)).mean(),
        "huber 2": F.huber_loss(s, y, delta=2.0),
        "smooth_l1 2, times 2": 2.0 * F.smooth_l1_loss(s, y, beta=2.0),
        "teacher_bounded 0": teacher_bounded(s, y, t, 0.0),
        "teacher_bounded 1.5": teacher_bounded(s, y, t, 1.5),
        "teacher_bounded -1.5": teacher_bounded(s, y, t, -1.5),
        "teacher_bounded 1e9": teacher_bounded(s, y, t, 1e9),
    }
    unexplained = (e**2).sum() / ((y - y.mean()) ** 2).sum()
    metrics = {
        "rmse": (e**2).mean().sqrt().item(),
        "mae": e.abs().mean().item(),
        "r2": (1 - unexplained).item() if y.numel() > 1 else None,
    }
    cases = [with_gradient(name, loss, s) for name, loss in losses.items()]
    return {"student": s.tolist(), "targets": y.tolist(), "teacher": t.tolist(), "cases": cases, "metrics": metrics}


def tokens(draw, integers, lengths, length, classes):
    shape = (len(lengths), length, classes)
    s, t = draw(shape).requires_grad_(True), draw(shape)
    labels = integers(classes, shape[:2])
    # Padding on either side, as decoders and encoders have it.
    for i, n in enumerate(lengths):
        padding = slice(n, None) if i % 2 == 0 else slice(0, length - n)
        labels[i, padding] = PADDING
    log_q, p = F.log_softmax(s / 2, -1), F.softmax(t / 2, -1)
    kl = 4 * (p * (torch.log(p) - log_q)).sum(-1)
    ce = F.cross_entropy(s.transpose(1, 2), labels, ignore_index=PADDING, reduction="none")
    keep = labels != PADDING
    by_sequence = lambda table: torch.stack([row[k].mean() for row, k in zip(table, keep) if k.any()]).mean()
    losses = {
        "cross_entropy token": F.cross_entropy(s.flatten(0, 1), labels.flatten(), ignore_index=PADDING),
        "cross_entropy sequence": by_sequence(ce),
        "distillation token": kl[keep].mean(),
        "distillation sequence": by_sequence(kl),
    }
    cases = [with_gradient(name, loss, s) for name, loss in losses.items()]
    nll = ce[keep].mean()
    likelihood = {"perplexity": nll.exp().item(), "bits": (nll / torch.log(torch.tensor(2.0))).item()}
    return {"student": s.tolist(), "teacher": t.tolist(), "labels": labels.tolist(), "cases": cases, **likelihood}


def ensemble(draw, members, shape, temperature):
    logits = [draw(shape) for _ in range(members)]
    return {
        "members": [z.tolist() for z in logits],
        "temperature": temperature,
        "probabilities": (sum(F.softmax(z / temperature, 1) for z in logits) / members).tolist(),
        "logits": (sum(logits) / members).tolist(),
    }


def hsic(k, l, unbiased):
    n = len(k)
    if not unbiased:
        h = torch.eye(n) - torch.ones(n, n) / n
        return torch.trace(k @ h @ l @ h)
    k, l = k - torch.diag(torch.diag(k)), l - torch.diag(torch.diag(l))
    one = torch.ones(n)
    return torch.trace(k @ l) + (one @ k @ one) * (one @ l @ one) / ((n - 1) * (n - 2)) - 2 / (n - 2) * (one @ k @ l @ one)


def cka(k, l):
    values = [hsic(k, l, u) / torch.sqrt(hsic(k, k, u) * hsic(l, l, u)) for u in (False, True)]
    return [value.item() for value in values]


def representations(draw, examples, p, q):
    a = draw((examples, p))
    b = a @ draw((p, q)) + draw((examples, q)) + 5
    return {"a": a.tolist(), "b": b.tolist(), "cka": cka(a @ a.T, b @ b.T)}


def tangent_kernel(network, x):
    """Traces the full kernel [n, n, K, K] of per-example Jacobians."""
    parameters = {name: p.detach() for name, p in network.named_parameters()}
    jacobians = torch.func.vmap(lambda row: jacrev(lambda p: functional_call(network, p, (row,)))(parameters))(x)
    full = sum(torch.einsum("ika,jla->ijkl", j.flatten(2), j.flatten(2)) for j in jacobians.values())
    return torch.einsum("ijkk->ij", full)


def networks(draw, examples, inputs, hidden, classes):
    x = draw((examples, inputs))
    kernels, weights = [], []
    for _ in range(2):
        network = torch.nn.Sequential(torch.nn.Linear(inputs, hidden), torch.nn.Tanh(), torch.nn.Linear(hidden, classes))
        with torch.no_grad():
            for p in network.parameters():
                p.copy_(draw(p.shape))
        weights.append([p.flatten().tolist() for p in network.parameters()])
        kernels.append(tangent_kernel(network, x))
    return {
        "x": x.tolist(),
        "hidden": hidden,
        "classes": classes,
        "weights": weights,
        "kernels": [kernel.tolist() for kernel in kernels],
        "alignment": cka(*kernels) if examples > 3 else None,
    }


def main():
    generator = torch.Generator().manual_seed(16)
    draw = lambda shape: torch.randn(shape, generator=generator)
    integers = lambda high, shape: torch.randint(high, shape, generator=generator)
    file = {
        "torch": torch.__version__,
        "regression": [regression(draw, shape) for shape in [(1, 1), (5, 3), (16, 2)]],
        "tokens": [
            tokens(draw, integers, lengths, length, classes)
            for lengths, length, classes in [([2], 3, 2), ([4, 0, 1, 5], 5, 7), ([3, 6, 2], 6, 11)]
        ],
        "ensembles": [ensemble(draw, *shape) for shape in [(1, (1, 2), 1.0), (2, (4, 5), 4.0), (5, (3, 11), 0.5)]],
        "representations": [representations(draw, *shape) for shape in [(6, 1, 2), (12, 5, 3), (40, 4, 7)]],
        "networks": [networks(draw, *shape) for shape in [(1, 2, 3, 2), (5, 3, 4, 3), (7, 4, 6, 5)]],
    }
    pathlib.Path(__file__).with_name("measures.json").write_text(json.dumps(file) + "\n")


main()
