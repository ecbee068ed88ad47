#include "cache_worker/store/block_file.h"

#include <algorithm>

#include "cache_worker/store/chunk_sum.h"
#include "common/status.h"

namespace locus::worker {

absl::StatusOr<BlockTrailer> ReadTrailer(ReadableFile& file) {
  LOCUS_ASSIGN_OR_RETURN(const uint64_t size, file.Size());
  if (size < kFooterBytes) return absl::DataLossError("shorter than a footer");
  std::string footer(kFooterBytes, '\0');
  LOCUS_RETURN_IF_ERROR(file.ReadAt(size - kFooterBytes, kFooterBytes, footer.data()));
  LOCUS_ASSIGN_OR_RETURN(const uint64_t length, TrailerLength(footer, size));
  std::string trailer(length, '\0');
  LOCUS_RETURN_IF_ERROR(file.ReadAt(size - length, length, trailer.data()));
  return DecodeTrailer(trailer, size);
}

uint64_t BlockFileReader::ChunkLength(uint64_t chunk) const {
  const uint64_t begin = chunk * kChunkBytes;
  return begin < bytes() ? std::min(kChunkBytes, bytes() - begin) : 0;
}

absl::Status BlockFileReader::ReadChunk(uint64_t chunk, std::string& to) {
  to.resize(ChunkLength(chunk));
  return ReadChunk(chunk, to.data());
}

absl::Status BlockFileReader::ReadChunk(uint64_t chunk, char* to) {
  const uint64_t length = ChunkLength(chunk);
  if (length == 0) return absl::OutOfRangeError("no such chunk");
  LOCUS_RETURN_IF_ERROR(file_->ReadAt(chunk * kChunkBytes, length, to));
  return Check(chunk, {to, length});
}

absl::StatusOr<std::string_view> BlockFileReader::ChunkInPlace(uint64_t chunk, ChunkCheck* check) {
  const std::string_view bytes = InPlace(chunk);
  if (bytes.empty()) return absl::OutOfRangeError("no such chunk");
  const bool checked = check != nullptr && check->Matches() && file_->State() == check->state_before;
  LOCUS_RETURN_IF_ERROR(checked ? Note(chunk, true) : Check(chunk, bytes));
  return bytes;
}

std::shared_ptr<ChunkCheck> BlockFileReader::CheckOf(uint64_t chunk) const {
  const std::string_view bytes = InPlace(chunk);
  const uint64_t state = file_->State();
  if (bytes.empty() || state == 0) return nullptr;
  return std::make_shared<ChunkCheck>(pages_, bytes, trailer_.chunk_sums[chunk], state);
}

std::string_view BlockFileReader::InPlace(uint64_t chunk) const {
  const uint64_t length = ChunkLength(chunk);
  return length == 0 ? std::string_view() : pages_->bytes().substr(chunk * kChunkBytes, length);
}

absl::Status BlockFileReader::Check(uint64_t chunk, std::string_view bytes) {
  return Note(chunk, ChunkSum(bytes) == trailer_.chunk_sums[chunk]);
}

absl::Status BlockFileReader::Note(uint64_t chunk, bool matches) {
  if (!matches) return absl::DataLossError("a chunk's checksum is wrong");
  if (chunk == next_) ++next_;
  return absl::OkStatus();
}

void BlockFileReader::WillNeed(uint64_t chunk, uint64_t chunks) {
  const uint64_t begin = chunk * kChunkBytes;
  if (begin < bytes()) file_->WillNeed(begin, std::min(chunks * kChunkBytes, bytes() - begin));
}

absl::StatusOr<std::unique_ptr<BlockFileWriter>> BlockFileWriter::Create(FileSystem& files,
                                                                         const std::string& temporary,
                                                                         const FileFacts& file, uint32_t index) {
  LOCUS_ASSIGN_OR_RETURN(auto writable, files.Create(temporary));
  return std::unique_ptr<BlockFileWriter>(new BlockFileWriter(std::move(writable), file, index));
}

absl::Status BlockFileWriter::Append(std::string_view chunk) {
  const uint64_t left = BlockLength(trailer_.file, trailer_.index) - written_;
  if (chunk.empty() || chunk.size() != std::min(left, kChunkBytes)) {
    return InvalidArgument("a block is written in whole chunks");
  }
  trailer_.chunk_sums.push_back(ChunkSum(chunk));
  written_ += chunk.size();
  return file_->Append(chunk);
}

absl::Status BlockFileWriter::Finish(bool sync) {
  if (written_ != BlockLength(trailer_.file, trailer_.index)) return InvalidArgument("the block is not complete");
  LOCUS_RETURN_IF_ERROR(file_->Append(EncodeTrailer(trailer_)));
  if (sync) LOCUS_RETURN_IF_ERROR(file_->Sync());
  return file_->Close();
}

}  // namespace locus::worker
