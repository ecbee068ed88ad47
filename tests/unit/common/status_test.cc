#include "common/status.h"

#include <catch2/catch.hpp>

using namespace locus;

namespace {

absl::StatusOr<int> Half(int n) {
  if (n % 2 != 0) return InvalidArgument("odd");
  return n / 2;
}

absl::StatusOr<int> Quarter(int n) {
  LOCUS_ASSIGN_OR_RETURN(const int half, Half(n));
  LOCUS_ASSIGN_OR_RETURN(const int quarter, Half(half));
  return quarter;
}

absl::Status Check(int n) {
  LOCUS_RETURN_IF_ERROR(Half(n).status());
  return absl::OkStatus();
}

}  // namespace

TEST_CASE("Annotate puts the context before the text and keeps the code", "[common]") {
  const absl::Status status = Annotate(Annotate(NotFound("no such file"), "opening block 7"), "reading /a");
  CHECK(status.code() == absl::StatusCode::kNotFound);
  CHECK(MessageOf(status) == "reading /a: opening block 7: no such file");
}

TEST_CASE("Annotate leaves success alone", "[common]") { CHECK(Annotate(absl::OkStatus(), "context").ok()); }

TEST_CASE("texts may hold any byte", "[common]") {
  const std::string text("a\0b", 3);
  CHECK(MessageOf(Unavailable(text)) == text);
}

TEST_CASE("the macros leave with the first error and pass values on", "[common]") {
  CHECK(Quarter(12).value() == 3);
  CHECK(MessageOf(Quarter(6).status()) == "odd");
  CHECK(Check(2).ok());
  CHECK(Check(3).code() == absl::StatusCode::kInvalidArgument);
}
