"""What is distillation worth as data become scarce? A plain PyTorch script that writes a table for `kd report`.

    python train.py            # takes torch; writes results.csv beside this script in some minutes on one core
    kd report results.csv

Handwritten digits that come with kd; the student is trained on M of the N = 3,823 images, on their labels alone, on a teacher's
probabilities at T = 4, or on those with the wrong classes shuffled. Within a seed, all three see the same images in the same
order and start from the same weights, so that they can be compared seed by seed.
"""

import csv
import gzip
import pathlib

import torch
import torch.nn.functional as F
from torch import nn

HERE = pathlib.Path(__file__).parent
DATA = HERE / "../../crates/kd-data/embedded/optdigits"
SEEDS = range(1, 9)
SIZES = [30, 60, 120, 240, 480, 960, 1920, 3823]
TEMPERATURE = 4.0


def read(name):
    with gzip.open(DATA / name, "rt", newline="") as file:
        table = torch.tensor([[int(cell) for cell in row] for row in csv.reader(file)])
    return table[:, :64].float() / 16, table[:, 64]


def network(hidden, seed):
    torch.manual_seed(seed)
    layers, width = [], 64
    for units in hidden:
        layers += [nn.Linear(width, units), nn.ReLU()]
        width = units
    return nn.Sequential(*layers, nn.Linear(width, 10))


def train(model, inputs, loss, steps, seed, batch=32):
    """The same seed gives the same batches, whatever is learnt from them."""
    draw = torch.Generator().manual_seed(1000 + seed)
    optimizer = torch.optim.Adam(model.parameters(), lr=1e-3)
    for _ in range(steps):
        index = torch.randint(len(inputs), (batch,), generator=draw)
        optimizer.zero_grad()
        loss(model(inputs[index]), index).backward()
        optimizer.step()
    return model.eval()


def shuffled(probabilities, labels, seed):
    """Each row with the probabilities of its wrong classes in another order: as confident, but telling nothing of them."""
    draw = torch.Generator().manual_seed(2000 + seed)
    rows = probabilities.clone()
    for row, label in zip(rows, labels):
        wrong = torch.tensor([place for place in range(10) if place != label])
        row[wrong] = row[wrong[torch.randperm(9, generator=draw)]]
    return rows


@torch.no_grad()
def scores(model, inputs, labels):
    logits = model(inputs)
    accuracy = (logits.argmax(1) == labels).double().mean().item()
    return {"acc": round(accuracy, 6), "nll": round(F.cross_entropy(logits, labels).item(), 6)}


def main():
    torch.set_num_threads(1)  # so small a model gains nothing from more
    inputs, labels = read("optdigits.tra.gz")
    test = read("optdigits.tes.gz")
    with open(HERE / "results.csv", "w", newline="") as file:
        table = csv.DictWriter(file, ["arm", "M", "N", "seed", "acc", "nll"], lineterminator="\n")
        table.writeheader()

        def write(arm, model, samples, seed):
            table.writerow({"arm": arm, "M": samples, "N": len(inputs), "seed": seed, **scores(model, *test)})
            file.flush()

        for seed in SEEDS:
            on_labels = lambda logits, index: F.cross_entropy(logits, labels[index])
            teacher = train(network([512, 512], 3000 + seed), inputs, on_labels, steps=2400, seed=3000 + seed, batch=64)
            write("teacher", teacher, len(inputs), seed)
            with torch.no_grad():
                soft = F.softmax(teacher(inputs) / TEMPERATURE, 1)
            order = torch.randperm(len(inputs), generator=torch.Generator().manual_seed(seed))
            for samples in SIZES:
                chosen = order[:samples]
                own = labels[chosen]

                def towards(targets):
                    def loss(logits, index):
                        return TEMPERATURE**2 * F.cross_entropy(logits / TEMPERATURE, targets[index])

                    return loss

                losses = {
                    "labels": lambda logits, index: F.cross_entropy(logits, own[index]),
                    "distilled": towards(soft[chosen]),
                    "permuted": towards(shuffled(soft[chosen], own, seed)),
                }
                for arm, loss in losses.items():
                    student = train(network([64], seed), inputs[chosen], loss, steps=1000, seed=seed)
                    write(arm, student, samples, seed)


if __name__ == "__main__":
    main()
