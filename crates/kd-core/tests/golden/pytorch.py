"""Writes pytorch.json: every objective's value and gradient, and metrics, computed by PyTorch in float64.

    pip install torch==2.11.0 numpy
    python crates/kd-core/tests/golden/pytorch.py

Each loss is written here from its paper's formula in the plainest way, sharing nothing with the crate.
"""

import json
import pathlib

import torch
import torch.nn.functional as F

torch.set_default_dtype(torch.float64)
SHAPES = [(1, 2), (3, 4), (8, 10), (5, 77)]


def softmax(z, t=1.0):
    e = torch.exp(z / t - (z / t).max(dim=1, keepdim=True).values)
    return e / e.sum(dim=1, keepdim=True)


def kl(p, q):
    return (p * (torch.log(p) - torch.log(q))).sum(dim=1).mean()


def ce(z, y):
    return F.cross_entropy(z, y)


def smoothed(z, y, eps, others_only):
    k = z.shape[1]
    target = torch.full_like(z, eps / (k - 1) if others_only else eps / k)
    target[torch.arange(len(y)), y] += 1 - eps - (eps / (k - 1) if others_only else 0)
    return -(target * F.log_softmax(z, 1)).sum(1).mean()


def virtual(z, y, p, t):
    u = torch.full_like(z, (1 - p) / (z.shape[1] - 1))
    u[torch.arange(len(y)), y] = p
    return kl(softmax(u.detach(), t), softmax(z))


def standardised(z):
    return (z - z.mean(1, keepdim=True)) / (1e-7 + z.std(1, keepdim=True))


def jensen_shannon(s, t, tau, beta):
    p, q = softmax(t, tau), softmax(s, tau)
    m = beta * p + (1 - beta) * q
    return tau**2 * (beta * kl(p, m) + (1 - beta) * kl(q, m))


def select(s, t, kind, k):
    order = t.argsort(dim=1, descending=True)
    chosen = order[:, :k] if kind == "top" else torch.cat([order[:, :k], order[:, -k:]], 1)
    return F.mse_loss(s.gather(1, chosen), t.gather(1, chosen))


def others(z, y):
    keep = torch.ones_like(z, dtype=torch.bool)
    keep[torch.arange(len(y)), y] = False
    return z[keep].reshape(len(y), -1)


def decoupled(s, t, y, tau, alpha, beta):
    p, q = softmax(t, tau), softmax(s, tau)
    pt, qt = p.gather(1, y[:, None]), q.gather(1, y[:, None])
    target = kl(torch.cat([pt, 1 - pt], 1), torch.cat([qt, 1 - qt], 1))
    return tau**2 * (alpha * target + beta * kl(softmax(others(t, y), tau), softmax(others(s, y), tau)))


def normalised(s, t, y, tau, gamma):
    on_target = -(softmax(t).gather(1, y[:, None]) * F.log_softmax(s, 1).gather(1, y[:, None])).mean()
    on_others = -(softmax(others(t, y), tau) * torch.log(softmax(others(s, y), tau))).sum(1).mean()
    return on_target + gamma * tau**2 * on_others


def pearson(a, b):
    a, b = a - a.mean(1, keepdim=True), b - b.mean(1, keepdim=True)
    return (a * b).sum(1) / (a.norm(dim=1).clamp(min=1e-8) * b.norm(dim=1).clamp(min=1e-8))


def dist(s, t, tau, beta, gamma):
    p, q = softmax(t, tau), softmax(s, tau)
    return tau**2 * (beta * (1 - pearson(q, p).mean()) + gamma * (1 - pearson(q.T, p.T).mean()))


def multi_level(s, t, tau):
    p, q = softmax(t, tau), softmax(s, tau)
    rows = ((p @ p.T - q @ q.T) ** 2).sum() / len(p)
    columns = ((p.T @ p - q.T @ q) ** 2).sum() / p.shape[1]
    return tau**2 * kl(p, q) + rows + columns


def confidence_weighted(s, t, y):
    w = softmax(t).max(1).values
    return (w / w.sum() * F.cross_entropy(s, y, reduction="none")).sum()


# (the objective as a study file says it, the same by hand)
def objectives(classes):
    mse = lambda s, t: ((s - t) ** 2).mean()
    centre = lambda z: z - z.mean(1, keepdim=True)
    listed = [
        ({"cross_entropy": {}}, lambda s, t, y: ce(s, y)),
        ({"cross_entropy": {"temperature": 2.5}}, lambda s, t, y: ce(s / 2.5, y)),
        ({"label_smoothing": {"epsilon": 0.1}}, lambda s, t, y: smoothed(s, y, 0.1, False)),
        ({"label_smoothing": {"epsilon": 0.3, "spread": "other_classes"}}, lambda s, t, y: smoothed(s, y, 0.3, True)),
        ({"virtual_teacher": {}}, lambda s, t, y: virtual(s, y, 0.99, 20.0)),
        ({"virtual_teacher": {"probability": 0.8, "temperature": 0.5, "label_weight": 0.1}}, lambda s, t, y: 0.1 * ce(s, y) + 0.9 * virtual(s, y, 0.8, 0.5)),
        ({"distillation": {"temperature": 1.0}}, lambda s, t, y: kl(softmax(t), softmax(s))),
        ({"distillation": {"temperature": 4.0, "label_weight": 0.3}}, lambda s, t, y: 0.3 * ce(s, y) + 0.7 * 16 * kl(softmax(t, 4), softmax(s, 4))),
        ({"distillation": {"temperature": 2.0, "teacher_temperature": 5.0}}, lambda s, t, y: 4 * kl(softmax(t, 5), softmax(s, 2))),
        ({"distillation": {"temperature": 3.0, "standardise": True}}, lambda s, t, y: 9 * kl(softmax(standardised(t), 3), softmax(standardised(s), 3))),
        ({"soft_cross_entropy": {"temperature": 3.0}}, lambda s, t, y: -9 * (softmax(t, 3) * torch.log(softmax(s, 3))).sum(1).mean()),
        ({"reverse_kl": {"temperature": 2.0, "label_weight": 0.5}}, lambda s, t, y: 0.5 * ce(s, y) + 0.5 * 4 * kl(softmax(s, 2), softmax(t, 2))),
        ({"jensen_shannon": {"temperature": 2.0}}, lambda s, t, y: jensen_shannon(s, t, 2.0, 0.5)),
        ({"jensen_shannon": {"temperature": 1.0, "beta": 0.9}}, lambda s, t, y: jensen_shannon(s, t, 1.0, 0.9)),
        ({"logit_mse": {"label_weight": 0.25}}, lambda s, t, y: 0.25 * ce(s, y) + 0.75 * mse(s, t)),
        ({"logit_mse": {"selection": "centred"}}, lambda s, t, y: mse(centre(s), centre(t))),
        ({"logit_mse": {"selection": {"top": 2}}}, lambda s, t, y: select(s, t, "top", 2)),
        ({"logit_mse": {"selection": {"top_and_bottom": 1}}}, lambda s, t, y: select(s, t, "both", 1)),
        ({"logit_mse": {"selection": {"random": classes}}}, lambda s, t, y: mse(s, t)),
        ({"decoupled": {"temperature": 4.0}}, lambda s, t, y: decoupled(s, t, y, 4.0, 1.0, 8.0)),
        ({"decoupled": {"temperature": 1.0, "target_factor": 0.0, "others_factor": 2.0, "label_weight": 0.5}}, lambda s, t, y: 0.5 * ce(s, y) + 0.5 * decoupled(s, t, y, 1.0, 0.0, 2.0)),
        ({"normalised": {"temperature": 2.0}}, lambda s, t, y: normalised(s, t, y, 2.0, 1.5)),
        ({"dist": {"temperature": 2.0, "intra_factor": 0.5}}, lambda s, t, y: dist(s, t, 2.0, 1.0, 0.5)),
        ({"multi_level": {"temperature": 3.0}}, lambda s, t, y: multi_level(s, t, 3.0)),
        ({"confidence_weighted": {}}, lambda s, t, y: confidence_weighted(s, t, y)),
        ({"sum": {"terms": {"labels": {"objective": {"cross_entropy": {}}}, "teacher": {"weight": 2.5, "objective": {"distillation": {"temperature": 3.0}}}}}}, lambda s, t, y: ce(s, y) + 2.5 * 9 * kl(softmax(t, 3), softmax(s, 3))),
    ]
    return listed


def calibration_error(confidence, right, bins):
    return sum(len(b) / len(confidence) * abs(right[b].mean() - confidence[b].mean()) for b in bins if len(b)).item()


def classification(s, y):
    p, k = softmax(s), s.shape[1]
    one_hot = F.one_hot(y, k).to(p)
    confidence, predicted = p.max(1)
    right = (predicted == y).to(p)
    recalls, f1 = [], []
    for c in range(k):
        tp, fp, fn = ((predicted == c) & (y == c)).sum(), ((predicted == c) & (y != c)).sum(), ((predicted != c) & (y == c)).sum()
        if tp + fn > 0:
            recalls.append((tp / (tp + fn)).item())
        if tp + fp + fn > 0:
            f1.append((2 * tp / (2 * tp + fp + fn)).item())
    bin_of = torch.ceil(confidence * 15).clamp(1, 15)
    order = confidence.argsort()
    n = len(y)
    return {
        "accuracy": right.mean().item(),
        "top5_accuracy": sum(y[i].item() in s[i].topk(min(5, k)).indices.tolist() for i in range(n)) / n,
        "balanced_accuracy": sum(recalls) / len(recalls),
        "macro_f1": sum(f1) / len(f1),
        "nll": -torch.log(p.gather(1, y[:, None])).mean().item(),
        "brier": ((p - one_hot) ** 2).sum(1).mean().item(),
        "ece": calibration_error(confidence, right, [(bin_of == b).nonzero()[:, 0] for b in range(1, 16)]),
        "ece_equal_mass": calibration_error(confidence, right, [order[[i for i in range(n) if i * 15 // n == b]] for b in range(15)]),
        "entropy": -(p * torch.log(p)).sum(1).mean().item(),
    }


def fidelity(s, t):
    p, q = softmax(t), softmax(s)
    top = p.argmax(1, keepdim=True)
    odds = lambda p: torch.log(p.gather(1, top) / (1 - p.gather(1, top)))[:, 0]
    x, y = odds(p), odds(q)
    x_, y_ = x - x.mean(), y - y.mean()
    return {
        "agreement": (s.argmax(1) == t.argmax(1)).to(p).mean().item(),
        "kl": kl(p, q).item(),
        "hellinger": torch.sqrt(0.5 * ((p.sqrt() - q.sqrt()) ** 2).sum(1)).mean().item(),
        "total_variation": (0.5 * (p - q).abs().sum(1)).mean().item(),
        "exaggeration_slope": ((x_ * y_).sum() / (x_ * x_).sum()).item() if len(x) > 1 else None,
    }


def cka(a, b, unbiased):
    def hsic(k, l):
        n = len(k)
        if not unbiased:
            h = torch.eye(n) - 1 / n
            return torch.trace(k @ h @ l @ h)
        k, l = k - torch.diag(torch.diag(k)), l - torch.diag(torch.diag(l))
        one = torch.ones(n)
        return torch.trace(k @ l) + (one @ k @ one) * (one @ l @ one) / ((n - 1) * (n - 2)) - 2 / (n - 2) * (one @ k @ l @ one)

    k, l = a @ a.T, b @ b.T
    return (hsic(k, l) / torch.sqrt(hsic(k, k) * hsic(l, l))).item()


def main():
    generator = torch.Generator().manual_seed(15)
    batches = []
    for rows, classes in SHAPES:
        student, teacher = (torch.randn(rows, classes, generator=generator) * 2 for _ in range(2))
        labels = torch.randint(classes, (rows,), generator=generator)
        cases = []
        for objective, by_hand in objectives(classes):
            s = student.clone().requires_grad_(True)
            loss = by_hand(s, teacher, labels)
            (gradient,) = torch.autograd.grad(loss, s)
            cases.append({"objective": objective, "value": loss.item(), "gradient": gradient.tolist()})
        batches.append(
            {
                "student": student.tolist(),
                "teacher": teacher.tolist(),
                "labels": labels.tolist(),
                "cases": cases,
                "classification": classification(student, labels),
                "fidelity": fidelity(student, teacher),
                "cka": [cka(student, teacher, unbiased) for unbiased in (False, True)] if rows > 3 else None,
            }
        )
    path = pathlib.Path(__file__).with_name("pytorch.json")
    path.write_text(json.dumps({"torch": torch.__version__, "batches": batches}) + "\n")


main()
