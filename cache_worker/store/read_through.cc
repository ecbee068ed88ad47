#include "cache_worker/store/read_through.h"

#include <algorithm>
#include <limits>
#include <thread>
#include <utility>

#include "cache_worker/store/block_format.h"
#include "common/status.h"

namespace locus::worker {
namespace {

// A file that changes faster than it can be read is not going to hold still at the next try.
constexpr int kReadAttempts = 3;
constexpr auto kCancelPoll = std::chrono::milliseconds(50);
// The kernel is told what comes next by this many chunks: enough for a disk to be busy while one is handed out.
constexpr uint64_t kHintChunks = 4;

// Counts a block that is read in place.
class InPlace {
 public:
  InPlace(std::atomic<uint32_t>& count, bool counts) : count_(count), counts_(counts) { count_ += counts_ ? 1 : 0; }
  ~InPlace() { count_ -= counts_ ? 1 : 0; }
  InPlace(const InPlace&) = delete;
  InPlace& operator=(const InPlace&) = delete;

 private:
  std::atomic<uint32_t>& count_;
  const bool counts_;
};

absl::Status CancelledStatus() { return absl::CancelledError("cancelled"); }

Content ContentOf(const FileFacts& file) { return {file.path, file.length, file.file_id}; }

// Half of the processors: the others send. A node that reads more than that at once has nothing to gain.
uint32_t Checkers() { return std::clamp(std::thread::hardware_concurrency() / 2, 1u, kMaxCheckThreads); }

}  // namespace

// A range of one block, in bytes of the file; `begin` moves as bytes are handed out.
struct ReadThrough::Piece {
  uint64_t block = 0;
  uint64_t begin = 0;
  uint64_t end = 0;
};

// One of the `fetchers` reads of the under-store.
class ReadThrough::Permit {
 public:
  Permit(ReadThrough& owner, const Cancelled& cancelled) : owner_(owner) {
    ++owner_.stats_.queued;
    MutexLock lock(owner_.mutex_);
    while (!held_ && !cancelled()) {
      if (owner_.permit_free_.WaitFor(owner_.mutex_, kCancelPoll, [&] { return owner_.permits_ > 0; })) {
        --owner_.permits_;
        held_ = true;
      }
    }
    --owner_.stats_.queued;
    if (held_) ++owner_.stats_.fetching;
  }
  ~Permit() {
    if (!held_) return;
    --owner_.stats_.fetching;
    MutexLock lock(owner_.mutex_);
    ++owner_.permits_;
    owner_.permit_free_.NotifyOne();
  }
  Permit(const Permit&) = delete;
  Permit& operator=(const Permit&) = delete;
  bool held() const { return held_; }

 private:
  ReadThrough& owner_;
  bool held_ = false;
};

ReadThrough::ReadThrough(Origin& origin, BlockStore& store, uint32_t fetchers, const Clock& clock,
                         std::function<void(Duration)> on_fetch)
    : origin_(origin),
      store_(store),
      clock_(clock),
      on_fetch_(std::move(on_fetch)),
      permits_(fetchers),
      checkers_(Checkers()),
      checks_(checkers_, checkers_),
      ahead_(std::min(fetchers, kMaxAheadThreads), kMaxAhead) {}

FileFacts ReadThrough::Learn(const OriginFile& file) {
  const uint64_t id = FileIdOf(file);
  store_.DropOtherContents(file.path, id);
  return {id, file.path, file.length, store_.options().block_bytes, file.modified_ns};
}

absl::StatusOr<FileFacts> ReadThrough::Resolve(const std::string& path) {
  const absl::StatusOr<OriginFile> file = origin_.Stat(path);
  if (absl::IsNotFound(file.status())) store_.DropOtherContents(path, 0);
  if (!file.ok()) return file.status();
  return Learn(*file);
}

absl::Status ReadThrough::Read(const ReadRange& range, const Cancelled& cancelled, const ChunkSink& sink) {
  return Read(range, cancelled, ChunkTaker([&sink](const ChunkOut& chunk, std::optional<Tier> source) {
                return sink(chunk.bytes, source);
              }));
}

absl::Status ReadThrough::Read(const ReadRange& range, const Cancelled& cancelled, const ChunkTaker& taker) {
  bool handed_out = false;
  const ChunkTaker watch = [&](ChunkOut chunk, std::optional<Tier> source) {
    handed_out = true;
    return taker(std::move(chunk), source);
  };
  for (int attempt = 0; attempt < kReadAttempts && !handed_out; ++attempt) {
    LOCUS_ASSIGN_OR_RETURN(FileFacts facts, Resolve(range.path));
    const auto file = std::make_shared<const FileFacts>(std::move(facts));
    const absl::Status status = ReadContent(file, range, cancelled, watch);
    if (!absl::IsAborted(status)) return status;
    ++stats_.changed;
  }
  return Unavailable("'" + range.path + "' changed at the under-store while it was read: read it again");
}

absl::Status ReadThrough::ReadContent(const std::shared_ptr<const FileFacts>& file, const ReadRange& range,
                                      const Cancelled& cancelled, const ChunkTaker& taker) {
  if (range.offset > file->length) {
    return absl::OutOfRangeError(ToAbsl("offset_bytes " + std::to_string(range.offset) + " lies beyond the end of '" +
                                        file->path + "' (" + std::to_string(file->length) + " bytes)"));
  }
  const uint64_t left = file->length - range.offset;
  const uint64_t end = range.offset + (range.length == 0 ? left : std::min(left, range.length));
  ReadAhead ahead(ahead_,
                  [this, file](uint64_t block, const Cancelled& no_more) { return Ensure(file, block, {}, no_more); });
  for (uint64_t at = range.offset; at < end;) {
    const uint64_t block = at / file->block_bytes;
    const uint64_t block_end = block * file->block_bytes + BlockLength(*file, block);
    const Piece piece{block, at, std::min(end, block_end)};
    if (!range.no_cache && piece.end < end && !Cached(*file, block + 1)) ahead.Begin(block + 1);
    LOCUS_RETURN_IF_ERROR(ReadPiece(file, piece, ahead, range.no_cache, cancelled, taker));
    at = piece.end;
  }
  return absl::OkStatus();
}

bool ReadThrough::Cached(const FileFacts& file, uint64_t block) {
  return block <= std::numeric_limits<uint32_t>::max() &&
         store_.FactsOf({file.file_id, static_cast<uint32_t>(block)}) != nullptr;
}

absl::Status ReadThrough::ReadPiece(const std::shared_ptr<const FileFacts>& file, Piece piece, const ReadAhead& ahead,
                                    bool no_cache, const Cancelled& cancelled, const ChunkTaker& taker) {
  if (piece.block > std::numeric_limits<uint32_t>::max()) return ReadDirect(*file, piece, cancelled, taker);
  const auto index = static_cast<uint32_t>(piece.block);
  absl::StatusOr<BlockStore::OpenBlock> block = store_.Open(*file, index);
  std::optional<Tier> source;
  // What this read has fetched ahead comes from the under-store like what it fetches now.
  if (block.ok() && !ahead.Fetched(piece.block)) {
    source = block->tier;
    ++stats_.hits;
  } else {
    ++stats_.misses;
  }
  if (!block.ok() && !no_cache) {
    const absl::Status cached = Ensure(file, index, {}, cancelled).status();
    if (absl::IsResourceExhausted(cached)) {
      ++stats_.bypassed;
    } else if (!cached.ok()) {
      return cached;
    }
    if (cached.ok()) block = store_.Open(*file, index);
  }
  if (block.ok()) {
    const absl::Status status = ReadStored(*file, *block, piece, source, cancelled, taker);
    if (status.ok() || absl::IsCancelled(status)) return status;
    if (absl::IsDataLoss(status)) store_.DropDamaged(*file, index, block->serial);
  }
  return ReadDirect(*file, piece, cancelled, taker);
}

absl::Status ReadThrough::ReadStored(const FileFacts& file, BlockStore::OpenBlock& block, Piece& piece,
                                     std::optional<Tier> source, const Cancelled& cancelled, const ChunkTaker& taker) {
  const uint64_t block_begin = piece.block * file.block_bytes;
  store_.MapPages(block);
  const std::shared_ptr<const MappedFile>& pages = block.reader->pages();
  const InPlace counted(in_place_, pages != nullptr);
  std::shared_ptr<ChunkCheck> check;
  std::string buffer;
  for (bool first = true; piece.begin < piece.end; first = false) {
    if (cancelled()) return CancelledStatus();
    const uint64_t at = piece.begin - block_begin;
    const uint64_t number = at / kChunkBytes;
    if (block.tier != Tier::kMem && (first || number % kHintChunks == 0)) {
      block.reader->WillNeed(number + (first ? 0 : kHintChunks), 2 * kHintChunks);
    }
    std::string_view chunk;
    if (pages != nullptr) {
      LOCUS_ASSIGN_OR_RETURN(chunk, block.reader->ChunkInPlace(number, check.get()));
      const bool last = (number + 1) * kChunkBytes >= piece.end - block_begin;
      check = last ? nullptr : CheckAhead(*block.reader, number + 1);
    } else {
      LOCUS_RETURN_IF_ERROR(block.reader->ReadChunk(number, buffer));
      chunk = buffer;
    }
    chunk = chunk.substr(at % kChunkBytes, piece.end - piece.begin);
    piece.begin += chunk.size();
    if (!HandOut(taker, {chunk, pages, &buffer}, source)) return CancelledStatus();
  }
  if (!block.verified && block.reader->read_whole()) store_.MarkVerified(file, block.reader->index(), block.serial);
  return absl::OkStatus();
}

std::shared_ptr<ChunkCheck> ReadThrough::CheckAhead(const BlockFileReader& reader, uint64_t chunk) {
  if (in_place_ > checkers_) return nullptr;
  std::shared_ptr<ChunkCheck> check = reader.CheckOf(chunk);
  if (check == nullptr || !checks_.Add([check] { check->Run(); })) return nullptr;
  return check;
}

absl::Status ReadThrough::ReadDirect(const FileFacts& file, Piece& piece, const Cancelled& cancelled,
                                     const ChunkTaker& taker) {
  std::string chunk;
  while (piece.begin < piece.end) {
    chunk.resize(std::min(kChunkBytes, piece.end - piece.begin));
    LOCUS_RETURN_IF_ERROR(ReadOrigin(file, piece.begin, chunk.size(), chunk.data(), cancelled));
    piece.begin += chunk.size();
    if (!HandOut(taker, {chunk, nullptr, &chunk}, std::nullopt)) return CancelledStatus();
  }
  return absl::OkStatus();
}

absl::StatusOr<bool> ReadThrough::Ensure(const std::shared_ptr<const FileFacts>& file, uint64_t index,
                                         const PutOptions& options, const Cancelled& cancelled, const Pace& pace) {
  if (index > std::numeric_limits<uint32_t>::max()) return Exhausted("cannot be cached: too many blocks in one file");
  const auto block = static_cast<uint32_t>(index);
  while (!cancelled()) {
    if (store_.Touch(*file, block)) return false;
    const SingleFlight::Result result = flights_.Do({file->file_id, block}, cancelled, [&] {
      // The flight before may have landed since the look above.
      return store_.Touch(*file, block) ? absl::AlreadyExistsError("") : Fetch(file, block, options, cancelled, pace);
    });
    if (result.led && absl::IsAlreadyExists(result.status)) return false;
    // Another's call was cancelled, not this one.
    if (!result.led && absl::IsCancelled(result.status)) continue;
    if (!result.status.ok() && !absl::IsAlreadyExists(result.status)) return result.status;
    return result.led;
  }
  return CancelledStatus();
}

absl::Status ReadThrough::Fetch(const std::shared_ptr<const FileFacts>& file, uint32_t index, const PutOptions& options,
                                const Cancelled& cancelled, const Pace& pace) {
  // One code for whatever keeps the cache from taking it: the reader then goes past it.
  const auto not_cached = [](const absl::Status& why) { return Exhausted("cannot be cached: " + MessageOf(why)); };
  const SteadyTime start = clock_.Now();
  auto writer = store_.Begin(file, index, options);
  if (!writer.ok()) return not_cached(writer.status());
  const uint64_t begin = uint64_t{index} * file->block_bytes;
  const uint64_t length = BlockLength(*file, index);
  std::string chunk;
  for (uint64_t done = 0; done < length; done += chunk.size()) {
    chunk.resize(std::min(kChunkBytes, length - done));
    if (pace) pace(chunk.size());
    LOCUS_RETURN_IF_ERROR(ReadOrigin(*file, begin + done, chunk.size(), chunk.data(), cancelled));
    if (const absl::Status written = (*writer)->Append(chunk); !written.ok()) return not_cached(written);
  }
  if (const auto tier = (*writer)->Commit(); !tier.ok()) return not_cached(tier.status());
  stats_.fetched_bytes += length;
  on_fetch_(clock_.Now() - start);
  return absl::OkStatus();
}

absl::Status ReadThrough::ReadOrigin(const FileFacts& file, uint64_t offset, size_t size, char* to,
                                     const Cancelled& cancelled) {
  const Permit permit(*this, cancelled);
  if (!permit.held()) return CancelledStatus();
  return origin_.Read(ContentOf(file), offset, size, to);
}

bool ReadThrough::HandOut(const ChunkTaker& taker, ChunkOut chunk, std::optional<Tier> source) {
  NoteServed(chunk.bytes.size(), source);
  return taker(std::move(chunk), source);
}

absl::StatusOr<BlockStore::Sendable> ReadThrough::OpenForSend(const FileFacts& file, uint32_t index, bool counts) {
  absl::StatusOr<BlockStore::Sendable> block = store_.OpenForSend(file, index);
  if (counts) ++(block.ok() ? stats_.hits : stats_.misses);
  return block;
}

}  // namespace locus::worker
