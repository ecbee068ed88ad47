#include "alluxio_meta/alluxio/verdict.h"

#include <catch2/catch.hpp>

#include "common/status.h"

using namespace locus::meta;
using absl::StatusCode;

namespace {

grpc::Status Of(grpc::StatusCode code, const std::string& text = "x") { return {code, text}; }

}  // namespace

TEST_CASE("a connection is left for what says that it is of no use", "[alluxio]") {
  CHECK(Judge(Of(grpc::UNAVAILABLE)) == Verdict::kRetry);
  CHECK(Judge(Of(grpc::CANCELLED)) == Verdict::kRetry);
  CHECK(Judge(Of(grpc::UNAUTHENTICATED)) == Verdict::kRetry);
  CHECK(Judge(Of(grpc::DEADLINE_EXCEEDED)) == Verdict::kLeave);
  CHECK(Judge(Of(grpc::UNIMPLEMENTED)) == Verdict::kLeave);
  for (const auto code : {grpc::NOT_FOUND, grpc::PERMISSION_DENIED, grpc::INVALID_ARGUMENT, grpc::INTERNAL,
                          grpc::UNKNOWN, grpc::RESOURCE_EXHAUSTED, grpc::FAILED_PRECONDITION}) {
    CHECK(Judge(Of(code)) == Verdict::kAnswer);
  }
}

TEST_CASE("safe mode is an answer of a leader", "[alluxio]") {
  const grpc::Status safe = Of(grpc::UNAVAILABLE, "Alluxio master is in safe mode. Please try again later.");
  CHECK(Judge(safe) == Verdict::kAnswer);
  CHECK(FromMaster(safe, "m:1", "GetStatus").code() == StatusCode::kUnavailable);
}

TEST_CASE("codes are those that the mirror knows, and the text names master and call", "[alluxio]") {
  CHECK(FromMaster(Of(grpc::CANCELLED), "m:1", "X").code() == StatusCode::kUnavailable);
  CHECK(FromMaster(Of(grpc::UNIMPLEMENTED), "m:1", "X").code() == StatusCode::kUnavailable);
  CHECK(FromMaster(Of(grpc::NOT_FOUND), "m:1", "X").code() == StatusCode::kNotFound);
  CHECK(locus::MessageOf(FromMaster(Of(grpc::NOT_FOUND, "no /a"), "m:1", "GetStatus")) ==
        "Alluxio master m:1: GetStatus: no /a");
  CHECK(locus::MessageOf(FromMaster(Of(grpc::UNKNOWN, ""), "m:1", "X")) == "Alluxio master m:1: X: no reason given");
  CHECK(FromMaster(grpc::Status::OK, "m:1", "X").ok());
}

TEST_CASE("a busy master's exhaustion is not an answer beyond our limit", "[alluxio]") {
  const grpc::Status busy = Of(grpc::RESOURCE_EXHAUSTED, "pool is full");
  const grpc::Status large = Of(grpc::RESOURCE_EXHAUSTED, "Received message larger than max (200 vs. 100)");
  CHECK_FALSE(TooLargeForUs(busy));
  CHECK(TooLargeForUs(large));
  CHECK(FromMaster(busy, "m:1", "X").code() == StatusCode::kUnavailable);
  CHECK(FromMaster(large, "m:1", "X").code() == StatusCode::kResourceExhausted);
}
