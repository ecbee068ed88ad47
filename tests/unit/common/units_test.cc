#include "common/units.h"

#include <catch2/catch.hpp>

#include "common/status.h"

using namespace locus;
using namespace std::chrono_literals;

TEST_CASE("sizes are read in decimal and binary units", "[common]") {
  CHECK(ParseBytes("0").value() == 0);
  CHECK(ParseBytes("65536").value() == 65536);
  CHECK(ParseBytes("64MiB").value() == 67108864);
  CHECK(ParseBytes("1.5 GB").value() == 1500000000);
}

TEST_CASE("what is not a size is refused with an example", "[common]") {
  for (const char* text : {"", "-1", "64 mib", "1e3", "inf", "nan", "MiB", "0.5B", "20000000TiB", "12MiB "}) {
    INFO(text);
    const auto parsed = ParseBytes(text);
    REQUIRE_FALSE(parsed.ok());
    CHECK(MessageOf(parsed.status()).find(text) != std::string::npos);
  }
}

TEST_CASE("rates are read in bytes and bits", "[common]") {
  CHECK(ParseBytesPerSecond("1250MB/s").value() == 1.25e9);
  CHECK(ParseBytesPerSecond("10Gbit/s").value() == 1.25e9);
  CHECK(ParseBytesPerSecond("1GiB/s").value() == 1073741824.0);
  CHECK_FALSE(ParseBytesPerSecond("10Gbit").ok());
  CHECK_FALSE(ParseBytesPerSecond("/s").ok());
}

TEST_CASE("durations are read and written alike", "[common]") {
  CHECK(ParseDuration("250ms").value() == 250ms);
  CHECK(ParseDuration("1.5s").value() == 1500ms);
  CHECK(ParseDuration("1h").value() == 1h);
  CHECK_FALSE(ParseDuration("10").ok());
  CHECK_FALSE(ParseDuration("-5s").ok());
  CHECK_FALSE(ParseDuration("100000h").ok());
  CHECK(FormatDuration(1500ms) == "1.5s");
  CHECK(FormatDuration(50ms) == "50ms");
  CHECK(FormatDuration(0s) == "0s");
  CHECK(FormatDuration(2h) == "2h");
}

TEST_CASE("sizes are shown short", "[common]") {
  CHECK(FormatBytes(0) == "0 B");
  CHECK(FormatBytes(1536) == "1.5 KiB");
  CHECK(FormatBytes(312ULL << 20) == "312 MiB");
}
