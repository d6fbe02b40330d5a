"""Makes small.npz: four images of 2x3 pixels in Fortran's order, big-endian, and labels that are texts."""

from pathlib import Path

import numpy as np

images = np.asfortranarray((np.arange(24).reshape(4, 2, 3) / 23).astype(">f4"))
labels = np.array(["Äpfel", "Birnen"] * 2)
np.savez_compressed(Path(__file__).with_name("small.npz"), images=images, labels=labels)
