// Copyright (c) 2026 The resile authors
// SPDX-License-Identifier: MIT

// The page of `resile bench`: per family of subjects the headline, times, scaling, latencies, and who is missing.

"use strict";

(() => {
  const { element, duration, rate, grouped, threads: threadsText, plot, table, choice, decades, logScale, thinned, tip } = resilePage;
  const colours = ["--p1", "--p2", "--p3", "--p4", "--p5", "--p6", "--p7", "--p8", "--p9"];
  const titles = { lock: "Locks", map: "Maps" };
  const subjects = { lock: "resile::spinlock", map: "resile::lru_map" };

  const unique = (values) => [...new Set(values)];

  // One family: its rows with what plots want to know of a peer.
  function familyOf(report, name) {
    const described = report.peers.filter((one) => one.family === name);
    const rows = report.rows.filter((row) => row.family === name);
    const latencies = report.latencies.filter((row) => row.family === name);
    const there = described.filter((one) => rows.some((row) => row.peer === one.word));
    const others = there.filter((one) => one.word !== "resile" && !one.baseline);
    const colourOf = new Map(others.map((one, i) => [one.word, `var(${colours[i % colours.length]})`]));
    for (const one of there) if (one.baseline) colourOf.set(one.word, "var(--p10)");
    colourOf.set("resile", "var(--accent)");
    const names = new Map(described.map((one) => [one.word, one.name]));
    const nameOf = (word) => names.get(word) ?? word;
    return {
      name, rows, latencies, there, others, nameOf,
      colour: (row) => colourOf.get(row.peer),
      label: (row) => nameOf(row.peer),
      isBaseline: (row) => there.some((one) => one.word === row.peer && one.baseline),
      mixes: report.mixes.filter((mix) => rows.some((row) => row.family === name && row.mix === mix.word)),
      threads: unique(rows.map((row) => row.threads)),
      entries: unique(rows.map((row) => row.entries)),
    };
  }

  const hoverOf = (family, row) =>
    `${family.label(row)}, ${threadsText(row.threads)}\n` +
    `${duration(row.ns.median)} (${duration(row.ns.least)} to ${duration(row.ns.most)})\n` +
    `${rate(row.operations_per_second)}` + (row.ratio === null ? "" : `\n${row.ratio.toFixed(2)} times resile's`);

  // Medians with their spread: a row per peer, a column per number of threads.
  function timesPlot(family, rows, width) {
    const order = family.there.filter((one) => rows.some((row) => row.peer === one.word)).map((one) => one.name);
    const compact = width < 640;
    const columns = unique(rows.map((row) => row.threads));
    const values = rows.flatMap((row) => [row.ns.least, row.ns.most]);
    return Plot.plot({
      width,
      height: (compact ? columns.length : 1) * (order.length * 24 + 24) + 56,
      marginLeft: 226,
      marginTop: 34,
      marginBottom: 46,
      style: "font-size: 11.5px",
      marginRight: compact ? 70 : 16,
      x: logScale(decades(values), { domain: [Math.min(...values) * 0.85, Math.max(...values) * 1.2] }),
      y: { domain: order, label: null },
      [compact ? "fy" : "fx"]: { axis: compact ? "right" : "top", label: null, tickFormat: threadsText, padding: 0.13 },
      marks: [
        Plot.axisX(thinned(decades(values), (width - 242) / (compact ? 1.3 : columns.length * 1.15)), { text: duration, label: "time per operation", labelArrow: "none" }),
        Plot.axisY({ label: null, tickSize: 0, fontSize: 12, fill: (name) => (name.startsWith("resile::") ? "var(--accent)" : "var(--ink)") }),
        Plot.ruleX(rows.filter((row) => row.peer === "resile"), {
          x: (row) => row.ns.median, [compact ? "fy" : "fx"]: "threads", stroke: "var(--accent)", strokeOpacity: 0.35, strokeDasharray: "3,3" }),
        Plot.ruleY(rows, {
          x1: (row) => row.ns.least, x2: (row) => row.ns.most, y: family.label, [compact ? "fy" : "fx"]: "threads",
          stroke: family.colour, strokeWidth: 5, strokeOpacity: 0.28, strokeLinecap: "round" }),
        Plot.dot(rows, {
          x: (row) => row.ns.median, y: family.label, [compact ? "fy" : "fx"]: "threads",
          fill: (row) => (family.isBaseline(row) ? "var(--card)" : family.colour(row)), stroke: family.colour, strokeWidth: 1.5,
          r: (row) => (row.peer === "resile" ? 5.5 : 4.5), className: "median" }),
        tip(rows, "pointer", {
          x: (row) => row.ns.median, y: family.label, [compact ? "fy" : "fx"]: "threads", title: (row) => hoverOf(family, row) }),
      ],
      r: { type: "identity" },
    });
  }

  // Operations per second over threads: who scales, who collapses.
  function scalingPlot(family, rows, width) {
    const some = rows.filter((row) => !family.isBaseline(row));
    const values = some.map((row) => row.operations_per_second);
    const ours = (row) => row.peer === "resile";
    return Plot.plot({
      width,
      height: 270,
      marginLeft: 62,
      marginRight: 18,
      marginTop: 30,
      marginBottom: 42,
      style: "font-size: 11.5px",
      x: { type: "log", base: 2, axis: null, inset: 12 },
      y: logScale(decades(values), { inset: 8 }),
      marks: [
        Plot.axisY(decades(values), { text: rate, label: "operations of all threads together", labelArrow: "none" }),
        Plot.axisX(family.threads, { text: String, label: "threads", labelArrow: "none" }),
        Plot.line(some, { x: "threads", y: "operations_per_second", z: "peer", stroke: family.colour, strokeWidth: (row) => (ours(row) ? 3 : 1.6), strokeOpacity: (row) => (ours(row) ? 1 : 0.85), sort: (row) => ours(row) }),
        Plot.dot(some, { x: "threads", y: "operations_per_second", fill: family.colour, r: (row) => (ours(row) ? 4.5 : 3.2), sort: (row) => ours(row) }),
        tip(some, "pointer", { x: "threads", y: "operations_per_second", title: (row) => hoverOf(family, row) }),
      ],
      r: { type: "identity" },
    });
  }

  // How long the slowest one in n operations takes at least, n on a log axis: tails are as wide as what is usual.
  function latencyPlot(family, rows, width) {
    const fromTheMedian = (curve) => [[2, curve.filter(([oneIn]) => oneIn <= 2).at(-1)[1]], ...curve.filter(([oneIn]) => oneIn > 2)];
    const points = rows.filter((row) => !family.isBaseline(row)).flatMap((row) =>
      fromTheMedian(row.curve).map(([oneIn, ns]) => ({ ...row, oneIn, at: Math.max(ns, 1) })));
    const most = Math.max(...points.map((point) => point.oneIn));
    const heights = decades(points.map((point) => point.at));
    const percent = (oneIn) => (oneIn === 1 ? "all" : oneIn === 2 ? "50 %" : `${(100 - 100 / oneIn).toFixed(Math.max(0, Math.round(Math.log10(oneIn)) - 2))} %`);
    const where = (row) => (row.where === "handlers" ? ", in signal handlers" : "");
    return Plot.plot({
      width,
      height: 290,
      marginLeft: 62,
      marginRight: 18,
      marginTop: 30,
      marginBottom: 42,
      style: "font-size: 11.5px",
      x: { type: "log", domain: [2, most], axis: null, clamp: true },
      y: logScale(heights),
      marks: [
        Plot.axisX([2, ...d3.range(1, Math.log10(most) + 0.01).map((n) => 10 ** n)], { text: percent, label: "share of operations that are faster", labelArrow: "none" }),
        Plot.axisY(heights, { text: duration, label: "latency", labelArrow: "none" }),
        ...["threads", "handlers"].map((where) => Plot.line(points.filter((point) => point.where === where), {
          x: "oneIn", y: "at", z: "peer", stroke: family.colour, strokeWidth: (row) => (row.peer === "resile" ? 2.6 : 1.5),
          strokeDasharray: where === "handlers" ? "2,4" : null, strokeLinecap: "round", curve: "step-after" })),
        tip(points, "pointer", { x: "oneIn", y: "at", title: (row) =>
          `${family.label(row)}${where(row)}\n${percent(row.oneIn)} faster than ${duration(row.at)}\np50 ${duration(row.p50)}, p99 ${duration(row.p99)}\np99.99 ${duration(row.p9999)}, max ${duration(row.max)}` }),
      ],
    });
  }

  // Of the peers that these rows are of.
  function legend(family, rows) {
    const entry = (one) => element(one.word === "resile" ? "span.ours" : "span", {},
      element("i", { style: `color:${family.colour({ peer: one.word })}` }), one.name);
    return element("div.legend.only-plots", {},
      ...family.there.filter((one) => !one.baseline && rows.some((row) => row.peer === one.word)).map(entry),
      rows.some((row) => row.where === "handlers") ? element("span", {}, "dashed: in signal handlers") : null);
  }

  // One mix: resile's time, and the best of the others.
  function tile(family, mix, rows) {
    const ours = rows.find((row) => row.peer === "resile");
    if (!ours) return null;
    const others = rows.filter((row) => row.peer !== "resile" && !family.isBaseline(row));
    const best = others.length ? others.reduce((one, other) => (one.ns.median < other.ns.median ? one : other)) : null;
    const [number, unit] = duration(ours.ns.median).split(" ");
    const times = best ? best.ns.median / ours.ns.median : 0;
    return element("div.tile", {},
      element("div.name", {}, mix.word),
      element("div.number", {}, `${number} `, element("small", {}, unit)),
      best ? element("div.beside", {}, `${family.label(best)} takes `, element(times >= 1 ? "b" : "b.behind", {}, `${times.toFixed(1)}×`)) : null);
  }

  function timesTable(family, rows) {
    const columns = unique(rows.map((row) => row.threads));
    const there = family.there.filter((one) => rows.some((row) => row.peer === one.word));
    return table(["", ...columns.flatMap((count) => [threadsText(count), "ratio"])], there.map((one) => ({
      ours: one.word === "resile",
      data: { "data-peer": one.word },
      cells: [one.name, ...columns.flatMap((count) => {
        const row = rows.find((each) => each.peer === one.word && each.threads === count);
        if (!row) return ["–", ""];
        return [
          { text: duration(row.ns.median), small: `${duration(row.ns.least)} to ${duration(row.ns.most)}`, value: row.ns.median },
          row.ratio === null ? "" : `${row.ratio.toFixed(2)}×`,
        ];
      })],
    })));
  }

  function latencyTable(family, rows) {
    return table(["", { text: "in", word: true }, "threads", "operations", "p50", "p99", "p99.9", "p99.99", "max"], rows.map((row) => ({
      ours: row.peer === "resile",
      data: { "data-peer": row.peer },
      cells: [family.label(row), { text: row.where, word: true }, String(row.threads), grouped(row.count),
        ...["p50", "p99", "p999", "p9999", "max"].map((key) => ({ text: duration(row[key]), value: row[key] }))],
    })));
  }

  function showFamily(report, name) {
    const family = familyOf(report, name);
    if (family.rows.length === 0) return [];
    const room = element("div", {});
    const chosen = {
      entries: family.entries[0],
      threads: family.threads.filter((count) => count <= report.machine.cpus_allowed).at(-1) ?? family.threads[0],
    };
    const show = () => {
      const rowsOf = (mix) => family.rows.filter((row) => row.mix === mix.word && row.entries === chosen.entries);
      const latenciesOf = (mix) => family.latencies.filter((row) => row.mix === mix.word && row.entries === chosen.entries);
      const plotted = (rows) => {
        const some = rows.filter((row) => row.threads === chosen.threads);
        return some.length > 0 ? some : rows.filter((row) => row.threads === rows[0].threads);
      };
      const without = (mix) => {
        const some = report.cannot.filter((one) => one.family === name && one.mix === mix.word);
        return some.length === 0 ? "" : `. Not: ${some.map((one) => `${family.nameOf(one.peer)} (${one.reason})`).join(", ")}`;
      };
      const figure = (kind, mix, draw, numbers) => element("section.card", { "data-figure": kind, "data-mix": mix.word },
        element("h3", {}, mix.word), element("p.meaning", {}, mix.meaning + (kind === "times" ? without(mix) : "")), plot(draw),
        numbers ? element("div.tables.numbers", {}, numbers) : null);
      const latent = family.mixes.filter((mix) => latenciesOf(mix).length > 0);
      room.replaceChildren(
        element("div.tiles", {}, ...family.mixes.map((mix) =>
          tile(family, mix, rowsOf(mix).filter((row) => row.threads === chosen.threads)))),
        ...family.mixes.map((mix) => figure("times", mix, (width) => timesPlot(family, rowsOf(mix), width), timesTable(family, rowsOf(mix)))),
        ...(family.threads.length > 1 ? [
          element("h2.only-plots", {}, `${titles[name]}: more threads`),
          element("p.lead.only-plots", {}, `Beyond ${report.machine.cpus_allowed} threads they share CPUs, and a lock may be held by who does not run.`),
          element("div.bar", {}, legend(family, family.rows)),
          element("div.grid.only-plots", {}, ...family.mixes.map((mix) => figure("scaling", mix, (width) => scalingPlot(family, rowsOf(mix), width), null)))] : []),
        ...(latent.length > 0 ? [
          element("h2", {}, `${titles[name]}: single operations`),
          element("p.lead", {}, `${threadsText(chosen.threads)}; the clock, some 20 ns, is in each. What lies far to the right is rare: a thread that lost its CPU, an interrupt.`),
          element("div.bar", {}, legend(family, family.latencies)),
          element("div.grid", {}, ...latent.map((mix) => figure("latency", mix, (width) => latencyPlot(family, plotted(latenciesOf(mix)), width), latencyTable(family, latenciesOf(mix)))))] : []));
    };
    show();
    const pick = (key, text) => (value) => {
      chosen[key] = value;
      show();
    };
    return [
      element("h2", { id: name }, titles[name]),
      element("p.lead", {}, `${subjects[name]} beside ${family.others.length === 1 ? "one peer" : `${family.others.length} peers`}. Dots are medians, bands go from the least to the most; left is faster. Numbers are of all threads together: two that do not disturb each other halve the time.`),
      element("div.bar", {},
        family.threads.length > 1 ? choice("headline and latency", family.threads.map((count) => [count, threadsText(count)]), chosen.threads, pick("threads")) : null,
        family.entries.length > 1 ? choice("entries", family.entries.map((count) => [count, grouped(count)]), chosen.entries, pick("entries")) : null),
      room,
    ];
  }

  function showRefusals(report) {
    if (report.refusals.length === 0) return [];
    const ours = (row) => row.lock.startsWith("resile::");
    return [
      element("h2", { id: "refusals" }, "Waits in vain"),
      element("p.lead", {}, "How long it takes to be told, from the call to the answer. Of the other locks no caller would return."),
      element("div.card.tables", {}, table(["", { text: "lock", word: true }, { text: "answer", word: true }, "times", "p50", "p99", "max"], report.refusals.map((row) => ({
        ours: ours(row),
        data: { "data-refusal": row.situation },
        cells: [{ text: row.situation, small: row.meaning }, { text: row.lock, word: true }, { text: row.answer, word: true }, grouped(row.count),
          ...["p50", "p99", "max"].map((key) => ({ text: duration(row[key]), value: row[key] }))],
      })))),
    ];
  }

  function showPeers(report) {
    const absent = report.peers.filter((one) => one.missing);
    const cannot = (one) => report.cannot.filter((each) => each.peer === one.word && each.family === one.family).map((each) => each.mix).join(", ");
    return [
      element("h2", { id: "peers" }, "Who was compared"),
      element("p.lead", {}, absent.length === 0 ? "All peers that resile knows." : `${absent.length} could not be measured here.`),
      element("div.card.tables", {}, table(["", { text: "kind", word: true }, { text: "version", word: true }, { text: "here", word: true }], d3.sort(report.peers, (one) => one.family).map((one) => ({
        ours: one.word === "resile",
        data: { "data-peer": one.word },
        cells: [one.name, { text: one.family, word: true }, { text: one.library, word: true },
          { text: one.missing ? `no: ${one.missing}; ${one.remedy}` : cannot(one) ? `yes, without ${cannot(one)}` : "yes", word: true }],
      })))),
    ];
  }

  function showMethod(report) {
    const { settings } = report;
    return resilePage.method("How it was measured",
      ["Turns.", `All peers are measured in the same run, one after the other, ${settings.runs} times; each run begins with another one. So what slows the machine down slows all of them.`],
      ["Readings.", `Each lasts ${duration(settings.seconds * 1e9)} after a warm-up. A dot is the median of ${settings.runs}, its band goes from the least to the most: differences smaller than the bands say nothing.`],
      ["Threads", "are pinned, one to a CPU, and around again. A reading during which something else ran on their CPU is made again, up to twice."],
      ["Loops", "are compiled for each peer, without a call through a pointer per operation. “Loop alone” is what loop and keys cost; it is in every other number."],
      ["Latencies", "come from runs of their own, because the clock costs more than some operations do, and are counted in HdrHistogram’s buckets, exact to 1 %."],
      ["In signal handlers:", "20,000 times a second a timer interrupts each thread wherever it is, and the handler does the same operation on the same lock or map. Peers that would wait for themselves there are left out: all but resile."]);
  }

  resilePage.views.bench = {
    title: (report) => (new Set(report.rows.map((row) => row.family)).size === 1 ? `${titles[report.rows[0].family]}, and how fast they are` : "How fast, and beside whom"),
    lead: () => "Time per operation of resile’s locks and maps, and of others that were measured in turns with them, on one machine, in one go.",
    body: (report) => [
      resilePage.viewBar(),
      ...showFamily(report, "map"),
      ...showFamily(report, "lock"),
      ...showRefusals(report),
      ...showPeers(report),
      ...showMethod(report),
    ],
  };
})();
