// Copyright (c) 2026 The resile authors
// SPDX-License-Identifier: MIT

// The page of `resile explore --schedules`: how much of each case was explored, and failures told in columns.

"use strict";

(() => {
  const { element, grouped, counted, plot, table, card, tile, legend, logScale, decades, thinned, short, mark, tip } = resilePage;

  // As the table on the terminal says it. `found`: it had to break.
  const verdictOf = (one) => (one.must_break ? (!one.held ? "found" : one.complete ? "NOT FOUND" : "not found so far") : !one.held ? "BROKEN" : one.complete ? "held, all" : "held, not all");
  const isGood = (one) => (one.must_break ? !one.held || !one.complete : one.held);
  const colours = { "held, all": "var(--good)", "held, not all": "var(--p1)", found: "var(--p4)", BROKEN: "var(--bad)", "NOT FOUND": "var(--bad)", "not found so far": "var(--p1)" };

  function countPlot(cases, width) {
    const ticks = decades(cases.flatMap((one) => [Math.max(1, one.schedules), Math.max(1, one.points)]));
    return Plot.plot({
      width, height: cases.length * 23 + 62, marginLeft: 182, marginRight: 24, marginTop: 12, marginBottom: 40, style: "font-size: 11.5px",
      x: logScale(ticks, { inset: 10 }),
      y: { domain: cases.map((one) => one.case), label: null },
      marks: [
        Plot.axisX(thinned(ticks, width - 206), { text: short, label: "schedules, and points in them", labelArrow: "none" }),
        Plot.axisY({ tickSize: 0, label: null, fontSize: 12, fill: "var(--ink)" }),
        Plot.ruleY(cases, { x1: (one) => Math.max(1, one.schedules), x2: (one) => Math.max(1, one.points), y: "case", stroke: "var(--line)", strokeWidth: 2 }),
        Plot.dot(cases, { x: (one) => Math.max(1, one.points), y: "case", fill: "var(--p10)", r: 3 }),
        Plot.dot(cases, { x: (one) => Math.max(1, one.schedules), y: "case", fill: (one) => colours[verdictOf(one)], r: 5.5 }),
        tip(cases, "pointerY", { x: (one) => Math.max(1, one.schedules), y: "case", title: (one) =>
          `${one.case}: ${verdictOf(one)}\n${counted(one.schedules, "schedule")} in ${one.seconds.toFixed(1)} s, ${grouped(one.points)} points\n${counted(one.contended_words, "contended word")}, ${counted(one.outcomes, "outcome")}\n${one.meaning}`, lineWidth: 34 }),
      ],
      r: { type: "identity" },
    });
  }

  function numbers(report, cases) {
    const value = (number) => ({ text: grouped(number), value: number });
    return table(["case", { text: "what it does", word: true }, "threads", "schedules", "per second", "seconds", "points", "contended words", "outcomes", { text: "verdict", word: true }], cases.map((one) => ({
      data: { "data-case": one.case },
      cells: [one.case, { text: one.meaning, word: true, wide: true }, String(one.threads), value(one.schedules), short(Math.round(one.schedules_per_second)), one.seconds.toFixed(1),
        value(one.points), value(one.contended_words), value(one.outcomes), { text: verdictOf(one), word: true }],
    })));
  }

  // A story has a column for each context, as wide as its longest line: it is read as it is.
  const showStory = (one) => element("section.card", { "data-figure": "story", "data-case": one.case },
    element("h3", {}, one.case, one.must_break ? null : mark(false)),
    element("p.meaning", {}, one.meaning),
    element("p.why", {}, one.broken),
    element("details", one.must_break ? {} : { open: "" }, element("summary", {}, `the schedule, ${counted(one.decisions.length, "deviation")} from the course of things`), element("pre.story", {}, one.story)));

  const bounds = (report) => (report.strategy === "exhaustive" ? `in every order with at most ${counted(report.bound, "preemption")}` : `in orders that were drawn by lot (${report.strategy})`);

  // Also a part of the tour.
  resilePage.sections.schedules = (part) => {
    const cases = part.cases;
    const promises = cases.filter((one) => !one.must_break);
    const faults = cases.filter((one) => one.must_break);
    const broken = cases.filter((one) => one.story && !one.must_break);
    const groups = [
      ["What is promised", "Each case must hold in every schedule.", promises],
      ["What must be found", "Faults that were planted, more than is promised (limit-), and the known faults of Linux’s map: a search that misses one proves nothing.", faults],
    ].filter(([, , some]) => some.length > 0);
    return [
      element("div.tiles", {},
        tile("schedules", grouped(d3.sum(cases, (one) => one.schedules)), "", `and ${grouped(d3.sum(cases, (one) => one.points))} points at which something else could have happened`),
        promises.length > 0 ? tile("cases that held", `${promises.filter((one) => one.held).length} of ${promises.length}`, "", `${promises.filter((one) => one.held && one.complete).length} of them explored to the end`) : null,
        faults.length > 0 ? tile("faults found", `${faults.filter((one) => !one.held).length} of ${faults.length}`, "", "planted, or known") : null,
        tile("contended words", grouped(d3.max(cases, (one) => one.contended_words) ?? 0), "", "at most, in one case: accesses to these are the points")),
      ...broken.map(showStory),
      element("div.bar", {}, legend([...new Set(cases.map(verdictOf))].map((verdict) => ({ name: `schedules: ${verdict}`, colour: colours[verdict], look: "dot" }))
        .concat([{ name: "points", colour: "var(--p10)", look: "dot" }]))),
      ...groups.map(([title, meaning, some]) => card({ "data-figure": "cases" }, title, meaning, [plot((width) => countPlot(some, width))], numbers(part, some))),
      ...(faults.some((one) => one.story) ? [element("h2", {}, "How the faults happen"), element("p.lead", {}, "The shortest schedule that was found for each; a column for each thread, interrupts indented.")] : []),
      ...faults.filter((one) => one.story).map(showStory),
    ];
  };

  resilePage.views.schedules = {
    name: "resile explore --schedules",
    verdict: (report) => report.held,
    title: (report) => {
      const wrong = report.cases.filter((one) => !isGood(one));
      const sum = counted(d3.sum(report.cases, (one) => one.schedules), "schedule");
      if (wrong.length > 0) return wrong.some((one) => !one.held) ? `Broken: ${wrong.filter((one) => !one.held).map((one) => one.case).join(", ")}` : `Not found: ${wrong.map((one) => one.case).join(", ")}`;
      const promises = report.cases.filter((one) => !one.must_break).length;
      const faults = report.cases.filter((one) => one.must_break && !one.held).length;
      if (!report.held) return `Stopped after ${sum}; no promise was broken until then`;
      return `${sum}: ${counted(promises, "case")} held` + (faults > 0 ? `, and each of ${counted(faults, "fault")} was found` : "");
    },
    lead: (report) => `Small cases of the map and the lock, run ${bounds(report)} and ${counted(report.interrupts, "interrupt")}; each history is judged. Memory is sequentially consistent here; orderings are other tools’ work.`,
    body: (report) => [
      resilePage.viewBar(),
      ...resilePage.sections.schedules(report),
      ...resilePage.method("How to read it",
        ["Held, all:", "nothing within the limits is left. Held, not all: the time was up, or the search has no end."],
        ["Points", "are the accesses to words for which two contexts compete: only there it matters who goes first."],
        ["Outcomes", "are different histories. Locks have none: what is judged there is who may be inside."],
        ["A story", "is the schedule minimised: as few deviations from “each runs until it is done” as break the promise."]),
    ],
  };
})();
