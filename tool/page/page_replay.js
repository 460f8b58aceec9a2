// Copyright (c) 2026 The resile authors
// SPDX-License-Identifier: MIT

// The page of `resile replay`: per trace the hit ratio over the capacity, and how far it is from true LRU's.

"use strict";

(() => {
  const { element, grouped, counted, rate, plot, table, card, tile, legend, logScale, decades, thinned, short, tip } = resilePage;
  const looks = {
    exact: { name: "resile::lru_map", colour: "var(--accent)", ours: true },
    linux: { name: "Linux’s LRU_HASH", colour: "var(--p1)" },
    "linux-plain": { name: "Linux’s LRU_HASH before June 2026", colour: "var(--p3)" },
  };
  const yardsticks = [
    { name: "true LRU", colour: "var(--p10)", key: "true_lru_ratio", look: "wide" },
    { name: "optimum, which knows the future", colour: "var(--p5)", key: "optimal_ratio", look: "dashed" },
  ];
  const percent = (ratio) => `${(100 * ratio).toFixed(2)} %`;
  const points = (row) => 100 * (row.hit_ratio - row.true_lru_ratio);
  const signed = (number) => (number < 0 ? "−" : "+") + Math.abs(number).toFixed(2);

  // As people call a trace: without what says how it is packed.
  const nameOf = (trace) => trace.replace(/\.(zst|gz)$/, "").replace(/\.(keys|txt)$/, "");

  // A map in a flavour is a line of its own.
  function linesOf(report) {
    return d3.groups(report.rows, (row) => row.map, (row) => row.flavour).flatMap(([map, flavours]) =>
      flavours.map(([flavour, rows]) => ({
        ...looks[map], map, flavour, rows,
        name: `${looks[map].name}${flavour === "shared" ? "" : `, ${flavour}`}`,
        dash: { shared: null, "per-cpu": "6,3", "per-cpu-values": "2,3" }[flavour],
        look: flavour === "shared" ? null : "dashed",
      })));
  }

  // What all lines say at one capacity.
  const hoverOf = (lines, trace) => (entries) => {
    const there = lines.map((line) => [line, line.rows.find((row) => row.trace === trace && row.entries === entries)]).filter(([, row]) => row);
    const row = there[0][1];
    return [`${grouped(entries)} entries`, `optimum ${percent(row.optimal_ratio)}`, `true LRU ${percent(row.true_lru_ratio)}`,
      ...there.map(([line, each]) => `${line.name} ${percent(each.hit_ratio)} (${signed(points(each))})`)].join("\n");
  };

  function frame(width, rows, height, y, marks) {
    const entries = [...new Set(rows.map((row) => row.entries))];
    const ticks = decades(entries);
    return Plot.plot({
      width, height, marginLeft: 52, marginRight: 14, marginTop: 26, marginBottom: 38, style: "font-size: 11.5px",
      x: logScale(ticks, { inset: 10, domain: d3.extent([...entries, ...(entries.length === 1 ? [entries[0] / 2, entries[0] * 2] : [])]) }),
      y: { grid: true, axis: null, inset: 6, nice: true, ...y.scale },
      marks: [
        Plot.axisX(thinned(ticks, width - 66), { text: short, label: "entries of the map", labelArrow: "none" }),
        Plot.axisY({ ticks: 5, tickFormat: y.format, label: y.label, labelArrow: "none" }),
        ...marks(entries),
      ],
      r: { type: "identity" },
    });
  }
  const lineOf = (line, rows, y) => [
    Plot.line(rows, { x: "entries", y, stroke: line.colour, strokeWidth: line.ours ? 2.6 : 1.8, strokeDasharray: line.dash, sort: "entries" }),
    Plot.dot(rows, { x: "entries", y, fill: line.colour, r: line.ours ? 3.6 : 2.8, className: "value" }),
  ];
  const hoverMarks = (lines, trace, entries, y) => {
    const hover = hoverOf(lines, trace);
    return [
      Plot.ruleX(entries, Plot.pointerX({ x: (one) => one, stroke: "var(--faint)", strokeOpacity: 0.6 })),
      tip(entries, "pointerX", { x: (one) => one, y, title: hover }),
    ];
  };

  function ratioPlot(lines, trace, rows, width) {
    const first = (entries) => rows.find((row) => row.entries === entries);
    return frame(width, rows, 290, { format: (one) => `${one} %`, label: "hit ratio" }, (entries) => {
      const steps = d3.sort(entries);
      return [
        ...yardsticks.flatMap(({ key, colour, look }) => {
          const at = { x: (one) => one, y: (one) => 100 * first(one)[key] };
          return look === "wide"
            ? [Plot.line(steps, { ...at, stroke: colour, strokeWidth: 9, strokeOpacity: 0.4, strokeLinecap: "round" }),
              Plot.dot(steps, { ...at, fill: colour, fillOpacity: 0.4, r: 6.5 })]
            : [Plot.line(steps, { ...at, stroke: colour, strokeWidth: 1.8, strokeDasharray: "4,4" }), Plot.dot(steps, { ...at, fill: colour, r: 2.4 })];
        }),
        ...[...lines].reverse().flatMap((line) => lineOf(line, rows.filter((row) => line.rows.includes(row)), (row) => 100 * row.hit_ratio)),
        ...hoverMarks(lines, trace, entries, (one) => 100 * first(one).true_lru_ratio),
      ];
    });
  }

  function differencePlot(lines, trace, rows, width) {
    const most = Math.max(0.5, ...rows.map((row) => Math.abs(points(row))));
    const low = Math.min(-0.1 * most, ...rows.map(points));
    const high = Math.max(0.1 * most, ...rows.map(points));
    return frame(width, rows, 170, { scale: { domain: [low, high] }, format: (one) => (one > 0 ? "+" : one < 0 ? "−" : "") + Math.abs(one), label: "percentage points above or below true LRU" }, (entries) => [
      Plot.ruleY([0], { stroke: "var(--p10)", strokeOpacity: 0.4, strokeWidth: 6 }),
      ...[...lines].reverse().flatMap((line) => lineOf(line, rows.filter((row) => line.rows.includes(row)), points)),
      ...hoverMarks(lines, trace, entries, () => 0),
    ]);
  }

  function numbers(lines, rows) {
    const lineNameOf = (row) => lines.find((line) => line.rows.includes(row)).name;
    const value = (number, text) => ({ text, value: number });
    return table(["map", "entries", "hit ratio", "true LRU", "difference", "optimum", "hits", "evictions", "requests"],
      d3.sort(rows, (row) => row.entries).map((row) => ({
        ours: looks[row.map].ours,
        data: { "data-map": row.map },
        cells: [lineNameOf(row), grouped(row.entries), value(row.hit_ratio, percent(row.hit_ratio)), value(row.true_lru_ratio, percent(row.true_lru_ratio)),
          signed(points(row)), value(row.optimal_ratio, percent(row.optimal_ratio)), value(row.hits, grouped(row.hits)),
          value(row.evictions, grouped(row.evictions)), rate(row.requests_per_second)],
      })));
  }

  function showTrace(lines, trace, rows) {
    const { requests, distinct } = rows[0];
    return card({ "data-figure": "trace", "data-trace": trace }, nameOf(trace),
      `${counted(requests, "request")} for ${counted(distinct, "key")}; a map that forgets nothing would hit ${percent((requests - distinct) / requests)}`,
      [plot((width) => ratioPlot(lines, trace, rows, width)), plot((width) => differencePlot(lines, trace, rows, width))], numbers(lines, rows));
  }

  function summaryOf(line) {
    const worst = d3.least(line.rows, points);
    return tile(line.name, signed(d3.mean(line.rows, points)), "points", "on average; at worst ",
      element("b.behind", {}, signed(points(worst))), ` (${nameOf(worst.trace)}, ${grouped(worst.entries)} entries)`);
  }

  resilePage.views.replay = {
    title: (report) => {
      if (report.rows.length === 0) return "Stopped before a trace was through";
      const ours = report.rows.filter((row) => row.map === "exact");
      const rows = ours.length > 0 ? ours : report.rows;
      const average = d3.mean(rows, points);
      const worst = Math.min(...rows.map(points));
      const numbers = `${signed(average)} points on average, ${signed(worst)} at worst`;
      if (ours.length === 0) return `Linux’s map beside true LRU: ${numbers}`;
      return average >= 0 && worst >= -0.5 ? `lru_map hits as often as true LRU: ${numbers}` : `lru_map beside true LRU: ${numbers}`;
    },
    lead: (report) => `Each request looks its key up, and inserts it on a miss. ${counted(new Set(report.rows.map((row) => row.trace)).size, "trace")}; hit ratios over what the maps can hold, beside true LRU of the same capacity, and beside the most that any map could hit.`,
    body: (report) => {
      const lines = linesOf(report);
      return [
        resilePage.viewBar(),
        element("div.tiles", {}, ...lines.map(summaryOf)),
        element("div.bar", {}, legend([...lines, ...yardsticks])),
        element("div.grid", {}, ...d3.groups(report.rows, (row) => row.trace).map(([trace, rows]) => showTrace(lines, trace, rows))),
        ...resilePage.method("How it was computed",
          ["Counted,", "not estimated: a trace gives the same hits each time. All requests count, from an empty map on."],
          ["True LRU", "evicts what was not used for the longest time. It is the wide grey line; what lies on it is as good."],
          ["The optimum", "(Belady’s MIN) evicts what is wanted again last. It knows the future, so no map reaches it; it says how much there is to win."],
          ["One CPU", `(${report.cpu}): Linux’s map behaves differently on each, and a trace is one sequence. Where each CPU has a share of Linux’s map (per-cpu), it can fill no more than that. Requests per second, in the table, were measured on the way, once, and are no benchmark.`]),
      ];
    },
  };
})();
