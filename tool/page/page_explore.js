// Copyright (c) 2026 The resile authors
// SPDX-License-Identifier: MIT

// The page of `resile explore`, the tour: its parts as their own pages show them.

"use strict";

(() => {
  const { element, counted, mark } = resilePage;
  const isBroken = (part) => part.failures > 0 || (part.cases ?? []).some((one) => (one.must_break ? one.held && one.complete : !one.held));

  resilePage.views.explore = {
    verdict: (report) => report.held,
    title: (report) => {
      const injections = d3.sum(report.parts, (part) => part.injections ?? 0);
      const schedules = d3.sum(report.parts.flatMap((part) => part.cases ?? []), (one) => one.schedules);
      const verdict = report.held ? "every promise held" : report.parts.some(isBroken) ? "not all is as it should be" : "stopped early; no promise was broken until then";
      return `${counted(injections, "interrupt")} at single instructions, ${counted(schedules, "schedule")}: ${verdict}`;
    },
    lead: () => "A tour: operations interrupted in front of single machine instructions, and two threads with an interrupt in every order, as much of both as fits into its time. All of it: resile explore --instructions, resile explore --schedules.",
    body: (report) => [
      resilePage.viewBar(),
      ...report.parts.flatMap((part) => [
        element("h2", { "data-part": part.kind }, part.title, mark(part.held)),
        part.left_out ? element("p.lead", { "data-left-out": part.left_out }, `Left out: ${part.left_out}.`) : null,
        ...resilePage.sections[part.kind](part),
      ]),
      ...(report.not_begun ?? []).flatMap((title) => [element("h2", { "data-part": "none" }, title), element("p.lead", {}, "Not begun.")]),
    ].filter((child) => child !== null),
  };
})();
