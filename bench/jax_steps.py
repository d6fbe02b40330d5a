"""The networks in JAX, a whole step compiled: a peer of compare.py.

Gather from u8, forward, backward, penalty and Adam are compiled as one function, whose state is donated: XLA writes the
new parameters and moments over the old ones. Images are NHWC, XLA's habit on CPUs. Steps of dense networks are looped
over in the compiled function, which saves 3 to 10% of their time; each step of the convolutional one is a call of its
own, because it would take twenty times as long within a loop.
"""

from functools import partial

import jax
import jax.numpy as jnp
import numpy as np

from peer import serve

BETA1, BETA2, EPSILON = 0.9, 0.999, 1e-8
MOMENTUM, BATCH_NORM_EPSILON = 0.1, 1e-5


def initial(network, key):
    """Parameters and running statistics, a list each with an entry for each layer; PyTorch's initial values."""
    parameters, statistics = [], []
    for kind, *sizes in network.layers:
        key, for_weights, for_biases = jax.random.split(key, 3)
        shape, statistic = None, ()
        if kind == "dense":
            shape, fan_in = (sizes[0], sizes[1]), sizes[0]
        elif kind == "conv":
            shape, fan_in = (sizes[2], sizes[2], sizes[0], sizes[1]), sizes[0] * sizes[2] ** 2
        elif kind == "batchnorm":
            statistic = (jnp.zeros(sizes[0]), jnp.ones(sizes[0]))
        if shape:
            bound = fan_in**-0.5
            weights = jax.random.uniform(for_weights, shape, minval=-bound, maxval=bound)
            parameters.append((weights, jax.random.uniform(for_biases, shape[-1:], minval=-bound, maxval=bound)))
        else:
            parameters.append((jnp.ones(sizes[0]), jnp.zeros(sizes[0])) if kind == "batchnorm" else ())
        statistics.append(statistic)
    return parameters, statistics


def forward(network, parameters, statistics, x, key):
    """Logits and the new running statistics, as training sees them."""
    updated = []
    for (kind, *sizes), own, running in zip(network.layers, parameters, statistics):
        if kind == "dense":
            x = x @ own[0] + own[1]
        elif kind == "conv":
            x = jax.lax.conv_general_dilated(x, own[0], (1, 1), "SAME", dimension_numbers=("NHWC", "HWIO", "NHWC"))
            x = x + own[1]
        elif kind == "batchnorm":
            mean, variance, count = x.mean(0), x.var(0), x.shape[0]
            x = (x - mean) * jax.lax.rsqrt(variance + BATCH_NORM_EPSILON) * own[0] + own[1]
            new = (mean, variance * (count / (count - 1)))
            running = tuple((1 - MOMENTUM) * old + MOMENTUM * now for old, now in zip(running, new))
        elif kind == "dropout":
            key, own_key = jax.random.split(key)
            kept = 1 - sizes[0]
            x = jnp.where(jax.random.bernoulli(own_key, kept, x.shape), x / kept, 0)
        elif kind == "relu":
            x = jax.nn.relu(x)
        elif kind == "flatten":
            x = x.reshape(x.shape[0], -1)
        updated.append(running)
    return x, updated


def loss_of(network, parameters, statistics, x, labels, key):
    """The loss, penalty included, and the new running statistics."""
    logits, statistics = forward(network, parameters, statistics, x, key)
    if network.softmax_twice:
        logits = jax.nn.softmax(logits)
    loss = -jnp.take_along_axis(jax.nn.log_softmax(logits), labels[:, None], 1).mean()
    leaves = jax.tree.leaves(parameters)
    if network.l1:
        loss += network.l1 * sum(jnp.abs(leaf).sum() for leaf in leaves)
    if network.l2:
        loss += network.l2 * sum(jnp.square(leaf).sum() for leaf in leaves)
    return loss, statistics


def step(network, state, images, labels, order):
    """One training step; `state` holds all that changes, the sum of losses and the place in `order` included."""
    batch = jax.lax.dynamic_slice_in_dim(order, state["position"], network.batch_size)
    shape = (network.batch_size, 28, 28, 1) if network.is_convolutional else (network.batch_size, 784)
    x = images[batch].astype(jnp.float32).reshape(shape) / 255
    key = jax.random.fold_in(state["key"], state["count"])
    (loss, statistics), gradients = jax.value_and_grad(partial(loss_of, network), has_aux=True)(
        state["parameters"], state["statistics"], x, labels[batch], key
    )
    count = state["count"] + 1
    rate = network.learning_rate / (1 - BETA1**count)
    scale = 1 / jnp.sqrt(1 - BETA2**count)
    first = jax.tree.map(lambda m, g: BETA1 * m + (1 - BETA1) * g, state["first"], gradients)
    second = jax.tree.map(lambda v, g: BETA2 * v + (1 - BETA2) * g * g, state["second"], gradients)
    parameters = jax.tree.map(
        lambda p, m, v: p - rate * m / (jnp.sqrt(v) * scale + EPSILON), state["parameters"], first, second
    )
    return {
        "parameters": parameters, "statistics": statistics, "first": first, "second": second, "key": state["key"],
        "count": count, "position": state["position"] + network.batch_size, "loss_sum": state["loss_sum"] + loss,
    }  # fmt: skip


jitted_step = jax.jit(step, static_argnums=0, donate_argnums=1)


@partial(jax.jit, static_argnums=0, donate_argnums=1)
def jitted_steps(network, state, images, labels, order, count):
    return jax.lax.fori_loop(0, count, lambda _, state: step(network, state, images, labels, order), state)


class Trainer:
    """A network's state on the device; images and labels are numpy's, as networks.images() reads them."""

    def __init__(self, network, images, labels):
        self.network, self.images, self.labels = network, jax.device_put(images), jax.device_put(labels)
        key = jax.random.key(np.random.randint(2**31))
        parameters, statistics = initial(network, key)
        zeros = partial(jax.tree.map, jnp.zeros_like)
        self.state = {
            "parameters": parameters, "statistics": statistics, "first": zeros(parameters), "second": zeros(parameters),
            "key": key, "count": jnp.int32(0), "position": jnp.int32(0), "loss_sum": jnp.float32(0),
        }  # fmt: skip
        self.shuffle()

    @property
    def parameters(self):
        return sum(leaf.size for leaf in jax.tree.leaves(self.state["parameters"]))

    def shuffle(self):
        self.order = jax.device_put(np.random.permutation(len(self.images)).astype(np.int32))
        self.state["position"], self.left = jnp.int32(0), len(self.images) // self.network.batch_size

    def train(self, steps):
        self.state["loss_sum"] = jnp.float32(0)
        done = 0
        while done < steps:
            if self.left == 0:
                self.shuffle()
            arguments = self.network, self.state, self.images, self.labels, self.order
            if self.network.is_convolutional:
                count, self.state = 1, jitted_step(*arguments)
            else:
                count = min(steps - done, self.left)
                self.state = jitted_steps(*arguments, count)
            self.left -= count
            done += count
        return float(self.state["loss_sum"]) / steps


if __name__ == "__main__":
    serve(Trainer, f"JAX {jax.__version__}, whole step compiled")
