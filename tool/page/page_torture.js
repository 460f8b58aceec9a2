// Copyright (c) 2026 The resile authors
// SPDX-License-Identifier: MIT

// The page of `resile torture`: per part of the story, or for the one map that was asked for, what refills held, what
// failed, and the numbers.

"use strict";

(() => {
  const { element, grouped, counted, rate, plot, table, card, tile, legend, mark, tip } = resilePage;
  const maps = { exact: "resile::lru_map", linux: "Linux’s map, since June 2026", "linux-plain": "Linux’s map, before June 2026" };
  const mishaps = [
    { key: "hung", name: "deadlock: would have hung", colour: "var(--bad)" },
    { key: "EDEADLK", name: "EDEADLK", colour: "var(--p1)" },
    { key: "ENOMEM", name: "ENOMEM", colour: "var(--p4)" },
    { key: "ETIMEDOUT", name: "ETIMEDOUT", colour: "var(--p3)" },
    { key: "EBUSY", name: "EBUSY", colour: "var(--p7)" },
    { key: "EILSEQ", name: "value broken", colour: "var(--p6)" },
    { key: "other", name: "other", colour: "var(--p10)" },
  ];

  // A flavour, with its sums. What a handler did counts like what a thread did.
  const rowOf = (one) => {
    const both = (key) => one.task[key] + one.handlers[key];
    const failures = Object.fromEntries(mishaps.slice(1).map(({ key }) => [key, both(key)]));
    return { ...one, operations: both("done"), failures, failed: d3.sum(Object.values(failures)), lost: one.unaccounted + one.duplicate_keys,
      happened: { ...failures, hung: one.would_have_hung } };
  };
  const partsOf = (report) => (report.parts ?? [report]).map((part) => {
    const rows = part.flavours.map(rowOf);
    const sum = (key) => d3.sum(rows, (row) => row[key]);
    return { ...part, rows, name: maps[part.map] + (part.verify === "settle" ? ", with rest and three tries" : ""), operations: sum("operations"),
      inside: sum("interrupts_inside_an_operation"), failed: sum("failed"), hung: sum("would_have_hung"),
      lost: sum("lost"), pending: sum("left_pending_free"), rounds: sum("rounds"), perfect: sum("perfect_rounds") };
  });

  const margins = (width) => ({ width, marginLeft: 132, marginTop: 26, marginBottom: 40, style: "font-size: 11.5px" });
  const flavourAxis = () => Plot.axisY({ label: null, tickSize: 0, fontSize: 12, fill: "var(--ink)" });

  // Round numbers, and the last, which is what was wanted.
  const ticksUpTo = (low, wanted, count) => {
    const ticks = d3.ticks(low, wanted, Math.max(2, count)).filter((one) => Number.isInteger(one) && wanted - one > (0.7 * (wanted - low)) / Math.max(2, count));
    return [...ticks, wanted];
  };

  // How many entries a first refill held: a bubble per number, as large as it was frequent.
  function refillPlot(rows, lowest, width) {
    const wanted = rows[0].wanted;
    const low = Math.min(lowest, wanted - 1);
    const bubbles = rows.flatMap((row) => row.first_tries.map(([entries, rounds]) => ({ row, entries, rounds })));
    return Plot.plot({
      ...margins(width), marginRight: 74, height: rows.length * 34 + 66,
      x: { domain: [low, wanted], axis: null, inset: 14 },
      y: { type: "band", domain: rows.map((row) => row.flavour), label: null, padding: 0.3 },
      marks: [
        Plot.gridX(ticksUpTo(low, wanted, (width - 206) / 60)),
        Plot.axisX(ticksUpTo(low, wanted, (width - 206) / 60), { text: grouped, label: `entries after the first refill, of ${grouped(wanted)}`, labelArrow: "none", tickSize: 0 }),
        flavourAxis(),
        Plot.dot(bubbles, { x: "entries", y: ({ row }) => row.flavour, r: ({ row, rounds }) => 3 + 9 * Math.sqrt(rounds / row.rounds),
          fill: ({ entries }) => (entries === wanted ? "var(--good)" : "var(--bad)"), fillOpacity: 0.75 }),
        Plot.text(rows, { x: () => wanted, y: "flavour", dx: 30, textAnchor: "start", text: (row) => `${row.perfect_rounds} of ${row.rounds}`, fill: "var(--ink)" }),
        Plot.text(rows.slice(0, 1), { frameAnchor: "top-right", dx: 66, dy: -18, text: () => "full", textAnchor: "end" }),
        tip(bubbles, "pointer", { x: "entries", y: ({ row }) => row.flavour, title: ({ row, entries, rounds }) =>
          `${row.flavour}: ${counted(rounds, "refill")} of ${row.rounds}\nheld ${grouped(entries)} of ${grouped(wanted)} at the first try\n${row.perfect_rounds} were full after at most ${counted(row.most_tries, "try").replace("trys", "tries")}` }),
      ],
      r: { type: "identity" },
    });
  }

  // What went wrong, per million operations.
  function mishapPlot(rows, most, width) {
    const bars = rows.flatMap((row) => mishaps.map((kind) => ({ row, kind, count: row.happened[kind.key], share: (1e6 * row.happened[kind.key]) / row.operations })))
      .filter(({ count }) => count > 0);
    const quiet = rows.filter((row) => bars.every((bar) => bar.row !== row));
    return Plot.plot({
      ...margins(width), marginRight: 20, height: rows.length * 34 + 66,
      x: { domain: [0, Math.max(most, 1)], grid: true, axis: null },
      y: { type: "band", domain: rows.map((row) => row.flavour), label: null, padding: 0.3 },
      marks: [
        Plot.axisX({ ticks: Math.max(2, Math.floor((width - 152) / 70)), tickFormat: grouped, label: "per million operations", labelArrow: "none", tickSize: 0 }),
        flavourAxis(),
        Plot.barX(bars, { x: "share", y: ({ row }) => row.flavour, fill: ({ kind }) => kind.colour, order: mishaps.map((kind) => kind.name), z: ({ kind }) => kind.name }),
        Plot.text(quiet, { x: 0, y: "flavour", dx: 8, textAnchor: "start", text: () => "none", fill: "var(--good)", fontWeight: 600 }),
        Plot.ruleX([0], { stroke: "var(--faint)" }),
        tip(rows, "pointerY", { x: (row) => (1e6 * d3.sum(Object.values(row.happened))) / row.operations, y: "flavour", title: (row) =>
          [`${row.flavour}: ${counted(row.operations, "operation")}`, ...mishaps.filter((kind) => row.happened[kind.key] > 0).map((kind) => `${kind.name} ${grouped(row.happened[kind.key])}`)].join("\n") }),
      ],
    });
  }

  function numbers(rows) {
    const value = (number) => ({ text: grouped(number), value: number });
    const kinds = (row) => mishaps.slice(1).filter(({ key }) => row.failures[key] > 0).map(({ key, name }) => `${name} ${grouped(row.failures[key])}`).join("\n");
    return table(["flavour", "operations", "per second", "interrupts", "inside one", "deepest", "failed", "would have hung", "left pending", "lost nodes", "refills", "full",
      "worst 1st try", "tries", "verdict"], rows.map((row) => ({
      data: { "data-flavour": row.flavour },
      cells: [row.flavour, value(row.operations), rate(row.operations / row.seconds), value(row.interrupts), value(row.interrupts_inside_an_operation), String(row.deepest_nesting),
        { ...value(row.failed), below: kinds(row) }, value(row.would_have_hung), value(row.left_pending_free), value(row.lost), value(row.rounds), value(row.perfect_rounds),
        { text: `${row.worst_first_try} of ${row.wanted}`, value: row.worst_first_try }, String(row.most_tries), row.held ? "held" : "FAILED"],
    })));
  }

  function showPart(part, lowest, most) {
    if (part.rows.length === 0) return null;
    const happened = mishaps.filter(({ key }) => part.rows.some((row) => row.happened[key] > 0));
    return element("section.card", { "data-figure": "part", "data-map": part.map },
      element("h3", {}, part.heading ?? part.name, mark(part.held)),
      element("p.meaning", {}, part.conclusion ?? "What the storm did, and what the map held afterwards."),
      element("div.pair.only-plots", {},
        element("div", {}, element("p.caption", {}, "Refills"), plot((width) => refillPlot(part.rows, lowest, width))),
        element("div", {}, element("p.caption", {}, "Operations that failed", legend(happened)), plot((width) => mishapPlot(part.rows, most, width)))),
      element("div.tables.numbers", {}, numbers(part.rows)),
      part.first_deadlock ? element("details", {}, element("summary", {}, "The first deadlock in full"), element("pre", {}, part.first_deadlock)) : null);
  }

  function tilesOf(parts) {
    const full = (part) => `${part.perfect} of ${part.rounds}`;
    if (parts.length > 1)
      return parts.map((part) => tile(part.name, full(part), "", "refills were full; ", element(part.failed + part.hung === 0 ? "b" : "b.behind", {}, grouped(part.failed)), " operations failed",
        part.hung > 0 ? `, ${grouped(part.hung)} would have hung` : "", part.lost + part.pending > 0 ? `; ${grouped(part.lost + part.pending)} nodes lost or left pending` : ""));
    const [part] = parts;
    return [
      tile("interrupts", grouped(part.inside), "", `hit a thread inside one of ${grouped(part.operations)} operations`),
      tile("failed operations", grouped(part.failed), "", part.hung > 0 ? `and ${grouped(part.hung)} that would have hung` : "of threads and of handlers"),
      tile("refills", full(part), "", "held all that they should"),
      tile("nodes", grouped(part.lost + part.pending), "", "lost, doubled, or left pending"),
    ];
  }

  function titleOf(report) {
    const parts = partsOf(report);
    const inside = grouped(d3.sum(parts, (part) => part.inside));
    const last = parts.at(-1);
    if (last.rounds === 0) return parts.length > 1 ? "The story was broken off" : "Stopped before a refill was judged";
    if (last.map === "exact") {
      if (!last.held) return "lru_map broke a promise";
      if (report.untold) return "Not every part of the story could be told";
      return `lru_map kept every promise, ${parts.length > 1 ? "Linux’s map did not: " : ""}interrupted ${inside} times inside an operation`;
    }
    return `Linux’s map: ${last.hung > 0 ? `${counted(last.hung, "deadlock")}, ` : ""}${counted(last.failed, "failed operation")}, ` +
      `${grouped(last.rounds - last.perfect)} of ${counted(last.rounds, "refill")} not full`;
  }

  resilePage.views.torture = {
    verdict: (report) => report.held,
    title: titleOf,
    lead: (report) => {
      const { entries, keys, nest, rate: signals } = report.parts?.[0] ?? report;
      return `A map of ${counted(entries, "entry").replace("entrys", "entries")} is updated by threads; on each of them ${counted(nest, "signal")}, ${grouped(signals)} times a second each, interrupt it and each other, and their handlers update the map, too (${grouped(keys)} keys). Then all stops: every key is erased, as many new ones inserted as the map should hold, and looked up.` +
        (report.untold ? ` Not told:${report.untold} the machine may have been too slow or too busy.` : "");
    },
    body: (report) => {
      const parts = partsOf(report);
      const rows = parts.flatMap((part) => part.rows);
      const lowest = Math.min(...rows.flatMap((row) => row.first_tries.map(([entries]) => entries)));
      const most = Math.max(0, ...rows.map((row) => (1e6 * d3.sum(Object.values(row.happened))) / row.operations));
      return [
        resilePage.viewBar(),
        element("div.tiles", {}, ...tilesOf(parts)),
        ...parts.map((part) => showPart(part, Number.isFinite(lowest) ? lowest : 0, most)).filter(Boolean),
        ...resilePage.method("What was asked",
          ["Refills.", "A map that lost nothing holds max_entries new keys after it was drained, at the first try. A bubble is as large as the share of refills that held so many."],
          ["Failed.", "An operation that answers with an error, in a thread or in a handler. In a map with plain spinlocks an interrupt may want the lock that its own thread holds: here that is reported and abandoned; a kernel hangs."],
          ["Left pending, lost.", "Nodes that an interrupted operation left marked as about to be freed; nodes that are neither in the table nor free nor marked."],
          ["lru_map", "is judged strictly: besides full refills no operation may fail, no node be lost, no key be there twice, no value be broken. Flavours that end in /48 have values of 48 bytes, which are replaced; the others 8, which change in place."]),
      ];
    },
  };
})();
