"""Trains a convolutional network on the handwritten digits that come with kd, and writes it down as a teacher.

    python train_teacher.py

The files lie beside this script: `teacher.pt` for a study with `torch_script`, and `train_logits.npy` and
`test_logits.npy` for one with `outputs`. A study needs either.
"""

import gzip
import pathlib

import numpy as np
import torch
import torch.nn.functional as F
from torch import nn

HERE = pathlib.Path(__file__).parent
DATA = HERE / "../../crates/kd-data/embedded/optdigits"


def read(name):
    """Images and labels in the order of the file. kd gives a module images as these: [B, 1, 8, 8], pixels in 0 to 1."""
    table = np.loadtxt(gzip.open(DATA / name, "rt"), delimiter=",", dtype=np.int64)
    return torch.tensor(table[:, :64] / 16).float().view(-1, 1, 8, 8), torch.tensor(table[:, 64])


def main():
    torch.set_num_threads(1)  # so small a model gains nothing from more
    torch.manual_seed(0)
    images, labels = read("optdigits.tra.gz")
    test_images, test_labels = read("optdigits.tes.gz")
    model = nn.Sequential(
        nn.Conv2d(1, 32, 3, padding=1), nn.BatchNorm2d(32), nn.ReLU(), nn.MaxPool2d(2),
        nn.Conv2d(32, 64, 3, padding=1), nn.BatchNorm2d(64), nn.ReLU(), nn.MaxPool2d(2),
        nn.Flatten(), nn.Dropout(0.5), nn.Linear(64 * 4, 10),
    )

    epochs, batch = 8, 64
    optimizer = torch.optim.AdamW(model.parameters(), lr=2e-3)
    schedule = torch.optim.lr_scheduler.OneCycleLR(optimizer, 5e-3, total_steps=epochs * (len(images) // batch))
    for _ in range(epochs):
        for index in torch.randperm(len(images)).split(batch)[: len(images) // batch]:
            optimizer.zero_grad()
            F.cross_entropy(model(images[index]), labels[index]).backward()
            optimizer.step()
            schedule.step()

    model.eval()
    with torch.no_grad():
        logits = {"train": model(images), "test": model(test_images)}
        torch.jit.trace(model, images[:2]).save(HERE / "teacher.pt")
    for split, table in logits.items():
        np.save(HERE / f"{split}_logits.npy", table.numpy())
    accuracy = (logits["test"].argmax(1) == test_labels).double().mean().item()
    print(f"{100 * accuracy:.2f} % of the test examples are right")


if __name__ == "__main__":
    main()
