// Copyright (c) 2026 The resile authors
// SPDX-License-Identifier: MIT

#include "bench/peers/every_peer.hpp"

#ifdef RESILE_HAVE_CK
#include "bench/peers/concurrency_kit_sections.h"
#endif

namespace bench {
#ifdef RESILE_HAVE_CK
namespace {

template <class Word, void (*Sections)(Word*, std::uint64_t*, std::uint64_t)>
class sections_in_c final : public subject {
  public:
    explicit sections_in_c(std::uint64_t) {}

    void prepare(mix, std::uint64_t) override {}
    [[nodiscard]] std::uint64_t batch_size() const noexcept override { return 32; }
    void run(mix, key_source&, batch& done) override {
        if (done.each == nullptr) {
            Sections(&lock_, &counter_, done.operations);
            done.hits += done.operations;
        } else {
            repeat(done, [&] { return Sections(&lock_, &counter_, 1), true; });
        }
    }

  private:
    alignas(128) Word lock_{};
    alignas(128) std::uint64_t counter_ = 0;
};

}  // namespace
#endif

void add_peers_of_concurrency_kit(std::vector<peer>& all) {
    peer mcs{.family = "lock", .word = "ck-mcs", .name = "Concurrency Kit MCS", .library = "Concurrency Kit"};
    peer ticket{.family = "lock",
                .word = "ck-ticket",
                .name = "Concurrency Kit ticket",
                .library = "Concurrency Kit"};
#ifdef RESILE_HAVE_CK
    mcs.library = ticket.library = "Concurrency Kit " RESILE_HAVE_CK;
    mcs.make = make_subject<sections_in_c<void*, resile_bench_ck_mcs_sections>>;
    ticket.make = make_subject<sections_in_c<std::uint64_t, resile_bench_ck_ticket_sections>>;
#else
    not_built_in(mcs, "libck-dev");
    not_built_in(ticket, "libck-dev");
#endif
    all.push_back(mcs);
    all.push_back(ticket);
}

}  // namespace bench
