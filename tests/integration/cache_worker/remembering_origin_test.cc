// What an under-store has told is not asked for at each read: counted in requests at a server.
#include "cache_worker/origin/remembering_origin.h"

#include <algorithm>
#include <atomic>
#include <catch2/catch.hpp>

#include "cache_worker/origin/http_origin.h"
#include "common/testing/fake_clock.h"
#include "tests/integration/cache_worker/http_under_test.h"

using namespace locus;
using namespace locus::worker;
using namespace std::chrono_literals;

namespace {

struct Setting : TestClient {
  Setting()
      : server([this](const SeenRequest& request, int) {
          return second ? ServeFile(request, "new bytes", "v2") : ServeFile(request, "old", "v1");
        }),
        origin(std::make_unique<HttpOrigin>(HttpOriginOptions{"/web", server.url(), "", ""}, Make(server.url())), 1min,
               time, saved) {}
  ptrdiff_t Heads() {
    const std::vector<SeenRequest> seen = server.seen();
    return std::count_if(seen.begin(), seen.end(), [](const SeenRequest& request) { return request.method == "HEAD"; });
  }
  // As a reader does it: what is it, and its first three bytes.
  absl::StatusOr<std::string> Read() {
    LOCUS_ASSIGN_OR_RETURN(const OriginFile file, origin.Stat("/web/f"));
    std::string bytes(3, ' ');
    LOCUS_RETURN_IF_ERROR(origin.Read(ContentOf(file), 0, bytes.size(), bytes.data()));
    return bytes;
  }

  FakeClock time;
  std::atomic<uint64_t> saved{0};
  std::atomic<bool> second{false};
  ScriptedServer server;
  RememberingOrigin origin;
};

}  // namespace

TEST_CASE("reads within the time cost one HEAD", "[origin]") {
  Setting s;
  for (int i = 0; i < 5; ++i) CHECK(s.Read().value() == "old");
  CHECK(s.Heads() == 1);
  CHECK(s.saved == 4);
  s.time.Advance(1min);
  CHECK(s.Read().value() == "old");
  CHECK(s.Heads() == 2);
}

TEST_CASE("a file that has changed is never mixed, and the next read finds the new one", "[origin]") {
  Setting s;
  CHECK(s.Read().value() == "old");
  s.second = true;
  CHECK(absl::IsAborted(s.Read().status()));
  CHECK(s.Heads() == 1);
  CHECK(s.Read().value() == "new");
  CHECK(s.Heads() == 2);
}
