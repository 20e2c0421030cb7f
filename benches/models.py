"""PyTorch's side of `models.rs`: training steps and inference of the models of kd-models' fixtures, on one thread.

Says torch's version, then answers every line `MODEL MODE WHAT TIMES` with the loss of the first step ever taken in this
mode and the microseconds of one time; both are nan where the mode fails. WHAT is step, or infer: the examples of `batch`,
READ times over, without gradients. The first time, weights and batch are written to the folder that is the first argument;
the second names the device to train on. Modes are

    eager    what a script does that sets nothing: usual layout, optimisers as they come
    tuned    what a careful person does: channels last, fused optimisers, fused attention, inference mode, and for inference
             as many examples at a time as are fastest
    compile  tuned, and torch.compile
"""

import pathlib
import sys
import time

import torch
import torch.nn.functional as F
from safetensors.torch import save_file
from torch import nn

sys.path.append(str(pathlib.Path(__file__).parent.parent / "crates/kd-models/tests/fixtures"))
import fixtures  # noqa: E402

READ = 8  # batches, of as many examples as the batch has


class Perceptron(nn.Module):
    """The fixtures' perceptron has columns of categories; this one has none."""

    def __init__(self):
        super().__init__()
        self.hidden0, self.hidden1 = nn.Linear(64, 256), nn.Linear(256, 256)
        self.head = nn.Linear(256, fixtures.K)

    def forward(self, x):
        return self.head(F.relu(self.hidden1(F.relu(self.hidden0(x))))), {}


class FusedAttention(fixtures.Attention):
    def forward(self, x):
        q, k, v = (w(x).unflatten(2, (self.heads, -1)).transpose(1, 2) for w in (self.W_q, self.W_k, self.W_v))
        return self.W_out(F.scaled_dot_product_attention(q, k, v).transpose(1, 2).flatten(2))


def colour():
    """The fixtures' network reads grey images."""
    model = fixtures.Cnn([16, 32, 64], 128, 32)
    model.stage0 = nn.Conv2d(3, 16, 3, padding=1)
    return model


def numbers(model):
    """Of the tokenizer, the part for numbers alone."""
    del model.tokenizer.category_embeddings
    model.tokenizer.split = lambda x: (x, x.new_zeros(len(x), 0, model.tokenizer.weight.shape[1]))
    return model


def adamw(weights, **settings):
    return torch.optim.AdamW(weights, 1e-3, weight_decay=0.01, **settings)


def sgd(weights, **settings):
    return torch.optim.SGD(weights, 0.05, momentum=0.9, weight_decay=5e-4, **settings)


# Name: model, batch, optimiser.
MODELS = {
    "mlp": (Perceptron, lambda: torch.randn(64, 64), adamw),
    "cnn_grey": (lambda: fixtures.Cnn([16, 32, 64], 128, 28), lambda: torch.randn(64, 1, 28, 28), adamw),
    "cnn_colour": (colour, lambda: torch.randn(64, 3, 32, 32), adamw),
    "cifar_resnet": (lambda: fixtures.CifarResNet(20, [16, 16, 32, 64]), lambda: torch.randn(64, 3, 32, 32), sgd),
    "text_cnn": (lambda: fixtures.TextCnn(5000, 100, (3, 4, 5), 64), lambda: torch.randint(1, 5000, (64, 16)), adamw),
    "transformer": (lambda: fixtures.Transformer(5000, 64, 4, 2, 256, 64), lambda: torch.randint(1, 5000, (32, 32)), adamw),
    "ft_transformer": (lambda: numbers(fixtures.FtTransformer(16, 0, 1, 64, 4, 96, 3)), lambda: torch.randn(128, 16), adamw),
    "gpt": (lambda: fixtures.gpt(65, 96, 3, 3, 64), lambda: torch.randint(0, 65, (32, 64)), adamw),
}


def tuned(model):
    for name, module in list(model.named_modules()):
        if type(module) is fixtures.Attention:
            module.__class__ = FusedAttention
    return model.to(memory_format=torch.channels_last)


def laid_out(batch):
    return batch.contiguous(memory_format=torch.channels_last) if batch.dim() == 4 else batch


class Training:
    def __init__(self, name, mode, device):
        build, draw, optimizer = MODELS[name]
        torch.manual_seed(0)
        self.model, self.batch = build().to(device), draw().to(device)
        rows = self.batch.numel() if name == "gpt" else len(self.batch)
        self.labels = torch.arange(rows, device=device) % fixtures.K
        self.tensors = {f"weights/{name}": value.clone() for name, value in fixtures.state(self.model).items()}
        self.tensors |= {"batch": self.batch, "labels": self.labels}
        settings = {} if mode == "eager" else {"fused": True}
        if mode != "eager":
            self.model, self.batch = tuned(self.model), laid_out(self.batch)
        self.forward = torch.compile(self.model) if mode == "compile" else self.model
        self.optimizer = optimizer(self.model.parameters(), **settings)
        self.first, self.parts, self.device, self.mode, self.warm = None, None, device, mode, set()

    def step(self):
        loss = F.cross_entropy(self.forward(self.batch)[0].flatten(0, -2), self.labels)
        self.optimizer.zero_grad()
        loss.backward()
        self.optimizer.step()
        if self.first is None:
            self.first = loss.item()

    def finish(self):
        if self.device == "cuda":
            torch.cuda.synchronize()

    def infer(self):
        self.model.eval()
        with torch.inference_mode():
            if self.parts is None:
                self.parts = self.fastest([self.batch] * READ)
            for part in self.parts:
                self.forward(part)
        self.model.train()

    def fastest(self, batches):
        """The same examples, as many at a time as take least; eager, as a script has them, in batches of 1,000."""
        examples = torch.cat(batches)
        if self.mode == "eager":
            return [laid_out(part) for part in examples.split(1000)]
        times = {}
        for size in (32, 64, 128, 256, 512):
            parts = [laid_out(part) for part in examples.split(size)]
            for _ in range(3):
                self.finish()
                start = time.perf_counter()
                for part in parts:
                    self.forward(part)
                self.finish()
                taken = time.perf_counter() - start
                times[taken] = parts
        return times[min(times)]

    def time(self, what, times):
        work = getattr(self, what)
        if what not in self.warm:
            work()  # compiles
            self.warm.add(what)
        self.finish()
        start = time.perf_counter()
        for _ in range(times):
            work()
        self.finish()
        return (time.perf_counter() - start) * 1e6 / times


def main():
    torch.set_num_threads(1)
    torch.backends.cudnn.allow_tf32 = False  # as in a study
    folder, device, trainings = pathlib.Path(sys.argv[1]), sys.argv[2], {}
    print(torch.__version__, flush=True)
    for order in sys.stdin:
        name, mode, what, times = order.split()
        try:
            if (name, mode) not in trainings:
                training = trainings[name, mode] = Training(name, mode, device)
                save_file({key: value.contiguous() for key, value in training.tensors.items()},
                          folder / f"{name}.safetensors")
                training.step()
            training = trainings[name, mode]
            print(training.first, training.time(what, int(times)), flush=True)
        except Exception as error:
            print(f"{order.strip()}: {error}", file=sys.stderr)
            print("nan nan", flush=True)


if __name__ == "__main__":
    main()
