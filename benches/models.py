"""PyTorch's side of `models.rs`: training steps of the models of kd-models' fixtures, on one thread.

Says torch's version, then answers every line `MODEL MODE STEPS` with the loss of the first step ever taken in this mode
and the microseconds of a step. Modes are eager and compile. The first time, weights and batch are written to the folder
that is the first argument; the second names the device to train on.
"""

import pathlib
import sys
import time

import torch
import torch.nn.functional as F
from safetensors.torch import save_file

sys.path.append(str(pathlib.Path(__file__).parent.parent / "crates/kd-models/tests/fixtures"))
import fixtures  # noqa: E402


def perceptron():
    """The fixtures' perceptron has columns of categories; this one has none."""

    class Perceptron(torch.nn.Module):
        def __init__(self):
            super().__init__()
            self.hidden0, self.hidden1 = torch.nn.Linear(64, 256), torch.nn.Linear(256, 256)
            self.head = torch.nn.Linear(256, fixtures.K)

        def forward(self, x):
            return self.head(F.relu(self.hidden1(F.relu(self.hidden0(x))))), {}

    return Perceptron()


def numbers(model):
    """Of the tokenizer, the part for numbers alone."""
    del model.tokenizer.category_embeddings
    model.tokenizer.split = lambda x: (x, x.new_zeros(len(x), 0, model.tokenizer.weight.shape[1]))
    return model


def adamw(weights):
    return torch.optim.AdamW(weights, 1e-3, weight_decay=0.01)


def sgd(weights):
    return torch.optim.SGD(weights, 0.05, momentum=0.9, weight_decay=5e-4)


# Name: model, batch, optimiser.
MODELS = {
    "mlp": (perceptron, lambda: torch.randn(64, 64), adamw),
    "cifar_resnet": (lambda: fixtures.CifarResNet(20, [16, 16, 32, 64]), lambda: torch.randn(64, 3, 32, 32), sgd),
    "transformer": (lambda: fixtures.Transformer(5000, 64, 4, 2, 256, 64), lambda: torch.randint(1, 5000, (32, 32)), adamw),
    "ft_transformer": (lambda: numbers(fixtures.FtTransformer(16, 0, 1, 64, 4, 96, 3)), lambda: torch.randn(128, 16), adamw),
}


class Training:
    def __init__(self, name, mode, device):
        build, draw, optimizer = MODELS[name]
        torch.manual_seed(0)
        self.model, self.batch = build().to(device), draw().to(device)
        self.labels = torch.arange(len(self.batch), device=device) % fixtures.K
        self.tensors = {f"weights/{name}": value.clone() for name, value in self.model.state_dict().items()}
        self.tensors |= {"batch": self.batch, "labels": self.labels}
        self.forward = torch.compile(self.model) if mode == "compile" else self.model
        self.optimizer = optimizer(self.model.parameters())
        self.first = None

    def step(self):
        loss = F.cross_entropy(self.forward(self.batch)[0], self.labels)
        self.optimizer.zero_grad()
        loss.backward()
        self.optimizer.step()
        if self.first is None:
            self.first = loss.item()


def main():
    torch.set_num_threads(1)
    torch.backends.cudnn.allow_tf32 = False  # as in a study
    folder, device, trainings = pathlib.Path(sys.argv[1]), sys.argv[2], {}
    finish = torch.cuda.synchronize if device == "cuda" else lambda: None
    print(torch.__version__, flush=True)
    for order in sys.stdin:
        name, mode, steps = order.split()
        if (name, mode) not in trainings:
            training = trainings[name, mode] = Training(name, mode, device)
            save_file(training.tensors, folder / f"{name}.safetensors")
            training.step()  # compiles
        finish()
        training = trainings[name, mode]
        start = time.perf_counter()
        for _ in range(int(steps)):
            training.step()
        finish()
        print(training.first, (time.perf_counter() - start) * 1e6 / int(steps), flush=True)


main()
