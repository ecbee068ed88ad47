#include "cache_worker/store/folder_health.h"

#include <algorithm>

#include "common/status.h"

namespace locus::worker {
namespace {

constexpr size_t kSampleBytes = 4096;

absl::Status ReadSample(FileSystem& files, const std::string& path) {
  LOCUS_ASSIGN_OR_RETURN(const auto file, files.Open(path));
  LOCUS_ASSIGN_OR_RETURN(const uint64_t size, file->Size());
  std::string bytes(std::min<uint64_t>(size, kSampleBytes), '\0');
  return file->ReadAt(0, bytes.size(), bytes.data());
}

absl::Status TryReading(FileSystem& files, const std::string& folder, const std::vector<std::string>& samples) {
  LOCUS_RETURN_IF_ERROR(files.Open(folder + "/lock").status());
  LOCUS_RETURN_IF_ERROR(files.List(folder + "/blocks").status());
  absl::Status problem;
  for (const std::string& sample : samples) {
    const absl::Status status = ReadSample(files, sample);
    // One block that can be read is enough: a bad spot costs a block, not the folder.
    if (status.ok()) return status;
    if (!absl::IsNotFound(status)) problem = status;
  }
  return problem;
}

absl::Status TryWriting(FileSystem& files, const std::string& folder) {
  const std::string path = folder + "/tmp/probe";
  LOCUS_ASSIGN_OR_RETURN(auto file, files.Create(path));
  absl::Status status = file->Append(std::string(kSampleBytes, '\0'));
  // What is only in memory says nothing about the device.
  if (status.ok()) status = file->Sync();
  if (status.ok()) status = file->Close();
  file.reset();
  const absl::Status removed = files.Remove(path);
  return status.ok() ? removed : status;
}

}  // namespace

bool BlamesFolder(const absl::Status& status) {
  return absl::IsNotFound(status) || absl::IsDataLoss(status) || absl::IsResourceExhausted(status) ||
         absl::IsFailedPrecondition(status);
}

absl::StatusOr<FolderDiagnosis> ExamineFolder(FileSystem& files, const std::string& folder,
                                              const std::vector<std::string>& samples) {
  if (const absl::Status read = TryReading(files, folder, samples); !read.ok()) {
    if (!BlamesFolder(read)) return read;
    return FolderDiagnosis{FolderHealth::kGone, MessageOf(read)};
  }
  if (const absl::Status written = TryWriting(files, folder); !written.ok()) {
    if (!BlamesFolder(written)) return written;
    return FolderDiagnosis{FolderHealth::kNoWrites, MessageOf(written)};
  }
  return FolderDiagnosis();
}

}  // namespace locus::worker
