"""Writes features.json: the value and the gradients of every feature loss, computed by PyTorch in float64.

    pip install torch==2.11.0 numpy
    python crates/kd-core/tests/golden/features.py

Each loss is written here from its paper's formula in the plainest way, example by example where that is clearer,
sharing nothing with the crate. Gradients are those of the student's feature and of everything that is learnt.
"""

import itertools
import json
import math
import pathlib

import torch
import torch.nn.functional as F

torch.set_default_dtype(torch.float64)
VECTORS = [((3, 4), (3, 4)), ((5, 3), (5, 7)), ((8, 6), (8, 2)), ((6, 5), (6, 5))]
MAPS = [((3, 2, 4, 4), (3, 2, 4, 4)), ((4, 3, 6, 5), (4, 2, 3, 5)), ((3, 2, 2, 6), (3, 5, 4, 3))]


def huber(a, b):
    e = abs(a - b)
    return 0.5 * e**2 if e <= 1 else e - 0.5


def cos(a, b):
    return a @ b / (a.norm() * b.norm())


def flat(x):
    return x.reshape(len(x), -1)


def smaller(s, t):
    if s.dim() == 2:
        return s, t
    size = (min(s.shape[2], t.shape[2]), min(s.shape[3], t.shape[3]))
    return F.adaptive_avg_pool2d(s, size), F.adaptive_avg_pool2d(t, size)


def project(x, weight, bias=None):
    y = torch.einsum("oc,bc...->bo...", weight, x)
    return y if bias is None else y + bias.reshape(1, -1, *[1] * (x.dim() - 2))


def cosine(s, t):
    return 1 - sum(cos(a, b) for a, b in zip(flat(s), flat(t))) / len(s)


def hint(s, t, learnt):
    s, t = smaller(s, t)
    return ((project(s, learnt["regressor.weight"], learnt["regressor.bias"]) - t) ** 2).mean()


def projected_cosine(s, t, learnt):
    s, t = smaller(s, t)
    return cosine(project(s, learnt["projection.weight"], learnt["projection.bias"]), t)


def attention(s, t, p):
    s, t = smaller(s, t)
    total = 0
    for a, b in zip(s, t):
        a, b = (a.abs() ** p).sum(0).flatten(), (b.abs() ** p).sum(0).flatten()
        total = total + ((a / a.norm() - b / b.norm()) ** 2).mean()
    return total / len(s)


def neuron_selectivity(s, t):
    s, t = smaller(s, t)
    k = lambda a, b: sum(cos(x.flatten(), y.flatten()) ** 2 for x in a for y in b) / (len(a) * len(b))
    return sum(k(a, a) + k(b, b) - 2 * k(a, b) for a, b in zip(s, t)) / len(s)


def similarity(s, t):
    def g(x):
        rows = flat(x) @ flat(x).T
        return torch.stack([row / row.norm() for row in rows])

    return ((g(s) - g(t)) ** 2).sum() / len(s) ** 2


def distance(s, t):
    def d(x):
        x, n = flat(x), len(x)
        d = {(i, j): (x[i] - x[j]).norm() for i, j in itertools.permutations(range(n), 2)}
        mean = sum(d.values()) / len(d)
        return {pair: d[pair] / mean for pair in d}

    a, b = d(s), d(t)
    return sum(huber(a[pair], b[pair]) for pair in a) / len(s) ** 2


def angle(s, t):
    s, t, n = flat(s), flat(t), len(s)
    total = 0
    for i, j, k in itertools.permutations(range(n), 3):
        total = total + huber(cos(s[j] - s[i], s[k] - s[i]), cos(t[j] - t[i], t[k] - t[i]))
    return total / n**3


def probabilistic(s, t):
    def p(x):
        k = torch.stack([torch.stack([(1 + cos(a, b)) / 2 for b in flat(x)]) for a in flat(x)])
        return torch.stack([row / row.sum() for row in k])

    p, q, n = p(t), p(s), len(s)
    return sum(p[i, j] * torch.log((p[i, j] + 1e-7) / (q[i, j] + 1e-7)) for i in range(n) for j in range(n)) / n**2


def congruence(s, t, gamma, order):
    def k(a, b):
        return sum(math.exp(-2 * gamma) * (2 * gamma) ** p / math.factorial(p) * cos(a, b) ** p for p in range(order + 1))

    s, t, n = flat(s), flat(t), len(s)
    return sum((k(s[i], s[j]) - k(t[i], t[j])) ** 2 for i in range(n) for j in range(n)) / n**2


def kernel(s, t, regularisation):
    s, t, n = flat(s), flat(t), len(s)
    pairs = list(itertools.permutations(range(n), 2))
    kernels = sum((cos(s[i], s[j]) - cos(t[i], t[j])) ** 2 for i, j in pairs) / len(pairs)
    return kernels + regularisation * sum(a @ a for a in s) / n


def cka(s, t):
    s, t, n = flat(s), flat(t), len(s)
    h = torch.eye(n) - 1 / n
    hsic = lambda a, b: torch.trace(a @ a.T @ h @ b @ b.T @ h)
    return 1 - hsic(s, t) / torch.sqrt(hsic(s, s) * hsic(t, t))


def variational(s, t, learnt):
    s, t = smaller(s, t)
    mean = torch.relu(project(s, learnt["regressor.first.weight"]))
    mean = torch.relu(project(mean, learnt["regressor.second.weight"]))
    mean = project(mean, learnt["regressor.third.weight"])
    variance = torch.log(1 + torch.exp(learnt["raw_variance"])) + 1e-5
    total = 0
    for c, v in enumerate(variance):
        total = total + (0.5 * ((t[:, c] - mean[:, c]) ** 2 / v + torch.log(v))).sum()
    return total / t.numel()


def contrastive(s, t, learnt, negatives, temperature):
    """Two training examples: whatever is drawn, an example is told from the other. The first batch sets Z."""
    unit = lambda x: torch.stack([row / row.norm() for row in x])
    embed = lambda side, x: unit(project(flat(x), learnt[side + ".embedding.weight"], learnt[side + ".embedding.bias"]))
    samples, total = 2, 0
    for ours, theirs, x in [("student", "teacher", s), ("teacher", "student", t)]:
        v, memory = embed(ours, x), learnt[theirs + ".memory"]
        own = [torch.exp(v[i] @ memory[i] / temperature) for i in range(2)]
        other = [torch.exp(v[i] @ memory[1 - i] / temperature) for i in range(2)]
        z = samples * (sum(own) + negatives * sum(other)).detach() / (2 * (1 + negatives))
        noise = negatives / samples
        for i in range(2):
            d = lambda p: p / z / (p / z + noise)
            total = total - (torch.log(d(own[i])) + negatives * torch.log(1 - d(other[i]))) / 2
    return total


# (the loss as a study file says it, the same by hand, the names and shapes of what it learns, what it may compare)
def losses(s, t):
    inputs, outputs = s[1], t[1]
    width = lambda shape: math.prod(shape[1:])
    affine = lambda name, i, o: {name + ".weight": (o, i), name + ".bias": (o,)}
    layers = {f"regressor.{name}.weight": (outputs, i) for name, i in [("first", inputs), ("second", outputs), ("third", outputs)]}
    either, equal, spatial = True, s == t, len(s) == 4
    plain = lambda f, *a: lambda s, t, _: f(s, t, *a)
    listed = [
        ({"hint": {}}, hint, affine("regressor", inputs, outputs), either),
        ({"mse": {}}, plain(lambda s, t: ((s - t) ** 2).mean()), {}, equal),
        ({"cosine": {}}, plain(cosine), {}, equal),
        ({"cosine": {"projection": True}}, projected_cosine, affine("projection", inputs, outputs), either),
        ({"attention_transfer": {}}, plain(attention, 2), {}, spatial),
        ({"attention_transfer": {"power": 3}}, plain(attention, 3), {}, spatial),
        ({"neuron_selectivity": {}}, plain(neuron_selectivity), {}, spatial),
        ({"similarity_preserving": {}}, plain(similarity), {}, either),
        ({"relational_distance": {}}, plain(distance), {}, either),
        ({"relational_angle": {}}, plain(angle), {}, either),
        ({"probabilistic_transfer": {}}, plain(probabilistic), {}, either),
        ({"correlation_congruence": {}}, plain(congruence, 0.4, 2), {}, either),
        ({"correlation_congruence": {"gamma": 1.5, "order": 5}}, plain(congruence, 1.5, 5), {}, either),
        ({"feature_kernel": {}}, plain(kernel, 0), {}, either),
        ({"feature_kernel": {"regularisation": 0.3}}, plain(kernel, 0.3), {}, either),
        ({"cka": {}}, plain(cka), {}, either),
        ({"variational": {}}, variational, layers | {"raw_variance": (outputs,)}, either),
    ]
    for config, (negatives, temperature, dimension) in [({"dimension": 4}, (16384, 0.07, 4)), ({"negatives": 3, "temperature": 0.5, "dimension": 3}, (3, 0.5, 3))]:
        sides = {"student.memory": (2, dimension), "teacher.memory": (2, dimension)}
        sides |= affine("student.embedding", width(s), dimension) | affine("teacher.embedding", width(t), dimension)
        by_hand = lambda s, t, l, n=negatives, tau=temperature: contrastive(s, t, l, n, tau)
        listed.append(({"contrastive": config}, by_hand, sides, either))
    return [entry[:3] for entry in listed if entry[3]]


def table(x):
    return {"shape": list(x.shape), "values": x.flatten().tolist()}


def main():
    generator = torch.Generator().manual_seed(15)
    draw = lambda shape: torch.randn(shape, generator=generator)
    batches = []
    for shapes in VECTORS + MAPS:
        student, teacher = (draw(shape) * 1.5 for shape in shapes)
        cases = []
        for loss, by_hand, learnt in losses(*shapes):
            s, t = (x[:2] if "contrastive" in loss else x for x in (student, teacher))
            s = s.clone().requires_grad_(True)
            variables = {name: draw(shape) * 0.5 for name, shape in learnt.items()}
            for name in variables:
                if name.endswith("memory"):
                    variables[name] /= variables[name].norm(dim=1, keepdim=True)
                else:
                    variables[name].requires_grad_(True)
            value = by_hand(s, t, variables)
            trained = {name: x for name, x in variables.items() if x.requires_grad}
            gradients = torch.autograd.grad(value, [s, *trained.values()])
            case = {"loss": loss, "value": value.item(), "gradient": table(gradients[0])}
            case["variables"] = {name: table(x.detach()) for name, x in variables.items()}
            case["gradients"] = {name: table(x) for name, x in zip(trained, gradients[1:])}
            cases.append(case)
        batches.append({"student": table(student), "teacher": table(teacher), "cases": cases})
    path = pathlib.Path(__file__).with_name("features.json")
    path.write_text(json.dumps({"torch": torch.__version__, "batches": batches}) + "\n")


main()
