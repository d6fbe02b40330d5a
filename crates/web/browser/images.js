// A small data set as IDX files. Simple garments with noise: small networks learn most of them.

import { mkdirSync, writeFileSync } from "node:fs";
import { join } from "node:path";

const SIDE = 28;

/** Rectangles of each class, in pixels: left, top, right, bottom. @type {Record<string, [number, number, number, number][]>} */
const GARMENTS = {
  Shirt: [[8, 6, 20, 24], [3, 6, 25, 12]],
  Trousers: [[8, 4, 20, 9], [8, 4, 13, 25], [15, 4, 20, 25]],
  Shoe: [[4, 17, 25, 22], [4, 12, 13, 22]],
  Boot: [[4, 17, 25, 22], [4, 5, 13, 22]],
};

/** Random numbers from 0 to 1, the same in every run. */
function* random() {
  for (let state = 1; ; ) {
    state = (Math.imul(state, 1664525) + 1013904223) >>> 0;
    yield state / 2 ** 32;
  }
}

/** Writes the training and test images of a data set.
 * @param {string} dir */
export function writeImages(dir) {
  mkdirSync(dir, { recursive: true });
  writeFileSync(join(dir, "classes.txt"), Object.keys(GARMENTS).join("\n"));
  const numbers = random();
  for (const [part, count] of /** @type {const} */ ([["train", 1500], ["t10k", 400]])) {
    const labels = Buffer.alloc(count);
    const images = Buffer.alloc(count * SIDE * SIDE);
    for (let image = 0; image < count; image += 1) {
      labels[image] = image % Object.keys(GARMENTS).length;
      draw(images.subarray(image * SIDE * SIDE), labels[image] ?? 0, () => numbers.next().value ?? 0);
    }
    writeFileSync(join(dir, `${part}-labels-idx1-ubyte`), Buffer.concat([head(count), labels]));
    writeFileSync(join(dir, `${part}-images-idx3-ubyte`), Buffer.concat([head(count, SIDE, SIDE), images]));
  }
}

/** The head of an IDX file of bytes.
 * @param {number[]} sizes */
function head(...sizes) {
  const bytes = Buffer.from([0, 0, 8, sizes.length, ...sizes.flatMap(() => [0, 0, 0, 0])]);
  sizes.forEach((size, index) => bytes.writeUInt32BE(size, 4 + 4 * index));
  return bytes;
}

/** @param {Buffer} image
 * @param {number} label
 * @param {() => number} next a random number */
function draw(image, label, next) {
  const [right, down] = [next, next].map((it) => Math.round(6 * it()) - 3);
  const brightness = 80 + 100 * next();
  const rectangles = Object.values(GARMENTS)[label] ?? [];
  for (let pixel = 0; pixel < SIDE * SIDE; pixel += 1) {
    const [x, y] = [(pixel % SIDE) - (right ?? 0), Math.floor(pixel / SIDE) - (down ?? 0)];
    const isInside = rectangles.some(([left, top, end, bottom]) => x >= left && x < end && y >= top && y < bottom);
    image[pixel] = Math.min(255, (isInside ? brightness : 0) + 75 * next() * next());
  }
}
