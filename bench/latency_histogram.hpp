// Copyright (c) 2026 The resile authors
// SPDX-License-Identifier: MIT
#pragma once

#include <array>
#include <bit>
#include <cstddef>
#include <cstdint>

namespace bench {

// Nanoseconds in HdrHistogram's layout: buckets of 1/128 of their size or less, so that a quantile is wrong
// by less than 0.8 %. (Debian 12 packages HdrHistogram for Java and Go only.) Recording touches two counters
// and allocates nothing: a signal handler may do it, on a histogram of its own.
class latency_histogram {
  public:
    void record(std::uint64_t ns) noexcept {
        ++buckets_[bucket_of(ns)];
        ++count_;
        if (ns > max_) max_ = ns;
    }
    void add(const latency_histogram& other) noexcept {
        for (std::size_t i = 0; i < buckets_.size(); ++i) buckets_[i] += other.buckets_[i];
        count_ += other.count_;
        if (other.max_ > max_) max_ = other.max_;
    }
    // The upper end of the bucket in which the quantile lies, at most the maximum.
    [[nodiscard]] std::uint64_t quantile(double q) const noexcept {
        const auto rank = static_cast<std::uint64_t>(q * static_cast<double>(count_));
        std::uint64_t seen = 0;
        for (std::size_t i = 0; i < buckets_.size(); ++i) {
            seen += buckets_[i];
            if (seen > rank) return end_of(i) < max_ ? end_of(i) : max_;
        }
        return max_;
    }
    [[nodiscard]] std::uint64_t max() const noexcept { return max_; }
    [[nodiscard]] std::uint64_t count() const noexcept { return count_; }

  private:
    static constexpr unsigned fraction_bits = 7;
    static constexpr std::size_t per_octave = std::size_t{1} << fraction_bits;

    static std::size_t bucket_of(std::uint64_t ns) noexcept {
        if (ns < per_octave) return static_cast<std::size_t>(ns);
        const auto octave = static_cast<unsigned>(std::bit_width(ns)) - 1U - fraction_bits;
        return (octave + 1) * per_octave + static_cast<std::size_t>((ns >> octave) - per_octave);
    }
    static std::uint64_t end_of(std::size_t bucket) noexcept {
        if (bucket < per_octave) return bucket;
        const std::size_t octave = bucket / per_octave - 1;
        return ((bucket % per_octave + per_octave + 1) << octave) - 1;
    }

    // All 64-bit numbers have a place.
    std::array<std::uint64_t, (65 - fraction_bits) * per_octave> buckets_{};
    std::uint64_t count_ = 0;
    std::uint64_t max_ = 0;
};

}  // namespace bench
