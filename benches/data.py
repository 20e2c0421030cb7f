"""Python's side of `data.rs`: what scripts usually do to bring the same files to a model.

The arguments are the folder of original data sets and a folder of images with a subfolder for each class. Says torch's
version, then answers every line with a number that tells what was read and the microseconds that reading took.
"""

import gzip
import pathlib
import sys
import time

import numpy
import pandas
import torch
from PIL import Image
from torch.utils.data import DataLoader, Dataset
from torchvision import datasets
from torchvision.transforms import v2
from transformers import BertTokenizerFast

WORKERS = 2
BATCH = 128


def told(examples):
    """Of what was read, the last so many tell whether both sides read the same."""
    return float(examples[-1000:].double().sum())


def mnist(originals):
    def read(name, offset):
        with gzip.open(originals / "mnist" / f"{name}.gz") as file:
            return torch.from_numpy(numpy.frombuffer(file.read(), numpy.uint8, offset=offset).copy())

    images = [read(f"{part}-images-idx3-ubyte", 16).view(-1, 28, 28) for part in ("train", "t10k")]
    for part in ("train", "t10k"):
        read(f"{part}-labels-idx1-ubyte", 8).long()
    return told(images[0]) + told(images[1])


def jpeg(images):
    data = datasets.ImageFolder(images, transform=v2.PILToTensor())
    batches = DataLoader(data, batch_size=256, num_workers=WORKERS)
    pixels = torch.cat([pixels for pixels, _ in batches])
    return told(pixels)


class Cifar(Dataset):
    """As torchvision's CIFAR10 is: pixels in memory, each image made and changed when it is asked for."""

    def __init__(self, images):
        data = datasets.ImageFolder(images)
        self.pixels = [numpy.asarray(image) for image, _ in data]
        self.labels = data.targets
        self.transform = v2.Compose([
            v2.RandomCrop(32, padding=4),
            v2.RandomHorizontalFlip(),
            v2.PILToTensor(),
            v2.ToDtype(torch.float32, scale=True),
            v2.Normalize((0.4914, 0.4822, 0.4465), (0.247, 0.2435, 0.2616)),
        ])

    def __len__(self):
        return len(self.pixels)

    def __getitem__(self, row):
        return self.transform(Image.fromarray(self.pixels[row])), self.labels[row]


def augmented(images):
    """Batches of an epoch; the workers are started once."""
    if "cifar" not in KEPT:
        data = Cifar(images)
        KEPT["cifar"] = DataLoader(data, BATCH, shuffle=True, num_workers=WORKERS, persistent_workers=True)
        sum(1 for _ in KEPT["cifar"])
    start = time.perf_counter()
    count = sum(len(labels) for _, labels in KEPT["cifar"])
    return count, time.perf_counter() - start


def sst2(originals):
    """Sentences become ids, padded to the longest."""
    if "sst2" not in KEPT:
        lines = (originals / "glue-sst2/train.tsv").read_text().split("\n")[1:-1]
        tokenizer = BertTokenizerFast(str(originals / "bert-vocab/vocab.txt"))
        KEPT["sst2"] = [line.split("\t")[0] for line in lines], tokenizer
    texts, tokenizer = KEPT["sst2"]
    start = time.perf_counter()
    ids = tokenizer(texts, padding=True, return_tensors="pt", return_attention_mask=False, return_token_type_ids=False)
    taken = time.perf_counter() - start
    return told(ids["input_ids"]), taken


def adult(originals):
    """Numbers standardised, categories one-hot, both splits."""
    read = dict(header=None, skipinitialspace=True, na_values="?")
    train = pandas.read_csv(originals / "adult/adult.data", **read)
    test = pandas.read_csv(originals / "adult/adult.test", skiprows=1, **read)
    rows = pandas.concat([train, test]).drop(columns=14)
    numbers = rows.select_dtypes("number")
    fitted = numbers[: len(train)]
    numbers = (numbers - fitted.mean()) / fitted.std(ddof=0)
    categories = pandas.get_dummies(rows.select_dtypes(exclude="number"), dtype=numpy.float32)
    inputs = numpy.concatenate([numbers.to_numpy(numpy.float32), categories.to_numpy()], 1)
    labels = pandas.concat([train[14], test[14].str.rstrip(".")]).astype("category").cat.codes
    torch.from_numpy(labels.to_numpy(numpy.int64))
    # Categories are counted otherwise where one is missing; numbers are not.
    sizes = torch.from_numpy(inputs)[:, : numbers.shape[1]].abs()
    return told(sizes[: len(train)]) + told(sizes)


KEPT = {}
ORDERS = {"mnist": mnist, "adult": adult, "sst2": sst2, "jpeg": jpeg, "augmented": augmented}


def main():
    originals, images = map(pathlib.Path, sys.argv[1:])
    print(torch.__version__, flush=True)
    for order in sys.stdin:
        name = order.strip()
        start = time.perf_counter()
        found = ORDERS[name](images if name in ("jpeg", "augmented") else originals)
        value, seconds = found if isinstance(found, tuple) else (found, time.perf_counter() - start)
        print(value, seconds * 1e6, flush=True)


if __name__ == "__main__":
    main()
