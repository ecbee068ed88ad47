#include "alluxio_meta/applications/caller_book.h"

#include <catch2/catch.hpp>

#include "common/testing/fake_clock.h"

using namespace locus;
using namespace locus::meta;
using namespace std::chrono_literals;

namespace {

CallerIdentity Caller(const std::string& application, const std::string& pod = "") {
  auto made = std::make_shared<Application>();
  made->key = {"default", application};
  return {made, pod.empty() ? Recognised::kDriverUrl : Recognised::kPodAddress, pod};
}

ListingNote Note(uint64_t blocks) { return {blocks, blocks, 0, 0, 3}; }

}  // namespace

TEST_CASE("what a caller asked is counted, and its last listing with blocks kept", "[callers]") {
  FakeClock clock;
  CallerBook book(clock);
  book.Listed(Caller("a"), "10.0.0.2", {10, 7, 2, 1, 3});
  clock.Advance(1min);
  book.Opened(Caller("a"), "10.0.0.2");
  // A folder.
  book.Listed(Caller("a"), "10.0.0.2", {0, 0, 0, 0, 5});
  book.Opened(Caller("a", "a-exec-1"), "10.0.0.1");
  const auto records = book.CallersOf({"default", "a"});
  REQUIRE(records.size() == 2);
  CHECK(records[0].address == "10.0.0.1");
  CHECK(records[0].pod == "a-exec-1");
  CHECK(records[0].recognised == Recognised::kPodAddress);
  CHECK(records[0].listings == 0);
  CHECK(records[0].last_listing == WallTime());
  const CallerRecord& driver = records[1];
  CHECK(driver.recognised == Recognised::kDriverUrl);
  CHECK(driver.listings == 2);
  CHECK(driver.opens == 1);
  CHECK(driver.blocks == 10);
  CHECK(driver.rewritten == 7);
  CHECK(driver.without_executor == 2);
  CHECK(driver.uncached == 1);
  CHECK(driver.executors == 3);
  CHECK(driver.last_call == clock.WallNow());
  CHECK(book.CallersOf({"default", "b"}).empty());
}

TEST_CASE("a caller is forgotten an hour after its last call", "[callers]") {
  FakeClock clock;
  CallerBook book(clock);
  book.Opened(Caller("a"), "10.0.0.1");
  clock.Advance(30min);
  book.Opened(Caller("a"), "10.0.0.2");
  clock.Advance(30min - 1ns);
  CHECK(book.CallersOf({"default", "a"}).size() == 2);
  clock.Advance(1ns);
  const auto left = book.CallersOf({"default", "a"});
  REQUIRE(left.size() == 1);
  CHECK(left[0].address == "10.0.0.2");
  // And its figures begin anew.
  book.Opened(Caller("a"), "10.0.0.1");
  CHECK(book.CallersOf({"default", "a"})[0].opens == 1);
}

TEST_CASE("of many callers of one application those stay that called last", "[callers]") {
  FakeClock clock;
  CallerBook book(clock);
  const auto address = [](size_t i) { return "10.1." + std::to_string(i / 256) + "." + std::to_string(i % 256); };
  book.Opened(Caller("b"), "10.0.0.1");
  for (size_t i = 0; i < CallerBook::kCallers; ++i) book.Opened(Caller("a"), address(i));
  book.Opened(Caller("a"), address(0));
  book.Opened(Caller("a"), address(CallerBook::kCallers));
  const auto records = book.CallersOf({"default", "a"});
  CHECK(records.size() == CallerBook::kCallers);
  const auto has = [&records](const std::string& wanted) {
    for (const CallerRecord& record : records) {
      if (record.address == wanted) return true;
    }
    return false;
  };
  CHECK(has(address(0)));
  CHECK_FALSE(has(address(1)));
  CHECK(has(address(CallerBook::kCallers)));
  CHECK(book.CallersOf({"default", "b"}).size() == 1);
}

TEST_CASE("of many applications the callers of those stay that called last", "[callers]") {
  FakeClock clock;
  CallerBook book(clock);
  const size_t applications = CallerBook::kTotal / CallerBook::kCallers;
  for (size_t a = 0; a < applications; ++a) {
    for (size_t i = 0; i < CallerBook::kCallers; ++i) {
      book.Listed(Caller("app-" + std::to_string(a)), std::to_string(i), Note(1));
    }
  }
  CHECK(book.CallersOf({"default", "app-0"}).size() == CallerBook::kCallers);
  book.Opened(Caller("one-more"), "10.0.0.1");
  CHECK(book.CallersOf({"default", "app-0"}).size() == CallerBook::kCallers - 1);
  CHECK(book.CallersOf({"default", "app-1"}).size() == CallerBook::kCallers);
  CHECK(book.CallersOf({"default", "one-more"}).size() == 1);
}
