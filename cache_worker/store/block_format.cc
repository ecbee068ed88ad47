#include "cache_worker/store/block_format.h"

#include <xxhash.h>

#include <charconv>
#include <cstdio>
#include <limits>

#include "cache_worker/origin/path.h"
#include "cache_worker/store/little_endian.h"
#include "common/status.h"

namespace locus::worker {
namespace {

constexpr std::string_view kMagic = "LOCUSBLK";
constexpr uint32_t kVersion = 1;
// The checksum is the last field and covers all of the trailer before it.
constexpr size_t kChecksumBytes = 8;
constexpr size_t kFileIdDigits = 16;
constexpr std::string_view kSuffix = ".block";

struct Footer {
  uint32_t path_bytes = 0;
  FileFacts file;  // without path
  uint32_t index = 0;
  uint32_t chunk_bytes = 0;
  uint64_t payload_bytes = 0;
  uint64_t checksum = 0;
};

absl::Status Damaged(std::string_view what) { return absl::DataLossError(ToAbsl(what)); }

absl::StatusOr<Footer> DecodeFooter(std::string_view bytes) {
  if (bytes.size() != kFooterBytes) return Damaged("shorter than a footer");
  LittleEndianCursor cursor(bytes);
  if (cursor.TakeBytes(kMagic.size()) != kMagic) return Damaged("the footer's magic is wrong");
  if (cursor.Take<uint32_t>() != kVersion) return Damaged("the footer's version is not known");
  Footer footer;
  footer.path_bytes = cursor.Take<uint32_t>();
  footer.file.file_id = cursor.Take<uint64_t>();
  footer.file.length = cursor.Take<uint64_t>();
  footer.file.block_bytes = cursor.Take<uint64_t>();
  footer.file.modified_ns = cursor.Take<int64_t>();
  footer.index = cursor.Take<uint32_t>();
  footer.chunk_bytes = cursor.Take<uint32_t>();
  footer.payload_bytes = cursor.Take<uint64_t>();
  footer.checksum = cursor.Take<uint64_t>();
  return footer;
}

uint64_t TrailerLengthOf(const Footer& footer) {
  return ChunkCount(footer.payload_bytes) * 8 + footer.path_bytes + kFooterBytes;
}

}  // namespace

std::string EncodeTrailer(const BlockTrailer& trailer) {
  std::string out;
  out.reserve(trailer.chunk_sums.size() * 8 + trailer.file.path.size() + kFooterBytes);
  for (const uint64_t sum : trailer.chunk_sums) PutLittleEndian(out, sum);
  out += trailer.file.path;
  out += kMagic;
  PutLittleEndian(out, kVersion);
  PutLittleEndian(out, static_cast<uint32_t>(trailer.file.path.size()));
  PutLittleEndian(out, trailer.file.file_id);
  PutLittleEndian(out, trailer.file.length);
  PutLittleEndian(out, trailer.file.block_bytes);
  PutLittleEndian(out, trailer.file.modified_ns);
  PutLittleEndian(out, trailer.index);
  PutLittleEndian(out, static_cast<uint32_t>(kChunkBytes));
  PutLittleEndian(out, BlockLength(trailer.file, trailer.index));
  PutLittleEndian(out, XXH3_64bits(out.data(), out.size()));
  return out;
}

absl::StatusOr<uint64_t> TrailerLength(std::string_view footer_bytes, uint64_t file_bytes) {
  LOCUS_ASSIGN_OR_RETURN(const Footer footer, DecodeFooter(footer_bytes));
  // Bounds first: the sums below must not overflow on garbage.
  if (footer.path_bytes > kMaxPathBytes || footer.payload_bytes > file_bytes) return Damaged("the lengths do not fit");
  const uint64_t length = TrailerLengthOf(footer);
  if (length > kMaxTrailerBytes || footer.payload_bytes + length != file_bytes) {
    return Damaged("the file's size is not the one that its footer tells");
  }
  return length;
}

absl::StatusOr<BlockTrailer> DecodeTrailer(std::string_view trailer, uint64_t file_bytes) {
  if (trailer.size() < kFooterBytes) return Damaged("shorter than a footer");
  const std::string_view footer_bytes = trailer.substr(trailer.size() - kFooterBytes);
  LOCUS_ASSIGN_OR_RETURN(const uint64_t length, TrailerLength(footer_bytes, file_bytes));
  if (length != trailer.size()) return Damaged("the trailer's length is wrong");
  LOCUS_ASSIGN_OR_RETURN(Footer footer, DecodeFooter(footer_bytes));
  if (XXH3_64bits(trailer.data(), trailer.size() - kChecksumBytes) != footer.checksum) {
    return Damaged("the trailer's checksum is wrong");
  }
  if (footer.chunk_bytes != kChunkBytes || footer.file.block_bytes == 0) return Damaged("the sizes are not usable");
  BlockTrailer out;
  LittleEndianCursor cursor(trailer);
  out.chunk_sums.resize(ChunkCount(footer.payload_bytes));
  for (uint64_t& sum : out.chunk_sums) sum = cursor.Take<uint64_t>();
  out.file = std::move(footer.file);
  out.file.path = std::string(cursor.TakeBytes(footer.path_bytes));
  out.index = footer.index;
  if (!CheckPath(out.file.path).ok()) return Damaged("the path is not canonical");
  if (footer.payload_bytes == 0 || BlockLength(out.file, out.index) != footer.payload_bytes) {
    return Damaged("the payload's length does not fit the file's");
  }
  return out;
}

std::string BlockFileName(const BlockKey& key) {
  char id[kFileIdDigits + 1];
  std::snprintf(id, sizeof id, "%016llx", static_cast<unsigned long long>(key.file_id));
  return "blocks/" + std::string(id, 2) + "/" + id + "-" + std::to_string(key.index) + std::string(kSuffix);
}

absl::StatusOr<BlockKey> ParseBlockFileName(std::string_view name) {
  const absl::Status wrong = InvalidArgument("not the name of a block file");
  if (name.size() < kFileIdDigits + 2 + kSuffix.size()) return wrong;
  BlockKey key;
  const char* const id_end = name.data() + kFileIdDigits;
  if (std::from_chars(name.data(), id_end, key.file_id, 16).ptr != id_end) return wrong;
  const char* const index_end = name.data() + name.size() - kSuffix.size();
  const auto index = std::from_chars(id_end + 1, index_end, key.index);
  if (index.ec != std::errc() || index.ptr != index_end) return wrong;
  // Only the one spelling that we write: no upper case, no leading zeros, no other suffix.
  const std::string ours = BlockFileName(key);
  if (ours.substr(ours.rfind('/') + 1) != name) return wrong;
  return key;
}

}  // namespace locus::worker
