// Copyright (c) 2026 The resile authors
// SPDX-License-Identifier: MIT

// The page of `resile explore --instructions`: operation by operation, where it was interrupted and by what, what came
// of it, and the failures in full.

"use strict";

(() => {
  const { element, grouped, counted, duration, plot, table, card, tile, choice, logScale, decades, thinned, short, tip } = resilePage;
  const subjects = { exact: "lru_map", linux: "Linux’s map", lock: "spinlock" };
  const subjectOf = (part) => subjects[part.map] ?? part.map;
  const second = (part) => (part.mode === "kill" ? "survivor’s operation" : part.mode === "nest" ? "interrupting operation (itself interrupted)" : "interrupting operation");
  const first = (part) => (part.mode === "kill" ? "abandoned operation" : "interrupted operation");

  // Cells of all flavours and states, added up by pair of operations.
  function pairsOf(cells) {
    return d3.flatRollup(cells, (some) => {
      const outcomes = {};
      for (const one of some) for (const [what, times] of Object.entries(one.outcomes)) outcomes[what] = (outcomes[what] ?? 0) + times;
      return { cells: some.length, least: d3.min(some, (one) => one.instructions), most: d3.max(some, (one) => one.instructions),
        injections: d3.sum(some, (one) => one.injections), failures: d3.sum(some, (one) => one.failures), outcomes };
    }, (one) => one.operations[0], (one) => one.operations[1]).map(([interrupted, interrupting, sum]) => ({ interrupted, interrupting, ...sum }));
  }

  // What a matrix can show of a pair.
  function measuresOf(pairs) {
    const outcomes = [...new Set(pairs.flatMap((pair) => Object.keys(pair.outcomes)))].sort();
    return [
      { name: "failures", colour: "var(--bad)", of: (pair) => pair.failures },
      { name: "injections", colour: "var(--p1)", of: (pair) => pair.injections },
      ...outcomes.map((name) => ({ name, colour: "var(--p4)", of: (pair) => pair.outcomes[name] ?? 0 })),
    ];
  }
  // Failures, if there are any; of Linux’s map, which promises nothing, what troubles it most.
  const firstMeasure = (part, measures, pairs) => {
    const sum = (measure) => d3.sum(pairs, measure.of);
    const [failures, injections, ...outcomes] = measures;
    if (sum(failures) > 0) return failures;
    return (part.map === "linux" && d3.greatest(outcomes, sum)) || injections;
  };

  function matrix(part, pairs, measure, room) {
    const rows = [...new Set(part.cells.map((one) => one.operations[0]))];
    const injected = new Set(part.cells.map((one) => one.operations[1]));
    const columns = [...new Set([...rows.filter((name) => injected.has(name)), ...injected])];  // in the order of the rows
    const width = Math.max(room, 150 + columns.length * 46);
    const most = Math.max(1, d3.max(pairs, measure.of));
    const strength = (pair) => (measure.of(pair) === 0 ? 0 : 0.1 + 0.55 * Math.sqrt(measure.of(pair) / most));
    const slanted = (width - 160) / columns.length < 84;
    return Plot.plot({
      width, height: rows.length * 27 + (slanted ? 90 : 36), marginLeft: 118, marginRight: slanted ? 44 : 14, marginTop: slanted ? 82 : 28, marginBottom: 8, style: "font-size: 11.5px",
      x: { domain: columns, axis: null, padding: 0.06 },
      y: { domain: rows, axis: null, padding: 0.08 },
      marks: [
        Plot.axisX({ anchor: "top", tickSize: 0, label: null, fill: "var(--ink)", ...(slanted ? { tickRotate: -40 } : {}) }),
        Plot.axisY({ tickSize: 0, label: null, fill: "var(--ink)" }),
        Plot.cell(pairs, { x: "interrupting", y: "interrupted", fill: measure.colour, fillOpacity: strength, stroke: "var(--line)", strokeOpacity: 0.8, rx: 3, className: "pair" }),
        Plot.text(pairs, { x: "interrupting", y: "interrupted", fill: "var(--ink)", fontSize: 10.5,
          text: (pair) => (measure.of(pair) === 0 ? "·" : measure.of(pair) < 1000 ? String(measure.of(pair)) : d3.format(".2~s")(measure.of(pair))) }),
        tip(pairs, "pointer", { x: "interrupting", y: "interrupted", title: (pair) =>
          [`${pair.interrupted} / ${pair.interrupting}`, `${counted(pair.injections, "injection")}, ${counted(pair.failures, "failure")}`,
            `${counted(pair.cells, "state")}, ${pair.least === pair.most ? "" : `${grouped(pair.least)} to `}${counted(pair.most, "instruction")}`,
            ...Object.entries(pair.outcomes).map(([what, times]) => `${what} ${grouped(times)}`)].join("\n") }),
      ],
    });
  }

  // How many places there are to interrupt an operation, from its shortest course to its longest.
  function lengthPlot(part, width) {
    const lengths = d3.groups(part.cells, (one) => one.operations[0]).map(([name, some]) => ({
      name, least: d3.min(some, (one) => one.instructions), most: d3.max(some, (one) => one.instructions), median: d3.median(some, (one) => one.instructions) }));
    const ticks = decades(lengths.flatMap((one) => [Math.max(1, one.least), one.most]));
    return Plot.plot({
      width, height: lengths.length * 24 + 62, marginLeft: 118, marginRight: 24, marginTop: 12, marginBottom: 40, style: "font-size: 11.5px",
      x: logScale(ticks, { inset: 10 }),
      y: { domain: lengths.map((one) => one.name), label: null },
      marks: [
        Plot.axisX(thinned(ticks, width - 142), { text: short, label: "machine instructions", labelArrow: "none" }),
        Plot.axisY({ tickSize: 0, label: null, fontSize: 12, fill: "var(--ink)" }),
        Plot.ruleY(lengths, { x1: (one) => Math.max(1, one.least), x2: "most", y: "name", stroke: "var(--p1)", strokeWidth: 5, strokeOpacity: 0.35, strokeLinecap: "round" }),
        Plot.dot(lengths, { x: (one) => Math.max(1, one.median), y: "name", fill: "var(--p1)", r: 4.5 }),
        tip(lengths, "pointerY", { x: (one) => Math.max(1, one.median), y: "name", title: (one) =>
          `${one.name}: ${grouped(one.least)} to ${grouped(one.most)} instructions\nmedian of all states ${grouped(Math.round(one.median))}` }),
      ],
      r: { type: "identity" },
    });
  }

  function numbers(part, pairs) {
    const value = (number) => ({ text: grouped(number), value: number });
    return table([first(part), { text: second(part), word: true }, "states", "instructions", "injections", "failures", { text: "outcomes", word: true }], pairs.map((pair) => ({
      data: { "data-pair": `${pair.interrupted} / ${pair.interrupting}` },
      cells: [pair.interrupted, { text: pair.interrupting, word: true }, grouped(pair.cells), pair.least === pair.most ? grouped(pair.most) : `${grouped(pair.least)} to ${grouped(pair.most)}`,
        value(pair.injections), value(pair.failures), { text: Object.entries(pair.outcomes).map(([what, times]) => `${what} ${grouped(times)}`).join(", "), word: true }],
    })));
  }

  function showMatrix(part) {
    const flavours = [...new Set(part.cells.map((one) => one.flavour))];
    const all = pairsOf(part.cells);
    const measures = measuresOf(all);
    const room = element("div", {});
    const chosen = { flavour: "all", measure: firstMeasure(part, measures, all) };
    const show = () => {
      const pairs = chosen.flavour === "all" ? all : pairsOf(part.cells.filter((one) => one.flavour === chosen.flavour));
      room.replaceChildren(plot((width) => matrix(part, pairs, chosen.measure, width)), element("div.tables.numbers", {}, numbers(part, pairs)));
    };
    const pick = (key) => (value) => {
      chosen[key] = value;
      show();
    };
    show();
    return card({ "data-figure": "matrix", "data-map": part.map }, "Operation by operation",
      `Each cell: an operation of ${subjectOf(part)}, and the other one injected in front of ${part.stride === 1 ? "each of its instructions" : `one of its instructions in ${part.stride}`}, in every prepared state.`,
      [element("div.bar", {},
        choice("cells show", measures.map((measure) => [measure, measure.name]), chosen.measure, pick("measure")),
        flavours.length > 1 ? choice("flavour", ["all", ...flavours].map((one) => [one, one]), "all", pick("flavour")) : null),
      element("p.caption.only-plots", {}, `${first(part)} ↓`, element("span", {}, `${second(part)} →`)), room]);
  }

  const showFailure = (one) => card({ "data-figure": "failure" }, `${one.cell}, ${one.state}${one.step ? `, step ${one.step}` : ""}`, one.promise, [
    one.instruction ? element("details", {}, element("summary", {}, "the instruction, and both stacks"), element("pre", {}, `in front of ${one.instruction}\n\n${one.stacks}`)) : "",
    element("pre", {}, one.again)]);

  function tilesOf(part) {
    const longest = d3.greatest(part.cells, (one) => one.instructions);
    return [
      tile("injections", grouped(part.injections), "", `in ${counted(part.cells.length, "cell")}: pairs of operations in prepared states`),
      tile("broken promises", grouped(part.failures), "", part.map === "linux" ? "nothing is promised; troubles are counted" : part.failures === 0 ? "every injection was judged" : "the first are told below"),
      longest ? tile("longest operation", grouped(longest.instructions), "", `instructions: ${longest.operations[0]}, ${longest.state}`) : null,
      tile("time", ...duration(part.seconds * 1e9).split(" "), `${grouped(Math.round(part.injections / part.seconds))} injections a second`),
    ];
  }

  const title = (part) => {
    const sum = counted(part.injections, part.mode === "kill" ? "death" : "interrupt");
    if (part.failures > 0) return `${grouped(part.failures)} of ${sum} broke a promise of ${subjectOf(part)}`;
    if (!part.held) return `Stopped after ${sum}; no promise was broken until then`;
    if (part.map === "linux") return `${sum} at single instructions: what becomes of Linux’s map`;
    return `${sum}, ${part.stride === 1 ? "one in front of each instruction" : `in front of one instruction in ${part.stride}`}: ${subjectOf(part)} kept every promise`;
  };

  // Also a part of the tour.
  resilePage.sections.instructions = (part) => [
    element("div.tiles", {}, ...tilesOf(part)),
    ...(part.cells.length === 0 ? [] : [
      showMatrix(part),
      element("div.only-plots", {}, card({ "data-figure": "lengths" }, "Places to be interrupted",
        "From the shortest course of an operation to the longest, in all states; the dot is the median.", [plot((width) => lengthPlot(part, width))]))]),
    ...(part.told ?? []).map(showFailure),
  ];

  resilePage.views.instructions = {
    name: "resile explore --instructions",
    verdict: (report) => (report.map === "linux" && report.complete ? undefined : report.held),
    title,
    lead: (report) => `An operation is begun in a prepared state and stopped by the trap flag in front of one instruction; there ${report.mode === "kill" ? "it is abandoned for good, and a survivor does another one" : "another operation runs, as in a handler"}. Then answers, contents and nodes are judged. And again, for the next instruction.${report.complete ? "" : ` Left out: ${report.left_out}.`}`,
    body: (report) => [
      resilePage.viewBar(),
      ...resilePage.sections.instructions(report),
      ...resilePage.method("What is judged",
        ["A failure", "is a broken promise: answers or contents that no order of the two operations explains, a node that is missing or there twice, a lock that is not free or not held, an operation that does not end."],
        ["Outcomes", "are counted beside: what may happen and is worth knowing. Of Linux’s map, which promises nothing, they are the troubles of its users."],
        ["States", "say how full the map is, and which keys meet: the same, in one bucket, or apart. All of them: docs/lab.md."]),
    ],
  };
})();
