"""PyTorch on the processor, as a process of its own: `python3 pytorch.py FOLDER` reads a case as measure/data.ts writes it,
then answers lines. "outputs" gives the checked numbers as hexadecimal float32, "work N" the milliseconds of N calls."""
import json
import os
import sys
import time

import torch

folder = sys.argv[1]
with open(os.path.join(folder, "case.json")) as file:
    index = json.load(file)
with open(os.path.join(folder, "numbers.bin"), "rb") as file:
    numbers = torch.frombuffer(bytearray(file.read()), dtype=torch.float32)
case = index["case"]
net, hidden, task = case["net"], case["hidden"], case["task"]
if case["threads"] == "one":
    torch.set_num_threads(1)


def array(place):
    size = 1
    for each in place["shape"]:
        size *= each
    return numbers[place["offset"]:place["offset"] + size].reshape(place["shape"]).clone()


weights = {name: array(place) for name, place in index["weights"].items()}
xs = torch.stack([array(member["xs"]) for member in index["members"]], dim=1)  # [time, member, input]
options = {"num_layers": 2, "bidirectional": True} if net == "tagger" else {}
layer = (torch.nn.GRU if net == "gru" else torch.nn.LSTM)(xs.shape[2], hidden, **options)
layer.load_state_dict({name[len("layer."):]: value for name, value in weights.items() if name.startswith("layer.")})
tags = None
if net == "tagger":
    tags = torch.nn.Linear(2 * hidden, 9)
    tags.load_state_dict({"weight": weights["tags.weight"], "bias": weights["tags.bias"]})


def run():
    output = layer(xs)[0]
    return output if tags is None else tags(output)


rows = [xs[t:t + 1].clone() for t in range(xs.shape[0])]
state = None
row = 0


def step():
    global state, row
    output, state = layer(rows[row], state)
    row = 0 if row + 1 == len(rows) else row + 1
    return output


def outputs():
    global state, row
    if task == "step":
        state, row = None, 0
        return torch.cat([step() for _ in range(10)])
    output = run()
    members = output.shape[1]
    return output[:, [0] if members == 1 else [0, members - 1]].transpose(0, 1)


with torch.inference_mode():
    with open("/proc/self/maps") as maps:
        print("openblas" if "openblas" in maps.read() else "plain", torch.__version__, flush=True)
    call = step if task == "step" else run
    for line in sys.stdin:
        words = line.split()
        if words[0] == "outputs":
            print(outputs().contiguous().numpy().tobytes().hex(), flush=True)
        else:
            # By the clock or of the processor, whichever is less, as everyone's: see peer.ts.
            clock, processor = time.perf_counter(), time.process_time()
            for _ in range(int(words[1])):
                call()
            print(1000 * min(time.perf_counter() - clock, time.process_time() - processor), flush=True)
