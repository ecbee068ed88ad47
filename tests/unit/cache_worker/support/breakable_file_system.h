// A disk of which one folder can break: for reading, for writing, or altogether.
#pragma once

#include <functional>
#include <memory>
#include <string>
#include <vector>

#include "cache_worker/store/file_system.h"
#include "common/mutex.h"
#include "common/status.h"

namespace locus::worker {

// Thread-safe. Files that are open when their folder breaks fail too.
class BreakableFileSystem final : public FileSystem {
 public:
  enum class What { kReads, kWrites, kAll };

  explicit BreakableFileSystem(FileSystem& real) : real_(real) {}

  // From now on these calls below the folder do nothing and fail.
  void Break(const std::string& folder, What what, absl::Status error) {
    MutexLock lock(mutex_);
    folder_ = folder;
    what_ = what;
    error_ = std::move(error);
  }
  void Mend() {
    MutexLock lock(mutex_);
    error_ = absl::OkStatus();
  }
  // Called before each Rename, without a lock held.
  void BeforeRename(std::function<void()> hook) { before_rename_ = std::move(hook); }
  // What Space tells; the default is the real disk's word.
  void SetSpace(std::function<DiskSpace(const std::string&)> space) { space_ = std::move(space); }

  absl::StatusOr<std::unique_ptr<ReadableFile>> Open(const std::string& path) override {
    LOCUS_RETURN_IF_ERROR(Check(path, What::kReads));
    LOCUS_ASSIGN_OR_RETURN(auto file, real_.Open(path));
    return std::make_unique<Reader>(*this, path, std::move(file));
  }
  absl::StatusOr<std::unique_ptr<WritableFile>> Create(const std::string& path) override {
    LOCUS_RETURN_IF_ERROR(Check(path, What::kWrites));
    LOCUS_ASSIGN_OR_RETURN(auto file, real_.Create(path));
    return std::make_unique<Writer>(*this, path, std::move(file));
  }
  absl::Status Rename(const std::string& from, const std::string& to) override {
    if (before_rename_) before_rename_();
    LOCUS_RETURN_IF_ERROR(Check(from, What::kWrites));
    return real_.Rename(from, to);
  }
  absl::Status Remove(const std::string& path) override {
    LOCUS_RETURN_IF_ERROR(Check(path, What::kWrites));
    return real_.Remove(path);
  }
  absl::StatusOr<std::vector<FolderEntry>> List(const std::string& folder) override {
    LOCUS_RETURN_IF_ERROR(Check(folder, What::kReads));
    return real_.List(folder);
  }
  absl::Status MakeFolder(const std::string& folder) override {
    LOCUS_RETURN_IF_ERROR(Check(folder, What::kWrites));
    return real_.MakeFolder(folder);
  }
  absl::Status SyncFolder(const std::string& folder) override {
    LOCUS_RETURN_IF_ERROR(Check(folder, What::kWrites));
    return real_.SyncFolder(folder);
  }
  absl::StatusOr<std::unique_ptr<FolderLock>> Lock(const std::string& path) override {
    LOCUS_RETURN_IF_ERROR(Check(path, What::kWrites));
    return real_.Lock(path);
  }
  absl::StatusOr<DiskSpace> Space(const std::string& folder) override {
    LOCUS_RETURN_IF_ERROR(Check(folder, What::kReads));
    if (space_) return space_(folder);
    return real_.Space(folder);
  }

 private:
  class Reader final : public ReadableFile {
   public:
    Reader(BreakableFileSystem& owner, std::string path, std::unique_ptr<ReadableFile> real)
        : owner_(owner), path_(std::move(path)), real_(std::move(real)) {}
    absl::StatusOr<uint64_t> Size() override { return real_->Size(); }
    absl::Status ReadAt(uint64_t offset, size_t size, char* to) override {
      LOCUS_RETURN_IF_ERROR(owner_.Check(path_, What::kReads));
      return real_->ReadAt(offset, size, to);
    }
    absl::StatusOr<Descriptor> Duplicate() override { return real_->Duplicate(); }

   private:
    BreakableFileSystem& owner_;
    const std::string path_;
    const std::unique_ptr<ReadableFile> real_;
  };
  class Writer final : public WritableFile {
   public:
    Writer(BreakableFileSystem& owner, std::string path, std::unique_ptr<WritableFile> real)
        : owner_(owner), path_(std::move(path)), real_(std::move(real)) {}
    absl::Status Append(std::string_view bytes) override {
      LOCUS_RETURN_IF_ERROR(owner_.Check(path_, What::kWrites));
      return real_->Append(bytes);
    }
    absl::Status Sync() override {
      LOCUS_RETURN_IF_ERROR(owner_.Check(path_, What::kWrites));
      return real_->Sync();
    }
    absl::Status Close() override { return real_->Close(); }

   private:
    BreakableFileSystem& owner_;
    const std::string path_;
    const std::unique_ptr<WritableFile> real_;
  };

  absl::Status Check(const std::string& path, What what) {
    MutexLock lock(mutex_);
    const bool below = path.compare(0, folder_.size(), folder_) == 0;
    return below && (what_ == What::kAll || what_ == what) ? error_ : absl::OkStatus();
  }

  FileSystem& real_;
  std::function<void()> before_rename_;
  std::function<DiskSpace(const std::string&)> space_;
  Mutex mutex_;
  std::string folder_;
  What what_ = What::kAll;
  absl::Status error_;
};

}  // namespace locus::worker
