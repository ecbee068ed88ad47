// One block file on disk: read with every byte verified, written so that it is either whole or absent.
#pragma once

#include <memory>
#include <string>

#include "absl/status/statusor.h"
#include "cache_worker/store/block.h"
#include "cache_worker/store/block_format.h"
#include "cache_worker/store/chunk_check.h"
#include "cache_worker/store/file_system.h"

namespace locus::worker {

// Reads and verifies the trailer. DATA_LOSS when it is damaged; other codes are those of the file system.
absl::StatusOr<BlockTrailer> ReadTrailer(ReadableFile& file);

// Not thread-safe.
class BlockFileReader {
 public:
  BlockFileReader(std::unique_ptr<ReadableFile> file, BlockTrailer trailer)
      : file_(std::move(file)), trailer_(std::move(trailer)) {}

  const FileFacts& file() const { return trailer_.file; }
  uint32_t index() const { return trailer_.index; }
  uint64_t bytes() const { return BlockLength(trailer_.file, trailer_.index); }
  // kChunkBytes, of the last chunk less, of one beyond it 0.
  uint64_t ChunkLength(uint64_t chunk) const;

  // Replaces `to` by the chunk. DATA_LOSS when it does not match its sum: `to` must not be used then.
  absl::Status ReadChunk(uint64_t chunk, std::string& to);
  // The same, to where there is room for ChunkLength(chunk) bytes.
  absl::Status ReadChunk(uint64_t chunk, char* to);
  // Of the payload.
  absl::StatusOr<std::shared_ptr<const MappedFile>> Map() { return file_->Map(bytes()); }
  // What Map() returned, now or to an earlier reader of the same block file.
  void UsePages(std::shared_ptr<const MappedFile> pages) { pages_ = std::move(pages); }
  // Null: none were given.
  const std::shared_ptr<const MappedFile>& pages() const { return pages_; }
  // The chunk where it lies; the bytes hold for as long as pages() do, which must have been given. DATA_LOSS as above.
  // `check`: what CheckOf gave for this chunk; null, or the file was changed since: its sum is taken here.
  absl::StatusOr<std::string_view> ChunkInPlace(uint64_t chunk, ChunkCheck* check = nullptr);
  // For another thread to run meanwhile. Pages must have been given. Null: no such chunk, or a file of which changes
  // could not be told.
  std::shared_ptr<ChunkCheck> CheckOf(uint64_t chunk) const;
  // Whether these have returned every chunk, front to back.
  bool read_whole() const { return next_ == trailer_.chunk_sums.size(); }
  // Of the block file; the payload is its first bytes() bytes.
  absl::StatusOr<Descriptor> Duplicate() { return file_->Duplicate(); }
  // These chunks, as far as there are any, are read soon.
  void WillNeed(uint64_t chunk, uint64_t chunks);

 private:
  const std::unique_ptr<ReadableFile> file_;
  const BlockTrailer trailer_;
  absl::Status Check(uint64_t chunk, std::string_view bytes);
  // Of a chunk whose sum was taken.
  absl::Status Note(uint64_t chunk, bool matches);
  std::string_view InPlace(uint64_t chunk) const;

  std::shared_ptr<const MappedFile> pages_;
  // The chunk that would continue a pass from front to back.
  uint64_t next_ = 0;
};

// Not thread-safe. The caller removes the temporary file when anything fails.
class BlockFileWriter {
 public:
  static absl::StatusOr<std::unique_ptr<BlockFileWriter>> Create(FileSystem& files, const std::string& temporary,
                                                                 const FileFacts& file, uint32_t index);

  // In order; each kChunkBytes long but the last. INVALID_ARGUMENT for any other cut.
  absl::Status Append(std::string_view chunk);
  // Trailer, sync when wanted, close. INVALID_ARGUMENT when bytes are missing. The file then waits for its Rename.
  absl::Status Finish(bool sync);

 private:
  BlockFileWriter(std::unique_ptr<WritableFile> file, const FileFacts& facts, uint32_t index)
      : file_(std::move(file)), trailer_{facts, index, {}} {}

  const std::unique_ptr<WritableFile> file_;
  BlockTrailer trailer_;
  uint64_t written_ = 0;
};

}  // namespace locus::worker
