#include "kube/quantity.h"

#include <catch2/catch.hpp>
#include <limits>
#include <string>

#include "common/status.h"

using namespace locus;
using namespace locus::kube;

namespace {

constexpr int64_t kMax = std::numeric_limits<int64_t>::max();
constexpr int64_t kMin = std::numeric_limits<int64_t>::min();

int64_t Whole(const std::string& text) {
  CAPTURE(text);
  const auto amount = ParseQuantity(text);
  REQUIRE(amount.ok());
  return *amount;
}

int64_t Milli(const std::string& text) {
  CAPTURE(text);
  const auto amount = ParseMilliQuantity(text);
  REQUIRE(amount.ok());
  return *amount;
}

}  // namespace

TEST_CASE("amounts are read with each suffix that Kubernetes has", "[kube]") {
  CHECK(Whole("0") == 0);
  CHECK(Whole("128974848") == 128974848);
  // One amount in four notations:
  // https://kubernetes.io/docs/concepts/configuration/manage-resources-containers/#meaning-of-memory
  CHECK(Whole("129e6") == 129'000'000);
  CHECK(Whole("129M") == 129'000'000);
  CHECK(Whole("128974848000m") == 128974848);
  CHECK(Whole("123Mi") == 128974848);

  CHECK(Whole("2k") == 2'000);
  CHECK(Whole("3G") == 3'000'000'000);
  CHECK(Whole("3T") == 3'000'000'000'000);
  CHECK(Whole("3P") == 3'000'000'000'000'000);
  CHECK(Whole("3E") == 3'000'000'000'000'000'000);
  CHECK(Whole("1Ki") == 1024);
  CHECK(Whole("1Gi") == 1073741824);
  CHECK(Whole("1Ti") == 1099511627776);
  CHECK(Whole("1Pi") == 1125899906842624);
  CHECK(Whole("1Ei") == 1152921504606846976);
  CHECK(Whole("1e3") == 1'000);
  CHECK(Whole("1E3") == 1'000);
  CHECK(Whole("1e+3") == 1'000);
  CHECK(Whole("2500e-2") == 25);
  CHECK(Whole("+7") == 7);
  CHECK(Whole("5.") == 5);
}

TEST_CASE("processors are counted in thousandths", "[kube]") {
  CHECK(Milli("100m") == 100);
  CHECK(Milli("0.1") == 100);
  CHECK(Milli(".5") == 500);
  CHECK(Milli("1") == 1'000);
  CHECK(Milli("2k") == 2'000'000);
  CHECK(Milli("1Ki") == 1'024'000);
  CHECK(Milli("250000u") == 250);
  CHECK(Milli("250000000n") == 250);
}

TEST_CASE("a fraction is rounded away from zero", "[kube]") {
  CHECK(Whole("1m") == 1);
  CHECK(Whole("0.5") == 1);
  CHECK(Whole("1.0000000001") == 2);
  CHECK(Whole("1.5Gi") == 1610612736);
  CHECK(Whole("0.1Ki") == 103);
  CHECK(Whole("1e-90") == 1);
  CHECK(Whole("0e-90") == 0);
  CHECK(Whole("1.000") == 1);
  CHECK(Milli("1n") == 1);
  CHECK(Milli("0.0001") == 1);
  CHECK(Whole("-1.5") == -2);
  CHECK(Milli("-1.5") == -1'500);
}

TEST_CASE("what is beyond 64 bits is the largest or smallest amount", "[kube]") {
  CHECK(Whole("9223372036854775807") == kMax);
  CHECK(Whole("9223372036854775808") == kMax);
  CHECK(Whole("12E") == kMax);
  CHECK(Whole("8Ei") == kMax);
  CHECK(Whole("7Ei") == 8070450532247928832);
  CHECK(Whole("1e99") == kMax);
  CHECK(Whole("1e999999999999999999999") == kMax);
  CHECK(Milli("9223372036854775808m") == kMax);
  CHECK(Milli("9E") == kMax);
  CHECK(Whole("99999999999999999999999999999999999999Ei") == kMax);
  CHECK(Whole("-9223372036854775807") == -kMax);
  CHECK(Whole("-12E") == kMin);
  CHECK(Whole("-1e99") == kMin);
}

TEST_CASE("what is no quantity is refused by name", "[kube]") {
  for (const char* text :
       {"",   " ",   ".",    "-",     "+",    "e3",  "m",   "1 Gi", "1gi", "1Kib", "1mi", "1ki", "1K",
        "1e", "1e+", "1ee3", "1.2.3", "0x10", "1,5", "--1", "1e3k", "NaN", "inf",  "1i",  "Gi"}) {
    CAPTURE(text);
    const auto amount = ParseQuantity(text);
    REQUIRE_FALSE(amount.ok());
    CHECK(amount.status().code() == absl::StatusCode::kInvalidArgument);
    CHECK(MessageOf(amount.status()) == "'" + std::string(text) + "' is no quantity such as 100m, 0.5 or 1Gi");
  }
  CHECK_FALSE(ParseQuantity(std::string(65, '1')).ok());
  CHECK(ParseQuantity(std::string(64, '1')).ok());
}

TEST_CASE("sums do not overflow", "[kube]") {
  CHECK(SaturatingAdd(1, 2) == 3);
  CHECK(SaturatingAdd(kMax, 1) == kMax);
  CHECK(SaturatingAdd(kMax, kMax) == kMax);
  CHECK(SaturatingAdd(kMin, -1) == kMin);
  CHECK(SaturatingAdd(kMax, kMin) == -1);
}
