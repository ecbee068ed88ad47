#include "alluxio_meta/front/wire.h"

namespace locus::meta::wire {
namespace {

constexpr int kTypeBits = 3;
constexpr int kMaxVarintBytes = 10;
// Field numbers end at 2^29 - 1.
constexpr uint64_t kMaxKey = (uint64_t{1} << 32) - 1;

// The varint at `at`, which moves behind it; false when it does not end in time.
inline bool ReadVarint(const char*& at, const char* end, uint64_t* value) {
  // Keys, lengths and flags, nearly always.
  if (at != end && static_cast<uint8_t>(*at) < 0x80) {
    *value = static_cast<uint8_t>(*at++);
    return true;
  }
  *value = 0;
  for (int i = 0; i < kMaxVarintBytes && at != end; ++i) {
    const auto byte = static_cast<uint8_t>(*at++);
    *value |= uint64_t{byte & 0x7fu} << (7 * i);
    if (byte < 0x80) return true;
  }
  return false;
}

}  // namespace

bool Fields::Next() {
  if (at_ == end_ || malformed_) return false;
  const char* const start = at_;
  const char* at = at_;
  uint64_t key = 0;
  malformed_ = true;
  if (!ReadVarint(at, end_, &key) || key > kMaxKey || (key >> kTypeBits) == 0) return false;
  field_.number = static_cast<uint32_t>(key >> kTypeBits);
  field_.type = static_cast<Type>(key & 7);
  field_.bytes = {};
  // Of what follows the key.
  uint64_t length = 0;
  switch (field_.type) {
    case Type::kVarint:
      if (!ReadVarint(at, end_, &field_.varint)) return false;
      break;
    case Type::kFixed64: length = 8; break;
    case Type::kFixed32: length = 4; break;
    case Type::kBytes:
      if (!ReadVarint(at, end_, &length)) return false;
      break;
    default: return false;
  }
  if (length > static_cast<uint64_t>(end_ - at)) return false;
  if (field_.type == Type::kBytes) field_.bytes = {at, static_cast<size_t>(length)};
  at_ = at + length;
  field_.raw = {start, static_cast<size_t>(at_ - start)};
  malformed_ = false;
  return true;
}

void AppendVarint(uint64_t value, std::string* to) {
  while (value >= 0x80) {
    to->push_back(static_cast<char>(value | 0x80));
    value >>= 7;
  }
  to->push_back(static_cast<char>(value));
}

void AppendBytesHead(uint32_t number, uint64_t length, std::string* to) {
  AppendVarint(uint64_t{number} << kTypeBits | static_cast<uint64_t>(Type::kBytes), to);
  AppendVarint(length, to);
}

void AppendBytes(uint32_t number, std::string_view content, std::string* to) {
  AppendBytesHead(number, content.size(), to);
  to->append(content);
}

}  // namespace locus::meta::wire
