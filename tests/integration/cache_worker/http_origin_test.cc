// The HTTP origin, libcurl included, against servers that do everything wrong that a server can.
#include "cache_worker/origin/http_origin.h"

#include <atomic>
#include <catch2/catch.hpp>
#include <set>
#include <thread>

#include "tests/integration/cache_worker/http_under_test.h"
#include "tests/unit/cache_worker/support/eventually.h"
#include "tests/unit/cache_worker/support/fake_origin.h"
#include "tests/unit/cache_worker/support/temp_folder.h"

using namespace locus;
using namespace locus::worker;
using namespace std::chrono_literals;

namespace {

struct Setting : TestClient {
  explicit Setting(ScriptedServer::Handler handler, const std::string& manifest = "", const std::string& token = "")
      : server(std::move(handler)), origin({"/web", server.url() + "/data", manifest, token}, Make(server.url())) {}

  // Bytes `offset` to `offset + size` of the file as it was; nothing of another content may ever come out.
  absl::Status Read(const OriginFile& file, uint64_t offset, size_t size, std::string* got = nullptr) {
    std::string to(size, '\0');
    const absl::Status status = origin.Read(ContentOf(file), offset, size, to.data());
    if (status.ok()) CHECK(to == bytes.substr(offset, size));
    if (got != nullptr) *got = to;
    return status;
  }
  // As a right server tells of it.
  OriginFile File() const { return {"/web/f", bytes.size(), 784111777LL * 1'000'000'000, VersionOfTag("v1")}; }

  const std::string bytes = PatternBytes(300'000, 3);
  ScriptedServer server;
  HttpOrigin origin;
};

ScriptedServer::Handler Right(const std::string& tag = "v1") {
  return [tag](const SeenRequest& request, int) { return ServeFile(request, PatternBytes(300'000, 3), tag); };
}

ScriptedAnswer PartOf(const std::string& announced, const std::string& body, After after = After::kKeep) {
  return {
      "HTTP/1.1 206 P\r\nETag: \"v1\"\r\nLast-Modified: " + std::string(kModified) + "\r\n" + announced + "\r\n" + body,
      after};
}

}  // namespace

TEST_CASE("a file of a right server is read, over one connection", "[origin]") {
  Setting s(Right());
  const auto file = s.origin.Stat("/web/f");
  REQUIRE(file.ok());
  CHECK(*file == s.File());
  CHECK(s.Read(*file, 0, 300'000).ok());
  CHECK(s.Read(*file, 299'999, 1).ok());
  CHECK(s.Read(*file, 1000, 70'000).ok());
  CHECK(s.Read(*file, 300'000, 0).ok());
  CHECK(absl::IsOutOfRange(s.Read(*file, 299'999, 2)));
  CHECK(s.server.connections() == 1);
  CHECK(s.server.seen().size() == 4);
  CHECK(s.server.seen()[1].Header("range") == "bytes=0-299999");
  CHECK(s.server.seen()[0].Header("accept-encoding") == "identity");
  CHECK(s.stats.requests == 4);
  CHECK(s.stats.retries == 0);
}

TEST_CASE("every byte of a path arrives as it is", "[origin]") {
  Setting s(Right());
  const std::string path = "/a b/ü?x=1&y#z%41+;:@\"'\\~/.hidden/..x";
  CHECK(s.origin.Stat("/web" + path).ok());
  CHECK(s.server.seen()[0].target == "/data/a%20b/%C3%BC%3Fx%3D1%26y%23z%2541%2B%3B%3A%40%22%27%5C~/.hidden/..x");
}

TEST_CASE("what is not there, and what is a folder, is told apart", "[origin]") {
  Setting s([](const SeenRequest& request, int) {
    if (request.target == "/data/dir") return Reply(301, {"Location: /data/dir/"});
    if (request.target == "/data/moved") return Reply(302, {"Location: http://elsewhere.invalid/moved"});
    return Reply(404, {}, "");
  });
  CHECK(absl::IsNotFound(s.origin.Stat("/web/f").status()));
  CHECK(absl::IsInvalidArgument(s.origin.Stat("/web/dir").status()));
  CHECK(absl::IsInvalidArgument(s.origin.Stat("/web").status()));
  const absl::Status moved = s.origin.Stat("/web/moved").status();
  CHECK(absl::IsUnavailable(moved));
  CHECK(Has(moved, "elsewhere.invalid"));
  // Gone at the time of a read: the content is no longer there.
  CHECK(absl::IsAborted(s.Read(s.File(), 0, 10)));
}

TEST_CASE("an object that changes between head and get, or shrinks, is never mixed", "[origin]") {
  Setting other(Right("v2"));
  CHECK(absl::IsAborted(other.Read(other.File(), 0, 100)));
  Setting shorter([](const SeenRequest& request, int) { return ServeFile(request, "short now", "v2"); });
  CHECK(absl::IsAborted(shorter.Read(shorter.File(), 0, 100)));
  CHECK(absl::IsAborted(shorter.Read(shorter.File(), 200'000, 100)));
}

TEST_CASE("an answer that is cut at any byte is never taken", "[origin]") {
  const ScriptedAnswer whole = [] {
    SeenRequest request{"GET", "/", {{"range", "bytes=5-24"}}};
    return ServeFile(request, PatternBytes(300'000, 3));
  }();
  for (size_t cut = 0; cut < whole.bytes.size(); ++cut) {
    INFO(cut);
    std::atomic<bool> mended{false};
    Setting s([&](const SeenRequest& request, int) {
      if (mended) return ServeFile(request, PatternBytes(300'000, 3));
      return ScriptedAnswer{whole.bytes.substr(0, cut), After::kClose};
    });
    const absl::Status status = s.Read(s.File(), 5, 20);
    CHECK(absl::IsUnavailable(status));
    CHECK(s.stats.retries == 2);
    mended = true;
    CHECK(s.Read(s.File(), 5, 20).ok());
  }
}

TEST_CASE("short and over-long bodies are told", "[origin]") {
  const std::string bytes = PatternBytes(300'000, 3);
  const std::string range = "Content-Range: bytes 0-99/300000\r\n";
  const auto status_of = [&](const ScriptedAnswer& answer) {
    Setting s([&](const SeenRequest&, int) { return answer; });
    return s.Read(s.File(), 0, 100);
  };
  // Ended by the connection's end, so that no length tells of it.
  CHECK(Has(status_of(PartOf(range, bytes.substr(0, 60), After::kClose)), "60 of the 100 bytes"));
  CHECK(Has(status_of(PartOf(range, bytes.substr(0, 160), After::kClose)), "more bytes"));
  CHECK(Has(status_of(PartOf(range + "Content-Length: 160\r\n", bytes.substr(0, 160))), "more bytes"));
  CHECK(Has(status_of(PartOf(range + "Content-Length: 60\r\n", bytes.substr(0, 60))), "60 of the 100 bytes"));
  CHECK(Has(
      status_of(PartOf(range + "Transfer-Encoding: chunked\r\n", "A0\r\n" + bytes.substr(0, 160) + "\r\n0\r\n\r\n")),
      "more bytes"));
}

TEST_CASE("another range than asked for is told, and a server without ranges", "[origin]") {
  const std::string bytes = PatternBytes(300'000, 3);
  Setting wrong([&](const SeenRequest&, int) {
    return PartOf("Content-Range: bytes 1-100/300000\r\nContent-Length: 100\r\n", bytes.substr(1, 100));
  });
  CHECK(Has(wrong.Read(wrong.File(), 0, 100), "where bytes=0-99 was asked for"));
  Setting none([&](const SeenRequest& request, int) {
    SeenRequest whole = request;
    whole.headers.erase("range");
    return ServeFile(whole, bytes);
  });
  CHECK(Has(none.Read(none.File(), 100, 100), "ignores byte ranges"));
  CHECK(Has(none.Read(none.File(), 0, 100), "ignores byte ranges"));
  CHECK(none.Read(none.File(), 0, 300'000).ok());
}

TEST_CASE("a storm of 503 that passes is not seen, one that stays is told and tried afresh", "[origin]") {
  std::atomic<int> refuse{2};
  Setting s([&](const SeenRequest& request, int) {
    if (refuse-- > 0) return Reply(503, {"Retry-After: 0"}, "slow down");
    return ServeFile(request, PatternBytes(300'000, 3));
  });
  CHECK(s.Read(s.File(), 0, 100).ok());
  CHECK(s.stats.requests == 3);
  CHECK(s.stats.retries == 2);
  refuse = 1000;
  const absl::Status status = s.Read(s.File(), 0, 100);
  CHECK(absl::IsUnavailable(status));
  CHECK(Has(status, "answered 503: slow down (after 3 attempts)"));
  refuse = 0;
  CHECK(s.Read(s.File(), 0, 100).ok());
}

TEST_CASE("silence and a trickle end at the stall timeout", "[origin]") {
  const ScriptedAnswer whole = [] {
    SeenRequest request{"GET", "/", {{"range", "bytes=0-99999"}}};
    return ServeFile(request, PatternBytes(300'000, 3));
  }();
  const SystemClock clock;
  for (const ScriptedAnswer& answer :
       {ScriptedAnswer{"", After::kSilence}, ScriptedAnswer{whole.bytes.substr(0, 60), After::kSilence},
        ScriptedAnswer{whole.bytes.substr(0, 50'000), After::kSilence},
        ScriptedAnswer{whole.bytes, After::kKeep, true}}) {
    Setting s([&](const SeenRequest&, int) { return answer; });
    const SteadyTime start = clock.Now();
    const absl::Status status = s.Read(s.File(), 0, 100'000);
    CHECK(absl::IsUnavailable(status));
    CHECK(Has(status, "for 300ms"));
    CHECK(clock.Now() - start >= 3 * kStall);
  }
}

TEST_CASE("a server that is not there is told with what to check", "[origin]") {
  TestClient client;
  int port = 0;
  {
    const ScriptedServer gone([](const SeenRequest&, int) { return Reply(200); });
    port = gone.port();
  }
  HttpOrigin refused({"/", "http://127.0.0.1:" + std::to_string(port), "", ""},
                     client.Make("http://127.0.0.1:" + std::to_string(port), 1));
  CHECK(Has(refused.Stat("/f").status(), "check the address"));
  // No name below .invalid exists (RFC 2606).
  HttpOrigin unknown({"/", "http://nowhere.invalid", "", ""}, client.Make("http://nowhere.invalid", 1));
  const absl::Status status = unknown.Stat("/f").status();
  CHECK(absl::IsUnavailable(status));
  CHECK(Has(status, "cannot find the host"));
}

TEST_CASE("headers without end are cut", "[origin]") {
  Setting s([](const SeenRequest&, int) {
    return ScriptedAnswer{"HTTP/1.1 200 X\r\nX: " + std::string(70'000, 'x') + "\r\n\r\n", After::kClose};
  });
  CHECK(absl::IsUnavailable(s.origin.Stat("/web/f").status()));
}

TEST_CASE("more requests than connections wait for their turn", "[origin]") {
  std::atomic<int> at_once{0}, most{0};
  Setting s([&](const SeenRequest& request, int) {
    const int now = ++at_once;
    int seen = most;
    while (now > seen && !most.compare_exchange_weak(seen, now)) {
    }
    std::this_thread::sleep_for(5ms);
    --at_once;
    return ServeFile(request, PatternBytes(300'000, 3));
  });
  std::atomic<int> ok{0};
  std::vector<std::thread> threads;
  for (size_t i = 0; i < 16; ++i) {
    threads.emplace_back([&, i] {
      for (size_t j = 0; j < 5; ++j) {
        std::string to(10'000, '\0');
        const size_t offset = 17'000 * i + j;
        if (s.origin.Read(ContentOf(s.File()), offset, to.size(), to.data()).ok() &&
            to == s.bytes.substr(offset, to.size())) {
          ++ok;
        }
      }
    });
  }
  for (std::thread& thread : threads) thread.join();
  CHECK(ok == 80);
  CHECK(most <= 4);
  CHECK(s.server.connections() <= 4);
}

TEST_CASE("Stop ends a read that waits for the server, and all later ones", "[origin]") {
  Setting s([](const SeenRequest&, int) { return ScriptedAnswer{"", After::kSilence}; });
  TestClient patient;
  CurlOptions options{s.server.url(), 60s, 600s, 1, ""};
  HttpOrigin origin({"/", s.server.url(), "", ""},
                    std::make_unique<HttpClient>(HttpClientOptions{s.server.url(), 3, 1s, 1},
                                                 std::make_unique<CurlTransport>(options, patient.clock), patient.clock,
                                                 patient.stats));
  absl::Status first, second;
  std::thread reader([&] { first = origin.Stat("/f").status(); });
  // Waits for the only connection.
  std::thread other([&] { second = origin.Stat("/f").status(); });
  CHECK(Eventually([&] { return s.server.seen().size() == 1; }));
  origin.Stop();
  reader.join();
  other.join();
  CHECK(absl::IsCancelled(first));
  CHECK(absl::IsCancelled(second));
  CHECK(absl::IsCancelled(origin.Stat("/f").status()));
}

TEST_CASE("a token goes with each request and is read anew", "[origin]") {
  TempFolder folder;
  folder.Write("token", "one\n");
  Setting s(Right(), "", folder.path() + "/token");
  CHECK(s.origin.Stat("/web/f").ok());
  folder.Write("token", "two");
  CHECK(s.origin.Stat("/web/f").ok());
  CHECK(s.server.seen()[0].Header("authorization") == "Bearer one");
  CHECK(s.server.seen()[1].Header("authorization") == "Bearer two");
  folder.Write("token", "two\nX-Evil: 1");
  CHECK(Has(s.origin.Stat("/web/f").status(), "token_file"));
  CHECK(s.server.seen().size() == 2);
}

TEST_CASE("a manifest stands in for a listing", "[origin]") {
  const auto handler = [](const SeenRequest& request, int) {
    if (request.target == "/data/lists/all.txt") {
      return Reply(200, {}, "./d/e/2\n./a\n./d/1\n./gone\n../bad\nlists/all.txt\n");
    }
    if (request.target == "/data/gone") return Reply(404);
    return ServeFile(request, "12345");
  };
  Setting s(handler, "lists/all.txt");
  std::vector<std::string> listed;
  const auto note = [&](const OriginFile& file) {
    listed.push_back(file.path);
    CHECK(file.length == 5);
    return true;
  };
  CHECK(s.origin.List("/web", note).ok());
  CHECK(listed == std::vector<std::string>{"/web/a", "/web/d/1", "/web/d/e/2"});
  CHECK(s.origin.skipped_entries() == 2);
  // The same content, whoever told of it.
  CHECK(FileIdOf(s.origin.Stat("/web/a").value()) ==
        FileIdOf({"/web/a", 5, 784111777LL * 1'000'000'000, VersionOfTag("v1")}));
  listed.clear();
  std::set<std::string> folders;
  CHECK(s.origin.Children("/web/d", note, [&](const std::string& path) { return folders.insert(path).second; }).ok());
  CHECK(listed == std::vector<std::string>{"/web/d/1"});
  CHECK(folders == std::set<std::string>{"/web/d/e"});
  CHECK(absl::IsNotFound(s.origin.List("/web/none", note)));
}

TEST_CASE("without a manifest, or with a missing one, a listing says what to do", "[origin]") {
  const auto none = [](const OriginFile&) { return true; };
  Setting plain(Right());
  const absl::Status status = plain.origin.List("/web", none);
  CHECK(status.code() == absl::StatusCode::kUnimplemented);
  CHECK(Has(status, "manifest"));
  Setting missing([](const SeenRequest&, int) { return Reply(404); }, "all.txt");
  CHECK(absl::IsUnavailable(missing.origin.List("/web", none)));
}
