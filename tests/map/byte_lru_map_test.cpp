// Copyright (c) 2026 The resile authors
// SPDX-License-Identifier: MIT

// Keys and values of any number of bytes, at any address: what is copied, to the byte; what is refused; and
// who had to go.

#include "tests/support/seeds.hpp"

#include <resile/byte_lru_map.hpp>

#include <gtest/gtest.h>

#include <cstring>
#include <map>
#include <stdexcept>
#include <string>
#include <vector>

namespace resile_test {
namespace {

using resile::byte_lru_map;
using resile::put_result;
using bytes = std::string;

[[nodiscard]] resile::lru_options small_map() {
    resile::lru_options options;
    options.contexts = 4;
    options.seed = 1;
    options.huge_pages = false;
    return options;
}

// Bytes that are all different from their neighbours', and those of another number.
[[nodiscard]] bytes of_number(std::size_t size, std::uint64_t number) {
    bytes made(size, 0);
    random_numbers numbers(number);
    for (auto& byte : made) byte = static_cast<char>(numbers.next());
    std::memcpy(made.data(), &number, size < sizeof(number) ? size : sizeof(number));
    return made;
}

// Room for `size` bytes at an odd address, fenced on both sides.
class odd_room {
  public:
    explicit odd_room(std::size_t size, unsigned offset = 1) : all_(size + 2 * margin, fence), size_(size) {
        at_ = all_.data() + margin / 2 + offset;
    }
    odd_room(const bytes& content, unsigned offset) : odd_room(content.size(), offset) {
        std::memcpy(at_, content.data(), content.size());
    }
    [[nodiscard]] char* data() noexcept { return at_; }
    [[nodiscard]] bytes content() const { return {at_, at_ + size_}; }
    [[nodiscard]] bool fences_stand() const {
        bool stand = true;
        for (const char* byte = all_.data(); byte != all_.data() + all_.size(); ++byte)
            stand = stand && ((byte >= at_ && byte < at_ + size_) || *byte == fence);
        return stand;
    }

  private:
    static constexpr std::size_t margin = 32;
    static constexpr char fence = 0x7e;
    bytes all_;
    std::size_t size_;
    char* at_;
};

struct sizes {
    std::size_t key, value;
};

class byte_lru_map_of : public testing::TestWithParam<sizes> {
  protected:
    [[nodiscard]] bytes key(std::uint64_t number) const { return of_number(GetParam().key, number); }
    [[nodiscard]] bytes value(std::uint64_t number) const { return of_number(GetParam().value, ~number); }
    // The value of a key; nothing: absent.
    [[nodiscard]] std::optional<bytes> get(std::uint64_t number) const {
        bytes found(GetParam().value, 0);
        return map_.get(key(number).data(), found.data()) ? std::optional(found) : std::nullopt;
    }
    byte_lru_map map_{GetParam().key, GetParam().value, 16, small_map()};
};

std::vector<sizes> every_pair() {
    std::vector<sizes> pairs;
    for (const std::size_t key : {1U, 3U, 7U, 8U, 9U, 13U, 100U})
        for (const std::size_t value : {1U, 3U, 7U, 8U, 9U, 13U, 100U}) pairs.push_back({key, value});
    return pairs;
}
INSTANTIATE_TEST_SUITE_P(sizes, byte_lru_map_of, testing::ValuesIn(every_pair()), [](const auto& chosen) {
    return "key_" + std::to_string(chosen.param.key) + "_value_" + std::to_string(chosen.param.value);
});

TEST_P(byte_lru_map_of, gives_back_every_byte) {
    EXPECT_EQ(map_.key_bytes(), GetParam().key);
    EXPECT_EQ(map_.value_bytes(), GetParam().value);
    EXPECT_EQ(map_.max_size(), 16U);
    for (std::uint64_t n = 0; n < 16; ++n)
        ASSERT_EQ(map_.put(key(n).data(), value(n).data()), put_result::inserted) << n;
    for (std::uint64_t n = 0; n < 16; ++n) EXPECT_EQ(get(n), value(n)) << n;
    EXPECT_EQ(map_.put(key(3).data(), value(100).data()), put_result::replaced);
    EXPECT_EQ(map_.replace(key(4).data(), value(101).data()), put_result::replaced);
    EXPECT_EQ(map_.insert(key(5).data(), value(102).data()), put_result::exists);
    EXPECT_EQ(get(3), value(100));
    EXPECT_EQ(get(4), value(101));
    EXPECT_EQ(get(5), value(5));
    EXPECT_EQ(get(200), std::nullopt);
    EXPECT_EQ(map_.replace(key(200).data(), value(0).data()), put_result::absent);
    EXPECT_TRUE(map_.census().conserved(16));
}

TEST_P(byte_lru_map_of, reads_and_writes_at_any_address_and_not_a_byte_beyond) {
    for (unsigned offset = 0; offset < 8; ++offset) {
        odd_room a_key(key(offset), offset), a_value(value(offset), 7 - offset);
        odd_room seen(GetParam().value, offset), taken(GetParam().value, offset);
        EXPECT_EQ(map_.put(a_key.data(), a_value.data()), put_result::inserted);
        EXPECT_TRUE(map_.get(a_key.data(), seen.data()));
        EXPECT_EQ(seen.content(), value(offset));
        EXPECT_TRUE(map_.peek(a_key.data(), seen.data()));
        EXPECT_TRUE(map_.get(a_key.data(), nullptr)) << "the value is not wanted";
        EXPECT_TRUE(map_.take(a_key.data(), taken.data()));
        EXPECT_EQ(taken.content(), value(offset));
        EXPECT_FALSE(map_.take(a_key.data(), taken.data()));
        EXPECT_TRUE(a_key.fences_stand() && a_value.fences_stand() && seen.fences_stand() &&
                    taken.fences_stand());
        EXPECT_EQ(a_key.content(), key(offset)) << "a key was written";
    }
}

TEST_P(byte_lru_map_of, keys_that_differ_in_one_byte_are_different_keys) {
    for (const std::size_t place : {GetParam().key - 1, GetParam().key / 2, std::size_t{0}}) {
        map_.clear();
        bytes a_key(GetParam().key, 0x55);
        for (unsigned n = 0; n < 16; ++n) {
            a_key[place] = static_cast<char>(16 * n);
            ASSERT_EQ(map_.put(a_key.data(), value(n).data()), put_result::inserted) << "byte " << place;
        }
        EXPECT_EQ(map_.size(), 16U);
        for (unsigned n = 0; n < 16; ++n) {
            a_key[place] = static_cast<char>(16 * n);
            bytes seen(GetParam().value, 0);
            ASSERT_TRUE(map_.peek(a_key.data(), seen.data()));
            EXPECT_EQ(seen, value(n));
            a_key[place] = static_cast<char>(16 * n + 1);
            EXPECT_FALSE(map_.erase(a_key.data()));
        }
    }
}

TEST_P(byte_lru_map_of, a_victim_is_copied_to_the_room_for_it) {
    odd_room gone_key(GetParam().key, 3), gone_value(GetParam().value, 5);
    byte_lru_map::victim_room room{gone_key.data(), gone_value.data(), true};
    for (std::uint64_t n = 0; n < 16; ++n) {
        ASSERT_EQ(map_.put(key(n).data(), value(n).data(), &room), put_result::inserted);
        ASSERT_FALSE(room.filled) << "the map was not full yet, at " << n;
    }
    std::map<bytes, bytes> left;
    for (std::uint64_t n = 0; n < 16; ++n) left[key(n)] = value(n);
    for (std::uint64_t n = 100; n < 140; ++n) {
        const put_result result = n % 2 == 0 ? map_.put(key(n).data(), value(n).data(), &room)
                                             : map_.insert(key(n).data(), value(n).data(), &room);
        ASSERT_EQ(result, put_result::inserted);
        ASSERT_TRUE(room.filled);
        const auto victim = left.find(gone_key.content());
        ASSERT_NE(victim, left.end()) << "the victim was not in the map";
        EXPECT_EQ(gone_value.content(), victim->second);
        left.erase(victim);
        left[key(n)] = value(n);
        EXPECT_FALSE(map_.peek(gone_key.data(), nullptr));
    }
    EXPECT_EQ(map_.put(key(139).data(), value(0).data(), &room), put_result::replaced);
    EXPECT_FALSE(room.filled) << "a replacement has no victim";
    EXPECT_TRUE(gone_key.fences_stand() && gone_value.fences_stand());
    byte_lru_map::victim_room nowhere;
    EXPECT_EQ(map_.put(key(200).data(), value(0).data(), &nowhere), put_result::inserted);
    EXPECT_TRUE(nowhere.filled) << "key and value may be null";
}

TEST_P(byte_lru_map_of, change_functions_see_the_value_or_zeros_and_write_it) {
    struct call {
        std::size_t size;
        bytes seen, wanted;
        unsigned present = 0, absent = 0;
    } told{GetParam().value, {}, value(7)};
    const auto change = [](void* context, void* value, bool present) noexcept {
        auto* to = static_cast<call*>(context);
        auto* at = static_cast<char*>(value);
        to->seen.assign(at, at + to->size);
        ++(present ? to->present : to->absent);
        std::memcpy(value, to->wanted.data(), to->size);
    };
    EXPECT_EQ(map_.update(key(1).data(), change, &told), put_result::absent);
    EXPECT_EQ(told.present + told.absent, 0U) << "there was nothing to change";
    EXPECT_EQ(map_.upsert(key(1).data(), change, &told), put_result::inserted);
    EXPECT_EQ(told.absent, 1U);
    EXPECT_EQ(told.seen, bytes(GetParam().value, 0));
    EXPECT_EQ(get(1), value(7));
    told.wanted = value(8);
    EXPECT_EQ(map_.upsert(key(1).data(), change, &told), put_result::replaced);
    EXPECT_EQ(told.seen, value(7));
    told.wanted = value(9);
    EXPECT_EQ(map_.update(key(1).data(), change, &told), put_result::replaced);
    EXPECT_EQ(told.seen, value(8));
    EXPECT_EQ(told.present, 2U);
    EXPECT_EQ(get(1), value(9));
}

TEST_P(byte_lru_map_of, agrees_with_a_model_after_each_of_many_random_operations) {
    random_numbers numbers(announce_seed("byte_lru_map"));
    std::map<bytes, bytes> model;
    odd_room gone(GetParam().key, 3), seen(GetParam().value, 1);
    const auto change = [](void* context, void* value, bool) noexcept {
        std::memcpy(value, static_cast<const bytes*>(context)->data(),
                    static_cast<const bytes*>(context)->size());
    };
    for (unsigned i = 0; i < scaled(6'000); ++i) {
        odd_room at(key(numbers.below(40)), numbers.below(8));
        bytes fresh = value(numbers.next());
        const auto now = model.find(at.content());
        const bool there = now != model.end();
        const put_result either = there ? put_result::replaced : put_result::inserted;
        byte_lru_map::victim_room room{gone.data(), nullptr};
        bool written = true;
        switch (numbers.below(10)) {
            case 0:
            case 1:
                ASSERT_EQ(map_.put(at.data(), fresh.data(), &room), either);
                break;
            case 2:
                written = !there;
                ASSERT_EQ(map_.insert(at.data(), fresh.data(), &room),
                          there ? put_result::exists : put_result::inserted);
                break;
            case 3:
                written = there;
                ASSERT_EQ(map_.replace(at.data(), fresh.data()),
                          there ? put_result::replaced : put_result::absent);
                break;
            case 4:
                written = there;
                ASSERT_EQ(map_.update(at.data(), change, &fresh),
                          there ? put_result::replaced : put_result::absent);
                break;
            case 5:
                written = there;  // an upsert names no victim: only what is there
                ASSERT_EQ(there ? map_.upsert(at.data(), change, &fresh) : put_result::replaced,
                          put_result::replaced);
                break;
            case 6:
            case 7:
                written = false;
                ASSERT_EQ(map_.get(at.data(), seen.data()), there);
                ASSERT_TRUE(!there || seen.content() == now->second);
                break;
            default:
                written = false;
                ASSERT_EQ(i % 2 == 0 ? map_.erase(at.data()) : map_.take(at.data(), seen.data()), there);
                if (there) model.erase(now);
        }
        ASSERT_EQ(room.filled, written && !there && model.size() == 16U);
        if (room.filled) {
            ASSERT_EQ(model.erase(gone.content()), 1U) << "the victim was not there";
        }
        if (written) model[at.content()] = fresh;
        ASSERT_EQ(map_.size(), model.size());
        ASSERT_TRUE(map_.census().conserved(16)) << "operation " << i;
    }
    struct walk {
        sizes size;
        std::map<bytes, bytes> found;
    } walked{GetParam(), {}};
    map_.for_each(
        [](void* context, const void* a_key, const void* a_value) {
            auto* to = static_cast<walk*>(context);
            const auto* k = static_cast<const char*>(a_key);
            const auto* v = static_cast<const char*>(a_value);
            EXPECT_TRUE(to->found.emplace(bytes(k, k + to->size.key), bytes(v, v + to->size.value)).second);
        },
        &walked);
    EXPECT_EQ(walked.found, model);
    EXPECT_TRUE(gone.fences_stand() && seen.fences_stand());
}

TEST(byte_lru_map, tells_the_hook_every_victim) {
    struct {
        unsigned victims = 0, wrong = 0;
    } told;
    auto options = small_map();
    options.eviction_context = &told;
    options.on_eviction = [](void* context, const void* key, const void* value) noexcept {
        auto* to = static_cast<decltype(told)*>(context);
        ++to->victims;
        to->wrong += std::memcmp(key, value, 3) == 0 ? 0U : 1U;
    };
    byte_lru_map map(3, 13, 4, options);
    for (std::uint64_t n = 0; n < 20; ++n) {
        const bytes key = of_number(3, n);
        bytes value(13, 0);
        std::memcpy(value.data(), key.data(), 3);
        (void)map.put(key.data(), value.data());
    }
    EXPECT_EQ(told.victims, 16U);
    EXPECT_EQ(told.wrong, 0U);
    EXPECT_EQ(map.statistics().total().evictions, 16U);
    map.clear();
    EXPECT_EQ(map.size(), 0U);
    EXPECT_EQ(told.victims, 16U) << "what is cleared is no victim";
}

// What a constructor says; empty: nothing is wrong.
template <class Error>
[[nodiscard]] std::string refusal(std::size_t key, std::size_t value, std::size_t entries,
                                  const resile::lru_options& options = small_map()) {
    try {
        const byte_lru_map map(key, value, entries, options);
    } catch (const Error& error) {
        return error.what();
    }
    return "";
}

TEST(byte_lru_map, impossible_sizes_are_refused_and_the_culprit_is_named) {
    const auto says = [](const std::string& all, const char* part) {
        return all.find(part) != std::string::npos ? testing::AssertionSuccess()
                                                   : testing::AssertionFailure() << "says: '" << all << "'";
    };
    EXPECT_TRUE(says(refusal<std::invalid_argument>(0, 8, 8), "key_bytes is 0"));
    EXPECT_TRUE(says(refusal<std::invalid_argument>(8, 0, 8), "value_bytes is 0"));
    EXPECT_TRUE(says(refusal<std::invalid_argument>(8, 8, 0), "max_entries is 0"));
    EXPECT_TRUE(says(refusal<std::length_error>(4097, 8, 8), "key_bytes 4097 is more than 4096"));
    EXPECT_TRUE(says(refusal<std::length_error>(8, 65537, 8), "value_bytes 65537 is more than 65536"));
    EXPECT_TRUE(says(refusal<std::length_error>(8, 8, (std::size_t{1} << 31) + 1), "2147483649"));
    auto options = small_map();
    options.contexts = 0;
    EXPECT_TRUE(says(refusal<std::invalid_argument>(8, 8, 8, options), "contexts is 0"));
    EXPECT_THROW(byte_lru_map(4096, 65536, std::size_t{1} << 31, small_map()), std::exception)
        << "2^47 bytes are more than a process can have";
}

TEST(byte_lru_map, the_largest_keys_and_values_work) {
    byte_lru_map map(byte_lru_map::most_key_bytes, byte_lru_map::most_value_bytes, 2, small_map());
    for (std::uint64_t n = 0; n < 4; ++n) {
        const bytes key = of_number(map.key_bytes(), n), value = of_number(map.value_bytes(), ~n);
        ASSERT_EQ(map.put(key.data(), value.data()), put_result::inserted);
        bytes seen(map.value_bytes(), 0);
        ASSERT_TRUE(map.get(key.data(), seen.data()));
        EXPECT_EQ(seen, value);
    }
    EXPECT_EQ(map.size(), 2U);
}

}  // namespace
}  // namespace resile_test
