"""PyTorch's side of `study.rs`: the runs of one study, a teacher first, on the examples of FOLDER.

    study.py scripts FOLDER   the usual way: a process for each run, which loads the data anew, reads batches through a
                              DataLoader with 4 workers that stay, asks the teacher in every batch, sets nothing else
    study.py tuned FOLDER     as a careful person does it: two processes of one thread for all runs, data resident, the teacher
                              asked once, channels last, fused optimiser, inference mode, large batches where nothing is learnt

Both validate as often as `kd` does by default, and test the last and the best weights. Says the mean test accuracy in per cent of
the distilled students of the larger M.
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
from safetensors.torch import load_file
from torch import nn
from torch.utils.data import DataLoader, Subset, TensorDataset

warnings.filterwarnings("ignore", message=".*worker processes.*")  # that 4 are more than there are cores

EVALUATIONS = 10
TEMPERATURE = 4.0


class TextCnn(nn.Module):
    def __init__(self, vocabulary, classes, dimension=100, filters=64):
        super().__init__()
        self.embedding = nn.Embedding(vocabulary, dimension, padding_idx=0)
        self.convs = nn.ModuleList(nn.Conv1d(dimension, filters, window) for window in (3, 4, 5))
        self.head = nn.Linear(3 * filters, classes)

    def forward(self, ids):
        x = self.embedding(ids).transpose(1, 2)
        return self.head(torch.cat([F.relu(conv(x)).amax(2) for conv in self.convs], 1))


def mlp(spec):
    layers, width = [nn.Flatten()], 64
    for hidden in (256, 256):
        layers += [nn.Linear(width, hidden), nn.ReLU()]
        width = hidden
    return nn.Sequential(*layers, nn.Linear(width, spec["classes"]))


def cnn(spec):
    layers, channels = [], 1
    for outputs in (16, 32, 64):
        layers += [nn.Conv2d(channels, outputs, 3, padding=1), nn.ReLU(), nn.MaxPool2d(2)]
        channels = outputs
    return nn.Sequential(*layers, nn.Flatten(), nn.Linear(64 * 9, 128), nn.ReLU(), nn.Linear(128, spec["classes"]))


MODELS = {"mlp": mlp, "cnn": cnn, "text_cnn": lambda spec: TextCnn(spec["vocabulary"], spec["classes"])}


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
        return MODELS[self.spec["model"]](self.spec)

    def loss(self, logits, labels, heard):
        if heard is None:
            return F.cross_entropy(logits, labels)
        softened = F.log_softmax(logits / TEMPERATURE, 1), F.softmax(heard / TEMPERATURE, 1)
        return F.kl_div(*softened, reduction="batchmean") * TEMPERATURE**2


def tuned(study, rows, seed, outputs):
    """A run: its model and the accuracy of its last weights."""
    spec = study.spec
    model = study.model(seed).to(memory_format=torch.channels_last)
    optimiser = torch.optim.AdamW(model.parameters(), spec["rate"], weight_decay=0.01, fused=True)

    def laid_out(x):
        return x.contiguous(memory_format=torch.channels_last) if x.dim() == 4 else x

    x, y = laid_out(study.train[0][rows]), study.train[1][rows]
    heard = None if outputs is None else outputs[rows]
    validation = laid_out(study.train[0][study.validation_rows]), study.train[1][study.validation_rows]

    def accuracy(split):
        model.eval()
        with torch.inference_mode():
            right = sum((model(laid_out(part)).argmax(1) == labels).sum().item() for part, labels in zip(split[0].split(512), split[1].split(512)))
        model.train()
        return right / len(split[1])

    best, weights, at = -1.0, None, 0
    generator, order = torch.Generator().manual_seed(seed), torch.empty(0, dtype=torch.long)
    for step in range(1, spec["steps"] + 1):
        while len(order) < spec["batch"]:
            order = torch.cat([order, torch.randperm(len(rows), generator=generator)])
        batch, order = order[: spec["batch"]], order[spec["batch"] :]
        optimiser.zero_grad(set_to_none=True)
        study.loss(model(x[batch]), y[batch], None if heard is None else heard[batch]).backward()
        optimiser.step()
        if step % (spec["steps"] // EVALUATIONS) == 0:
            score = accuracy(validation)
            if score > best:
                best, at, weights = score, step, copy.deepcopy(model.state_dict())
    last = accuracy(study.test)
    if at < spec["steps"]:
        own = copy.deepcopy(model)
        model.load_state_dict(weights)
        accuracy(study.test)
        model = own
    return model, last


def part(folder, index, found):
    torch.set_num_threads(1)
    study = Study(folder)
    outputs = load_file(study.folder / "outputs.safetensors")["outputs"]
    for arm, m, seed in study.runs()[index::2]:
        _, last = tuned(study, study.rows(m, seed), seed, outputs if arm == "distilled" else None)
        found.put((arm, m, last))


def all_tuned(folder):
    from safetensors.torch import save_file

    torch.set_num_threads(1)
    study = Study(folder)
    teacher, _ = tuned(study, study.pool, 1000, None)
    with torch.inference_mode():
        outputs = torch.cat([teacher.eval()(x) for x in study.train[0].split(512)])
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
                right += (model(x).argmax(1) == y).sum().item()
                count += len(y)
        model.train()
        return right / count

    best, at, weights, step = -1.0, 0, None, 0
    train = loader(Subset(everything, rows.tolist()), True)
    while step < spec["steps"]:
        for x, y in train:
            heard = None
            if teacher is not None:
                with torch.no_grad():
                    heard = teacher(x)
            optimiser.zero_grad()
            study.loss(model(x), y, heard).backward()
            optimiser.step()
            step += 1
            if step % (spec["steps"] // EVALUATIONS) == 0:
                score = accuracy(validation)
                if score > best:
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
