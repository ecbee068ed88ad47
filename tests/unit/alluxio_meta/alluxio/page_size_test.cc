#include "alluxio_meta/alluxio/page_size.h"

#include <catch2/catch.hpp>

using namespace locus::meta;
using namespace std::chrono_literals;

TEST_CASE("a page that was too large is halved, down to one entry", "[alluxio]") {
  PageSize size(10);
  const locus::SteadyTime now;
  CHECK(size.Now(now) == 10);
  CHECK(size.TooLarge(10, now));
  CHECK(size.Now(now) == 5);
  CHECK(size.TooLarge(5, now));
  CHECK(size.TooLarge(2, now));
  CHECK(size.Now(now) == 1);
  CHECK_FALSE(size.TooLarge(1, now));
}

TEST_CASE("two callers with the same page do not quarter it", "[alluxio]") {
  PageSize size(8);
  const locus::SteadyTime now;
  CHECK(size.TooLarge(8, now));
  CHECK(size.TooLarge(8, now));
  CHECK(size.Now(now) == 4);
}

TEST_CASE("a smaller size is kept for a minute, then doubled, up to what was asked for", "[alluxio]") {
  PageSize size(100);
  const locus::SteadyTime now;
  size.TooLarge(100, now);
  size.TooLarge(50, now);
  CHECK(size.Now(now + 59s) == 25);
  CHECK(size.Now(now + 60s) == 50);
  CHECK(size.Now(now + 119s) == 50);
  CHECK(size.Now(now + 120s) == 100);
  CHECK(size.Now(now + 999s) == 100);
}
