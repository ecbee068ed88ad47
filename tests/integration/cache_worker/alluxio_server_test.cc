// The server for Alluxio's clients over blocks that a test makes up.
#include "cache_worker/alluxio/alluxio_server.h"

#include <atomic>
#include <catch2/catch.hpp>
#include <map>
#include <thread>

#include "common/status.h"
#include "tests/integration/cache_worker/alluxio_client.h"
#include "tests/unit/cache_worker/support/eventually.h"
#include "tests/unit/cache_worker/support/fake_origin.h"

using namespace locus::worker;

namespace {

constexpr uint64_t kChunk = ServedBlock::kReadBytes;

// Blocks in memory, some of which are only found by a fetch. Thread-safe once it is filled.
class FakeBlocks final : public BlockProvider {
 public:
  struct Block {
    std::string bytes;
    bool cached = true;
    // Reads of this chunk, from 0, fail.
    std::optional<uint64_t> bad_chunk = std::nullopt;
    absl::Status failure = absl::OkStatus();
  };
  void Put(int64_t id, Block block) { blocks_[id] = std::move(block); }

  Result Find(const WantedBlock& wanted) override {
    const auto found = blocks_.find(locus::alluxio_wire::JoinBlockId(wanted.id));
    if (found == blocks_.end() || !found->second.cached) return locus::NotFound("not cached");
    return std::make_unique<Open>(*this, found->second, true);
  }
  Result Fetch(const WantedBlock& wanted, const std::function<bool()>& cancelled) override {
    ++fetches;
    if (fetch_hangs) {
      Eventually([&] { return cancelled(); });
      ++cancelled_fetches;
      return absl::CancelledError("cancelled");
    }
    const auto found = blocks_.find(locus::alluxio_wire::JoinBlockId(wanted.id));
    if (found == blocks_.end()) return locus::NotFound("no such block: list the file again");
    return std::make_unique<Open>(*this, found->second, false);
  }
  bool takes_orders() const override { return orders; }
  absl::Status Cache(const WantedBlock& wanted, const std::function<bool()>& cancelled) override {
    Eventually([&] { return !orders_hang || cancelled(); });
    return Fetch(wanted, cancelled).status();
  }
  void Remove(locus::alluxio_wire::BlockId id) override { removed = locus::alluxio_wire::JoinBlockId(id); }
  void RemoveAll() override { ++removed_all; }

  std::atomic<int> open{0};
  std::atomic<int> most_open{0};
  std::atomic<int> fetches{0};
  std::atomic<int> cancelled_fetches{0};
  std::atomic<bool> fetch_hangs{false};
  std::atomic<bool> orders{true};
  std::atomic<bool> orders_hang{false};
  std::atomic<int64_t> removed{0};
  std::atomic<int> removed_all{0};

 private:
  class Open final : public ServedBlock {
   public:
    Open(FakeBlocks& owner, const Block& block, bool cached) : owner_(owner), block_(block), cached_(cached) {
      ++owner_.open;
    }
    ~Open() override { --owner_.open; }
    uint64_t bytes() const override { return block_.bytes.size(); }
    std::optional<Tier> tier() const override { return cached_ ? std::optional(Tier::kSsd) : std::nullopt; }
    absl::Status Read(uint64_t offset, size_t size, char* to) override {
      // The copy that was fetched anew is whole.
      const bool bad = block_.bad_chunk && *block_.bad_chunk == offset / kChunk;
      if (bad && !block_.failure.ok()) return block_.failure;
      if (bad && cached_) {
        const_cast<Block&>(block_).cached = false;
        return absl::DataLossError("damaged");
      }
      if (offset % kChunk + size > kChunk) return absl::InternalError("a read across chunks");
      block_.bytes.copy(to, size, offset);
      return absl::OkStatus();
    }

   private:
    FakeBlocks& owner_;
    const Block& block_;
    const bool cached_;
  };

  std::map<int64_t, Block> blocks_;
};

struct Server {
  explicit Server(AlluxioServerOptions options = {}) : server(options, blocks) {
    REQUIRE(server.Start().ok());
    server.SetReady();
  }
  bool Idle() {
    return Eventually([&] { return server.stats().streams == 0 && blocks.open == 0 && server.read_memory() == 0; });
  }

  FakeBlocks blocks;
  AlluxioServer server;
};

// A stream that is begun and then left to the test.
struct OpenRead {
  OpenRead(AlluxioClient& client, const alx::ReadRequest& request) {
    client.Sign(context);
    stream = client.stub().ReadBlock(&context);
    stream->Write(request);
  }
  grpc::ClientContext context;
  std::unique_ptr<grpc::ClientReaderWriter<alx::ReadRequest, alx::ReadResponse>> stream;
};

}  // namespace

TEST_CASE("every range comes as it was asked for, in chunks no larger than asked", "[alluxio]") {
  Server server;
  const std::string bytes = PatternBytes(3 * kChunk + 777, 1);
  server.blocks.Put(1, {bytes});
  server.blocks.Put(2, {bytes, false});
  AlluxioClient client(server.server.port());
  for (const int64_t id : {1, 2}) {
    for (const uint64_t offset : {uint64_t{0}, uint64_t{1}, kChunk - 1, kChunk, 3 * kChunk, bytes.size() - 1}) {
      for (const uint64_t length : {uint64_t{1}, uint64_t{100}, kChunk + 5, bytes.size()}) {
        for (const int64_t chunk : {4096, 1 << 20, 8 << 20}) {
          if (offset + length > bytes.size()) continue;
          if (chunk == 4096 && length > kChunk + 5) continue;
          INFO("block " << id << " offset " << offset << " length " << length << " chunk " << chunk);
          alx::ReadRequest request = WholeBlock(id, length);
          request.set_offset(static_cast<int64_t>(offset));
          request.set_chunk_size(chunk);
          const auto answer = client.Read(request);
          CHECK(answer.status.ok());
          CHECK((answer.bytes == bytes.substr(offset, length)));
          for (const size_t size : answer.chunks) {
            CHECK(size > 0);
            CHECK(size <= static_cast<size_t>(chunk));
          }
        }
      }
    }
  }
  CHECK(server.Idle());
}

TEST_CASE("a client that acknowledges nothing is served too", "[alluxio]") {
  Server server;
  const std::string bytes = PatternBytes(9 * kChunk, 2);
  server.blocks.Put(1, {bytes});
  AlluxioClient client(server.server.port());
  const auto answer = client.Read(WholeBlock(1, bytes.size()), false);
  CHECK(answer.status.ok());
  CHECK((answer.bytes == bytes));
}

TEST_CASE("a call without a known channel id is refused", "[alluxio]") {
  Server server;
  server.blocks.Put(1, {"x"});
  AlluxioClient client(server.server.port());
  grpc::ClientContext context;
  const auto stream = client.stub().ReadBlock(&context);
  alx::ReadResponse response;
  CHECK_FALSE(stream->Read(&response));
  CHECK(stream->Finish().error_code() == grpc::UNAUTHENTICATED);
  grpc::ClientContext other;
  other.AddMetadata("channel-id", "0f8fad5b-d9cb-469f-a165-70867728950e");
  alx::CacheResponse cached;
  CHECK(client.stub().Cache(&other, {}, &cached).error_code() == grpc::UNAUTHENTICATED);
  CHECK(server.server.stats().unauthenticated == 2);
}

TEST_CASE("an early half-close ends the stream well and lets go of the block at once", "[alluxio]") {
  Server server;
  server.blocks.Put(1, {PatternBytes(64 * kChunk, 3)});
  AlluxioClient client(server.server.port());
  OpenRead read(client, WholeBlock(1, 64 * kChunk));
  alx::ReadResponse response;
  REQUIRE(read.stream->Read(&response));
  read.stream->WritesDone();
  uint64_t rest = 0;
  while (read.stream->Read(&response)) rest += response.chunk().data().size();
  CHECK(read.stream->Finish().ok());
  // What was on its way comes still, and no more.
  CHECK(rest < 32 * kChunk);
  CHECK(server.Idle());
}

TEST_CASE("a cancelled read lets go of its block, also while it is fetched", "[alluxio]") {
  Server server;
  server.blocks.Put(1, {PatternBytes(16 * kChunk, 4)});
  server.blocks.fetch_hangs = true;
  AlluxioClient client(server.server.port());
  {
    OpenRead read(client, WholeBlock(1, 16 * kChunk));
    alx::ReadResponse response;
    REQUIRE(read.stream->Read(&response));
    read.context.TryCancel();
    CHECK(read.stream->Finish().error_code() == grpc::CANCELLED);
  }
  {
    OpenRead read(client, WholeBlock(2, 1));
    REQUIRE(Eventually([&] { return server.blocks.fetches == 1; }));
    read.context.TryCancel();
    CHECK(read.stream->Finish().error_code() == grpc::CANCELLED);
  }
  CHECK(Eventually([&] { return server.blocks.cancelled_fetches == 1; }));
  CHECK(server.Idle());
}

TEST_CASE("an early half-close does not wait for a fetch", "[alluxio]") {
  Server server;
  server.blocks.fetch_hangs = true;
  AlluxioClient client(server.server.port());
  OpenRead read(client, WholeBlock(2, 1));
  REQUIRE(Eventually([&] { return server.blocks.fetches == 1; }));
  read.stream->WritesDone();
  CHECK(read.stream->Finish().ok());
  CHECK(Eventually([&] { return server.blocks.cancelled_fetches == 1; }));
  CHECK(server.Idle());
}

TEST_CASE("a damaged copy is replaced in mid-read, without a wrong byte", "[alluxio]") {
  Server server;
  const std::string bytes = PatternBytes(5 * kChunk, 5);
  server.blocks.Put(1, {bytes, true, 2});
  AlluxioClient client(server.server.port());
  const auto answer = client.Read(WholeBlock(1, bytes.size()));
  CHECK(answer.status.ok());
  CHECK((answer.bytes == bytes));
  CHECK(server.server.stats().reopened == 1);
}

TEST_CASE("a read that fails in the middle ends in an error, never short", "[alluxio]") {
  Server server;
  server.blocks.Put(1, {PatternBytes(5 * kChunk, 6), true, 2, locus::Unavailable("the under-store is away")});
  AlluxioClient client(server.server.port());
  const auto answer = client.Read(WholeBlock(1, 5 * kChunk));
  CHECK(answer.status.error_code() == grpc::UNAVAILABLE);
  CHECK(answer.status.error_message() == "the under-store is away");
  CHECK(server.server.stats().failed_reads == 1);
  CHECK(server.Idle());
}

TEST_CASE("a request that no block can answer is refused with what is wrong", "[alluxio]") {
  Server server;
  server.blocks.Put(1, {std::string(100, 'x')});
  AlluxioClient client(server.server.port());
  CHECK(client.Read(WholeBlock(1, 101)).status.error_code() == grpc::OUT_OF_RANGE);
  CHECK(client.Read(WholeBlock(1, 0)).status.error_code() == grpc::INVALID_ARGUMENT);
  alx::ReadRequest request = WholeBlock(1, 10);
  request.set_chunk_size(0);
  CHECK(client.Read(request).status.error_code() == grpc::INVALID_ARGUMENT);
  request = WholeBlock(1, 10);
  request.set_offset(-1);
  CHECK(client.Read(request).status.error_code() == grpc::INVALID_ARGUMENT);
  CHECK(client.Read(WholeBlock(99, 10)).status.error_code() == grpc::NOT_FOUND);
  CHECK(server.Idle());
}

TEST_CASE("64 readers at once get the right bytes", "[alluxio]") {
  Server server;
  std::vector<std::string> bytes;
  for (int i = 0; i < 8; ++i) {
    bytes.push_back(PatternBytes(2 * kChunk + 100 * static_cast<size_t>(i), static_cast<uint32_t>(i)));
    server.blocks.Put(i, {bytes.back(), i % 2 == 0});
  }
  AlluxioClient client(server.server.port());
  std::atomic<int> right{0};
  std::vector<std::thread> threads;
  for (int i = 0; i < 64; ++i) {
    threads.emplace_back([&, i] {
      const std::string& wanted = bytes[static_cast<size_t>(i % 8)];
      const auto answer = client.Read(WholeBlock(i % 8, wanted.size()));
      if (answer.status.ok() && answer.bytes == wanted) ++right;
    });
  }
  for (std::thread& thread : threads) thread.join();
  CHECK(right == 64);
  CHECK(server.Idle());
}

TEST_CASE("readers that take nothing hold little memory, no thread, and nobody else up", "[alluxio]") {
  AlluxioServerOptions options;
  options.max_streams = 200;
  Server server(options);
  const std::string bytes = PatternBytes(16 * kChunk, 7);
  server.blocks.Put(1, {bytes});
  AlluxioClient sleepy(server.server.port(), 1);
  std::vector<std::unique_ptr<OpenRead>> idle;
  for (int i = 0; i < 199; ++i) idle.push_back(std::make_unique<OpenRead>(sleepy, WholeBlock(1, bytes.size())));
  REQUIRE(Eventually([&] { return server.server.stats().streams == 199; }));
  // More than there are threads, and than the memory has room for mebibytes.
  AlluxioClient awake(server.server.port(), 2);
  const auto answer = awake.Read(WholeBlock(1, bytes.size()));
  CHECK(answer.status.ok());
  CHECK((answer.bytes == bytes));
  CHECK(server.server.read_memory() <= AlluxioServer::kReadMemory);
  for (const auto& read : idle) read->context.TryCancel();
  idle.clear();
  CHECK(server.Idle());
}

TEST_CASE("streams have a bound, and those beyond it are sent elsewhere", "[alluxio]") {
  AlluxioServerOptions options;
  options.max_streams = 2;
  Server server(options);
  server.blocks.Put(1, {PatternBytes(64 * kChunk, 8)});
  AlluxioClient client(server.server.port());
  auto first = std::make_unique<OpenRead>(client, WholeBlock(1, 64 * kChunk));
  auto second = std::make_unique<OpenRead>(client, WholeBlock(1, 64 * kChunk));
  REQUIRE(Eventually([&] { return server.server.stats().streams == 2; }));
  CHECK(client.Read(WholeBlock(1, 10)).status.error_code() == grpc::RESOURCE_EXHAUSTED);
  CHECK(server.server.stats().too_many_streams == 1);
  first->context.TryCancel();
  second->context.TryCancel();
  first.reset();
  second.reset();
  REQUIRE(server.Idle());
  CHECK(client.Read(WholeBlock(1, 10)).status.ok());
}

TEST_CASE("no file is shown and nothing is written, in words for the user", "[alluxio]") {
  Server server;
  AlluxioClient client(server.server.port());
  {
    grpc::ClientContext context;
    client.Sign(context);
    const auto stream = client.stub().OpenLocalBlock(&context);
    CHECK(stream->Finish().error_code() == grpc::NOT_FOUND);
  }
  {
    grpc::ClientContext context;
    client.Sign(context);
    const grpc::Status status = client.stub().CreateLocalBlock(&context)->Finish();
    CHECK(status.error_code() == grpc::FAILED_PRECONDITION);
    CHECK(status.error_message().find("read-only") != std::string::npos);
  }
  {
    grpc::ClientContext context;
    client.Sign(context);
    CHECK(client.stub().WriteBlock(&context)->Finish().error_code() == grpc::FAILED_PRECONDITION);
  }
  CHECK(server.server.stats().writes_refused == 2);
}

TEST_CASE("orders are done, in the background where the client says so", "[alluxio]") {
  Server server;
  server.blocks.Put(1, {std::string(100, 'x'), false});
  AlluxioClient client(server.server.port());
  alx::CacheRequest request;
  request.set_block_id(1);
  const auto cache = [&](bool async) {
    grpc::ClientContext context;
    client.Sign(context);
    request.set_async(async);
    alx::CacheResponse response;
    return client.stub().Cache(&context, request, &response);
  };
  CHECK(cache(false).ok());
  CHECK(server.server.stats().cached == 1);
  server.blocks.orders_hang = true;
  CHECK(cache(true).ok());
  CHECK(server.server.stats().cached == 1);
  server.blocks.orders_hang = false;
  CHECK(Eventually([&] { return server.server.stats().cached == 2; }));
  request.set_block_id(99);
  CHECK(cache(false).error_code() == grpc::NOT_FOUND);
  CHECK(server.server.stats().cache_failed == 1);
}

TEST_CASE("a load tells which of its blocks failed, and why", "[alluxio]") {
  Server server;
  server.blocks.Put(1, {std::string(100, 'x'), false});
  AlluxioClient client(server.server.port());
  alx::LoadRequest request;
  request.mutable_options()->set_tag("t");
  request.mutable_options()->set_position_short(false);
  for (const int64_t id : {1, 99}) {
    request.add_blocks()->set_block_id(id);
    request.mutable_blocks(request.blocks_size() - 1)->set_length(100);
  }
  grpc::ClientContext context;
  client.Sign(context);
  alx::LoadResponse response;
  REQUIRE(client.stub().Load(&context, request, &response).ok());
  CHECK(response.status() == alx::LOAD_PARTIAL_FAILURE);
  REQUIRE(response.block_status_size() == 1);
  CHECK(response.block_status(0).block().block_id() == 99);
  CHECK(response.block_status(0).code() == grpc::NOT_FOUND);
  CHECK_FALSE(response.block_status(0).retryable());
}

TEST_CASE("a worker that takes no orders says yes, and does nothing", "[alluxio]") {
  Server server;
  server.blocks.orders = false;
  AlluxioClient client(server.server.port());
  alx::CacheRequest request;
  request.set_block_id(1);
  grpc::ClientContext cache_context, remove_context, free_context;
  for (grpc::ClientContext* context : {&cache_context, &remove_context, &free_context}) client.Sign(*context);
  alx::CacheResponse cached;
  CHECK(client.stub().Cache(&cache_context, request, &cached).ok());
  alx::RemoveBlockRequest remove;
  remove.set_block_id(1);
  alx::RemoveBlockResponse removed;
  CHECK(client.stub().RemoveBlock(&remove_context, remove, &removed).ok());
  alx::FreeWorkerResponse freed;
  CHECK(client.stub().FreeWorker(&free_context, {}, &freed).ok());
  CHECK(server.blocks.fetches == 0);
  CHECK(server.blocks.removed == 0);
  CHECK(server.blocks.removed_all == 0);
}

TEST_CASE("before it is ready a worker sends clients elsewhere", "[alluxio]") {
  FakeBlocks blocks;
  blocks.Put(1, {"x"});
  AlluxioServer server({}, blocks);
  REQUIRE(server.Start().ok());
  AlluxioClient client(server.port());
  CHECK(client.Read(WholeBlock(1, 1)).status.error_code() == grpc::UNAVAILABLE);
  server.SetReady();
  CHECK(client.Read(WholeBlock(1, 1)).status.ok());
}

TEST_CASE("a stop ends reads, fetches and orders in progress", "[alluxio]") {
  Server server;
  server.blocks.Put(1, {PatternBytes(64 * kChunk, 9)});
  server.blocks.fetch_hangs = true;
  server.blocks.orders_hang = true;
  AlluxioClient client(server.server.port());
  OpenRead slow(client, WholeBlock(1, 64 * kChunk));
  OpenRead fetching(client, WholeBlock(2, 1));
  grpc::ClientContext context;
  client.Sign(context);
  alx::CacheRequest request;
  request.set_block_id(2);
  std::thread order([&] {
    alx::CacheResponse response;
    client.stub().Cache(&context, request, &response);
  });
  REQUIRE(Eventually([&] { return server.server.stats().streams == 2 && server.blocks.fetches == 1; }));
  server.server.Stop();
  order.join();
  CHECK_FALSE(fetching.stream->Finish().ok());
  CHECK(server.Idle());
}

TEST_CASE("a port in use is told with its address", "[alluxio]") {
  Server server;
  AlluxioServerOptions options;
  options.port = server.server.port();
  AlluxioServer second(options, server.blocks);
  CHECK(locus::MessageOf(second.Start()).find("127.0.0.1:" + std::to_string(options.port)) != std::string::npos);
}
