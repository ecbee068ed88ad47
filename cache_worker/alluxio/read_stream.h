// One ReadBlock call: a state machine between gRPC's threads and the pools that read.
#pragma once

#include <grpcpp/grpcpp.h>

#include <atomic>
#include <cstdint>
#include <memory>
#include <optional>
#include <string>

#include "cache_worker/alluxio/block_provider.h"
#include "cache_worker/alluxio/piece_memory.h"
#include "cache_worker/alluxio/read_budget.h"
#include "cache_worker/alluxio/send_window.h"
#include "cache_worker/alluxio/server_stats.h"
#include "cache_worker/alluxio/task_pool.h"
#include "common/mutex.h"
#include "proto/alluxio/block_worker.pb.h"

namespace locus::worker {

// What streams share. All must outlive them.
struct ReadServices {
  BlockProvider& blocks;
  // For what is read from local disks, and for what waits for the under-store.
  TaskPool& readers;
  TaskPool& fetchers;
  ReadBudget& budget;
  PieceMemory& memory;
  AlluxioServerStats& stats;
  // Bytes on their way to one reader beyond which nothing is read ahead for it.
  uint64_t window = 4 << 20;
};

// What a reader may always have in memory, whatever the others have: with the budget spent it is served in pieces of
// this size, one after another.
inline constexpr uint64_t kOwnPieceBytes = 64 << 10;
// As in Alluxio's own worker.
inline constexpr uint64_t kMaxSentChunkBytes = 2 << 20;

// Thread-safe, by gRPC's threads and those of the pools. It owns itself until gRPC is done with it.
//
//   first request -> open (a reader) -> [fetch (a fetcher)] -> read a piece (whose thread: by where the block is) -+
//                                                               ^-- the transport takes it in chunks as asked <----+
//
// One task and one write are under way at most. While the transport works on one piece, the next is read if the window
// and the shared budget allow it; otherwise when the transport is ready. So a reader that takes nothing holds at most
// two pieces and no thread, and one that ends early (half-close, cancel) lets go of its block at once.
//
// Each answer has the one layout that Java's client takes: see ReadResponse in block_worker.proto.
class ReadStream final : public grpc::ServerBidiReactor<grpc::ByteBuffer, grpc::ByteBuffer>,
                         public std::enable_shared_from_this<ReadStream> {
 public:
  // For gRPC.
  static ReadStream* Start(const ReadServices& services);

  explicit ReadStream(const ReadServices& services);
  ~ReadStream() override;

  void OnReadDone(bool ok) override;
  void OnWriteDone(bool ok) override;
  void OnCancel() override;
  void OnDone() override;

 private:
  enum class Step { kAsk, kOpen, kFetch, kRead };
  // Bytes of the block that wait for the transport.
  struct Piece {
    grpc::Slice bytes;
    size_t taken = 0;
    bool empty() const { return taken == bytes.size(); }
  };

  // What the state asks for, to be done without the lock.
  struct Todo {
    bool write = false;
    bool task = false;
    // The task may have to wait for the under-store.
    bool slow = false;
    bool finish = false;
    grpc::Status status;
    std::unique_ptr<ServedBlock> let_go;
  };
  struct Task {
    Step step = Step::kOpen;
    WantedBlock wanted;
    uint64_t position = 0;
    uint64_t bytes = 0;
    std::optional<ReadBudget::Hold> hold;
  };

  // The first request. INVALID_ARGUMENT says what is wrong with it.
  grpc::Status Accept(const ::alluxio::grpc::block::ReadRequest& request) REQUIRES(mutex_);
  // Ends the stream with `status` as soon as nothing is being written.
  void End(const grpc::Status& status);
  void Advance();
  Todo Decide() REQUIRES(mutex_);
  bool WantsTask() REQUIRES(mutex_);
  bool CutChunk() REQUIRES(mutex_);
  // On a pool's thread.
  void Work();
  std::optional<Task> TakeTask();
  void Opened(Step step, BlockProvider::Result opened) REQUIRES(mutex_);
  void PieceRead(Task task, const absl::Status& status, PieceMemory::Piece bytes, std::unique_ptr<ServedBlock>& let_go)
      REQUIRES(mutex_);
  void Fail(const absl::Status& status) REQUIRES(mutex_);

  const ReadServices services_;
  // Let go by OnDone.
  std::shared_ptr<ReadStream> self_;
  // The client wants no more: what waits for it may stop.
  std::atomic<bool> cancelled_{false};
  // Of the operation under way on each.
  grpc::ByteBuffer incoming_;
  grpc::ByteBuffer outgoing_;

  Mutex mutex_;
  Step step_ GUARDED_BY(mutex_) = Step::kAsk;
  WantedBlock wanted_ GUARDED_BY(mutex_);
  uint64_t chunk_bytes_ GUARDED_BY(mutex_) = 0;
  SendWindow window_ GUARDED_BY(mutex_);
  // The next byte to read, and the end of what was asked for.
  uint64_t position_ GUARDED_BY(mutex_) = 0;
  uint64_t end_ GUARDED_BY(mutex_) = 0;
  int opened_ GUARDED_BY(mutex_) = 0;
  Piece piece_ GUARDED_BY(mutex_);
  // Of the task that is about to read.
  uint64_t reading_ GUARDED_BY(mutex_) = 0;
  std::optional<ReadBudget::Hold> hold_ GUARDED_BY(mutex_);
  bool working_ GUARDED_BY(mutex_) = false;
  bool writing_ GUARDED_BY(mutex_) = false;
  bool over_ GUARDED_BY(mutex_) = false;
  bool finished_ GUARDED_BY(mutex_) = false;
  grpc::Status status_ GUARDED_BY(mutex_);
  // The task's while there is one.
  std::unique_ptr<ServedBlock> block_;
};

// ReadResponse with `data`, which must not be empty, in the layout that Java's parser wants.
grpc::ByteBuffer EncodeReadResponse(const grpc::Slice& data);

}  // namespace locus::worker
