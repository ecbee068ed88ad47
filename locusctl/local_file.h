// Small files of the person who runs locusctl.
#pragma once

#include <string>

#include "absl/status/status.h"
#include "absl/status/statusor.h"

namespace locus::ctl {

// NOT_FOUND, PERMISSION_DENIED, INVALID_ARGUMENT (a folder, or above 4 MiB): the text names the file and what is wrong.
absl::StatusOr<std::string> ReadSmallFile(const std::string& path);

// Readable by its owner only; replaces what is there at once or not at all. The folder must exist.
absl::Status WritePrivateFile(const std::string& path, const std::string& text);

// Makes a folder with mode 0700 where there is none, and those above it.
absl::Status MakeFolder(const std::string& path);

// A new folder of mode 0700 below TMPDIR or /tmp, removed with all that is in it when this goes.
class PrivateFolder {
 public:
  // `below`: where it is made; must exist.
  static absl::StatusOr<PrivateFolder> Make(const std::string& below);
  PrivateFolder(PrivateFolder&& other) noexcept;
  PrivateFolder(const PrivateFolder&) = delete;
  PrivateFolder& operator=(const PrivateFolder&) = delete;
  PrivateFolder& operator=(PrivateFolder&&) = delete;
  ~PrivateFolder();

  const std::string& path() const { return path_; }

 private:
  explicit PrivateFolder(std::string path) : path_(std::move(path)) {}
  std::string path_;
};

}  // namespace locus::ctl
