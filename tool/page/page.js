// Copyright (c) 2026 The resile authors
// SPDX-License-Identifier: MIT

// What every page of resile shares: the report that lies in it, elements, numbers as words, the frame. A command's
// report has a kind; resilePage.views[kind], from the file page_KIND.js, builds what is between header and footer.
// Faults are written into the document, so that a test without a console sees them.

"use strict";

const resilePage = {
  report: JSON.parse(document.getElementById("report").textContent),
  views: {},
  sections: {},  // what two views share, by kind
};

resilePage.fault = (what) => {
  const faults = document.documentElement.dataset;
  faults.faults = (faults.faults ? faults.faults + "\n" : "") + what;
};
window.addEventListener("error", (event) => resilePage.fault(event.message));
window.addEventListener("securitypolicyviolation", (event) => resilePage.fault(`refused: ${event.blockedURI}`));

// element("p.lead", {id: "x"}, "text", another)
resilePage.element = (what, attributes = {}, ...children) => {
  const [name, ...classes] = what.split(".");
  const made = document.createElement(name);
  if (classes.length > 0) made.className = classes.join(" ");
  for (const [key, value] of Object.entries(attributes)) {
    if (key.startsWith("on")) made.addEventListener(key.slice(2), value);
    else made.setAttribute(key, value);
  }
  made.append(...children.filter((child) => child !== null && child !== undefined));
  return made;
};

// Three digits, and the unit that goes with them.
resilePage.inUnits = (value, units) => {
  let at = 0;
  while (value >= 999.5 && at + 1 < units.length) {
    value /= 1000;
    ++at;
  }
  const digits = value >= 99.95 || Number.isInteger(value) ? 0 : 1;
  return [value.toFixed(digits), units[at]];
};
resilePage.duration = (ns) => resilePage.inUnits(ns, ["ns", "µs", "ms", "s"]).join(" ");
resilePage.rate = (perSecond) => resilePage.inUnits(perSecond, ["/s", "k/s", "M/s", "G/s"]).join(" ");
resilePage.grouped = (number) => number.toLocaleString("en-US");
resilePage.counted = (number, word) => `${number.toLocaleString("en-US")} ${word}${number === 1 ? "" : "s"}`;
resilePage.threads = (count) => `${count} thread${count === 1 ? "" : "s"}`;

// A verdict, where there is one.
resilePage.mark = (held) => (held === undefined ? null
  : resilePage.element(held ? "span.mark.held" : "span.mark.broken", {}, held ? "held" : "failed"));

// Buttons of which one is pressed. options: [[value, text], ...]
resilePage.choice = (name, options, chosen, choose) => {
  const { element } = resilePage;
  const buttons = options.map(([value, text]) =>
    element("button", {
      type: "button",
      "aria-pressed": String(value === chosen),
      onclick: (event) => {
        for (const one of buttons) one.setAttribute("aria-pressed", String(one === event.currentTarget));
        choose(value);
      },
    }, text));
  return element("div", {},
    name ? element("span.choice-name", {}, name) : null,
    element("span.choice", { role: "group", "aria-label": name || "view" }, ...buttons));
};

// rows: arrays of text, or of {text, small or below, value, word, wide}; a row with `ours` is resile's.
resilePage.table = (header, rows) => {
  const { element } = resilePage;
  const cell = (kind) => (what) => {
    if (typeof what !== "object") return element(kind, {}, what);
    return element(what.word ? `${kind}.word${what.wide ? ".wide" : ""}` : kind, what.value === undefined ? {} : { "data-value": what.value },
      what.text, what.small ? element("small", {}, ` ${what.small}`) : null, what.below ? element("small.below", {}, what.below) : null);
  };
  return element("table", {},
    element("thead", {}, element("tr", {}, ...header.map(cell("th")))),
    element("tbody", {}, ...rows.map((row) => element(row.ours ? "tr.ours" : "tr", row.data ?? {}, ...row.cells.map(cell("td"))))));
};

// A plot that is drawn as soon as it is in the document, and again when its room changes. draw(width) answers an SVG.
resilePage.plot = (draw) => {
  const room = resilePage.element("div.plot");
  let drawn = 0;
  const redraw = () => {
    const width = Math.floor(room.clientWidth);
    if (width === 0 || width === drawn) return;
    drawn = width;
    const drawing = draw(width);
    room.classList.toggle("scrolling", Number(drawing.getAttribute("width")) > width);
    room.replaceChildren(drawing);
  };
  queueMicrotask(redraw);  // behind the script that makes the page: no frame has to come before all is there
  new ResizeObserver(() => requestAnimationFrame(redraw)).observe(room);
  return room;
};

resilePage.machineFacts = () => {
  const { report, element } = resilePage;
  const { machine } = report;
  const fact = (name, value) => (value ? element("span", {}, `${name} `, element("b", {}, value)) : null);
  const cpus = machine.cpus === machine.cpus_allowed ? `${machine.cpus}` : `${machine.cpus_allowed} of ${machine.cpus}`;
  return element("div.facts", {},
    fact("Processor", machine.processor + (machine.virtual ? ", virtual machine" : "")),
    fact("CPUs", cpus),
    fact("Memory", `${Math.round(machine.memory_bytes / 2 ** 30)} GiB`),
    fact("Kernel", machine.kernel),
    fact("Governor", machine.governor),
    fact("Load before", machine.load_before.toFixed(2)),
    fact("Compiler", machine.compiler),
    fact("resile", report.version),
    fact("Measured", report.started.replace("T", " ").replace("Z", " UTC")));
};

resilePage.show = () => {
  const { report, element, views } = resilePage;
  const view = views[report.kind];
  if (!view) {
    resilePage.fault(`no view of '${report.kind}'`);
    return;
  }
  document.title = view.name ?? `resile ${report.kind}`;
  document.body.dataset.view = "plots";
  document.getElementById("page").append(
    element("header", {},
      element("p.eyebrow", {}, view.name ?? `resile ${report.kind}`, resilePage.mark(view.verdict?.(report))),
      element("h1", {}, view.title(report)),
      element("p.lead", {}, view.lead(report)),
      resilePage.machineFacts()));
  document.getElementById("page").append(
    ...view.body(report),
    element("h2", {}, "Again"),
    element("p.lead", {}, "The same on your machine; --html FILE writes such a page, --json FILE its numbers."),
    element("pre", {}, report.command),
    element("footer", {}, "One file, no network. Plots: Observable Plot and D3 (ISC licence). Numbers and licences lie in this page, in the elements “report” and “licences”."));
  document.documentElement.dataset.shown = report.kind;
};
