// Copyright (c) 2026 The resile authors
// SPDX-License-Identifier: MIT

#include "tests/parity/parity_machine.hpp"

#include "lab/judge/cpus.hpp"

#include <fmt/core.h>

#include <algorithm>
#include <cerrno>
#include <cstring>

namespace resile_test {
namespace {

using resile::linux_lru;

[[nodiscard]] resile::linux_lru_options options_of(const parity_shape& shape, resile::generation version) {
    resile::linux_lru_options options;
    options.key_size = shape.key_size;
    options.value_size = shape.value_size;
    options.max_entries = shape.entries;
    options.no_common_lru = shape.no_common_lru;
    options.percpu_values = shape.percpu_values;
    options.version = version;
    options.cpus = shape.planted_cpus != 0 ? shape.planted_cpus
                                           : static_cast<std::uint32_t>(tool::kernel_possible_cpus());
    return options;
}

[[nodiscard]] std::string words_of_result(int result) {
    return result == 0  ? "0"
           : result < 0 ? fmt::format("-{}", strerrorname_np(-result))
                        : std::to_string(result);
}

// The one operation that has two sides in the kernel and one here.
int erase_by_user(const tool::kernel_map& map, const void* key) {
    return map.user_erase(key);
}
int erase_by_user(linux_lru& map, const void* key) {
    return map.erase(key);
}
int look_up(const tool::kernel_map& map, const void* key, void* value, std::size_t) {
    return map.lookup(key, value);
}
int look_up(linux_lru& map, const void* key, void* value, std::size_t size) {
    const void* found = map.lookup(key);
    if (found == nullptr) return -ENOENT;
    std::memcpy(value, found, size);
    return 0;
}

}  // namespace

std::string words(const parity_step& step) {
    const auto on = fmt::format("key {}, flags {:#x}", step.key, step.flags);
    switch (step.what) {
        case verb::program_update:
            return "program: update " + on;
        case verb::program_lookup:
            return fmt::format("program: lookup key {}", step.key);
        case verb::program_erase:
            return fmt::format("program: delete key {}", step.key);
        case verb::user_update:
            return "user: update " + on;
        case verb::user_lookup:
            return "user: lookup " + on;
        case verb::user_erase:
            return fmt::format("user: delete key {}", step.key);
        case verb::take:
            return fmt::format("user: lookup_and_delete key {}", step.key);
        case verb::next_key:
            return fmt::format("user: get_next_key of {}", step.key);
        case verb::iterate:
            return "user: get_next_key to the end";
        case verb::list_in_chunks:
            return fmt::format("user: lookup_batch, {} at a time", step.count);
        case verb::take_in_chunks:
            return fmt::format("user: lookup_and_delete_batch, {} at a time", step.count);
        case verb::update_batch:
            return fmt::format("user: update_batch {} keys from {}", step.count, on);
        case verb::erase_batch:
            return fmt::format("user: delete_batch {} keys from key {}", step.count, step.key);
        case verb::move:
            return fmt::format("the thread moves to CPU number {}", step.key);
    }
    return "nothing";
}

std::string words(const parity_shape& shape) {
    return fmt::format("{} entries, {} lists, {} values, key of {} bytes, value of {}", shape.entries,
                       shape.no_common_lru ? "no-common" : "common",
                       shape.percpu_values ? "per-CPU" : "plain", shape.key_size, shape.value_size);
}

const std::vector<int>& cpus_at_start() {
    static const std::vector<int> cpus = resile_lab::usable_cpus();
    return cpus;
}

parity_machine::parity_machine(const parity_shape& shape)
    : shape_(shape),
      kernel_(options_of(shape, resile::generation::plain)),
      plain_(options_of(shape, resile::generation::plain)),
      resilient_(options_of(shape, resile::generation::resilient)),
      value_size_(kernel_.user_value_size()),
      room_(shape.entries + static_cast<std::uint32_t>(tool::kernel_possible_cpus())),
      keys_(std::size_t{room_} * shape.key_size, 0),
      values_(room_ * value_size_, 0) {
    resile_lab::pin_this_thread(cpus_at_start().front());
}

parity_machine::bytes parity_machine::key_bytes(std::uint32_t key) const {
    bytes all(shape_.key_size, 0);
    std::memcpy(all.data(), &key, sizeof(key));
    return all;
}

parity_machine::bytes parity_machine::value_bytes(std::uint64_t word, std::size_t size) const {
    bytes all(size, 0);
    random_numbers more(word);
    for (auto& byte : all) byte = static_cast<char>(more.next());
    return all;
}

// What rounding adds to a per-CPU value is nobody's.
parity_machine::bytes parity_machine::meaningful(const char* value) const {
    if (!shape_.percpu_values) return {value, shape_.value_size};
    const std::size_t each = (shape_.value_size + 7) / 8 * 8;
    bytes all;
    for (std::size_t at = 0; at < value_size_; at += each) all.append(value + at, shape_.value_size);
    return all;
}

// All of the map, `chunk` entries at a time. A bucket that does not fit asks for more room: once per bucket,
// so how often depends on the hash function and is not compared.
template <class Map>
parity_machine::outcome parity_machine::walk(Map& map, verb what, std::uint32_t chunk) {
    outcome seen;
    if (what == verb::iterate) {
        bytes key(shape_.key_size, 0);
        bytes value(value_size_, 0);
        // More steps than there are entries: an iteration that goes round in circles ends here too.
        for (std::uint32_t i = 0; i < 2 * shape_.entries + 64; ++i) {
            seen.result = map.next_key(i == 0 ? nullptr : key.data(), key.data());
            if (seen.result != 0) break;
            ++seen.count;
            map.user_lookup(key.data(), value.data());
            seen.listed[key] = meaningful(value.data());
        }
        return seen;
    }
    std::uint64_t position = 0;
    bytes keys;
    bytes values;
    while (seen.result == 0) {
        keys.resize(std::size_t{chunk} * shape_.key_size);
        values.resize(chunk * value_size_);
        std::uint32_t count = chunk;
        seen.result = what == verb::take_in_chunks
                          ? map.lookup_and_erase_batch(position, keys.data(), values.data(), count)
                          : map.lookup_batch(position, keys.data(), values.data(), count);
        if (seen.result == -ENOSPC && chunk != 0) {
            chunk *= 2;
            seen.result = 0;
            continue;
        }
        for (std::uint32_t i = 0; i < count; ++i, ++seen.count) {
            const auto* key = keys.data() + std::size_t{i} * shape_.key_size;
            seen.listed[{key, shape_.key_size}] = meaningful(values.data() + i * value_size_);
        }
        if (chunk == 0) break;
    }
    return seen;
}

template <class Map>
parity_machine::outcome parity_machine::apply(Map& map, const parity_step& step) {
    const auto key = key_bytes(step.key);
    const auto given = value_bytes(step.word, value_size_);
    outcome seen;
    bytes wanted(value_size_, 0);
    switch (step.what) {
        case verb::program_update:
            seen.result = map.update(key.data(), given.data(), step.flags);
            break;
        case verb::program_lookup:
            seen.result = look_up(map, key.data(), wanted.data(), shape_.value_size);
            if (seen.result == 0) seen.value.assign(wanted, 0, shape_.value_size);
            break;
        case verb::program_erase:
            seen.result = map.erase(key.data());
            break;
        case verb::user_update:
            seen.result = map.user_update(key.data(), given.data(), step.flags);
            break;
        case verb::user_lookup:
            seen.result = map.user_lookup(key.data(), wanted.data(), step.flags);
            if (seen.result == 0) seen.value = meaningful(wanted.data());
            break;
        case verb::user_erase:
            seen.result = erase_by_user(map, key.data());
            break;
        case verb::take:
            seen.result = map.user_lookup_and_erase(key.data(), wanted.data());
            if (seen.result == 0) seen.value = meaningful(wanted.data());
            break;
        case verb::next_key: {
            bytes next(shape_.key_size, 0);
            // Present or not, the answer depends on the order, except in a map without keys.
            const int result = map.next_key(key.data(), next.data());
            seen.result = keys_present_ == 0 || (result != 0 && result != -ENOENT) ? result : 0;
            break;
        }
        case verb::iterate:
        case verb::list_in_chunks:
        case verb::take_in_chunks:
            return walk(map, step.what, step.count);
        case verb::update_batch:
        case verb::erase_batch: {
            bytes keys;
            for (std::uint32_t i = 0; i < step.count; ++i) {
                const auto one = key_bytes(step.key + i);
                keys += one;
            }
            const auto values = value_bytes(step.word, step.count * value_size_);
            seen.count = step.count;
            seen.result = step.what == verb::erase_batch
                              ? map.erase_batch(keys.data(), seen.count)
                              : map.update_batch(keys.data(), values.data(), seen.count, step.flags);
            break;
        }
        case verb::move:
            break;
    }
    return seen;
}

template <class Map>
parity_machine::contents parity_machine::contents_of(Map& map) {
    return walk(map, verb::list_in_chunks, room_).listed;
}

template <class Map>
parity_machine::fingerprint parity_machine::fingerprint_of(Map& map) {
    fingerprint seen;
    std::uint64_t position = 0;
    seen.entries = room_;
    seen.result = map.lookup_batch(position, keys_.data(), values_.data(), seen.entries);
    const std::size_t each = shape_.percpu_values ? (shape_.value_size + 7) / 8 * 8 : value_size_;
    const auto mix = [](std::uint64_t so_far, const char* from, std::size_t size) {
        for (std::size_t at = 0; at < size; at += 8) {
            std::uint64_t word = 0;
            std::memcpy(&word, from + at, std::min<std::size_t>(8, size - at));
            so_far = random_numbers(so_far ^ word).next();
        }
        return so_far;
    };
    for (std::uint32_t i = 0; i < seen.entries; ++i) {
        std::uint64_t one = mix(1, keys_.data() + std::size_t{i} * shape_.key_size, shape_.key_size);
        for (std::size_t at = 0; at < value_size_; at += each)
            one = mix(one, values_.data() + i * value_size_ + at, shape_.value_size);
        seen.sum += one;
    }
    return seen;
}

std::string parity_machine::words_of(const outcome& seen) {
    auto text = fmt::format("{}, {} done", words_of_result(seen.result), seen.count);
    if (!seen.value.empty()) text += ", value";
    for (const char byte : seen.value) text += fmt::format(" {:02x}", static_cast<unsigned char>(byte));
    if (!seen.listed.empty()) text += ", keys" + words_of(seen.listed);
    return text;
}

std::string parity_machine::words_of(const contents& of) {
    std::string text = fmt::format(" ({}):", of.size());
    std::size_t shown = 0;
    for (const auto& [key, value] : of) {
        std::uint32_t number = 0;
        std::memcpy(&number, key.data(), sizeof(number));
        text += fmt::format(" {}", number);
        if (++shown == 64) return text + " ...";
    }
    return text;
}

std::string parity_machine::play(const parity_step& step) {
    if (step.what == verb::move) {
        resile_lab::pin_this_thread(cpus_at_start()[step.key % cpus_at_start().size()]);
        return {};
    }
    // Now and then the contents themselves; in between fingerprints, until they differ.
    const bool in_full = ++counts_.steps % 64 == 0;
    const outcome there = apply(kernel_, step);
    const fingerprint after = fingerprint_of(kernel_);
    std::string difference;
    for (const auto version : {resile::generation::plain, resile::generation::resilient}) {
        auto& map = version == resile::generation::plain ? plain_ : resilient_;
        const char* name =
            version == resile::generation::plain ? "generation::plain" : "generation::resilient";
        const outcome here = apply(map, step);
        if (here != there)
            difference += fmt::format("  {} answers {}\n  the kernel answers {}\n", name, words_of(here),
                                      words_of(there));
        if (fingerprint_of(map) != after || in_full) difference += contents_differ(map, name);
    }
    const bool updates = step.what == verb::program_update || step.what == verb::user_update ||
                         step.what == verb::update_batch;
    if (there.result != 0) ++counts_.refused;
    if (updates && after.entries < keys_present_) counts_.evicted += keys_present_ - after.entries;
    keys_present_ = after.entries;
    return difference;
}

std::string parity_machine::contents_differ(resile::linux_lru& map, const char* name) {
    const contents here = contents_of(map);
    const contents there = contents_of(kernel_);
    if (here == there) return {};
    auto text =
        fmt::format("  {} then holds{}\n  the kernel then holds{}\n", name, words_of(here), words_of(there));
    for (const auto& [key, value] : here)
        if (const auto found = there.find(key); found != there.end() && found->second != value) {
            std::uint32_t number = 0;
            std::memcpy(&number, key.data(), sizeof(number));
            text += fmt::format("  the values of key {} differ\n", number);
        }
    return text;
}

}  // namespace resile_test
