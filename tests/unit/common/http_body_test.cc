#include "common/http_body.h"

#include <algorithm>
#include <catch2/catch.hpp>
#include <cstring>

using namespace locus;

namespace {

// Gives a text in pieces of at most `step` bytes.
class TextSource final : public ByteSource {
 public:
  TextSource(std::string text, size_t step) : text_(std::move(text)), step_(step) {}
  ssize_t Read(char* to, size_t size) override {
    const size_t n = std::min({size, step_, text_.size() - at_});
    std::memcpy(to, text_.data() + at_, n);
    at_ += n;
    return static_cast<ssize_t>(n);
  }
  size_t left() const { return text_.size() - at_; }

 private:
  const std::string text_;
  const size_t step_;
  size_t at_ = 0;
};

constexpr size_t kMax = 100;

int StatusOf(const BodyHeaders& headers) {
  const BodyLength length = BodyLengthOf(headers, kMax);
  return length.refusal ? length.refusal->status : 0;
}

BodyLength Chunked() { return BodyLengthOf({{}, {"chunked"}, {}}, kMax); }

}  // namespace

TEST_CASE("the headers say how long a body is", "[http]") {
  CHECK(BodyLengthOf({}, kMax).bytes == 0);
  CHECK_FALSE(BodyLengthOf({}, kMax).chunked);
  CHECK(BodyLengthOf({{"100"}, {}, {"identity"}}, kMax).bytes == 100);
  CHECK(BodyLengthOf({{"7", "7"}, {}, {}}, kMax).bytes == 7);
  CHECK(BodyLengthOf({{}, {"Chunked"}, {}}, kMax).chunked);
}

TEST_CASE("headers that cannot be trusted are refused", "[http]") {
  CHECK(StatusOf({{"101"}, {}, {}}) == 413);
  CHECK(StatusOf({{"18446744073709551617"}, {}, {}}) == 413);
  CHECK(StatusOf({{"7", "8"}, {}, {}}) == 400);
  CHECK(StatusOf({{"7"}, {"chunked"}, {}}) == 400);
  for (const char* text : {"", "-1", "+1", "0x10", "1 ", "1,1"}) CHECK(StatusOf({{text}, {}, {}}) == 400);
  CHECK(StatusOf({{}, {"gzip"}, {}}) == 501);
  CHECK(StatusOf({{}, {"chunked", "chunked"}, {}}) == 501);
  CHECK(StatusOf({{"7"}, {}, {"br"}}) == 415);
}

TEST_CASE("bodies of a known length are read whatever the pieces, and not a byte more", "[http]") {
  for (const size_t step : {1, 3, 1000}) {
    TextSource source("0123456789next", step);
    std::string body;
    CHECK_FALSE(ReadBody(BodyLengthOf({{"10"}, {}, {}}, kMax), kMax, source, &body));
    CHECK(body == "0123456789");
    CHECK(source.left() == 4);
  }
}

TEST_CASE("chunks are joined whatever the pieces, and not a byte more is read", "[http]") {
  for (const size_t step : {1, 2, 5, 1000}) {
    TextSource source("3\r\nabc\r\nA;x=y\r\n0123456789\r\n0\r\nT: v\r\n\r\nnext", step);
    std::string body;
    CHECK_FALSE(ReadBody(Chunked(), kMax, source, &body));
    CHECK(body == "abc0123456789");
    CHECK(source.left() == 4);
  }
}

TEST_CASE("a body that ends early is refused", "[http]") {
  const std::string whole = "3\r\nabc\r\n0\r\n\r\n";
  for (size_t length = 0; length < whole.size(); ++length) {
    TextSource source(whole.substr(0, length), 1000);
    std::string body;
    const auto refusal = ReadBody(Chunked(), kMax, source, &body);
    REQUIRE(refusal);
    CHECK(refusal->status == 408);
  }
  TextSource source("12", 1000);
  std::string body;
  CHECK(ReadBody(BodyLengthOf({{"3"}, {}, {}}, kMax), kMax, source, &body)->status == 408);
}

TEST_CASE("chunks that sum up to more than the bound are refused before they are read", "[http]") {
  std::string body;
  TextSource exact("64\r\n" + std::string(100, 'a') + "\r\n0\r\n\r\n", 1000);
  CHECK_FALSE(ReadBody(Chunked(), kMax, exact, &body));
  for (const char* second : {"1\r\n", "ffffffffffffffff\r\n"}) {
    body.clear();
    TextSource over("64\r\n" + std::string(100, 'a') + "\r\n" + second, 1000);
    CHECK(ReadBody(Chunked(), kMax, over, &body)->status == 413);
    CHECK(body.size() == 100);
  }
}

TEST_CASE("lines of chunks are bounded in length and number", "[http]") {
  std::string body;
  TextSource extension("1;" + std::string(100'000, 'a'), 1000);
  CHECK(ReadBody(Chunked(), kMax, extension, &body));
  std::string trailers = "0\r\n";
  for (int i = 0; i < 100; ++i) trailers += "T: v\r\n";
  TextSource many(trailers + "\r\n", 1000);
  CHECK(ReadBody(Chunked(), kMax, many, &body)->status == 400);
}
