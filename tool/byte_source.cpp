// Copyright (c) 2026 The resile authors
// SPDX-License-Identifier: MIT

#include "tool/byte_source.hpp"

#include "tool/failure.hpp"

#include <fmt/core.h>

#include <cerrno>
#include <cstdio>
#include <cstring>
#include <vector>

#ifdef RESILE_HAVE_ZSTD
#include <zstd.h>
#endif
#ifdef RESILE_HAVE_ZLIB
#include <zlib.h>
#endif

namespace tool {
namespace {

class plain_file final : public byte_source {
  public:
    explicit plain_file(const std::string& path)
        : path_(path), file_(path == "-" ? stdin : std::fopen(path.c_str(), "rb"), &close) {
        if (file_ == nullptr)
            throw failure(bad_environment, fmt::format("cannot open {}: {}", path, std::strerror(errno)));
    }
    std::size_t read(char* bytes, std::size_t room) override {
        std::size_t got = 0;
        while (got < room && peeked_ < head_.size()) bytes[got++] = head_[peeked_++];
        got += std::fread(bytes + got, 1, room - got, file_.get());
        if (got == 0 && std::ferror(file_.get()) != 0)
            throw failure(bad_environment, fmt::format("cannot read {}: {}", path_, std::strerror(errno)));
        return got;
    }
    // The first bytes, which read() will deliver all the same.
    [[nodiscard]] const std::string& head() {
        char bytes[4];
        head_.assign(bytes, std::fread(bytes, 1, sizeof(bytes), file_.get()));
        return head_;
    }

  private:
    static int close(std::FILE* file) { return file == stdin ? 0 : std::fclose(file); }
    std::string path_;
    std::unique_ptr<std::FILE, int (*)(std::FILE*)> file_;
    std::string head_;
    std::size_t peeked_ = 0;
};

[[noreturn]] [[maybe_unused]] void damaged(const std::string& path, const std::string& why) {
    throw failure(bad_environment,
                  fmt::format("{}: damaged or cut off ({}): fetch or compress it again", path, why));
}

#ifdef RESILE_HAVE_ZSTD
class zstd_bytes final : public byte_source {
  public:
    zstd_bytes(std::string path, std::unique_ptr<byte_source> from)
        : path_(std::move(path)), from_(std::move(from)), stream_(ZSTD_createDStream(), &ZSTD_freeDStream) {}
    std::size_t read(char* bytes, std::size_t room) override {
        ZSTD_outBuffer out{bytes, room, 0};
        while (out.pos == 0) {
            if (in_.pos == in_.size) {
                in_ = {block_.data(), from_->read(block_.data(), block_.size()), 0};
                if (in_.size == 0) {
                    if (!frame_complete_) damaged(path_, "the last frame does not end");
                    return 0;
                }
            }
            const std::size_t left = ZSTD_decompressStream(stream_.get(), &out, &in_);
            if (ZSTD_isError(left) != 0) damaged(path_, ZSTD_getErrorName(left));
            frame_complete_ = left == 0;
        }
        return out.pos;
    }

  private:
    std::string path_;
    std::unique_ptr<byte_source> from_;
    std::unique_ptr<ZSTD_DStream, std::size_t (*)(ZSTD_DStream*)> stream_;
    std::vector<char> block_ = std::vector<char>(1 << 16);
    ZSTD_inBuffer in_{nullptr, 0, 0};
    bool frame_complete_ = true;
};
#endif

#ifdef RESILE_HAVE_ZLIB
class gzip_bytes final : public byte_source {
  public:
    gzip_bytes(std::string path, std::unique_ptr<byte_source> from)
        : path_(std::move(path)), from_(std::move(from)) {
        if (inflateInit2(&stream_, 15 + 16) != Z_OK) throw std::bad_alloc();
    }
    ~gzip_bytes() override { inflateEnd(&stream_); }
    std::size_t read(char* bytes, std::size_t room) override {
        stream_.next_out = reinterpret_cast<Bytef*>(bytes);
        stream_.avail_out = static_cast<uInt>(room);
        while (stream_.avail_out == room) {
            if (stream_.avail_in == 0) {
                stream_.next_in = reinterpret_cast<Bytef*>(block_.data());
                stream_.avail_in = static_cast<uInt>(from_->read(block_.data(), block_.size()));
                if (stream_.avail_in == 0) {
                    if (!member_complete_) damaged(path_, "it does not end");
                    return 0;
                }
            }
            if (member_complete_) inflateReset(&stream_);
            const int result = inflate(&stream_, Z_NO_FLUSH);
            member_complete_ = result == Z_STREAM_END;
            if (result != Z_OK && result != Z_STREAM_END && result != Z_BUF_ERROR)
                damaged(path_, stream_.msg != nullptr ? stream_.msg : "bad data");
        }
        return room - stream_.avail_out;
    }

  private:
    std::string path_;
    std::unique_ptr<byte_source> from_;
    z_stream stream_{};
    std::vector<char> block_ = std::vector<char>(1 << 16);
    bool member_complete_ = false;
};
#endif

}  // namespace

std::unique_ptr<byte_source> open_bytes(const std::string& path) {
    auto file = std::make_unique<plain_file>(path);
    const std::string head = file->head();
    if (head.starts_with("\x28\xb5\x2f\xfd")) {
#ifdef RESILE_HAVE_ZSTD
        return std::make_unique<zstd_bytes>(path, std::move(file));
#else
        throw failure(bad_environment,
                      path +
                          " is compressed with zstd, and this build cannot read that: install "
                          "libzstd-dev and build again, or decompress it first");
#endif
    }
    if (head.starts_with("\x1f\x8b")) {
#ifdef RESILE_HAVE_ZLIB
        return std::make_unique<gzip_bytes>(path, std::move(file));
#else
        throw failure(bad_environment,
                      path +
                          " is compressed with gzip, and this build cannot read that: install "
                          "zlib1g-dev and build again, or decompress it first");
#endif
    }
    return file;
}

}  // namespace tool
