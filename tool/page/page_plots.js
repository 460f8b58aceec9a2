// Copyright (c) 2026 The resile authors
// SPDX-License-Identifier: MIT

// What several views share: cards with a plot and its table, axes, legends, the notes on how it was done.

"use strict";

(() => {
  const { element } = resilePage;

  // Axes are marks of their own: the automatic ones leave out what a logarithmic scale's ticks say between decades.
  resilePage.logScale = (ticks, more = {}) => ({ type: "log", grid: true, axis: null, ticks, ...more });
  resilePage.decades = (values) => {
    const [low, high] = [Math.min(...values), Math.max(...values)];
    const ticks = [];
    for (let decade = 10 ** Math.floor(Math.log10(low)); decade <= high * 1.001; decade *= 10)
      for (const step of high / low < 30 ? [1, 2, 5] : [1]) if (decade * step >= low * 0.7 && decade * step <= high * 1.3) ticks.push(decade * step);
    return ticks.length > 0 ? ticks : [...new Set([low, high])];
  };

  // Of these ticks as many as there is room for.
  resilePage.thinned = (ticks, width) => {
    const every = Math.ceil(ticks.length / Math.max(2, Math.floor(width / 54)));
    return ticks.filter((_, i) => i % every === 0);
  };

  // Values under the pointer. how: pointer, pointerX or pointerY, as Plot calls them.
  resilePage.tip = (data, how, options) => Plot.tip(data, Plot[how]({
    stroke: "var(--faint)", fontSize: 12, lineHeight: 1.35, lineWidth: 34, textPadding: 10, maxRadius: 120, ...options }));

  // 1000 -> "1k", 65536 -> "65.5k": for axes.
  resilePage.short = (number) => d3.format("~s")(number).replace("G", "B");

  resilePage.viewBar = () => element("div.bar", {}, resilePage.choice("", [["plots", "Plots"], ["tables", "Tables"]], "plots", (view) => {
    document.body.dataset.view = view;
  }));

  // names: attributes that say what is drawn. plots: what resilePage.plot answers.
  resilePage.card = (names, title, meaning, plots, numbers) => element("section.card", names,
    element("h3", {}, title), meaning ? element("p.meaning", {}, meaning) : null, ...plots,
    numbers ? element("div.tables.numbers", {}, numbers) : null);

  // lines: [{name, colour, ours, look}, ...]; look: how its mark differs from a line, as in page.css.
  resilePage.legend = (lines) => element("div.legend.only-plots", {}, ...lines.map((line) => element(line.ours ? "span.ours" : "span", {},
    element(line.look ? `i.${line.look}` : "i", { style: `color:${line.colour}` }), line.name)));

  resilePage.tile = (name, number, unit, ...beside) => element("div.tile", {},
    element("div.name", {}, name),
    element("div.number", {}, number, unit ? element("small", {}, ` ${unit}`) : null),
    element("div.beside", {}, ...beside));

  // notes: [[name, text], ...]
  resilePage.method = (title, ...notes) => [
    element("h2", {}, title),
    element("div.how", {}, ...notes.map(([name, text]) => element("p", {}, element("b", {}, `${name} `), text))),
  ];
})();
