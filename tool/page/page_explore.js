// Copyright (c) 2026 The resile authors
// SPDX-License-Identifier: MIT

// The page of `resile explore`, the tour: its parts as their own pages show them.

"use strict";

resilePage.views.explore = {
  verdict: (report) => report.held,
  title: (report) => {
    const injections = d3.sum(report.parts, (part) => part.injections ?? 0);
    const schedules = d3.sum(report.parts.flatMap((part) => part.cases ?? []), (one) => one.schedules);
    return `${resilePage.counted(injections, "interrupt")} at single instructions, ${resilePage.counted(schedules, "schedule")}: ${report.held ? "every promise held" : "not all is as it should be"}`;
  },
  lead: () => "A tour of two minutes: operations interrupted in front of single machine instructions, and two threads with an interrupt in every order. All of it: resile explore --instructions, resile explore --schedules.",
  body: (report) => [
    resilePage.viewBar(),
    ...report.parts.flatMap((part) => [
      resilePage.element("h2", { "data-part": part.kind }, part.title, resilePage.mark(part.held)),
      ...resilePage.sections[part.kind](part),
    ]),
  ],
};
