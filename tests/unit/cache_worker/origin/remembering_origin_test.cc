#include "cache_worker/origin/remembering_origin.h"

#include <catch2/catch.hpp>
#include <cstdlib>
#include <string>
#include <thread>
#include <vector>

#include "cache_worker/origin/mounted_origin.h"
#include "common/status.h"
#include "common/testing/fake_clock.h"
#include "tests/unit/cache_worker/support/fake_origin.h"

using namespace locus;
using namespace locus::worker;
using namespace std::chrono_literals;

namespace {

struct Remembering {
  explicit Remembering(size_t max = kMaxRemembered) {
    auto inner = std::make_unique<FakeOrigin>();
    fake = inner.get();
    fake->Put("/f", "12345");
    origin = std::make_unique<RememberingOrigin>(std::move(inner), 10s, clock, saved, max);
  }
  uint64_t Length(const std::string& path = "/f") const { return origin->Stat(path).value().length; }

  FakeClock clock;
  std::atomic<uint64_t> saved{0};
  FakeOrigin* fake = nullptr;
  std::unique_ptr<RememberingOrigin> origin;
};

bool VisitAll(const OriginFile&) { return true; }

}  // namespace

TEST_CASE("a file is asked for once in the time that its answer counts", "[origin]") {
  Remembering r;
  const OriginFile file = r.origin->Stat("/f").value();
  r.fake->Put("/f", "1234567");
  r.clock.Advance(10s - 1ns);
  CHECK(r.origin->Stat("/f").value() == file);
  CHECK(r.fake->stats() == 1);
  CHECK(r.saved == 1);
  // Being told does not make it last longer.
  r.clock.Advance(1ns);
  CHECK(r.Length() == 7);
  CHECK(r.fake->stats() == 2);
  CHECK(r.saved == 1);
}

TEST_CASE("a file that is remembered is told while the under-store is away, and no longer", "[origin]") {
  Remembering r;
  CHECK(r.Length() == 5);
  r.fake->Fail(Unavailable("away"));
  CHECK(r.Length() == 5);
  CHECK(absl::IsUnavailable(r.origin->Stat("/other").status()));
  r.clock.Advance(10s);
  CHECK(absl::IsUnavailable(r.origin->Stat("/f").status()));
}

TEST_CASE("that there is no such file is not remembered", "[origin]") {
  Remembering r;
  CHECK(absl::IsNotFound(r.origin->Stat("/new").status()));
  r.fake->Put("/new", "123");
  CHECK(r.Length("/new") == 3);
}

TEST_CASE("a read that finds another content makes the file be asked for again", "[origin]") {
  Remembering r;
  const Content old = ContentOf(r.origin->Stat("/f").value());
  r.fake->Put("/f", "1234567");
  char to[5];
  CHECK(absl::IsAborted(r.origin->Read(old, 0, 5, to)));
  CHECK(r.Length() == 7);
  CHECK(r.fake->stats() == 2);
}

TEST_CASE("a read that the under-store does not answer leaves what is remembered", "[origin]") {
  Remembering r;
  const Content content = ContentOf(r.origin->Stat("/f").value());
  r.fake->Fail(Unavailable("away"));
  char to[5];
  CHECK(absl::IsUnavailable(r.origin->Read(content, 0, 5, to)));
  CHECK(r.Length() == 5);
}

TEST_CASE("what a listing tells replaces an older answer, and lasts from then on", "[origin]") {
  for (const bool deep : {true, false}) {
    Remembering r;
    CHECK(r.Length() == 5);
    r.clock.Advance(9s);
    r.fake->Put("/f", "1234567");
    CHECK((deep ? r.origin->List("/", &VisitAll) : r.origin->Children("/", &VisitAll, [](const std::string&) {
            return true;
          })).ok());
    CHECK(r.Length() == 7);
    r.clock.Advance(9s);
    CHECK(r.Length() == 7);
    CHECK(r.fake->stats() == 1);
  }
}

TEST_CASE("a listing that began before the file was asked for does not replace the answer", "[origin]") {
  Remembering r;
  CHECK(r.origin
            ->List("/",
                   [&](const OriginFile& listed) {
                     CHECK(listed.length == 5);
                     r.clock.Advance(1s);
                     r.fake->Put("/f", "1234567");
                     CHECK(r.Length() == 7);
                     return true;
                   })
            .ok());
  // Nor does a listing make files known that nobody has asked for.
  CHECK(r.Length() == 7);
  CHECK(r.fake->stats() == 1);
  r.fake->Put("/g", "1");
  CHECK(r.origin->List("/g", &VisitAll).ok());
  CHECK(r.Length("/g") == 1);
  CHECK(r.fake->stats() == 2);
}

TEST_CASE("of too many files the one that was asked for longest ago is forgotten", "[origin]") {
  Remembering r(2);
  for (const char* path : {"/a", "/b", "/c"}) r.fake->Put(path, "1");
  r.Length("/a");
  r.Length("/b");
  r.Length("/a");
  r.Length("/c");
  CHECK(r.fake->stats() == 3);
  r.Length("/a");
  r.Length("/c");
  CHECK(r.fake->stats() == 3);
  r.Length("/b");
  CHECK(r.fake->stats() == 4);
}

TEST_CASE("what is to be forgotten is asked for again, through mounts too", "[origin]") {
  Remembering r;
  RememberingOrigin* const remembering = r.origin.get();
  std::vector<MountedFolder> mounts;
  mounts.push_back({"/", std::move(r.origin)});
  MountedOrigin mounted(std::move(mounts));
  CHECK_FALSE(mounted.Forget("/f"));
  CHECK(mounted.Stat("/f").ok());
  CHECK(mounted.Forget("/f"));
  CHECK_FALSE(remembering->Forget("/f"));
  CHECK(mounted.Stat("/f").ok());
  CHECK(r.fake->stats() == 2);
  CHECK_FALSE(MountedOrigin({}).Forget("/f"));
}

TEST_CASE("many threads may ask, list and forget at once", "[origin]") {
  Remembering r(4);
  std::vector<std::string> paths;
  for (int i = 0; i < 8; ++i) {
    paths.push_back("/" + std::to_string(i));
    r.fake->Put(paths.back(), std::string(static_cast<size_t>(i) + 1, 'x'));
  }
  std::vector<std::thread> threads;
  for (int t = 0; t < 4; ++t) {
    threads.emplace_back([&, t] {
      for (size_t i = 0; i < 400; ++i) {
        const size_t n = (i + static_cast<size_t>(t)) % paths.size();
        if (r.Length(paths[n]) != n + 1) std::abort();
        if (i % 7 == 0) r.origin->Forget(paths[n]);
        if (i % 50 == 0 && !r.origin->List("/", &VisitAll).ok()) std::abort();
      }
    });
  }
  for (std::thread& thread : threads) thread.join();
  CHECK(r.saved + static_cast<uint64_t>(r.fake->stats()) == 1600);
}
