// The HTTP data port of a whole worker, over bare sockets. What is expected of ranges and conditions is RFC 9110's.
#include <httplib.h>
#include <sys/resource.h>

#include <catch2/catch.hpp>
#include <filesystem>
#include <fstream>
#include <thread>

#include "tests/integration/cache_worker/raw_http.h"
#include "tests/integration/cache_worker/running_worker.h"
#include "tests/unit/cache_worker/support/fake_origin.h"

using namespace locus;
using namespace locus::worker;
using namespace std::chrono_literals;

namespace {

constexpr uint64_t kBlock = 64 << 10;

// A worker whose data port is on, over a folder with /d/f of five blocks and a bit.
struct Serving {
  explicit Serving(const std::vector<std::string>& more = {}) {
    folder.Write("origin/d/f", bytes);
    std::vector<std::string> overrides = {"data_http.enabled=true", "data_http.listen.port=0"};
    overrides.insert(overrides.end(), more.begin(), more.end());
    worker = std::make_unique<RunningWorker>(folder.path(), overrides);
  }
  int port() { return worker->worker().data_http_port(); }
  RawAnswer Get(const std::string& target, const std::string& fields = "", const std::string& method = "GET") {
    return RawHttp(port()).Get(target, fields, method);
  }
  // File of a cached block.
  std::string BlockFile(const std::string& ending) {
    for (const char* tier : {"/mem/blocks", "/ssd/blocks"}) {
      for (const auto& entry : std::filesystem::recursive_directory_iterator(folder.path() + tier)) {
        if (entry.path().string().find(ending) != std::string::npos) return entry.path();
      }
    }
    return "";
  }

  const TempFolder folder;
  const std::string bytes = PatternBytes(5 * kBlock + 77, 1);
  std::unique_ptr<RunningWorker> worker;
};

std::string Range(const std::string& value) { return "Range: " + value + "\r\n"; }

}  // namespace

TEST_CASE("a file is served whole, cold and warm, with what caches want to know", "[http]") {
  Serving s;
  for (int round = 0; round < 3; ++round) {
    const RawAnswer answer = s.Get("/v1/files/d/f");
    CHECK(answer.status == 200);
    CHECK(answer.body == s.bytes);
    CHECK(answer.fields.at("content-type") == "application/octet-stream");
    CHECK(answer.fields.at("accept-ranges") == "bytes");
    CHECK(answer.fields.at("etag").size() == 18);
    CHECK(answer.fields.at("last-modified").size() == 29);
  }
  CHECK(s.worker->Status().fetched_bytes() == s.bytes.size());
}

TEST_CASE("ranges give what RFC 9110 says, within a block and over several, cold and warm", "[http]") {
  const uint64_t size = 5 * kBlock + 77;
  const std::string length = std::to_string(size);
  for (const auto& [range, begin, end] :
       std::vector<std::tuple<std::string, uint64_t, uint64_t>>{{"bytes=0-0", 0, 1},
                                                                {"bytes=0-499", 0, 500},
                                                                {"bytes=-500", size - 500, size},
                                                                {"bytes=100-", 100, size},
                                                                {"bytes=65535-65536", kBlock - 1, kBlock + 1},
                                                                {"bytes=65536-131071", kBlock, 2 * kBlock},
                                                                {"bytes=1-327756", 1, size},
                                                                {"bytes=327756-999999999", size - 1, size},
                                                                {"bytes=-999999999", 0, size}}) {
    Serving s;
    for (int round = 0; round < 2; ++round) {
      INFO(range);
      const RawAnswer answer = s.Get("/v1/files/d/f", Range(range));
      CHECK(answer.status == 206);
      CHECK(answer.fields.at("content-range") ==
            "bytes " + std::to_string(begin) + "-" + std::to_string(end - 1) + "/" + length);
      CHECK(answer.body == s.bytes.substr(begin, end - begin));
    }
  }
}

TEST_CASE("ranges that cannot be given, or are none, are told apart", "[http]") {
  Serving s;
  const RawAnswer beyond = s.Get("/v1/files/d/f", Range("bytes=" + std::to_string(s.bytes.size()) + "-"));
  CHECK(beyond.status == 416);
  CHECK(beyond.fields.at("content-range") == "bytes */" + std::to_string(s.bytes.size()));
  CHECK(beyond.body.find("\"code\":\"OUT_OF_RANGE\"") != std::string::npos);
  for (const char* range : {"bytes=4-3", "lines=1-2", "bytes=0-1,5-6", "x"}) {
    INFO(range);
    CHECK(s.Get("/v1/files/d/f", Range(range)).body == s.bytes);
  }
  // Two fields are no list.
  CHECK(s.Get("/v1/files/d/f", Range("bytes=0-1") + Range("bytes=2-3")).status == 200);
}

TEST_CASE("HEAD tells what GET would give, and fetches nothing", "[http]") {
  Serving s;
  const RawAnswer head = s.Get("/v1/files/d/f", Range("bytes=0-9"), "HEAD");
  CHECK(head.status == 200);
  CHECK(head.fields.at("content-length") == std::to_string(s.bytes.size()));
  CHECK(s.worker->Status().blocks() == 0);
  CHECK(s.Get("/v1/files/d/f").fields.at("etag") == head.fields.at("etag"));
}

TEST_CASE("conditions spare what the caller has", "[http]") {
  Serving s;
  const RawAnswer first = s.Get("/v1/files/d/f");
  const std::string etag = first.fields.at("etag"), date = first.fields.at("last-modified");
  const RawAnswer same = s.Get("/v1/files/d/f", "If-None-Match: " + etag + "\r\n");
  CHECK(same.status == 304);
  CHECK(same.fields.at("etag") == etag);
  CHECK(s.Get("/v1/files/d/f", "If-Modified-Since: " + date + "\r\n").status == 304);
  CHECK(s.Get("/v1/files/d/f", "If-Match: \"x\"\r\n").status == 412);
  CHECK(s.Get("/v1/files/d/f", "If-Match: \"x\"\r\nIf-Match: " + etag + "\r\n").status == 200);
  CHECK(s.Get("/v1/files/d/f", Range("bytes=0-9") + "If-Range: " + etag + "\r\n").status == 206);
  CHECK(s.Get("/v1/files/d/f", Range("bytes=0-9") + "If-Range: \"x\"\r\n").status == 200);
  // The next content has another tag.
  s.folder.Write("origin/d/f", PatternBytes(10, 2));
  const RawAnswer after = s.Get("/v1/files/d/f", "If-None-Match: " + etag + "\r\n");
  CHECK(after.status == 200);
  CHECK(after.body == PatternBytes(10, 2));
  CHECK(after.fields.at("etag") != etag);
}

TEST_CASE("what cannot be served says why, in JSON", "[http]") {
  Serving s;
  for (const auto& [target, status, code] :
       std::vector<std::tuple<std::string, int, std::string>>{{"/v1/files/none", 404, "NOT_FOUND"},
                                                              {"/v1/files/d", 400, "INVALID_ARGUMENT"},
                                                              {"/v1/files/d/../d/f", 400, "INVALID_ARGUMENT"},
                                                              {"/v1/files/d/f%", 400, "INVALID_ARGUMENT"},
                                                              {"/v1/blocks/0000000000000001/0", 404, "NOT_FOUND"},
                                                              {"/v1/blocks/1/0", 400, "INVALID_ARGUMENT"},
                                                              {"/", 404, "NOT_FOUND"},
                                                              {"/metrics", 404, "NOT_FOUND"}}) {
    INFO(target);
    const RawAnswer answer = s.Get(target);
    CHECK(answer.status == status);
    CHECK(answer.fields.at("content-type") == "application/json");
    CHECK(answer.body.find("{\"code\":\"" + code + "\",\"message\":\"") == 0);
  }
  const RawAnswer post = s.Get("/v1/files/d/f", "Content-Length: 0\r\n", "POST");
  CHECK(post.status == 405);
  CHECK(post.fields.at("allow") == "GET, HEAD");
  std::filesystem::rename(s.folder.path() + "/origin", s.folder.path() + "/away");
  const RawAnswer away = s.Get("/v1/files/d/f");
  CHECK(away.status == 503);
  CHECK(away.fields.at("retry-after") == "1");
}

TEST_CASE("one connection serves one request after the other, also when they come at once", "[http]") {
  Serving s;
  RawHttp connection(s.port());
  for (int i = 0; i < 20; ++i) {
    CHECK(connection.Get("/v1/files/d/f", Range("bytes=" + std::to_string(i) + "-" + std::to_string(70000 + i))).body ==
          s.bytes.substr(static_cast<size_t>(i), 70001));
    CHECK(connection.Get("/v1/files/none").status == 404);
  }
  std::string all;
  for (int i = 0; i < 10; ++i)
    all += "GET /v1/files/d/f HTTP/1.1\r\nHost: test\r\nRange: bytes=" + std::to_string(i) + "-99\r\n\r\n";
  CHECK(connection.Send(all));
  for (size_t i = 0; i < 10; ++i) CHECK(connection.Answer().body == s.bytes.substr(i, 100 - i));
}

TEST_CASE("a cached block is served by its content's id, and no other is fetched", "[http]") {
  Serving s;
  const std::string etag = s.Get("/v1/files/d/f", Range("bytes=65536-65537")).fields.at("etag");
  const std::string id = etag.substr(1, 16);
  const RawAnswer block = s.Get("/v1/blocks/" + id + "/1");
  CHECK(block.status == 200);
  CHECK(block.body == s.bytes.substr(kBlock, kBlock));
  CHECK(block.fields.at("etag") == "\"" + id + "-1\"");
  const RawAnswer part = s.Get("/v1/blocks/" + id + "/1", Range("bytes=-5"));
  CHECK(part.fields.at("content-range") == "bytes 65531-65535/65536");
  CHECK(part.body == s.bytes.substr(2 * kBlock - 5, 5));
  CHECK(s.Get("/v1/blocks/" + id + "/0").status == 404);
  CHECK(s.Get("/v1/blocks/" + id + "/9").status == 404);
  CHECK(s.Get("/v1/blocks/" + id + "/0", "", "HEAD").status == 404);
  CHECK(s.worker->Status().blocks() == 1);
}

TEST_CASE("an empty file has no bytes and no range", "[http]") {
  Serving s;
  s.folder.Write("origin/empty", "");
  const RawAnswer answer = s.Get("/v1/files/empty");
  CHECK(answer.status == 200);
  CHECK(answer.fields.at("content-length") == "0");
  CHECK(s.Get("/v1/files/empty", Range("bytes=0-0")).status == 416);
}

TEST_CASE("names with any bytes are reached by their encoding", "[http]") {
  Serving s;
  s.folder.Write("origin/d/a b%?#\xC3\xA9", "odd");
  CHECK(s.Get("/v1/files/d/a%20b%25%3F%23%C3%A9").body == "odd");
  CHECK(s.Get("/v1/files/d/f?whatever=1").status == 200);
}

TEST_CASE("a damaged block is never served: it is read anew", "[http]") {
  const TempFolder folder;
  const std::string bytes = PatternBytes(3 * kBlock, 1);
  folder.Write("origin/f", bytes);
  const std::vector<std::string> overrides = {"data_http.enabled=true", "data_http.listen.port=0"};
  {
    RunningWorker first(folder.path(), overrides);
    CHECK(first.Read("/f").bytes == bytes);
  }
  // Among the blocks that were not written by the process that serves them, one has a wrong byte.
  for (const char* tier : {"/mem/blocks", "/ssd/blocks"}) {
    for (const auto& entry : std::filesystem::recursive_directory_iterator(folder.path() + tier)) {
      if (entry.path().string().find("-1.block") == std::string::npos) continue;
      std::fstream file(entry.path(), std::ios::in | std::ios::out | std::ios::binary);
      file.seekp(1000);
      file.put('!');
    }
  }
  RunningWorker second(folder.path(), overrides);
  RawHttp connection(second.worker().data_http_port());
  CHECK(connection.Get("/v1/files/f", Range("bytes=65536-131071")).body == bytes.substr(kBlock, kBlock));
  CHECK(connection.Get("/v1/files/f").body == bytes);
  CHECK(second.Status().torn_blocks() == 1);
}

TEST_CASE("a content that changes ends the answer before its length, and the next one is the new content", "[http]") {
  // Nothing is cached: each block is read when it is due.
  Serving s({"store.tiers.0.quota=4KiB", "store.tiers.1.quota=4KiB"});
  const std::string before = PatternBytes(400 * kBlock, 3);
  s.folder.Write("origin/big", before);
  RawHttp connection(s.port(), 4096);
  CHECK(connection.Send("GET /v1/files/big HTTP/1.1\r\nHost: test\r\n\r\n"));
  CHECK(connection.Receive(100));
  // Buffers on both sides hold far less than the file: it changes while most of it is still to be read.
  const std::string after = PatternBytes(400 * kBlock + 1, 4);
  s.folder.Write("origin/big", after);
  const RawAnswer answer = connection.Answer();
  CHECK(answer.status == 200);
  CHECK_FALSE(answer.whole);
  CHECK(answer.body == before.substr(0, answer.body.size()));
  CHECK(connection.Ended());
  CHECK(s.Get("/v1/files/big").body == after);
}

TEST_CASE("a reader that leaves, or never takes anything, holds up nobody", "[http]") {
  Serving s({"data_http.idle_timeout=1s"});
  s.folder.Write("origin/big", PatternBytes(20 * kBlock, 3));
  std::vector<std::unique_ptr<RawHttp>> lazy;
  for (int i = 0; i < 20; ++i) {
    lazy.push_back(std::make_unique<RawHttp>(s.port(), 4096));
    lazy.back()->Send("GET /v1/files/big HTTP/1.1\r\nHost: test\r\n\r\n");
    if (i % 2 == 0) lazy.back().reset();
  }
  CHECK(s.Get("/v1/files/d/f").body == s.bytes);
  // The idle time-out ends them.
  CHECK(Eventually([&] { return s.worker->Status().readers() == 0; }));
}

TEST_CASE("malformed requests get an error or the end of the connection, and nothing breaks", "[http]") {
  Serving s({"data_http.idle_timeout=1s"});
  for (const std::string& request : std::vector<std::string>{
           "\r\n\r\n", "GET\r\n\r\n", "GET /v1/files/d/f\r\n\r\n", "GET /v1/files/d/f HTTP/9.9\r\n\r\n",
           "GET  /v1/files/d/f  HTTP/1.1\r\nHost: t\r\n\r\n", "\x16\x03\x01\x02\x00\x01\x00\x01\xfc\x03\x03",
           "GET /v1/files/d/f HTTP/1.1\r\nHost: t\r\nContent-Length: -1\r\n\r\n",
           "GET /v1/files/d/f HTTP/1.1\r\nHost: t\r\nContent-Length: 5\r\nTransfer-Encoding: chunked\r\n\r\n0\r\n\r\n",
           "GET /v1/files/" + std::string(100'000, 'a') + " HTTP/1.1\r\nHost: t\r\n\r\n",
           "GET /v1/files/d/f HTTP/1.1\r\nHost: t\r\nX: " + std::string(100'000, 'a') + "\r\n\r\n",
           "GET /v1/files/d/f HTTP/1.1\r\n" + std::string(20'000, 'A') + "\r\n\r\n",
           std::string("GET /v1/files/d\0f HTTP/1.1\r\nHost: t\r\n\r\n", 40),
           "POST /v1/files/d/f HTTP/1.1\r\nHost: t\r\nContent-Length: 1000000\r\n\r\n" + std::string(1'000'000, 'x')}) {
    INFO(request.substr(0, 60));
    RawHttp connection(s.port());
    connection.Send(request);
    ::shutdown(connection.fd(), SHUT_WR);
    const RawAnswer answer = connection.Answer();
    CHECK((answer.status == 0 || answer.status >= 400));
    CHECK(s.Get("/v1/files/d/f", Range("bytes=0-9")).body == s.bytes.substr(0, 10));
  }
}

TEST_CASE("beyond the bound connections are closed at once and counted", "[http]") {
  Serving s({"data_http.max_connections=8"});
  std::vector<std::unique_ptr<RawHttp>> held;
  for (int i = 0; i < 8; ++i) {
    held.push_back(std::make_unique<RawHttp>(s.port()));
    CHECK(held.back()->Get("/v1/files/d/f", Range("bytes=0-9")).status == 206);
  }
  RawHttp ninth(s.port());
  ninth.Send("GET /v1/files/d/f HTTP/1.1\r\nHost: test\r\n\r\n");
  CHECK(ninth.Answer().status == 0);
  held.pop_back();
  CHECK(Eventually([&] { return s.Get("/v1/files/d/f", Range("bytes=0-9")).status == 206; }));
}

TEST_CASE("a thousand connections are served side by side", "[http]") {
  rlimit files{};
  REQUIRE(::getrlimit(RLIMIT_NOFILE, &files) == 0);
  files.rlim_cur = files.rlim_max;
  REQUIRE(::setrlimit(RLIMIT_NOFILE, &files) == 0);
  // Two sockets and a block file each, in this one process.
  const size_t count = files.rlim_max >= 4096 ? 1000 : files.rlim_max / 5;
  Serving s({"data_http.max_connections=1024"});
  std::vector<std::unique_ptr<RawHttp>> connections;
  for (size_t i = 0; i < count; ++i) {
    connections.push_back(std::make_unique<RawHttp>(s.port()));
    REQUIRE(connections.back()->connected());
    CHECK(connections.back()->Send("GET /v1/files/d/f HTTP/1.1\r\nHost: test\r\n" +
                                   Range("bytes=" + std::to_string(i) + "-" + std::to_string(i + 70000)) + "\r\n"));
  }
  for (size_t i = 0; i < count; ++i) {
    const RawAnswer answer = connections[i]->Answer();
    CHECK(answer.status == 206);
    CHECK(answer.body == s.bytes.substr(i, 70001));
  }
}

TEST_CASE("a port that is taken is named with the reason", "[http]") {
  Serving s;
  const TempFolder folder;
  folder.Write("origin/f", "x");
  std::vector<std::string> overrides = TestOverrides(folder.path());
  overrides.insert(overrides.end(), {"data_http.enabled=true", "data_http.listen.port=" + std::to_string(s.port())});
  config::v1::Worker config = DefaultConfig();
  REQUIRE(ParseConfig("", overrides, &config).ok());
  const SystemClock clock;
  Worker second(config, clock, 1);
  CHECK(second.Start() == std::vector<std::string>{"data_http.listen: cannot listen on 127.0.0.1:" +
                                                   std::to_string(s.port()) + ": Address already in use"});
}

TEST_CASE("stopping ends the readers that are under way", "[http]") {
  Serving s;
  s.folder.Write("origin/big", PatternBytes(20 * kBlock, 3));
  RawHttp slow(s.port(), 4096);
  slow.Send("GET /v1/files/big HTTP/1.1\r\nHost: test\r\n\r\n");
  CHECK(slow.Receive(10));
  s.worker.reset();
  CHECK(slow.Ended());
}

TEST_CASE("Status and metrics tell of HTTP's readers too", "[http]") {
  Serving s;
  s.Get("/v1/files/d/f");
  s.Get("/v1/files/d/f", Range("bytes=0-99"));
  s.Get("/v1/files/none");
  const v1::StatusResponse status = s.worker->Status();
  CHECK(status.hits() == 1);
  CHECK(status.misses() == 6);
  uint64_t served = 0;
  for (const v1::TierBytes& bytes : status.served()) served += bytes.bytes();
  CHECK(served == s.bytes.size() + 100);
  CHECK(status.served(0).tier() == v1::TIER_UNSPECIFIED);
  CHECK(status.served_size() == 3);
  CHECK(status.readers() == 0);
  CHECK(status.fetching() == 0);
  httplib::Client admin("127.0.0.1", s.worker->worker().admin_port());
  const std::string metrics = admin.Get("/metrics")->body;
  for (const char* line :
       {"locus_worker_http_responses_total{code=\"200\"} 1\n", "locus_worker_http_responses_total{code=\"206\"} 1\n",
        "locus_worker_http_responses_total{code=\"404\"} 1\n", "locus_worker_readers 0\n", "locus_worker_fetching 0\n",
        "locus_worker_fetches_queued 0\n", "locus_worker_loads 0\n",
        "locus_worker_http_refused_connections_total 0\n"}) {
    INFO(line);
    CHECK(metrics.find(line) != std::string::npos);
  }
}
