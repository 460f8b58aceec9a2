// Copyright (c) 2026 The resile authors
// SPDX-License-Identifier: MIT

// The page of `resile losses`: per flavour what is there after a map was filled, and what an update of it loses.

"use strict";

(() => {
  const { element, grouped, counted, plot, table, card, tile, legend, logScale, decades, thinned, short, tip } = resilePage;
  const flavours = {
    shared: "LRU_HASH",
    "per-cpu": "LRU_HASH with BPF_F_NO_COMMON_LRU",
    "per-cpu-values": "LRU_PERCPU_HASH",
  };
  // Linux's map and the kernel's should lie on each other: the kernel's dots are rings around ours.
  const mapsOf = (report) => [
    { key: "kernel", name: `kernel ${report.kernel}`, colour: "var(--p4)", look: "ring" },
    { key: "linux_lru", name: "resile::linux_lru", colour: "var(--p1)" },
    { key: "lru_map", name: "resile::lru_map", colour: "var(--accent)", ours: true },
  ].filter((map) => report.rows.some((row) => row[map.key]));
  const share = (part, whole) => (whole === 0 ? 0 : (100 * part) / whole);
  const percent = (number) => `${number.toFixed(number === 0 || number >= 99.95 ? 0 : 1)} %`;

  const hoverOf = (maps) => (row) => [`${grouped(row.entries)} entries`, ...maps.filter((map) => row[map.key]).reverse().map((map) => {
    const { present, lost, ENOENT, failed } = row[map.key];
    return `${map.name}: ${grouped(present)} present, ${grouped(lost)} lost, ${grouped(ENOENT)} ENOENT${failed === 0 ? "" : `, ${grouped(failed)} failed`}`;
  })].join("\n");

  function sharePlot(maps, rows, width, label, domain, valueOf) {
    const points = maps.flatMap((map) => rows.filter((row) => row[map.key]).map((row) => ({ row, map, at: valueOf(row[map.key], row) })));
    const entries = rows.map((row) => row.entries);
    const ticks = decades(entries);
    return Plot.plot({
      width, height: 230, marginLeft: 52, marginRight: 14, marginTop: 28, marginBottom: 38, style: "font-size: 11.5px",
      x: logScale(ticks, { inset: 12, domain: d3.extent(rows.length === 1 ? [entries[0] / 2, entries[0] * 2] : entries) }),
      y: { grid: true, axis: null, inset: 6, nice: true, domain: domain(points.map((point) => point.at)) },
      marks: [
        Plot.axisX(thinned(ticks, width - 66), { text: short, label: "max_entries", labelArrow: "none" }),
        Plot.axisY({ ticks: 5, tickFormat: (one) => `${one} %`, label, labelArrow: "none" }),
        ...maps.flatMap((map) => {
          const its = points.filter((point) => point.map === map);
          return map.look === "ring"
            ? [Plot.dot(its, { x: ({ row }) => row.entries, y: "at", stroke: map.colour, strokeWidth: 1.8, r: 6.5 })]
            : [Plot.line(its, { x: ({ row }) => row.entries, y: "at", stroke: map.colour, strokeWidth: map.ours ? 2.6 : 1.8, sort: ({ row }) => row.entries }),
              Plot.dot(its, { x: ({ row }) => row.entries, y: "at", fill: map.colour, r: map.ours ? 3.8 : 3.2 })];
        }),
        Plot.ruleX(rows, Plot.pointerX({ x: "entries", stroke: "var(--faint)", strokeOpacity: 0.6 })),
        tip(rows, "pointerX", { x: "entries", y: (row) => points.find((point) => point.row === row).at, title: hoverOf(maps) }),
      ],
      r: { type: "identity" },
    });
  }

  function numbers(maps, rows) {
    const value = (number) => ({ text: grouped(number), value: number });
    return table(["entries", ...[...maps].reverse().flatMap((map) => [`${map.name}: present`, "lost", "ENOENT"]), "Linux’s"], rows.map((row) => ({
      data: { "data-entries": row.entries },
      cells: [grouped(row.entries), ...[...maps].reverse().flatMap((map) =>
        (row[map.key] ? ["present", "lost", "ENOENT"].map((key) => value(row[map.key][key])) : ["–", "", ""])),
      row.agree === undefined ? "" : row.agree ? "agree" : "DIFFER"],
    })));
  }

  function showFlavour(maps, flavour, rows) {
    const present = (width) => sharePlot(maps, rows, width, "present after max_entries insertions", (all) => [0, Math.max(100, ...all)],
      (its, row) => share(its.present, row.entries));
    const lost = (width) => sharePlot(maps, rows, width, "of these, lost when each was updated once", (all) => [0, Math.max(5, ...all)],
      (its) => share(its.lost, its.present));
    return card({ "data-figure": "losses", "data-flavour": flavour }, flavour, flavours[flavour], [plot(present), plot(lost)], numbers(maps, rows));
  }

  // The row in which Linux's map, or the kernel's, loses most.
  const worstOf = (report, key) => d3.greatest(report.rows.filter((row) => row[key]), (row) => row[key].lost);
  const ofLinux = (report) => (report.rows.some((row) => row.linux_lru) ? "linux_lru" : "kernel");

  resilePage.views.losses = {
    verdict: (report) => report.held,
    title: (report) => {
      const worst = worstOf(report, ofLinux(report));
      const broken = report.rows.some((row) => row.lru_map && (row.lru_map.lost > 0 || row.lru_map.present < row.entries));
      const ours = broken ? "lru_map broke its promise" : "lru_map holds all and loses none";
      if (!worst) return report.rows.length === 0 ? "Stopped before a map was filled" : `${ours[0].toUpperCase()}${ours.slice(1)}`.replace("Lru_map", "lru_map");
      const { lost, present } = worst[ofLinux(report)];
      return `An update of what is there loses up to ${grouped(lost)} of ${grouped(present)} keys in Linux’s map` +
        (report.rows.some((row) => row.lru_map) ? `; ${ours}` : "");
    },
    lead: (report) => `max_entries different keys were inserted from one CPU (${report.cpu}), then each key that was there was updated once, with BPF_EXIST. Nobody erased anything.`,
    body: (report) => {
      const maps = mapsOf(report);
      const compared = report.rows.filter((row) => row.agree !== undefined);
      const agreed = compared.filter((row) => row.agree).length;
      return [
        resilePage.viewBar(),
        element("div.tiles", {}, ...[...maps].reverse().map((map) => {
          const worst = worstOf(report, map.key);
          const { lost, present } = worst[map.key];
          return tile(map.name, grouped(lost), lost === 1 ? "key" : "keys", lost === 0 ? "lost, in any flavour and size"
            : `lost at most, of ${grouped(present)} that were present (${worst.flavour}, ${grouped(worst.entries)} entries)`);
        }), compared.length > 0 ? tile("linux_lru and kernel", `${agreed} of ${compared.length}`, "", "rows agree in what is present, what is lost, and how often the answer is ENOENT") : null),
        element("div.bar", {}, legend([...maps].reverse())),
        element("div.grid.narrow", {}, ...d3.groups(report.rows, (row) => row.flavour).map(([flavour, rows]) => showFlavour(maps, flavour, d3.sort(rows, (row) => row.entries)))),
        ...resilePage.method("Why keys are lost",
          ["Present.", "Linux’s map evicts in batches, and before it is full: of max_entries keys that were inserted some are gone already."],
          ["Lost.", "An update of a key that is there takes a free node first. To have one, it evicts: another key, or the very one that it was to update, which then answers ENOENT. Values per CPU are written in place, so that flavour loses none."],
          ["resile::linux_lru", `is Linux’s map in user space, faults included (here ${report.generation === "plain" ? "as it was before June 2026" : "as it is since June 2026"}).${report.kernel_not_asked ? ` The running kernel was not asked: ${report.kernel_not_asked}` : " Where the kernel may be asked, its map is filled by system calls in the same way."}`],
          ["resile::lru_map", "changes a value in place, or takes one of its spare nodes for the new one. It evicts one key at a time, and only for a key that is new."]),
      ];
    },
  };
})();
