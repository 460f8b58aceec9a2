// Copyright (c) 2026 The resile authors
// SPDX-License-Identifier: MIT

// The core with sizes that are known at run time only. Scratch space comes from the stack (alloca): a handler
// has no other.

#include <resile/byte_lru_map.hpp>

#include <alloca.h>

#include <cstring>
#include <stdexcept>
#include <string>

namespace resile::inline RESILE_PLATFORM {
namespace {

using detail::lru::node_shape;
using detail::lru::nothing_but_to_read;
using detail::lru::nothing_to_make;
using detail::lru::victim_copy;
using detail::lru::wanted;
using detail::lru::word;
using detail::lru::words_for;

struct byte_rules {
    node_shape sizes;
    [[nodiscard]] const node_shape& shape() const noexcept { return sizes; }
    [[nodiscard]] bool same_key(const detail::lru::atomic_word* stored, const word* key) const noexcept {
        for (std::size_t i = 0; i < sizes.key_words; ++i)
            if (stored[i].load(std::memory_order_acquire) != key[i]) return false;  // acquire [content]
        return true;
    }
};

std::size_t checked_size(const char* what, std::size_t bytes, std::size_t most) {
    if (bytes == 0) throw std::invalid_argument(std::string("resile::byte_lru_map: ") + what + "_bytes is 0");
    if (bytes > most)
        throw std::length_error(std::string("resile::byte_lru_map: ") + what + "_bytes " +
                                std::to_string(bytes) + " is more than " + std::to_string(most));
    return bytes;
}

// Fills whole words; what is beyond the bytes is zero, so that words can be compared.
void to_words(word* words, const void* bytes, std::size_t size) noexcept {
    words[words_for(size) - 1] = 0;
    std::memcpy(words, bytes, size);
}

}  // namespace

struct byte_lru_map::state {
    std::size_t key_bytes, value_bytes;
    hash_seed seed;
    eviction_hook hook;
    void* hook_context;
    detail::lru::whole_table<byte_rules> core;

    state(std::size_t key_size, std::size_t value_size, std::size_t max_entries, const lru_options& options)
        : key_bytes(checked_size("key", key_size, most_key_bytes)),
          value_bytes(checked_size("value", value_size, most_value_bytes)),
          seed(detail::lru::seed_for(options)),
          hook(options.on_eviction),
          hook_context(options.eviction_context),
          core(byte_rules{{words_for(key_size), words_for(value_size)}},
               detail::lru::plan_map(max_entries, {words_for(key_size), words_for(value_size)}, options),
               options.huge_pages, options.order) {}

    [[nodiscard]] std::size_t key_room() const noexcept { return words_for(key_bytes) * sizeof(word); }
    [[nodiscard]] std::size_t value_room() const noexcept { return words_for(value_bytes) * sizeof(word); }
    [[nodiscard]] std::uint32_t hash_of(const word* key) const noexcept {
        return static_cast<std::uint32_t>(key_bytes <= sizeof(word) ? hash_number(*key, seed)
                                                                    : hash_bytes(key, key_bytes, seed));
    }

    bool read(const void* key, void* value, bool uses) const noexcept {
        auto* key_copy = static_cast<word*>(alloca(key_room()));
        auto* value_copy = value == nullptr ? nullptr : static_cast<word*>(alloca(value_room()));
        to_words(key_copy, key, key_bytes);
        if (!core.get(key_copy, hash_of(key_copy), value_copy, uses)) return false;
        if (value != nullptr) std::memcpy(value, value_copy, value_bytes);
        return true;
    }

    template <class Make>
    put_result write(const void* key, wanted presence, Make make, word* fresh, word* old,
                     victim_room* room) noexcept {
        auto* key_copy = static_cast<word*>(alloca(key_room()));
        to_words(key_copy, key, key_bytes);
        return showing_victims(room, [&](victim_copy* copy) {
            return core.write(key_copy, hash_of(key_copy), presence, make, fresh, old, copy);
        });
    }
    // Gets to know each entry that has to go during an operation.
    struct listener {
        const state& of;
        victim_room* first;

        static void tell(const victim_copy& copy) noexcept {
            const auto& self = *static_cast<const listener*>(copy.listener);
            if (self.first != nullptr && !self.first->filled) {
                self.first->filled = true;
                if (self.first->key != nullptr) std::memcpy(self.first->key, copy.key, self.of.key_bytes);
                if (self.first->value != nullptr)
                    std::memcpy(self.first->value, copy.value, self.of.value_bytes);
            }
            if (self.of.hook != nullptr) self.of.hook(self.of.hook_context, copy.key, copy.value);
        }
    };
    // operation(copy), where copy is null if nobody wants to know.
    template <class Operation>
    auto showing_victims(victim_room* first, Operation&& operation) noexcept {
        if (first != nullptr) first->filled = false;
        if (first == nullptr && hook == nullptr) return operation(nullptr);
        listener all{*this, first};
        victim_copy copy{static_cast<word*>(alloca(key_room())), static_cast<word*>(alloca(value_room())),
                         &all, &listener::tell};
        return operation(&copy);
    }
    put_result write_bytes(const void* key, wanted presence, const void* value, victim_room* room) noexcept {
        auto* fresh = static_cast<word*>(alloca(value_room()));
        to_words(fresh, value, value_bytes);
        return write(key, presence, nothing_to_make{}, fresh, nullptr, room);
    }
    put_result change(const void* key, wanted presence, change_function how, void* context) noexcept {
        auto* fresh = static_cast<word*>(alloca(value_room()));
        auto* old = static_cast<word*>(alloca(value_room()));
        const auto make = [&](word* to, const word* present) {
            if (present != nullptr)
                std::memcpy(to, present, value_room());
            else
                std::memset(to, 0, value_room());
            how(context, to, present != nullptr);
        };
        return write(key, presence, make, fresh, old, nullptr);
    }
};

byte_lru_map::byte_lru_map(std::size_t key_bytes, std::size_t value_bytes, std::size_t max_entries,
                           const lru_options& options)
    : state_(std::make_unique<state>(key_bytes, value_bytes, max_entries, options)) {}
byte_lru_map::~byte_lru_map() = default;

bool byte_lru_map::get(const void* key, void* value) const noexcept {
    return state_->read(key, value, true);
}
bool byte_lru_map::peek(const void* key, void* value) const noexcept {
    return state_->read(key, value, false);
}
put_result byte_lru_map::put(const void* key, const void* value, victim_room* victim) noexcept {
    return state_->write_bytes(key, wanted::either, value, victim);
}
put_result byte_lru_map::insert(const void* key, const void* value, victim_room* victim) noexcept {
    return state_->write_bytes(key, wanted::absent, value, victim);
}
put_result byte_lru_map::replace(const void* key, const void* value) noexcept {
    return state_->write_bytes(key, wanted::present, value, nullptr);
}
put_result byte_lru_map::update(const void* key, change_function change, void* context) noexcept {
    return state_->change(key, wanted::present, change, context);
}
put_result byte_lru_map::upsert(const void* key, change_function change, void* context) noexcept {
    return state_->change(key, wanted::either, change, context);
}
put_result byte_lru_map::get_or_insert(const void* key, const void* initial, void* value) noexcept {
    auto* fresh = static_cast<word*>(alloca(state_->value_room()));
    auto* old = static_cast<word*>(alloca(state_->value_room()));
    to_words(fresh, initial, state_->value_bytes);
    const put_result result = state_->write(key, wanted::absent, nothing_but_to_read{}, fresh, old, nullptr);
    if (result != put_result::no_memory)
        std::memcpy(value, result == put_result::exists ? old : fresh, state_->value_bytes);
    return result;
}
bool byte_lru_map::erase(const void* key) noexcept {
    auto* key_copy = static_cast<word*>(alloca(state_->key_room()));
    to_words(key_copy, key, state_->key_bytes);
    return state_->showing_victims(nullptr, [&](victim_copy* copy) {
        return state_->core.erase(key_copy, state_->hash_of(key_copy), nullptr, copy);
    });
}
bool byte_lru_map::take(const void* key, void* value) noexcept {
    auto* key_copy = static_cast<word*>(alloca(state_->key_room()));
    auto* value_copy = static_cast<word*>(alloca(state_->value_room()));
    to_words(key_copy, key, state_->key_bytes);
    const bool taken = state_->showing_victims(nullptr, [&](victim_copy* copy) {
        return state_->core.erase(key_copy, state_->hash_of(key_copy), value_copy, copy);
    });
    if (!taken) return false;
    std::memcpy(value, value_copy, state_->value_bytes);
    return true;
}
void byte_lru_map::clear() noexcept {
    auto* key = static_cast<word*>(alloca(state_->key_room()));
    state_->showing_victims(nullptr, [&](victim_copy* copy) { return state_->core.clear(key, copy), true; });
}
byte_lru_map::pinned byte_lru_map::find(const void* key) noexcept {
    auto* key_copy = static_cast<word*>(alloca(state_->key_room()));
    to_words(key_copy, key, state_->key_bytes);
    return attach(state_->core.pin(key_copy, state_->hash_of(key_copy)));
}
byte_lru_map::pinned byte_lru_map::attach(std::uint32_t number) noexcept {
    pinned handle;
    if (number == detail::lru::no_node) return handle;
    handle.map_ = this;
    handle.value_ = state_->core.value_of(number);
    handle.node_ = number;
    return handle;
}
byte_lru_map::pinned::~pinned() {
    if (node_ == detail::lru::no_node) return;
    map_->state_->showing_victims(
        nullptr, [&](victim_copy* copy) { return map_->state_->core.release(node_, copy), true; });
}
void byte_lru_map::for_each(visit_function visit, void* context) const {
    auto* key = static_cast<word*>(alloca(state_->key_room()));
    auto* value = static_cast<word*>(alloca(state_->value_room()));
    state_->core.for_each(key, value,
                          [&](const word* found, const word* with) { visit(context, found, with); });
}
std::size_t byte_lru_map::key_bytes() const noexcept {
    return state_->key_bytes;
}
std::size_t byte_lru_map::value_bytes() const noexcept {
    return state_->value_bytes;
}
std::size_t byte_lru_map::size() const noexcept {
    return state_->core.taken();
}
std::size_t byte_lru_map::max_size() const noexcept {
    return state_->core.table().size().max_entries;
}
map_stats byte_lru_map::statistics() const noexcept {
    return detail::lru::statistics_of(state_->core.table());
}
lru_census byte_lru_map::census() const {
    return state_->core.census();
}

}  // namespace resile::inline RESILE_PLATFORM
