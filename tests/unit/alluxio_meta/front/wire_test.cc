#include "alluxio_meta/front/wire.h"

#include <google/protobuf/io/coded_stream.h>
#include <google/protobuf/io/zero_copy_stream_impl_lite.h>
#include <google/protobuf/wire_format_lite.h>
#include <rapidcheck/catch.h>

#include <catch2/catch.hpp>
#include <vector>

using namespace locus::meta;

namespace {

using google::protobuf::internal::WireFormatLite;

// As protobuf itself writes it.
template <typename F>
std::string Written(F write) {
  std::string text;
  google::protobuf::io::StringOutputStream stream(&text);
  {
    google::protobuf::io::CodedOutputStream coded(&stream);
    write(coded);
  }
  return text;
}

std::string Hex(std::initializer_list<int> bytes) {
  std::string text;
  for (const int byte : bytes) text.push_back(static_cast<char>(byte));
  return text;
}

bool IsMalformed(std::string_view message) {
  wire::Fields fields(message);
  while (fields.Next()) {
  }
  return fields.malformed();
}

}  // namespace

TEST_CASE("fields come as protobuf has written them", "[wire]") {
  const std::string message = Written([](auto& out) {
    WireFormatLite::WriteInt64(1, -1, &out);
    WireFormatLite::WriteString(16, "text", &out);
    WireFormatLite::WriteFixed64(3, 7, &out);
    WireFormatLite::WriteFixed32(536870911, 8, &out);
    WireFormatLite::WriteString(2, "", &out);
  });
  wire::Fields fields(message);
  std::string together;
  REQUIRE(fields.Next());
  CHECK(fields.field().number == 1);
  CHECK(fields.field().type == wire::Type::kVarint);
  CHECK(fields.field().varint == UINT64_MAX);
  together += fields.field().raw;
  REQUIRE(fields.Next());
  CHECK(fields.field().number == 16);
  CHECK(fields.field().type == wire::Type::kBytes);
  CHECK(fields.field().bytes == "text");
  together += fields.field().raw;
  REQUIRE(fields.Next());
  CHECK(fields.field().type == wire::Type::kFixed64);
  together += fields.field().raw;
  REQUIRE(fields.Next());
  CHECK(fields.field().number == 536870911);
  CHECK(fields.field().type == wire::Type::kFixed32);
  CHECK(fields.field().bytes.empty());
  together += fields.field().raw;
  REQUIRE(fields.Next());
  CHECK(fields.field().bytes.empty());
  together += fields.field().raw;
  CHECK_FALSE(fields.Next());
  CHECK_FALSE(fields.malformed());
  CHECK(together == message);
}

TEST_CASE("what is no message is malformed", "[wire]") {
  CHECK_FALSE(IsMalformed(""));
  // A key, and nothing; a key that does not end; field number 0; groups; wire type 6.
  CHECK(IsMalformed(Hex({0x08})));
  CHECK(IsMalformed(Hex({0x88})));
  CHECK(IsMalformed(Hex({0x00, 0x01})));
  CHECK(IsMalformed(Hex({0x0b})));
  CHECK(IsMalformed(Hex({0x0c})));
  CHECK(IsMalformed(Hex({0x0e, 0x01})));
  // A varint of eleven bytes; a field number beyond 2^29 - 1.
  CHECK(IsMalformed(Hex({0x08, 0xff, 0xff, 0xff, 0xff, 0xff, 0xff, 0xff, 0xff, 0xff, 0xff, 0x01})));
  CHECK(IsMalformed(Hex({0x88, 0x80, 0x80, 0x80, 0x10, 0x00})));
  // Lengths beyond the end, also those that would overflow.
  CHECK(IsMalformed(Hex({0x0a, 0x02, 'x'})));
  CHECK(IsMalformed(Hex({0x0a, 0xff, 0xff, 0xff, 0xff, 0xff, 0xff, 0xff, 0xff, 0xff, 0x01})));
  CHECK(IsMalformed(Hex({0x09, 1, 2, 3, 4, 5, 6, 7})));
  CHECK(IsMalformed(Hex({0x0d, 1, 2, 3})));
}

TEST_CASE("nothing is read behind what is malformed", "[wire]") {
  const std::string message = Hex({0x08, 0x01, 0x0b, 0x08, 0x01});
  wire::Fields fields(message);
  CHECK(fields.Next());
  CHECK_FALSE(fields.Next());
  CHECK_FALSE(fields.Next());
  CHECK(fields.malformed());
}

TEST_CASE("varints and bytes are written as protobuf writes them", "[wire]") {
  rc::prop("any varint", [](uint64_t value, uint8_t shift) {
    value >>= shift % 64;
    std::string ours;
    wire::AppendVarint(value, &ours);
    RC_ASSERT(ours == Written([&](auto& out) { out.WriteVarint64(value); }));
  });
  rc::prop("any bytes", [](const std::string& content) {
    const auto number = *rc::gen::inRange(1, 536870912);
    std::string ours;
    wire::AppendBytes(static_cast<uint32_t>(number), content, &ours);
    RC_ASSERT(ours == Written([&](auto& out) { WireFormatLite::WriteString(number, content, &out); }));
  });
}
