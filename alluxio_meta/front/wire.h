// The protobuf wire format (https://protobuf.dev/programming-guides/encoding/) by hand, for messages of which only a
// few bytes are of interest: no field is lost that we do not know, and none is copied that does not change. Pure.
#pragma once

#include <cstdint>
#include <string>
#include <string_view>

namespace locus::meta::wire {

enum class Type : uint8_t { kVarint = 0, kFixed64 = 1, kBytes = 2, kFixed32 = 5 };

struct Field {
  uint32_t number = 0;
  Type type = Type::kVarint;
  // Of kVarint; of kFixed64 and kFixed32 it is not read.
  uint64_t varint = 0;
  // Of kBytes: what is inside.
  std::string_view bytes;
  // The whole field as it stands, key included.
  std::string_view raw;
};

// Field by field through a message that must outlive it:
//
//   Fields fields(message);
//   while (fields.Next()) Use(fields.field());
//   if (fields.malformed()) ...
class Fields {
 public:
  explicit Fields(std::string_view message) : at_(message.data()), end_(message.data() + message.size()) {}

  // False at the end and at the first byte that is no field: a group, field number 0, a length beyond the message.
  bool Next();
  const Field& field() const { return field_; }
  bool malformed() const { return malformed_; }

 private:
  const char* at_;
  const char* const end_;
  Field field_;
  bool malformed_ = false;
};

void AppendVarint(uint64_t value, std::string* to);
// The key and the length of a field of kBytes; its content is to follow.
void AppendBytesHead(uint32_t number, uint64_t length, std::string* to);
void AppendBytes(uint32_t number, std::string_view content, std::string* to);

}  // namespace locus::meta::wire
