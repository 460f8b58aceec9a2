// Copyright (c) 2026 The resile authors
// SPDX-License-Identifier: MIT

// The page of `resile torture --check`: how many histories were judged, how tangled they were, and the one without an
// order, if there is one.

"use strict";

(() => {
  const { element, grouped, counted, rate, plot, table, card, tile, legend, logScale, decades, thinned, short, tip } = resilePage;
  const measures = [
    { key: "histories", name: "histories", colour: "var(--accent)" },
    { key: "calls", name: "calls", colour: "var(--p1)" },
    { key: "overlapping_calls", name: "at the same time as another thread’s", colour: "var(--p2)" },
    { key: "calls_in_handlers", name: "in handlers", colour: "var(--p3)" },
    { key: "calls_inside_a_call", name: "in handlers that interrupted a call", colour: "var(--p4)" },
  ];

  function countPlot(flavours, width) {
    const dots = flavours.flatMap((one) => measures.map((measure) => ({ one, measure, count: one[measure.key] }))).filter(({ count }) => count > 0);
    const ticks = decades(dots.map(({ count }) => count));
    return Plot.plot({
      width, height: flavours.length * 40 + 66, marginLeft: 132, marginRight: 24, marginTop: 14, marginBottom: 40, style: "font-size: 11.5px",
      x: logScale(ticks, { inset: 12 }),
      y: { domain: flavours.map((one) => one.flavour), label: null },
      marks: [
        Plot.axisX(thinned(ticks, width - 156), { text: short, label: "how many", labelArrow: "none" }),
        Plot.axisY({ label: null, tickSize: 0, fontSize: 12, fill: "var(--ink)" }),
        Plot.ruleY(flavours, { y: "flavour", stroke: "var(--line)" }),
        Plot.dot(dots, { x: "count", y: ({ one }) => one.flavour, fill: ({ measure }) => measure.colour, r: 5.5 }),
        tip(dots, "pointer", { x: "count", y: ({ one }) => one.flavour, title: ({ one, measure, count }) => `${one.flavour}\n${grouped(count)} ${measure.key === "histories" ? "" : "calls "}${measure.key === "calls" ? "" : measure.name}` }),
      ],
      r: { type: "identity" },
    });
  }

  function numbers(flavours) {
    const value = (number) => ({ text: grouped(number), value: number });
    return table(["flavour", "histories", "per second", "calls", "overlapping", "in handlers", "inside a call", "refused", "longest search", "no order", "stranded", "verdict"],
      flavours.map((one) => ({
        data: { "data-flavour": one.flavour },
        cells: [one.flavour, value(one.histories), rate(one.histories / one.seconds),
          ...["calls", "overlapping_calls", "calls_in_handlers", "calls_inside_a_call", "refused", "longest_search", "unordered", "stranded"].map((key) => value(one[key])),
          one.held ? "held" : "FAILED"],
      })));
  }

  resilePage.views.histories = {
    name: "resile torture --check",
    verdict: (report) => report.held,
    title: (report) => {
      const sum = (key) => d3.sum(report.flavours, (one) => one[key]);
      if (report.held) return `${counted(sum("histories"), "history").replace("historys", "histories")}, and for each an order that explains all answers`;
      return sum("unordered") > 0 ? `${grouped(sum("unordered"))} of ${grouped(sum("histories"))} histories have no order that explains them` : "Nodes were lost, or nothing was judged";
    },
    lead: (report) => `Threads and handlers make a few calls at once on a small map (${report.map}), then stand still. Is there an order of the calls, each between its beginning and its end, that explains all answers and what is left?`,
    body: (report) => [
      resilePage.viewBar(),
      element("div.tiles", {}, ...measures.map((measure) => tile(measure.key === "histories" || measure.key === "calls" ? measure.name : `calls ${measure.name}`, grouped(d3.sum(report.flavours, (one) => one[measure.key])), ""))),
      card({ "data-figure": "histories" }, "What was judged", "Calls that overlap are what makes an order hard to find.",
        [legend(measures), plot((width) => countPlot(report.flavours, width))], numbers(report.flavours)),
      ...report.flavours.filter((one) => one.story).flatMap((one) => [element("h2", {}, `${one.flavour}: no order explains this`), element("pre.story", {}, one.story)]),
      ...resilePage.method("How a history is judged",
        ["Exactly.", "All orders that respect what ended before something else began are tried (with memory of what was tried), beside a model of the map. What is left in the map must fit, too."],
        ["Refused, stranded:", "nobody may be told that there is no memory, because nobody holds an entry; and the map must have all of its nodes in the end."]),
    ],
  };
})();
