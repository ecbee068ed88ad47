// A disk on which one call, or every call from one on, fails.
#pragma once

#include <atomic>
#include <functional>
#include <memory>
#include <string>
#include <vector>

#include "cache_worker/store/file_system.h"
#include "common/status.h"

namespace locus::worker {

// Thread-safe. Calls are counted over all files and folders from Arm on; Close of a lock is none.
class FaultyFileSystem final : public FileSystem {
 public:
  enum class Mode {
    // The call does nothing and fails; the next one works again.
    kOnce,
    // As kOnce, and all later calls fail too: the disk is gone.
    kFromThen,
    // The call does its work (an Append half of it) and yet fails.
    kAfterwards,
  };

  explicit FaultyFileSystem(FileSystem& real) : real_(real) {}

  void Arm(int fail_at, Mode mode, absl::Status error = absl::DataLossError("injected")) {
    calls_ = 0;
    fail_at_ = fail_at;
    mode_ = mode;
    error_ = error;
  }
  void Disarm() { fail_at_ = 0; }
  // Every Remove fails while it is set, beside what is armed.
  void FailRemoves(bool fail) { removes_fail_ = fail; }
  // Whether the armed call was reached.
  bool fired() const { return fail_at_ > 0 && calls_ >= fail_at_; }

  absl::StatusOr<std::unique_ptr<ReadableFile>> Open(const std::string& path) override {
    if (Fails()) return error_;
    LOCUS_ASSIGN_OR_RETURN(auto file, real_.Open(path));
    return std::make_unique<Reader>(*this, std::move(file));
  }
  absl::StatusOr<std::unique_ptr<WritableFile>> Create(const std::string& path) override {
    const bool fails = Fails();
    if (fails && mode_ != Mode::kAfterwards) return error_;
    LOCUS_ASSIGN_OR_RETURN(auto file, real_.Create(path));
    if (fails) return error_;
    return std::make_unique<Writer>(*this, std::move(file));
  }
  absl::Status Rename(const std::string& from, const std::string& to) override {
    return Do([&] { return real_.Rename(from, to); });
  }
  absl::Status Remove(const std::string& path) override {
    if (removes_fail_) return absl::UnavailableError("cannot remove");
    return Do([&] { return real_.Remove(path); });
  }
  absl::StatusOr<std::vector<FolderEntry>> List(const std::string& folder) override {
    if (Fails()) return error_;
    return real_.List(folder);
  }
  absl::Status MakeFolder(const std::string& folder) override {
    return Do([&] { return real_.MakeFolder(folder); });
  }
  absl::Status SyncFolder(const std::string& folder) override {
    return Do([&] { return real_.SyncFolder(folder); });
  }
  absl::StatusOr<std::unique_ptr<FolderLock>> Lock(const std::string& path) override {
    if (Fails()) return error_;
    return real_.Lock(path);
  }
  // Not counted.
  absl::StatusOr<DiskSpace> Space(const std::string& folder) override { return real_.Space(folder); }

 private:
  class Reader final : public ReadableFile {
   public:
    Reader(FaultyFileSystem& owner, std::unique_ptr<ReadableFile> real) : owner_(owner), real_(std::move(real)) {}
    absl::StatusOr<uint64_t> Size() override {
      if (owner_.Fails()) return owner_.error_;
      return real_->Size();
    }
    absl::Status ReadAt(uint64_t offset, size_t size, char* to) override {
      return owner_.Do([&] { return real_->ReadAt(offset, size, to); });
    }
    absl::StatusOr<Descriptor> Duplicate() override {
      if (owner_.Fails()) return owner_.error_;
      return real_->Duplicate();
    }

   private:
    FaultyFileSystem& owner_;
    const std::unique_ptr<ReadableFile> real_;
  };
  class Writer final : public WritableFile {
   public:
    Writer(FaultyFileSystem& owner, std::unique_ptr<WritableFile> real) : owner_(owner), real_(std::move(real)) {}
    absl::Status Append(std::string_view bytes) override {
      if (!owner_.Fails()) return real_->Append(bytes);
      if (owner_.mode_ == Mode::kAfterwards) static_cast<void>(real_->Append(bytes.substr(0, bytes.size() / 2)));
      return owner_.error_;
    }
    absl::Status Sync() override {
      return owner_.Do([&] { return real_->Sync(); });
    }
    absl::Status Close() override {
      return owner_.Do([&] { return real_->Close(); });
    }

   private:
    FaultyFileSystem& owner_;
    const std::unique_ptr<WritableFile> real_;
  };

  bool Fails() {
    const int call = ++calls_;
    if (fail_at_ == 0) return false;
    return mode_ == Mode::kFromThen ? call >= fail_at_ : call == fail_at_;
  }
  absl::Status Do(const std::function<absl::Status()>& work) {
    const bool fails = Fails();
    if (fails && mode_ != Mode::kAfterwards) return error_;
    const absl::Status status = work();
    return fails ? error_ : status;
  }

  FileSystem& real_;
  std::atomic<int> calls_{0};
  std::atomic<int> fail_at_{0};
  std::atomic<bool> removes_fail_{false};
  Mode mode_ = Mode::kOnce;
  absl::Status error_;
};

}  // namespace locus::worker
