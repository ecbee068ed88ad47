#include "cache_worker/store/recovery.h"

#include "cache_worker/store/block_file.h"
#include "cache_worker/store/block_format.h"
#include "common/status.h"

namespace locus::worker {
namespace {

class Scanner {
 public:
  Scanner(FileSystem& files, const std::string& folder, std::optional<uint64_t> block_bytes,
          const std::atomic<bool>& stop)
      : files_(files), folder_(folder), block_bytes_(block_bytes), stop_(stop) {}

  absl::StatusOr<FolderScan> Run() {
    LOCUS_RETURN_IF_ERROR(EmptyTemporary());
    LOCUS_ASSIGN_OR_RETURN(const auto groups, files_.List(folder_ + "/blocks"));
    for (const FolderEntry& group : groups) {
      if (!group.is_folder) {
        ++scan_.foreign;
        continue;
      }
      const std::string path = folder_ + "/blocks/" + group.name;
      LOCUS_ASSIGN_OR_RETURN(const auto entries, files_.List(path));
      for (const FolderEntry& entry : entries) {
        if (stop_) return absl::CancelledError("stopped");
        LOCUS_RETURN_IF_ERROR(Look(group.name, entry));
      }
    }
    return std::move(scan_);
  }

 private:
  absl::Status EmptyTemporary() {
    LOCUS_ASSIGN_OR_RETURN(const auto entries, files_.List(folder_ + "/tmp"));
    for (const FolderEntry& entry : entries) {
      const std::string path = folder_ + "/tmp/" + entry.name;
      if (entry.is_folder) {
        ++scan_.foreign;
      } else if (Drop(path, entry.bytes)) {
        ++scan_.leftovers;
      }
    }
    return absl::OkStatus();
  }

  absl::Status Look(const std::string& group, const FolderEntry& entry) {
    const auto key = ParseBlockFileName(entry.name);
    if (entry.is_folder || !key.ok() || BlockFileName(*key) != "blocks/" + group + "/" + entry.name) {
      ++scan_.foreign;
      return absl::OkStatus();
    }
    const std::string path = folder_ + "/blocks/" + group + "/" + entry.name;
    const auto trailer = ReadTrailerOf(path);
    // The process's trouble, not the block's.
    if (absl::IsUnavailable(trailer.status())) return trailer.status();
    if (!trailer.ok() || trailer->file.file_id != key->file_id || trailer->index != key->index) {
      Drop(path, entry.bytes);
      ++scan_.torn;
      return absl::OkStatus();
    }
    if (block_bytes_ && trailer->file.block_bytes != *block_bytes_) {
      Drop(path, entry.bytes);
      ++scan_.other_block_size;
      return absl::OkStatus();
    }
    auto file = std::make_shared<const FileFacts>(trailer->file);
    scan_.blocks.push_back({file, key->index, BlockLength(*file, key->index), entry.modified_ns});
    return absl::OkStatus();
  }

  absl::StatusOr<BlockTrailer> ReadTrailerOf(const std::string& path) {
    LOCUS_ASSIGN_OR_RETURN(const auto file, files_.Open(path));
    return ReadTrailer(*file);
  }

  bool Drop(const std::string& path, uint64_t bytes) {
    const absl::Status removed = files_.Remove(path);
    const bool gone = removed.ok() || absl::IsNotFound(removed);
    if (!gone) scan_.stuck.push_back({path, bytes});
    return gone;
  }

  FileSystem& files_;
  const std::string& folder_;
  const std::optional<uint64_t> block_bytes_;
  const std::atomic<bool>& stop_;
  FolderScan scan_;
};

}  // namespace

absl::StatusOr<FolderScan> ScanFolder(FileSystem& files, const std::string& folder, std::optional<uint64_t> block_bytes,
                                      const std::atomic<bool>& stop) {
  return Scanner(files, folder, block_bytes, stop).Run();
}

}  // namespace locus::worker
