#include "cache_worker/http/file_body.h"

#include <atomic>
#include <catch2/catch.hpp>
#include <thread>

#include "common/testing/fake_clock.h"
#include "tests/unit/cache_worker/support/eventually.h"
#include "tests/unit/cache_worker/support/fake_file_system.h"
#include "tests/unit/cache_worker/support/fake_origin.h"
#include "tests/unit/cache_worker/support/test_store.h"

using namespace locus::worker;

namespace {

bool Never() { return false; }

// A cache over a file of several blocks, and one who pulls its bytes.
struct Pulling {
  explicit Pulling(const BlockStoreOptions& options = OneTier(1 << 20)) : store(OpenStore(disk, options)) {
    origin.Put("/f", bytes);
  }
  ~Pulling() {
    looks.Stop();
    fetches.Stop();
  }

  std::shared_ptr<const FileFacts> Facts() { return std::make_shared<const FileFacts>(*reads.Resolve("/f")); }

  std::shared_ptr<FileBody> Body(const std::shared_ptr<const FileFacts>& file, uint64_t begin, uint64_t end) {
    uint64_t past_until = 0;
    absl::StatusOr<Segment> first = opener.Fetched(file, begin, end, past_until);
    REQUIRE(first.ok());
    return FileBody::Create({opener, looks, fetches}, file, std::move(*first), end, past_until,
                            {[this] {
                               if (!may_wait) return false;
                               waiting = true;
                               return true;
                             },
                             [this] { waiting = false; }});
  }

  // Everything up to `bytes_wanted`, or what came before it broke.
  std::string PullAll(FileBody& body, size_t bytes_wanted) {
    std::string all;
    char piece[1000];
    while (all.size() < bytes_wanted) {
      const ssize_t got = body.Pull(piece, sizeof piece);
      if (got == FileBody::kBroken) {
        broken = true;
        break;
      }
      all.append(piece, static_cast<size_t>(got));
      if (got == FileBody::kLater) REQUIRE(Eventually([this] { return !waiting; }));
    }
    return all;
  }

  const std::string bytes = PatternBytes(5 * kTestBlock + 77, 1);
  FakeFileSystem disk;
  FakeOrigin origin;
  locus::FakeClock clock;
  std::unique_ptr<BlockStore> store;
  ReadThrough reads{origin, *store, 4, clock, [](locus::Duration) {}};
  SegmentOpener opener{reads, Never};
  WorkQueue looks{2, 100};
  WorkQueue fetches{2, 100};
  std::atomic<bool> waiting{false};
  std::atomic<bool> may_wait{true};
  bool broken = false;
};

}  // namespace

TEST_CASE("a body gives the bytes of its range, cold and warm", "[http]") {
  Pulling p;
  const auto file = p.Facts();
  for (const auto& [begin, end] : std::vector<std::pair<uint64_t, uint64_t>>{
           {0, p.bytes.size()}, {1, 2}, {kTestBlock - 1, kTestBlock + 1}, {kTestBlock, 3 * kTestBlock}}) {
    INFO(begin << " to " << end);
    const auto body = p.Body(file, begin, end);
    CHECK(p.PullAll(*body, end - begin) == p.bytes.substr(begin, end - begin));
    CHECK_FALSE(p.broken);
  }
  // Each block was fetched once.
  CHECK(p.reads.stats().fetched_bytes == p.bytes.size());
}

TEST_CASE("bytes are counted by where they came from", "[http]") {
  Pulling p;
  const auto body = p.Body(p.Facts(), 0, p.bytes.size());
  p.PullAll(*body, p.bytes.size());
  CHECK(p.reads.stats().bytes[static_cast<size_t>(Tier::kSsd)] == p.bytes.size());
  CHECK(p.reads.stats().bytes[0] == 0);
}

TEST_CASE("what the cache cannot take is read past it", "[http]") {
  Pulling p(OneTier(kTestBlock / 2));
  const auto body = p.Body(p.Facts(), 100, p.bytes.size());
  CHECK(p.PullAll(*body, p.bytes.size() - 100) == p.bytes.substr(100));
  // All but the last block, which is small enough.
  CHECK(p.reads.stats().bytes[0] == 5 * kTestBlock - 100);
  CHECK(p.reads.stats().bytes[static_cast<size_t>(Tier::kSsd)] == 77);
  CHECK(p.store->Stats().blocks == 1);
}

TEST_CASE("a content that changes breaks the body, and no byte of the new one is given", "[http]") {
  Pulling p;
  const auto body = p.Body(p.Facts(), 0, p.bytes.size());
  // The first block, which is there, and the one that is on its way.
  std::string got;
  char piece[kTestBlock];
  got.append(piece, static_cast<size_t>(body->Pull(piece, sizeof piece)));
  p.origin.Put("/f", PatternBytes(p.bytes.size(), 2));
  got += p.PullAll(*body, p.bytes.size() - got.size());
  CHECK(p.broken);
  CHECK(absl::IsAborted(body->failure()));
  CHECK(got.size() < p.bytes.size());
  CHECK(got == p.bytes.substr(0, got.size()));
}

TEST_CASE("an under-store that goes away breaks the body with its reason", "[http]") {
  Pulling p;
  const auto file = p.Facts();
  const auto body = p.Body(file, 0, p.bytes.size());
  p.origin.Fail(locus::Unavailable("gone"));
  const std::string got = p.PullAll(*body, p.bytes.size());
  CHECK(p.broken);
  CHECK(locus::MessageOf(body->failure()) == "gone");
  CHECK(got == p.bytes.substr(0, got.size()));
}

TEST_CASE("a body that may not wait any more is broken at once", "[http]") {
  Pulling p;
  std::atomic<bool> held{true};
  const auto body = p.Body(p.Facts(), 0, 2 * kTestBlock);
  p.origin.BeforeRead([&] {
    while (held) std::this_thread::yield();
  });
  p.may_wait = false;
  const auto stalled = p.Body(p.Facts(), 0, 3 * kTestBlock);
  p.PullAll(*stalled, 3 * kTestBlock);
  held = false;
  CHECK(p.broken);
}

TEST_CASE("the next block is fetched while this one is handed out", "[http]") {
  Pulling p;
  const auto body = p.Body(p.Facts(), 0, 3 * kTestBlock);
  // Nobody has pulled.
  CHECK(Eventually([&] { return p.store->Stats().blocks == 2; }));
  CHECK(p.PullAll(*body, 3 * kTestBlock) == p.bytes.substr(0, 3 * kTestBlock));
}
