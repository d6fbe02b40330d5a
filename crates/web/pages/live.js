// Keeps the page up to date: the server tells when something has changed, and the page asks for itself
// again and replaces the parts that differ.

/** Milliseconds without a sign of life after which the connection is taken for dead. */
const SILENCE = 40_000;
/** Milliseconds before the next attempt to connect, which double up to the last one. */
const FIRST_WAIT = 500;
const LAST_WAIT = 10_000;

/** The version that the server has told last. */
let told = "";
/** How often the page has asked for itself, and whether an answer is still to come. */
let asked = 0;
let isAsking = false;

/** Follows the directory of this page for as long as the page is open. */
export function follow() {
  const study = document.body.dataset.study;
  if (study) connect(study, FIRST_WAIT);
  document.addEventListener("visibilitychange", renewIfOld);
}

/**
 * @param {string} study the directory's name in addresses
 * @param {number} wait milliseconds before the next attempt, if this one fails
 */
function connect(study, wait) {
  const source = new EventSource(`/${study}/events`);
  let heard = Date.now();
  const watch = setInterval(() => {
    // A machine that slept, or a server that is gone without a word.
    if (Date.now() - heard > SILENCE) again(wait);
  }, 5_000);
  const again = (/** @type {number} */ delay) => {
    clearInterval(watch);
    source.close();
    document.body.classList.add("cut-off");
    setTimeout(connect, delay, study, Math.min(2 * delay, LAST_WAIT));
  };
  source.addEventListener("beat", () => {
    heard = Date.now();
  });
  source.addEventListener("message", (event) => {
    heard = Date.now();
    wait = FIRST_WAIT;
    if (document.body.classList.contains("cut-off")) {
      document.body.classList.remove("cut-off");
      tell("Connected again.");
      // The program may have been started again, and counts its versions anew.
      void renew();
    }
    /** @type {{version: number, now: string | null}} */
    const news = JSON.parse(event.data);
    const panel = document.querySelector("#now");
    if (panel && news.now !== null) panel.innerHTML = news.now;
    told = String(news.version);
    renewIfOld();
  });
  source.addEventListener("error", () => again(wait));
}

function renewIfOld() {
  const isOld = Number(told) > Number(document.body.dataset.version);
  // Nobody looks at a hidden page, so it is renewed when it is shown.
  if (isOld && !document.hidden) void renew();
}

/**
 * Asks for the page again, or for another state of its view, and replaces the parts that differ.
 * @param {string} [address]
 * @param {boolean} [isForced] also what has the focus is replaced, because the address has changed by itself
 */
export async function renew(address, isForced = false) {
  if (isAsking && !address) return;
  isAsking = true;
  const number = ++asked;
  try {
    const answer = await fetch(address ?? location.href, { headers: { accept: "text/html" } });
    const page = new DOMParser().parseFromString(await answer.text(), "text/html");
    // Something newer was asked for meanwhile.
    if (number !== asked) return;
    if (!answer.ok) {
      say(page.querySelector("h1")?.textContent ?? "The page could not be renewed.");
      return;
    }
    replaceParts(page, isForced);
    isAsking = false;
    // A change that was told meanwhile is not told again.
    renewIfOld();
  } catch {
    // The server is away. The stream of events notices it, and connects again.
  } finally {
    if (number === asked) isAsking = false;
  }
}

/** @param {Document} page
 * @param {boolean} isForced */
function replaceParts(page, isForced) {
  const [here, there] = [document, page].map((it) => it.querySelector("#content"));
  if (!here || !there) return;
  const verdicts = verdictWords(document);
  const focus = focusPath();
  const ids = (/** @type {Element} */ of) => [...of.children].map((part) => part.id).join(" ");
  const parts = [...there.children];
  if (ids(here) !== ids(there)) {
    // Parts that both pages have stay, so that what was opened or drawn in them stays too.
    const known = new Map([...here.children].map((part) => [part.id, part]));
    here.replaceChildren(...parts.map((part) => known.get(part.id) ?? document.importNode(part, true)));
  }
  [...here.children].forEach((part, index) => replace(part, parts[index], isForced));
  document.title = page.title;
  document.body.dataset.version = page.body.dataset.version ?? "";
  restoreFocus(focus);
  const now = verdictWords(document);
  if (verdicts !== "" && now !== verdicts) tell(`The verdicts have changed. ${now}`);
  document.dispatchEvent(new CustomEvent("renewed"));
}

/** Replaces an element if it differs, and spares the field in it that somebody is typing in.
 * @param {Element} old
 * @param {Element | undefined} fresh
 * @param {boolean} isForced */
function replace(old, fresh, isForced) {
  if (!fresh || old.isEqualNode(fresh) || old.matches("[data-keep]") || old.querySelector("[data-keep]")) return;
  const active = document.activeElement;
  const isEdited = active?.matches("input, select, textarea") && old.contains(active) && !isForced;
  if (!isEdited) {
    if (!isForced) keepTyped(old, fresh);
    replaceWhole(old, fresh);
  } else if (old.children.length === fresh.children.length) {
    const parts = [...fresh.children];
    [...old.children].forEach((part, index) => replace(part, parts[index], isForced));
  }
}

/** What was typed into a field stays, unless the server's own value has changed.
 * @param {Element} old
 * @param {Element} fresh */
function keepTyped(old, fresh) {
  const fields = (/** @type {Element} */ of) => /** @type {NodeListOf<HTMLInputElement>} */ (of.querySelectorAll("input[name]"));
  for (const typed of fields(old)) {
    if (typed.value === typed.defaultValue) continue;
    const same = [...fields(fresh)].find((it) => it.name === typed.name && it.defaultValue === typed.defaultValue);
    if (same) same.value = typed.value;
  }
}

/** What was opened stays open, and what was scrolled aside stays there.
 * @param {Element} old
 * @param {Element} fresh */
function replaceWhole(old, fresh) {
  const all = (/** @type {Element} */ of) => [of, ...of.querySelectorAll("details, .scroll")];
  const were = all(old).map((it) => ({ isOpen: it instanceof HTMLDetailsElement && it.open, left: it.scrollLeft }));
  old.replaceWith(fresh);
  all(fresh).forEach((it, index) => {
    const { isOpen = false, left = 0 } = were[index] ?? {};
    if (it instanceof HTMLDetailsElement && isOpen) it.open = true;
    if (left > 0) it.scrollLeft = left;
  });
}

/** The sentence on all verdicts.
 * @param {Document} page */
function verdictWords(page) {
  return page.querySelector("#differences > p:not(.note)")?.textContent ?? "";
}

/** Where the focus is: the id of the nearest element that has one, and the position below it. */
function focusPath() {
  const active = document.activeElement;
  const part = active?.closest("[id]");
  if (!active || !part || part.id === "content") return null;
  return { id: part.id, index: [...part.querySelectorAll("*")].indexOf(active), scroll: active.scrollLeft };
}

/** @param {{id: string, index: number, scroll: number} | null} path */
function restoreFocus(path) {
  const part = path && document.getElementById(path.id);
  if (!path || !part || part.contains(document.activeElement)) return;
  const element = path.index < 0 ? part : part.querySelectorAll("*")[path.index];
  if (element instanceof HTMLElement || element instanceof SVGElement) {
    element.focus({ preventScroll: true });
    element.scrollLeft = path.scroll;
  }
}

/** Milliseconds for which words stay, without and with a button. */
const STAY = 10_000;
const STAY_WITH_BUTTON = 30_000;
/** The timer that takes the words away, and news that wait until then. */
let goes = 0;
let waiting = "";

/**
 * Says something below the page, to screen readers too.
 * @param {string} words
 * @param {{name: string, act: () => void}} [undo] a button that undoes what was done
 */
export function say(words, undo) {
  const status = document.querySelector("#status");
  if (!status) return;
  status.textContent = words;
  if (undo) {
    const button = document.createElement("button");
    button.type = "button";
    button.textContent = undo.name;
    button.addEventListener("click", undo.act);
    status.append(" ", button);
  }
  const stay = undo ? STAY_WITH_BUTTON : STAY;
  const go = () => {
    if (status.contains(document.activeElement)) {
      goes = window.setTimeout(go, stay);
      return;
    }
    status.replaceChildren();
    if (waiting !== "") say(waiting);
    waiting = "";
  };
  clearTimeout(goes);
  goes = window.setTimeout(go, stay);
}

/** Tells news. They do not take away a button that undoes something.
 * @param {string} words */
function tell(words) {
  if (document.querySelector("#status button")) waiting = words;
  else say(words);
}
