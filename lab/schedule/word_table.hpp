// Copyright (c) 2026 The resile authors
// SPDX-License-Identifier: MIT
#pragma once

// Who touches which word: the reduction that makes exhaustive search possible. Ours; the idea that only
// conflicting accesses need to be tried in both orders is that of partial-order reduction (Godefroid, 1996).
//
// A word is *contended* if two contexts (threads, and handlers as contexts of their own) touch it and their
// accesses do not commute: one writes, or one adds and the other looks. Only accesses to contended words are
// points where the scheduler may do something else. That is sound: an access to any other word commutes with
// everything that others do, so a switch, or an interrupt, just before it can be moved behind it, up to the
// next access to a contended word or the end of the thread, without changing what anybody sees; it only makes
// the calls of the history overlap less, which is what is harder to explain.
//
// Which words are contended is not known beforehand. It is learnt during the search: as soon as a word turns
// out to be contended, the search begins anew with one more point to stop at, until a whole search found no
// new one. So what counts in the end is a search in which no access outside these words ever conflicted.

#include "lab/schedule/door.hpp"

#include <cstddef>
#include <cstdint>
#include <vector>

namespace resile_lab {

class word_table {
  public:
    using contexts = std::uint32_t;  // a bit for each

    word_table() : words_(first_size) {}

    // Notes an access. True: of a contended word.
    bool note(const void* address, door::act what, contexts who) {
        word& it = find(address);
        const contexts seen = it.readers | it.writers | it.adders;
        switch (what) {
            case door::act::load:
            case door::act::park:
                it.readers |= who;
                break;
            case door::act::add:
                it.adders |= who;
                break;
            default:
                it.writers |= who;
                break;
        }
        const contexts all = seen | who;
        const bool several = (all & (all - 1)) != 0;
        if (!it.contended && several && (it.writers != 0 || (it.adders != 0 && it.readers != 0))) {
            it.contended = true;
            ++contended_;
        }
        return it.contended;
    }
    // Grows only.
    [[nodiscard]] std::size_t contended() const noexcept { return contended_; }

  private:
    struct word {
        const void* address = nullptr;
        contexts readers = 0, writers = 0, adders = 0;
        bool contended = false;
    };
    static constexpr std::size_t first_size = 1024;  // a power of two

    [[nodiscard]] word& find(const void* address) {
        const std::size_t mask = words_.size() - 1;
        std::size_t at = (reinterpret_cast<std::uintptr_t>(address) * 0x9e3779b97f4a7c15U >> 32) & mask;
        while (words_[at].address != nullptr && words_[at].address != address) at = (at + 1) & mask;
        if (words_[at].address == address) return words_[at];
        if (++used_ * 2 > words_.size()) {
            grow();
            return find(address);
        }
        words_[at].address = address;
        return words_[at];
    }
    void grow() {
        std::vector<word> old(words_.size() * 2);
        old.swap(words_);
        used_ = 0;
        for (const word& one : old)
            if (one.address != nullptr) find(one.address) = one;
    }

    std::vector<word> words_;
    std::size_t used_ = 0;
    std::size_t contended_ = 0;
};

}  // namespace resile_lab
