// What every page does: it follows its study, and answers to forms, buttons and figures.

import { actions } from "./actions.js";
import { copying } from "./copy.js";
import { forms } from "./form.js";
import { follow } from "./live.js";
import { plots } from "./plot.js";
import { tryIt } from "./try.js";

document.documentElement.classList.add("js");
copying();
forms();
actions();
plots();
tryIt();
follow();
