#include "alluxio_meta/grpc/page_token.h"

#include <cstdint>

#include "absl/strings/escaping.h"
#include "common/status.h"

namespace locus::meta {
namespace {

constexpr size_t kNumberBytes = 8;

// FNV-1a. Guards against mix-ups, not against malice: a made-up position does no harm.
uint64_t Checksum(std::string_view input, std::string_view position) {
  uint64_t hash = 0xcbf29ce484222325;
  const auto add = [&](std::string_view text) {
    for (const char c : text) hash = (hash ^ static_cast<unsigned char>(c)) * 0x100000001b3;
    hash = (hash ^ 0xFF) * 0x100000001b3;
  };
  add(input);
  add(position);
  return hash;
}

std::string EncodeNumber(uint64_t value) {
  std::string bytes;
  for (size_t i = 0; i < kNumberBytes; ++i) bytes += static_cast<char>((value >> (8 * i)) & 0xFF);
  return bytes;
}

uint64_t DecodeNumber(std::string_view bytes) {
  uint64_t value = 0;
  for (size_t i = 0; i < kNumberBytes; ++i) value |= uint64_t{static_cast<unsigned char>(bytes[i])} << (8 * i);
  return value;
}

}  // namespace

std::string EncodePageToken(std::string_view input, const BlockPosition& position) {
  const std::string body = EncodeNumber(position.block) + position.path;
  return absl::WebSafeBase64Escape(EncodeNumber(Checksum(input, body)) + body);
}

absl::StatusOr<BlockPosition> DecodePageToken(std::string_view input, std::string_view token) {
  if (token.empty()) return BlockPosition{};
  std::string text;
  if (absl::WebSafeBase64Unescape(ToAbsl(token), &text) && text.size() > 2 * kNumberBytes) {
    const std::string_view body = std::string_view(text).substr(kNumberBytes);
    if (DecodeNumber(text) == Checksum(input, body)) {
      return BlockPosition{std::string(body.substr(kNumberBytes)), DecodeNumber(body)};
    }
  }
  return InvalidArgument("page_token: is none that was given out for this input");
}

}  // namespace locus::meta
