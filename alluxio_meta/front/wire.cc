#include "alluxio_meta/front/wire.h"

namespace locus::meta::wire {
namespace {

constexpr int kTypeBits = 3;
constexpr int kMaxVarintBytes = 10;
// Field numbers end at 2^29 - 1.
constexpr uint64_t kMaxKey = (uint64_t{1} << 32) - 1;

}  // namespace

bool Fields::Varint(uint64_t* value) {
  *value = 0;
  for (int i = 0; i < kMaxVarintBytes && static_cast<size_t>(i) < rest_.size(); ++i) {
    const auto byte = static_cast<uint8_t>(rest_[i]);
    *value |= uint64_t{byte & 0x7fu} << (7 * i);
    if (byte < 0x80) {
      rest_.remove_prefix(i + 1);
      return true;
    }
  }
  return false;
}

bool Fields::Skip(uint64_t bytes) {
  if (bytes > rest_.size()) return false;
  rest_.remove_prefix(bytes);
  return true;
}

bool Fields::Next() {
  if (rest_.empty() || malformed_) return false;
  const std::string_view start = rest_;
  uint64_t key = 0;
  malformed_ = !Varint(&key) || key > kMaxKey || (key >> kTypeBits) == 0;
  if (malformed_) return false;
  field_.number = static_cast<uint32_t>(key >> kTypeBits);
  field_.type = static_cast<Type>(key & 7);
  field_.bytes = {};
  uint64_t length = 0;
  bool good = false;
  switch (field_.type) {
    case Type::kVarint: good = Varint(&field_.varint); break;
    case Type::kFixed64: good = Skip(8); break;
    case Type::kFixed32: good = Skip(4); break;
    case Type::kBytes:
      good = Varint(&length) && length <= rest_.size();
      if (good) {
        field_.bytes = rest_.substr(0, length);
        rest_.remove_prefix(length);
      }
      break;
  }
  malformed_ = !good;
  if (!good) return false;
  field_.raw = start.substr(0, start.size() - rest_.size());
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
