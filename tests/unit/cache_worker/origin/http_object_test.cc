#include "cache_worker/origin/http_object.h"

#include <catch2/catch.hpp>

#include "common/status.h"

using namespace locus;
using namespace locus::worker;

namespace {

constexpr const char* kDate = "Sun, 06 Nov 1994 08:49:37 GMT";

HttpResponse Answer(int status, std::map<std::string, std::string, std::less<>> headers) {
  HttpResponse response;
  response.status = status;
  response.headers = std::move(headers);
  return response;
}

HttpResponse Head(std::map<std::string, std::string, std::less<>> more = {}) {
  more.insert({"content-length", "100"});
  more.insert({"last-modified", kDate});
  more.insert({"etag", "\"v1\""});
  return Answer(200, std::move(more));
}

Content TheContent() { return ContentOf(FileOfHead("http://h", "/f", Head()).value()); }

HttpResponse Part(const std::string& range, const std::string& tag = "\"v1\"", const std::string& date = kDate) {
  return Answer(206, {{"content-range", range}, {"last-modified", date}, {"etag", tag}});
}

// Bytes 10 to 20 of TheContent.
absl::Status Check(const HttpResponse& response, size_t received = 10, uint64_t offset = 10, size_t size = 10) {
  std::string to(size, '\0');
  HttpBody body(to.data(), to.size());
  body.Append(std::string(received, 'x'));
  return CheckRangeAnswer("http://h", TheContent(), offset, size, response, body);
}

bool Has(const absl::Status& status, const std::string& part) {
  INFO(MessageOf(status));
  return MessageOf(status).find(part) != std::string::npos;
}

}  // namespace

TEST_CASE("a head tells length, time and version", "[origin]") {
  const OriginFile file = FileOfHead("http://h", "/f", Head()).value();
  CHECK(file.path == "/f");
  CHECK(file.length == 100);
  CHECK(file.modified_ns == 784111777LL * 1'000'000'000);
  CHECK(file.version == VersionOfTag("v1"));
  CHECK(file.version != 0);
}

TEST_CASE("a tag's version does not depend on its quotes, and does on all else", "[origin]") {
  CHECK(VersionOfTag("\"v1\"") == VersionOfTag("v1"));
  CHECK(VersionOfTag("W/\"v1\"") != VersionOfTag("\"v1\""));
  CHECK(VersionOfTag("v2") != VersionOfTag("v1"));
  CHECK(VersionOfTag("") == 0);
  CHECK(VersionOfTag("\"\"") == 0);
}

TEST_CASE("a head that does not tell the length is refused", "[origin]") {
  for (const char* length : {"", "-1", "1e3", "18446744073709551616"}) {
    INFO(length);
    const absl::Status status =
        FileOfHead("http://h", "/f", Answer(200, {{"content-length", length}, {"etag", "\"v\""}})).status();
    CHECK(absl::IsUnavailable(status));
    CHECK(Has(status, "Content-Length"));
  }
}

TEST_CASE("a file whose changes could not be seen is refused", "[origin]") {
  const auto of = [](std::map<std::string, std::string, std::less<>> headers) {
    headers.insert({"content-length", "1"});
    return FileOfHead("http://h", "/f", Answer(200, std::move(headers)));
  };
  CHECK(Has(of({}).status(), "neither Last-Modified nor a strong ETag"));
  CHECK(Has(of({{"etag", "W/\"v\""}}).status(), "neither Last-Modified nor a strong ETag"));
  CHECK(Has(of({{"last-modified", "yesterday"}}).status(), "neither Last-Modified nor a strong ETag"));
  CHECK(of({{"etag", "\"v\""}}).value().modified_ns == 0);
  CHECK(of({{"last-modified", kDate}}).value().version == 0);
  // Beside a time a weak tag counts: it can only tell more contents apart.
  CHECK(of({{"last-modified", kDate}, {"etag", "W/\"v\""}}).value().version == VersionOfTag("W/v"));
}

TEST_CASE("a compressed answer is refused", "[origin]") {
  CHECK(Has(FileOfHead("http://h", "/f", Head({{"content-encoding", "gzip"}})).status(), "compressed"));
  CHECK(FileOfHead("http://h", "/f", Head({{"content-encoding", "identity"}})).ok());
}

TEST_CASE("a range of a file is read as RFC 9110 writes it", "[origin]") {
  const auto range = ParseContentRange("bytes 42-1233/1234");
  REQUIRE(range);
  CHECK(range->first == 42);
  CHECK(range->last == 1233);
  CHECK(range->total == 1234);
  for (const char* text : {"", "bytes", "bytes 1-2", "bytes 1-2/*", "bytes */1234", "bytes 5-4/10", "bytes 0-10/10",
                           "items 0-1/2", "bytes -1-2/3", "bytes 1/2-3", "bytes 0-1/99999999999999999999"}) {
    INFO(text);
    CHECK_FALSE(ParseContentRange(text));
  }
}

TEST_CASE("the part that was asked for is accepted", "[origin]") { CHECK(Check(Part("bytes 10-19/100")).ok()); }

TEST_CASE("a part of another content is told as a change", "[origin]") {
  CHECK(absl::IsAborted(Check(Part("bytes 10-19/101"))));
  CHECK(absl::IsAborted(Check(Part("bytes 10-19/100", "\"v2\""))));
  CHECK(absl::IsAborted(Check(Part("bytes 10-19/100", "\"v1\"", "Sun, 06 Nov 1994 08:49:38 GMT"))));
  // Also when it is another part, or comes short: that follows from the change.
  CHECK(absl::IsAborted(Check(Part("bytes 10-14/15", "\"v2\""), 5)));
}

TEST_CASE("another part than asked for is never taken", "[origin]") {
  for (const char* range : {"bytes 11-20/100", "bytes 10-18/100", "bytes 10-20/100", "bytes 0-9/100"}) {
    INFO(range);
    CHECK(Has(Check(Part(range)), "where bytes=10-19 was asked for"));
  }
  CHECK(Has(Check(Part("bytes 10-19/*")), "without saying which"));
  CHECK(Has(Check(Answer(206, {{"etag", "\"v1\""}})), "without saying which"));
}

TEST_CASE("a part that is short is broken, one that is too long is refused", "[origin]") {
  const absl::Status fewer = Check(Part("bytes 10-19/100"), 9);
  CHECK(absl::IsDataLoss(fewer));
  CHECK(Has(fewer, "9 of the 10 bytes"));
  CHECK(Has(Check(Part("bytes 10-19/100"), 11), "more bytes"));
}

TEST_CASE("a whole file instead of a part is taken when it is all that was asked for", "[origin]") {
  CHECK(Check(Head(), 100, 0, 100).ok());
  CHECK(absl::IsDataLoss(Check(Head(), 99, 0, 100)));
  const absl::Status ignored = Check(Head(), 11);
  CHECK(absl::IsUnavailable(ignored));
  CHECK(Has(ignored, "ignores byte ranges"));
  CHECK(absl::IsAborted(Check(Head({{"etag", "\"v2\""}}), 100, 0, 100)));
  CHECK(absl::IsAborted(Check(Head({{"content-length", "99"}}), 99, 0, 100)));
}

TEST_CASE("a refusal says what to check", "[origin]") {
  const auto refusal = [](int status, std::map<std::string, std::string, std::less<>> headers = {}) {
    return PlainRefusal("http://h", "/f", Answer(status, std::move(headers)));
  };
  CHECK(absl::IsNotFound(refusal(404)));
  CHECK(absl::IsNotFound(refusal(410)));
  CHECK(Has(refusal(401), "token_file"));
  CHECK(Has(refusal(403), "token_file"));
  CHECK(Has(refusal(302, {{"location", "http://elsewhere/f"}}), "http://elsewhere/f"));
  CHECK(Has(refusal(405), "both HEAD and GET"));
  for (const int status : {302, 400, 401, 403, 405, 418}) CHECK(absl::IsUnavailable(refusal(status)));
}
