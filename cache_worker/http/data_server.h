// The plain HTTP port for cached data: GET and HEAD of files with byte ranges, and of single cached blocks.
#pragma once

#include <atomic>
#include <cstdint>
#include <memory>
#include <string>

#include "absl/status/status.h"
#include "cache_worker/http/content_service.h"
#include "common/clock.h"

namespace locus::worker {

struct HttpDataOptions {
  std::string address = "127.0.0.1";
  // 0: chosen by the kernel, see port().
  int port = 0;
  // Further connections are closed at once.
  uint32_t max_connections = 1024;
  // Each waits for many sockets.
  uint32_t threads = 2;
  Duration idle_timeout = std::chrono::seconds(60);
  ContentServiceOptions content;
};

// Since the start.
struct DataServerStats {
  // The statuses that are ever answered; the last one stands for all others.
  static constexpr int kCodes[] = {200, 206, 304, 400, 404, 405, 412, 413, 416, 500, 503};
  std::atomic<uint64_t> answers[std::size(kCodes)] = {};
  // Connections now, and those refused because there were too many.
  std::atomic<uint64_t> connections{0};
  std::atomic<uint64_t> refused{0};
  // Answers with a body under way.
  std::atomic<uint64_t> sending{0};
  // Bodies that ended early: the client left or stalled; and those that had to, because the content changed or could
  // not be read any more.
  std::atomic<uint64_t> left{0};
  std::atomic<uint64_t> broken{0};
};

// GET and HEAD /v1/files/PATH (read-through, as CacheService.Read) and /v1/blocks/ID/INDEX (404 when not cached). Each
// answer is of one content: when the under-store changes while it is handed out, the connection ends before the length
// that was announced. A range within one cached block whose sums have been verified in this process leaves by sendfile.
// Errors are JSON, {"code","message"}; what is no HTTP is answered by the library, in HTML. Thread-safe.
//
// Memory: 192 KiB for a connection at most, and 512 KiB more while it waits for bytes that the cache cannot take.
class DataServer {
 public:
  // `reads` and `clock` must outlive it.
  DataServer(HttpDataOptions options, ReadThrough& reads, const Clock& clock);
  // Stops.
  ~DataServer();
  DataServer(const DataServer&) = delete;
  DataServer& operator=(const DataServer&) = delete;

  // UNAVAILABLE names address and port when they cannot be had. Until SetReady every answer is 503.
  absl::Status Start();
  void SetReady();
  // 0 before Start.
  int port() const;
  const DataServerStats& stats() const;
  // Ends what is in progress. Idempotent.
  void Stop();

 private:
  struct Impl;
  const std::unique_ptr<Impl> impl_;
};

}  // namespace locus::worker
