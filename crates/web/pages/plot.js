// Figures over epochs: the values under the cursor, and zooming by dragging a box or by keys.

import { show } from "./form.js";

/**
 * Which value stands where in a figure, in pixels of its view box, and the curves in it.
 * @typedef {{name: string, low: number, high: number, start: number, end: number, is_logarithmic: boolean}} Axis
 * @typedef {{epoch: number, mean: number | null, raw_mean: number | null, raw_sd: number | null, n: number}} Point
 * @typedef {{name: string, color: string, points: Point[]}} Line
 * @typedef {{axes: {width: number, x: Axis, y: Axis}, networks: Line[]}} Plot
 */

const SVG = "http://www.w3.org/2000/svg";

/** The figure under the cursor, with the place where dragging began.
 * @type {{svg: SVGSVGElement, plot: Plot, from: DOMPoint | null} | null} */
let active = null;
/** Where the pointer was last, and the epoch that keys have chosen since.
 * @type {{clientX: number, clientY: number} | null} */
let pointer = null;
/** @type {number | null} */
let epoch = null;
/** What the figures hold, read once.
 * @type {WeakMap<HTMLElement, Plot>} */
const known = new WeakMap();

/** Figures with `data-plot` show values and can be zoomed. */
export function plots() {
  document.addEventListener("pointermove", move);
  document.addEventListener("pointerdown", (event) => {
    const found = plotAt(event.target);
    if (!found || event.button !== 0) return;
    // A finger scrolls the page, and sees the values where it taps.
    if (event.pointerType === "touch") {
      move(event);
      return;
    }
    const from = pointIn(found.svg, event);
    active = isInside(found.plot, from) ? { ...found, from } : null;
    // The figure must not be renewed under the pointer.
    if (active) found.svg.dataset.keep = "";
  });
  document.addEventListener("pointerup", release);
  document.addEventListener("pointercancel", stopDragging);
  document.addEventListener("renewed", showAgain);
  document.addEventListener("dblclick", (event) => {
    if (plotAt(event.target)) zoom(null, null);
  });
  document.addEventListener("keydown", key);
  document.addEventListener("focusout", (event) => {
    const found = plotAt(event.target);
    if (found) hide(found.svg);
  });
}

/** The figure that an element belongs to.
 * @param {EventTarget | null} target */
function plotAt(target) {
  const figure = target instanceof Element ? target.closest("figure[data-plot]") : null;
  const svg = figure?.querySelector("svg");
  if (!(figure instanceof HTMLElement) || !svg) return null;
  /** @type {Plot} */
  const plot = known.get(figure) ?? JSON.parse(figure.dataset.plot ?? "");
  known.set(figure, plot);
  return { svg, plot };
}

/** The place of a pointer in the coordinates of the view box.
 * @param {SVGSVGElement} svg
 * @param {{clientX: number, clientY: number}} event */
function pointIn(svg, event) {
  return new DOMPoint(event.clientX, event.clientY).matrixTransform(svg.getScreenCTM()?.inverse());
}

/** @param {Plot} plot
 * @param {DOMPoint} at */
function isInside(plot, at) {
  const within = (/** @type {Axis} */ axis, /** @type {number} */ v) =>
    v >= Math.min(axis.start, axis.end) - 4 && v <= Math.max(axis.start, axis.end) + 4;
  return within(plot.axes.x, at.x) && within(plot.axes.y, at.y);
}

/** The value at a coordinate.
 * @param {Axis} axis
 * @param {number} place */
function valueAt(axis, place) {
  const part = (Math.min(Math.max(place, Math.min(axis.start, axis.end)), Math.max(axis.start, axis.end)) - axis.start) / (axis.end - axis.start);
  if (!axis.is_logarithmic) return axis.low + part * (axis.high - axis.low);
  return axis.low * (axis.high / axis.low) ** part;
}

/** The coordinate of a value.
 * @param {Axis} axis
 * @param {number} value */
function placeOf(axis, value) {
  const part = axis.is_logarithmic
    ? Math.log(value / axis.low) / Math.log(axis.high / axis.low)
    : (value - axis.low) / (axis.high - axis.low);
  return axis.start + part * (axis.end - axis.start);
}

/** @param {PointerEvent} event */
function move(event) {
  epoch = null;
  pointer = { clientX: event.clientX, clientY: event.clientY };
  const found = active?.from ? active : plotAt(event.target);
  if (!found) {
    document.querySelectorAll("figure[data-plot] svg").forEach((svg) => hide(svg));
    return;
  }
  const at = pointIn(found.svg, event);
  if (active?.from) {
    drawBox(active.svg, active.from, at);
  } else {
    hover(found, at);
  }
}

function stopDragging() {
  if (!active) return;
  const { svg } = active;
  active = null;
  delete svg.dataset.keep;
  layer(svg, "box").replaceChildren();
}

/** A figure that was renewed shows the values that the one before it showed. */
function showAgain() {
  if (epoch !== null) {
    const focused = plotAt(document.activeElement);
    if (focused) showValues(focused.svg, focused.plot, epoch);
  } else if (pointer) {
    const hovered = plotAt(document.elementFromPoint(pointer.clientX, pointer.clientY));
    if (hovered) hover(hovered, pointIn(hovered.svg, pointer));
  }
}

/** @param {{svg: SVGSVGElement, plot: Plot}} figure
 * @param {DOMPoint} at */
function hover({ svg, plot }, at) {
  if (isInside(plot, at)) showValues(svg, plot, valueAt(plot.axes.x, at.x));
  else hide(svg);
}

/** @param {PointerEvent} event */
function release(event) {
  if (!active?.from) return;
  const { svg, plot, from } = active;
  const to = pointIn(svg, event);
  stopDragging();
  if (Math.abs(to.x - from.x) < 8 && Math.abs(to.y - from.y) < 8) return;
  const range = (/** @type {Axis} */ axis, /** @type {number} */ a, /** @type {number} */ b) => {
    const ends = [valueAt(axis, a), valueAt(axis, b)].sort((left, right) => left - right);
    return ends.map((end) => Number(end.toPrecision(6))).join(",");
  };
  // A box that is flat zooms one axis only.
  zoom(
    Math.abs(to.x - from.x) < 8 ? undefined : range(plot.axes.x, from.x, to.x),
    Math.abs(to.y - from.y) < 8 ? undefined : range(plot.axes.y, from.y, to.y),
  );
}

/**
 * Shows these ranges. `null` shows everything, and `undefined` leaves the axis alone.
 * @param {string | null | undefined} x
 * @param {string | null | undefined} y
 */
function zoom(x, y) {
  const query = new URLSearchParams(location.search);
  for (const [key, value] of /** @type {const} */ ([["x", x], ["y", y]])) {
    if (value === null) query.delete(key);
    else if (value !== undefined) query.set(key, value);
  }
  show(`${location.pathname}?${query}`);
}

/** @param {KeyboardEvent} event */
function key(event) {
  const found = plotAt(event.target);
  if (!found || event.ctrlKey || event.metaKey || event.altKey) return;
  const { svg, plot } = found;
  const places = epochs(plot);
  const now = epoch ?? places[0] ?? 0;
  const index = places.findIndex((at) => at >= now);
  const go = (/** @type {number | undefined} */ to) => {
    epoch = to ?? now;
    showValues(svg, plot, epoch);
  };
  const half = (plot.axes.x.high - plot.axes.x.low) / 4;
  /** @type {Record<string, () => void>} */
  const keys = {
    ArrowRight: () => go(places[Math.min(index + 1, places.length - 1)]),
    ArrowLeft: () => go(places[Math.max(index - 1, 0)]),
    Home: () => go(places[0]),
    End: () => go(places.at(-1)),
    "+": () => zoom(`${Math.max(now - half, plot.axes.x.low)},${Math.min(now + half, plot.axes.x.high)}`, undefined),
    "-": () => zoom(null, null),
    0: () => zoom(null, null),
    Escape: () => {
      epoch = null;
      hide(svg);
    },
  };
  const act = keys[event.key];
  if (!act) return;
  event.preventDefault();
  act();
}

/** The epochs that the figure shows, in order.
 * @param {Plot} plot */
function epochs(plot) {
  const { low, high } = plot.axes.x;
  const all = new Set(plot.networks.flatMap((line) => line.points.map((point) => point.epoch)));
  return [...all].filter((at) => at >= low && at <= high).sort((a, b) => a - b);
}

/**
 * Draws the line at the nearest epoch, and writes each curve's value there.
 * @param {SVGSVGElement} svg
 * @param {Plot} plot
 * @param {number} value
 */
function showValues(svg, plot, value) {
  const at = epochs(plot).reduce((best, x) => (Math.abs(x - value) < Math.abs(best - value) ? x : best), Infinity);
  if (!Number.isFinite(at)) return;
  const cursor = layer(svg, "cursor");
  const x = placeOf(plot.axes.x, at);
  cursor.replaceChildren(element("line", { x1: x, x2: x, y1: plot.axes.y.start, y2: plot.axes.y.end, class: "l-muted" }));
  const list = document.createElement("ul");
  for (const line of plot.networks) {
    const point = line.points.find((one) => one.epoch === at);
    if (!point || point.mean === null) continue;
    const y = placeOf(plot.axes.y, point.mean);
    if (y >= plot.axes.y.end - 1 && y <= plot.axes.y.start + 1) {
      cursor.append(element("circle", { cx: x, cy: y, r: 4, class: `f-${line.color}` }));
    }
    const item = document.createElement("li");
    const swatch = element("svg", { viewBox: "0 0 12 12", width: 12, height: 12, "aria-hidden": "true" });
    swatch.append(element("circle", { cx: 6, cy: 6, r: 5, class: `f-${line.color}` }));
    item.append(swatch, ` ${line.name}: ${shown(point, plot.axes.y.name)}`);
    list.append(item);
  }
  const tip = tipOf(svg);
  const head = document.createElement("strong");
  const isSmoothed = plot.networks.some((line) => line.points.some((point) => point.mean !== point.raw_mean));
  const what = isSmoothed ? "measured mean ± standard error, lines smoothed" : "mean ± standard error";
  head.textContent = `${plot.axes.x.name} ${at}, ${what}`;
  tip.replaceChildren(head, list);
  tip.hidden = false;
  // The drawing may be scrolled aside in its frame.
  const [box, frame] = [svg, tip.offsetParent ?? svg].map((it) => it.getBoundingClientRect());
  if (!box || !frame) return;
  const left = box.left - frame.left + (x / svg.viewBox.baseVal.width) * box.width;
  const isLeft = left < frame.width / 2;
  tip.style.left = isLeft ? `${left + 16}px` : "auto";
  tip.style.right = isLeft ? "auto" : `${frame.width - left + 16}px`;
}

/** What was measured, with the standard error of the mean.
 * @param {Point} point
 * @param {string} name the name of the axis, which ends with its unit */
function shown(point, name) {
  const [digits, unit] = name.endsWith("%") ? [2, "%"] : [4, ""];
  const error = point.raw_sd === null ? "" : ` ± ${(point.raw_sd / Math.sqrt(point.n)).toFixed(digits)}`;
  return `${(point.raw_mean ?? NaN).toFixed(digits)}${error}${unit}, n = ${point.n}`;
}

/** @param {SVGSVGElement} svg
 * @param {DOMPoint} from
 * @param {DOMPoint} to */
function drawBox(svg, from, to) {
  const [x, y] = [Math.min(from.x, to.x), Math.min(from.y, to.y)];
  const [width, height] = [Math.abs(to.x - from.x), Math.abs(to.y - from.y)];
  layer(svg, "box").replaceChildren(element("rect", { x, y, width, height, class: "f-train", opacity: 0.15 }));
}

/** The values are read out when they change.
 * @param {SVGSVGElement} svg */
function tipOf(svg) {
  const figure = svg.closest("figure");
  const found = figure?.querySelector(".tip");
  if (found instanceof HTMLElement) return found;
  const tip = document.createElement("div");
  tip.className = "tip";
  tip.setAttribute("role", "status");
  figure?.append(tip);
  return tip;
}

/** @param {Element} svg */
function hide(svg) {
  if (active?.svg === svg) return;
  svg.querySelectorAll("g.cursor, g.box").forEach((group) => group.remove());
  svg.closest("figure")?.querySelector(".tip")?.remove();
}

/** A group in front of the drawing.
 * @param {SVGSVGElement} svg
 * @param {string} name */
function layer(svg, name) {
  const found = svg.querySelector(`g.${name}`);
  if (found) return found;
  const group = element("g", { class: name, "pointer-events": "none" });
  svg.append(group);
  return group;
}

/** @param {string} name
 * @param {Record<string, string | number>} attributes */
function element(name, attributes) {
  const made = document.createElementNS(SVG, name);
  for (const [key, value] of Object.entries(attributes)) made.setAttribute(key, String(value));
  return made;
}
