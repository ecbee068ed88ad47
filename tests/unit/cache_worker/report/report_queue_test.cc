#include "cache_worker/report/report_queue.h"

#include <atomic>
#include <catch2/catch.hpp>
#include <thread>

#include "tests/unit/cache_worker/support/eventually.h"

using namespace locus::worker;
using namespace std::chrono_literals;

namespace {

const std::shared_ptr<const FileFacts> kFile = std::make_shared<const FileFacts>(FileFacts{1, "/f", 100, 10, 0});

ListingPage Page(uint64_t request) {
  ListingPage page;
  page.request = request;
  return page;
}

}  // namespace

TEST_CASE("changes are kept from the snapshot on, in order", "[report]") {
  ReportQueue queue(10);
  queue.OnAdded(kFile, 0, Tier::kMem);
  queue.Begin();
  queue.OnAdded(kFile, 1, Tier::kMem);
  queue.Gather();
  queue.OnAdded(kFile, 2, Tier::kSsd);
  queue.OnRemoved(kFile, 2, Tier::kMem);
  const auto batch = queue.Take(10, 0s);
  REQUIRE(batch.events.size() == 2);
  CHECK(batch.events[0].index == 2);
  CHECK(batch.events[0].added);
  CHECK(batch.events[0].tier == Tier::kSsd);
  CHECK_FALSE(batch.events[1].added);
  CHECK(batch.events[1].tier == Tier::kMem);
  CHECK(queue.Take(10, 0s).events.empty());
}

TEST_CASE("a batch has a bound and leaves the rest", "[report]") {
  ReportQueue queue(10);
  queue.Begin();
  queue.Gather();
  for (uint32_t i = 0; i < 5; ++i) queue.OnAdded(kFile, i, Tier::kMem);
  CHECK(queue.Take(3, 0s).events.size() == 3);
  CHECK(queue.Take(3, 0s).events.size() == 2);
}

TEST_CASE("a full queue still holds, one change more ends the stream and is counted", "[report]") {
  ReportQueue queue(3);
  queue.Begin();
  queue.Gather();
  for (uint32_t i = 0; i < 3; ++i) queue.OnAdded(kFile, i, Tier::kMem);
  CHECK_FALSE(queue.WaitOver(0s));
  queue.OnAdded(kFile, 3, Tier::kMem);
  CHECK(queue.WaitOver(0s));
  CHECK(queue.overflows() == 1);
  const auto batch = queue.Take(10, 0s);
  CHECK(batch.over);
  CHECK(batch.events.empty());
  queue.OnAdded(kFile, 4, Tier::kMem);
  CHECK(queue.overflows() == 1);
  queue.Begin();
  CHECK_FALSE(queue.WaitOver(0s));
}

TEST_CASE("pages of an earlier stream do not reach a later one", "[report]") {
  ReportQueue queue(10);
  const uint64_t first = queue.Begin();
  CHECK(queue.PushPage(first, Page(1)));
  const uint64_t second = queue.Begin();
  CHECK_FALSE(queue.PushPage(first, Page(2)));
  queue.PushRefusal(first, Page(3));
  CHECK(queue.PushPage(second, Page(4)));
  const auto batch = queue.Take(10, 0s);
  REQUIRE(batch.pages.size() == 1);
  CHECK(batch.pages[0].request == 4);
}

TEST_CASE("a listing waits for the stream, and is let go when the stream ends", "[report]") {
  ReportQueue queue(10);
  const uint64_t stream = queue.Begin();
  std::atomic<int> pushed{0};
  std::atomic<bool> refused{false};
  std::thread listing([&] {
    while (queue.PushPage(stream, Page(1))) ++pushed;
    refused = true;
  });
  REQUIRE(Eventually([&] { return pushed == 8; }));
  REQUIRE(queue.Take(10, 0s).pages.size() == 8);
  REQUIRE(Eventually([&] { return pushed == 16; }));
  queue.End();
  listing.join();
  CHECK(refused);
  CHECK(pushed == 16);
}

TEST_CASE("a beat that is asked for ends the wait, once", "[report]") {
  ReportQueue queue(10);
  queue.AskBeat();
  queue.Begin();
  CHECK_FALSE(queue.Take(10, 0s).beat);
  std::thread asker([&] { queue.AskBeat(); });
  CHECK(queue.Take(10, 20s).beat);
  asker.join();
  CHECK_FALSE(queue.Take(10, 0s).beat);
}

TEST_CASE("a peer that asks without end ends its stream", "[report]") {
  ReportQueue queue(10);
  const uint64_t stream = queue.Begin();
  for (int i = 0; i < 4096; ++i) queue.PushRefusal(stream, Page(1));
  CHECK_FALSE(queue.WaitOver(0s));
  queue.PushRefusal(stream, Page(1));
  CHECK(queue.WaitOver(0s));
  CHECK(queue.overflows() == 1);
}
