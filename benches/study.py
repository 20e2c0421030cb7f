"""PyTorch's side of `study.rs`: the runs of one study, a teacher first, on the examples of FOLDER.

    study.py scripts FOLDER   the usual way: a process for each run, which loads the data anew, reads batches through a
                              DataLoader with 4 workers that stay, asks the teacher in every batch, sets nothing else
    study.py tuned FOLDER     as a careful person does it: two processes of one thread for all runs, data resident, the teacher
                              asked once, channels last, fused optimiser and attention, texts cut to the longest of a batch;
                              inference mode and batches as large as are fast where nothing is learnt

Both validate ten times and test the last and the best weights: the scripts on the whole split, the tuned loop on as much of it as
`kd` does by default. Says the mean test accuracy in per cent of the distilled students of the larger M.
"""

import copy
import json
import multiprocessing
import pathlib
import subprocess
import sys
import warnings

import torch
import torch.nn.functional as F
from models import Perceptron, fixtures, laid_out
from models import tuned as made_ready
from safetensors.torch import load_file, save_file
from torch.utils.data import DataLoader, Subset, TensorDataset

warnings.filterwarnings("ignore", message=".*worker processes.*")  # that 4 are more than there are cores

EVALUATIONS = 10
TEMPERATURE = 4.0
SHORTEST = 5  # the widest window of the text network


class Flat(Perceptron):
    def forward(self, x):
        return super().forward(x.flatten(1))


MODELS = {
    "mlp": lambda spec: Flat(),
    "cnn": lambda spec: fixtures.Cnn([16, 32, 64], 128, 28),
    "cifar_resnet": lambda spec: fixtures.CifarResNet(20, [16, 16, 32, 64]),
    "text_cnn": lambda spec: fixtures.TextCnn(spec["vocabulary"], 100, (3, 4, 5), 64),
    "transformer": lambda spec: fixtures.Transformer(spec["vocabulary"], 64, 4, 2, 256, 64),
    "ft_transformer": lambda spec: fixtures.FtTransformer(spec["numeric"], spec["categories"], spec["vocabulary"], 64, 4, 96, 3),
    "gpt": lambda spec: fixtures.gpt(spec["vocabulary"], 96, 3, 3, 128),
}


class Study:
    def __init__(self, folder):
        self.folder = pathlib.Path(folder)
        self.spec = json.loads((self.folder / "study.json").read_text())
        data = load_file(self.folder / "data.safetensors")
        self.test = data["test_x"], data["test_y"]
        order = torch.randperm(len(data["train_y"]), generator=torch.Generator().manual_seed(0))
        held = len(order) // 10
        self.train = data["train_x"], data["train_y"]
        self.validation_rows, self.pool = order[:held], order[held:]

    def runs(self):
        """Arm, M and seed of every student."""
        spec = self.spec
        return [(arm, m, seed) for seed in spec["seeds"] for m in spec["samples"] for arm in ("labels", "distilled")]

    def rows(self, m, seed):
        order = torch.randperm(len(self.pool), generator=torch.Generator().manual_seed(seed))
        return self.pool[order[:m]]

    def model(self, seed):
        torch.manual_seed(seed)
        fixtures.K = self.spec["classes"]
        return MODELS[self.spec["model"]](self.spec)

    def loss(self, logits, labels, heard):
        logits, labels = logits.flatten(0, -2), labels.flatten()
        if heard is None:
            return F.cross_entropy(logits, labels)
        softened = F.log_softmax(logits / TEMPERATURE, 1), F.softmax(heard.flatten(0, -2) / TEMPERATURE, 1)
        return F.kl_div(*softened, reduction="batchmean") * TEMPERATURE**2


def lengths(study, x):
    """Of texts, which are padded; none of other examples."""
    return (x != 0).sum(1).clamp(min=SHORTEST) if study.spec["model"] in ("text_cnn", "transformer") else None


def cut(x, length):
    return x if length is None else x[:, : int(length.max())]


class Split:
    """Examples that are scored, laid out for it: the longest first, in parts."""

    def __init__(self, study, x, y):
        length = lengths(study, x)
        if length is not None:
            order = length.argsort(descending=True)
            x, y, length = x[order], y[order], length[order]
        size = 64 if x.dim() == 4 else 256
        self.parts = [(laid_out(cut(part, None if length is None else length[at * size])), labels) for at, (part, labels) in enumerate(zip(x.split(size), y.split(size)))]
        self.labels = y.numel()

    def accuracy(self, model):
        model.eval()
        with torch.inference_mode():
            right = sum((model(part)[0].argmax(-1) == labels).sum().item() for part, labels in self.parts)
        model.train()
        return right / self.labels


def tuned(study, rows, seed, outputs, test):
    """A run: its model and the accuracy of its last weights."""
    spec = study.spec
    model = made_ready(study.model(seed))
    optimiser = torch.optim.AdamW(model.parameters(), spec["rate"], weight_decay=0.01, fused=True)
    x, y = laid_out(study.train[0][rows]), study.train[1][rows]
    heard, length = None if outputs is None else outputs[rows], lengths(study, x)
    few = max(spec["steps"] * min(spec["batch"], len(rows)) // 200, -(-500 * len(y) // y.numel()))
    held = study.validation_rows
    if few < len(held):
        held = held[torch.arange(few) * len(held) // few]
    validation = Split(study, study.train[0][held], study.train[1][held])

    best, weights, at = -1.0, None, 0
    generator, order = torch.Generator().manual_seed(seed), torch.empty(0, dtype=torch.long)
    for step in range(1, spec["steps"] + 1):
        while len(order) < spec["batch"]:
            order = torch.cat([order, torch.randperm(len(rows), generator=generator)])
        batch, order = order[: spec["batch"]], order[spec["batch"] :]
        optimiser.zero_grad(set_to_none=True)
        logits = model(cut(x[batch], None if length is None else length[batch]))[0]
        study.loss(logits, y[batch], None if heard is None else heard[batch]).backward()
        optimiser.step()
        if step % (spec["steps"] // EVALUATIONS) == 0:
            score = validation.accuracy(model)
            if score >= best:
                best, at, weights = score, step, copy.deepcopy(model.state_dict())
    last = test.accuracy(model)
    if outputs is not None or len(rows) < len(study.pool):
        Split(study, x, y).accuracy(model)
    if at < spec["steps"]:
        own = copy.deepcopy(model.state_dict())
        model.load_state_dict(weights)
        test.accuracy(model)
        model.load_state_dict(own)
    return model, last


def part(folder, index, found):
    torch.set_num_threads(1)
    study = Study(folder)
    test, outputs = Split(study, *study.test), load_file(study.folder / "outputs.safetensors")["outputs"]
    for arm, m, seed in study.runs()[index::2]:
        _, last = tuned(study, study.rows(m, seed), seed, outputs if arm == "distilled" else None, test)
        found.put((arm, m, last))


def all_tuned(folder):
    torch.set_num_threads(1)
    study = Study(folder)
    teacher, _ = tuned(study, study.pool, 1000, None, Split(study, *study.test))
    with torch.inference_mode():
        outputs = torch.cat([teacher.eval()(laid_out(cut(x, lengths(study, x))))[0] for x in study.train[0].split(64)])
    save_file({"outputs": outputs.clone()}, study.folder / "outputs.safetensors")
    context = multiprocessing.get_context("spawn")
    found = context.Queue()
    processes = [context.Process(target=part, args=(folder, index, found)) for index in range(2)]
    for process in processes:
        process.start()
    told = [found.get() for _ in study.runs()]
    for process in processes:
        process.join()
    return told


def script(study, rows, seed, teacher):
    """A run as most scripts have it."""
    spec = study.spec
    model = study.model(seed)
    optimiser = torch.optim.AdamW(model.parameters(), spec["rate"], weight_decay=0.01)
    everything = TensorDataset(*study.train)

    def loader(data, shuffle):
        return DataLoader(data, batch_size=spec["batch"], shuffle=shuffle, num_workers=4, persistent_workers=True, drop_last=shuffle and len(data) > spec["batch"])

    validation, test = loader(Subset(everything, study.validation_rows.tolist()), False), loader(TensorDataset(*study.test), False)

    def accuracy(split):
        model.eval()
        right = count = 0
        with torch.no_grad():
            for x, y in split:
                right += (model(x)[0].argmax(-1) == y).sum().item()
                count += y.numel()
        model.train()
        return right / count

    best, at, weights, step = -1.0, 0, None, 0
    train = loader(Subset(everything, rows.tolist()), True)
    while step < spec["steps"]:
        for x, y in train:
            heard = None
            if teacher is not None:
                with torch.no_grad():
                    heard = teacher(x)[0]
            optimiser.zero_grad()
            study.loss(model(x)[0], y, heard).backward()
            optimiser.step()
            step += 1
            if step % (spec["steps"] // EVALUATIONS) == 0:
                score = accuracy(validation)
                if score >= best:
                    best, at, weights = score, step, copy.deepcopy(model.state_dict())
            if step == spec["steps"]:
                break
    last = accuracy(test)
    if at < spec["steps"]:
        own = copy.deepcopy(model.state_dict())
        model.load_state_dict(weights)
        accuracy(test)
        model.load_state_dict(own)
    return model, last


def one(folder, index):
    study = Study(folder)
    path = study.folder / "teacher.pt"
    if index < 0:
        model, _ = script(study, study.pool, 1000, None)
        torch.save(model.state_dict(), path)
        return
    arm, m, seed = study.runs()[index]
    teacher = None
    if arm == "distilled":
        teacher = study.model(1000)
        teacher.load_state_dict(torch.load(path))
        teacher.eval()
    _, last = script(study, study.rows(m, seed), seed, teacher)
    print(last)


def all_scripts(folder):
    study = Study(folder)
    command = [sys.executable, __file__, "one", folder]
    subprocess.run([*command, "-1"], check=True)
    told = []
    for index, (arm, m, _) in enumerate(study.runs()):
        answer = subprocess.run([*command, str(index)], check=True, capture_output=True, text=True).stdout
        told.append((arm, m, float(answer)))
    return told


def main():
    if sys.argv[1] == "one":
        one(sys.argv[2], int(sys.argv[3]))
        return
    told = {"tuned": all_tuned, "scripts": all_scripts}[sys.argv[1]](sys.argv[2])
    largest = max(m for _, m, _ in told)
    scores = [score for arm, m, score in told if (arm, m) == ("distilled", largest)]
    print(f"{100 * sum(scores) / len(scores):.1f}")


if __name__ == "__main__":
    main()
